use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a mini program's messages are pushed to, as it was set last; either block may never have
/// been.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct CallbackSettings {
    pub(crate) functions: Option<Value>,
    pub(crate) container: Option<Value>,
}
