use crate::transition::Progress;
use serde::{Deserialize, Serialize};

/// A pressure test.
#[derive(Serialize, Deserialize)]
pub(crate) struct PressureTest {
    pub(crate) id: i64,
    pub(crate) page: String,
    pub(crate) workers: i64,
    /// Seconds.
    pub(crate) span: i64,
    pub(crate) begun: u64,
    pub(crate) progress: Progress,
}
