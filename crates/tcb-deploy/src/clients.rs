use tcb_api::Client;
use tcb_api::types::AuthorizerAppId;

use crate::desired::Mode;
use crate::error::{DeployError, DeployErrorKind};

/// Who makes the calls.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(crate) merchant: Client,
    pub(crate) platform: Option<Client>,
    /// The merchant.
    pub(crate) app_id: Option<AuthorizerAppId>,
}

impl Clients {
    /// The appid of the merchant.
    pub(crate) fn app_id(&self) -> Result<&AuthorizerAppId, DeployError> {
        self.app_id.as_ref().ok_or_else(|| DeployError::new(DeployErrorKind::NoAppId))
    }

    /// The client for environments of this mode.
    pub(crate) fn of(&self, mode: Mode) -> Result<&Client, DeployError> {
        match mode {
            Mode::Ordinary => Ok(&self.merchant),
            Mode::Batch => {
                self.platform.as_ref().ok_or_else(|| DeployError::new(DeployErrorKind::NoPlatform))
            }
        }
    }
}
