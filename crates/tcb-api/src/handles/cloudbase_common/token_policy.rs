use tcb_types::cloudbase_common::{CloudAccessTokenPolicy, GetTokenPolicy, SetTokenPolicy};
use tcb_types::{EnvId, Operation as _};

use crate::error::Cause;
use crate::{Client, Error, ErrorKind};

/// Reads and changes the token policy of an environment. Made by
/// [`Env::token_policy`](super::Env::token_policy).
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

    /// Sends this version with a change, in place of the one that was read: the documentation does
    /// not say which one the service expects.
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
        self.client.send(GetTokenPolicy::new(&self.env)).await
    }

    /// Reads the policy, lets `change` alter it and writes it with the version that was read.
    /// Returns what was written. A policy that `change` leaves unchanged is not written.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]. [`ErrorKind::Indeterminate`] when it may have been written; reading it
    /// tells. To be able to [settle](Client::settle) it, [`prepare`](Self::prepare) the change and
    /// send it.
    pub async fn change(
        &self,
        change: impl FnOnce(&mut CloudAccessTokenPolicy) + Send,
    ) -> Result<CloudAccessTokenPolicy, Error> {
        let mut policy = self.get().await?;
        let Some(set) = self.changed(&policy, change)? else { return Ok(policy) };
        self.client.send(&set).await?;
        policy.open = Some(set.open);
        policy.api_whitelist = set.api_whitelist;
        policy.version = Some(set.version);
        Ok(policy)
    }

    /// Reads the policy, lets `change` alter it and returns the operation that writes it; `None`
    /// when `change` leaves it unchanged.
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// let policy = shop.env("shop-prod-1a2b3c").token_policy();
    /// if let Some(set) = policy.prepare(|policy| policy.open = Some(false)).await? {
    ///     if let Err(error) = shop.send(&set).await {
    ///         println!("{:?}", shop.settle(&set, &error).await?);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::send`]; nothing was written. [`ErrorKind::Request`] when the service names no
    /// version and none is set.
    pub async fn prepare(
        &self,
        change: impl FnOnce(&mut CloudAccessTokenPolicy) + Send,
    ) -> Result<Option<SetTokenPolicy>, Error> {
        self.changed(&self.get().await?, change)
    }

    fn changed(
        &self,
        before: &CloudAccessTokenPolicy,
        change: impl FnOnce(&mut CloudAccessTokenPolicy),
    ) -> Result<Option<SetTokenPolicy>, Error> {
        let mut after = before.clone();
        // The permission is on by default, so an answer that leaves it out means on.
        let was_open = *after.open.get_or_insert(true);
        change(&mut after);
        let open = after.open.unwrap_or(was_open);
        if open == was_open && after.api_whitelist == before.api_whitelist {
            return Ok(None);
        }
        let Some(version) = self.version.or(before.version) else {
            let cause = Cause::Text("the service named no version to send; set one");
            return Err(Error::new(ErrorKind::Request, SetTokenPolicy::SPEC.id, 0, cause));
        };
        Ok(Some(SetTokenPolicy::new(&self.env, open, after.api_whitelist, version)))
    }
}
