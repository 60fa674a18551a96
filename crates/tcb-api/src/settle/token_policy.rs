use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_common::{GetTokenPolicy, SetTokenPolicy, SetTokenPolicyResponse};

use super::{Probe, Settled};
use crate::{Client, Error};

/// The policy is read and compared. When it differs and its version is still the one that was sent,
/// nothing was written; when the version has moved on, somebody else may have written over it.
#[async_trait]
impl Probe for SetTokenPolicy {
    async fn probe(&self, client: &Client, _age: Duration) -> Result<Settled<SetTokenPolicyResponse>, Error> {
        let policy = client.send(GetTokenPolicy::new(&self.env)).await?;
        let paths = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        let same =
            policy.open == Some(self.open) && paths(&policy.api_whitelist) == paths(&self.api_whitelist);
        Ok(if same {
            let mut answer = SetTokenPolicyResponse::default();
            answer.open = policy.open;
            Settled::Landed(answer)
        } else if policy.version == Some(self.version) {
            Settled::NotLanded
        } else {
            Settled::Unknown
        })
    }
}
