use tcb_types::EnvId;
use tcb_types::cloudbase_common::{CloudAccessTokenPolicy, GetCloudAccessToken, SetCloudAccessToken};

use crate::error::Cause;
use crate::{Client, Error, ErrorKind};

/// Reads and changes the token policy of an environment. Made by [`Env::token_policy`](super::Env::token_policy).
///
/// `open` is one switch for the whole account, the white list belongs to the environment.
///
/// ```
/// # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
/// shop.env("shop-prod-1a2b3c")
///     .token_policy()
///     .change(|policy| policy.api_whitelist = vec!["/wxa/msg_sec_check".into()])
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    client: Client,
    env: EnvId,
    version: Option<i64>,
}

impl TokenPolicy {
    pub(crate) fn new(client: Client, env: EnvId) -> Self {
        Self { client, env, version: None }
    }

    /// Sends this version with a change, in place of the one that was read: the documentation does not say which the service expects.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Reads the policy.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn get(&self) -> Result<CloudAccessTokenPolicy, Error> {
        self.client.send(GetCloudAccessToken::new(&self.env)).await
    }

    /// Reads the policy, lets `change` alter it and writes it with the version that was read. Answers what was written. A policy that
    /// `change` leaves as it was is not written.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]. [`ErrorKind::Indeterminate`] when it may have been written; reading it tells.
    pub async fn change(
        &self,
        change: impl FnOnce(&mut CloudAccessTokenPolicy) + Send,
    ) -> Result<CloudAccessTokenPolicy, Error> {
        let before = self.get().await?;
        let mut after = before.clone();
        // The permission is on by default, so an answer that leaves it out means on.
        let was_open = *after.open.get_or_insert(true);
        change(&mut after);
        after.version = self.version.or(before.version);
        let open = after.open.unwrap_or(was_open);
        if open == was_open && after.api_whitelist == before.api_whitelist {
            return Ok(before);
        }
        let Some(version) = after.version else {
            let cause = Cause::Text("the service named no version to send; set one");
            return Err(Error::new(ErrorKind::Request, "setCloudAccessToken", 0, cause));
        };
        let paths = after.api_whitelist.clone();
        let set = SetCloudAccessToken::new(&self.env, open, paths, version);
        self.client.send(set).await?;
        Ok(after)
    }
}
