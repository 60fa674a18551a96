use std::time::Duration;

use async_trait::async_trait;
use tcb_types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};

use super::{Probe, Settled};
use crate::{Client, Error};

/// An account is bound to one open-platform account at most, so the binding tells; an earlier one
/// looks the same.
#[async_trait]
impl Probe for CreateOpenAccount {
    async fn probe(&self, client: &Client, _age: Duration) -> Result<Settled<OpenAccount>, Error> {
        let mut get = GetOpenAccount::new();
        get.app_id.clone_from(&self.app_id);
        Ok(match client.send(get).await?.open_app_id {
            Some(open_app_id) => Settled::Landed(OpenAccount::Created { open_app_id }),
            None => Settled::NotLanded,
        })
    }
}
