use std::time::Duration;

use async_trait::async_trait;
use tcb_types::AuthorizerAppId;
use tcb_types::cloudbase_batch::{CreateEnvShares, CreateEnvSharesResponse, ListEnvShares};

use super::{Probe, Settled};
use crate::{Client, Error};

/// Shares are known to stand when the list of each mini program has its environments. Absence never
/// proves anything: what an administrator has not agreed to yet is not listed either. Sharing again
/// is what brings the links for them anew.
#[async_trait]
impl Probe for CreateEnvShares {
    async fn probe(
        &self,
        client: &Client,
        _age: Duration,
    ) -> Result<Settled<CreateEnvSharesResponse>, Error> {
        let app_ids = self.shares.iter().flat_map(|share| &share.app_ids).cloned();
        let list = ListEnvShares::new(app_ids, self.product);
        let (listed, _) = client.send(list).await?.mini_programs.into_parts();
        let stands = |env, app_id: &AuthorizerAppId| {
            listed.iter().any(|found| found.app_id == *app_id && found.envs.contains(env))
        };
        let all =
            self.shares.iter().all(|share| share.app_ids.iter().all(|app_id| stands(&share.env, app_id)));
        Ok(if all { Settled::Landed(CreateEnvSharesResponse::complete()) } else { Settled::Unknown })
    }
}
