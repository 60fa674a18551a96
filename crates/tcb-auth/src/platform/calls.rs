//! Calls that are made with the platform's own token.

use tcb_transport::AttemptError;
use tcb_types::{ApiError, ErrCode, Operation};

use super::records::{ActivePermit, Records};
use super::upstream::{RequestError, Upstream};
use crate::{AccessToken, AuthError, Subject, TokenSource};

/// Makes calls with the platform's own token, and under a permit where they serve to get a token.
pub(super) struct PlatformCalls<'a> {
    upstream: &'a Upstream,
    platform: &'a dyn TokenSource,
    token: AccessToken,
    permit: Option<PermitInUse<'a>>,
}

struct PermitInUse<'a> {
    records: &'a Records,
    subject: &'a Subject,
    active: &'a mut ActivePermit,
}

impl<'a> PlatformCalls<'a> {
    /// With the token of `platform`.
    pub(super) async fn new(
        upstream: &'a Upstream,
        platform: &'a dyn TokenSource,
    ) -> Result<Self, AuthError> {
        let token = platform.token().await?;
        Ok(Self { upstream, platform, token, permit: None })
    }

    /// With a token of `platform` that is at hand, under the permit for `subject`.
    pub(super) fn under_permit(
        upstream: &'a Upstream,
        platform: &'a dyn TokenSource,
        token: AccessToken,
        records: &'a Records,
        subject: &'a Subject,
        active: &'a mut ActivePermit,
    ) -> Self {
        Self { upstream, platform, token, permit: Some(PermitInUse { records, subject, active }) }
    }

    /// Makes a call. When exactly this token is refused, so that nothing was executed, it is made
    /// once more with the next one.
    pub(super) async fn call<O: Operation>(&mut self, operation: &O) -> Result<O::Response, RequestError> {
        self.renew().await?;
        let refused = match self.upstream.call(Some(&self.token), operation).await {
            Err(error) if error.api().is_some_and(refuses_platform_token) => error,
            answer => return Ok(answer?),
        };
        self.next_token(refused).await?;
        self.renew().await?;
        Ok(self.upstream.call(Some(&self.token), operation).await?)
    }

    async fn next_token(&mut self, refused: AttemptError) -> Result<(), RequestError> {
        self.platform.reject(&self.token).await;
        let next = self.platform.token().await?;
        if next == self.token {
            return Err(refused.into());
        }
        self.token = next;
        Ok(())
    }

    /// Makes sure that the permit, if there is one, is good for the next call.
    async fn renew(&mut self) -> Result<(), RequestError> {
        let Some(PermitInUse { records, subject, active }) = &mut self.permit else { return Ok(()) };
        if records.renew(subject, active).await? { Ok(()) } else { Err(RequestError::overtaken()) }
    }
}

/// Whether WeChat refused the platform's token itself, and so did not execute the call.
fn refuses_platform_token(error: &ApiError) -> bool {
    matches!(
        error.code(),
        ErrCode::INVALID_CREDENTIAL
            | ErrCode::INVALID_ACCESS_TOKEN
            | ErrCode::ACCESS_TOKEN_EXPIRED
            | ErrCode::COMPONENT_TOKEN_EXPIRED
    )
}
