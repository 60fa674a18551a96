use std::time::Duration;

use async_trait::async_trait;
use tcb_types::ErrCode;
use tcb_types::cloudbase_common::{CloudUser, CreateCloudUser, ListEnvs};

use super::{Probe, Settled, ask};
use crate::{Client, Error};

/// Environments can be listed only where cloud development is open. Whether a message went to the
/// administrator cannot be read back; it does not matter either, for a further call sends none
/// within 24 hours.
#[async_trait]
impl Probe for CreateCloudUser {
    async fn probe(&self, client: &Client, _age: Duration) -> Result<Settled<CloudUser>, Error> {
        match ask(client, ListEnvs::new(), &["info_list"]).await {
            Ok((_, true)) => Ok(Settled::Landed(CloudUser::Opened)),
            Ok((_, false)) => Ok(Settled::Unknown),
            Err(error) if error.api().is_some_and(|api| api.code() == ErrCode::CLOUD_NOT_OPEN) => {
                Ok(Settled::NotLanded)
            }
            Err(error) => Err(error),
        }
    }
}
