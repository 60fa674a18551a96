//! The one loop that repeats a caller's request.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tcb_auth::{AccessToken, AuthError, AuthErrorKind, ExchangeError, ReadAnswer, TokenSource, attempt};
use tcb_transport::{Request, Transport};
use tcb_types::{ApiError, Class, Clock, ErrCode, Moment, Secret, TokenKind, TokenKinds};
use tokio::runtime::Handle;

use crate::error::Cause;
use crate::retry::{RetryBudget, judge};
use crate::{Error, ErrorKind, RetryPolicy};

/// Target of the events, which the crate's page documents.
const TARGET: &str = "tcb_api::call";

/// What the loop works with.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    pub(crate) budget: Arc<RetryBudget>,
}

/// A call, without its types.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a str,
    pub(crate) class: Class,
    pub(crate) tokens: TokenKinds,
    pub(crate) request: Request,
    pub(crate) secrets: &'a [&'a Secret],
    pub(crate) secret_answer: bool,
}

impl Caller {
    /// Sends `call` until it is answered, may not be repeated, or its time is over. It is not generic, so that it is compiled once:
    /// `read` puts the answer where it belongs.
    pub(crate) async fn run(&self, call: &Call<'_>, read: &mut ReadAnswer<'_>) -> Result<(), Error> {
        let begun = self.clock.monotonic();
        let mut attempts = 0;
        let ended = self.repeat(call, begun.later_by(self.policy.deadline), &mut attempts, read).await;
        let api = ended.as_ref().err().and_then(Error::api);
        tracing::debug!(
            target: TARGET,
            operation = call.operation,
            elapsed_ms = in_ms(self.clock.monotonic().saturating_duration_since(begun)),
            attempts,
            errcode = api.map(|api| api.code().get()),
            rid = api.and_then(ApiError::rid),
            kind = ended.as_ref().err().map(|error| tracing::field::debug(error.kind())),
            "a call ended"
        );
        ended
    }

    async fn repeat(
        &self,
        call: &Call<'_>,
        deadline: Instant,
        attempts: &mut u32,
        read: &mut ReadAnswer<'_>,
    ) -> Result<(), Error> {
        let mut repeats = 0;
        let mut paid = false;
        let mut token_was_refused = false;
        let mut replacement: Option<AccessToken> = None;
        loop {
            let token = match replacement.take() {
                Some(token) => Some(token),
                None => match self.token(call, deadline).await {
                    Ok(token) => token,
                    // Nothing was sent, so waiting for the source to recover is safe for every class.
                    Err(error) if error.is_retryable() && repeats + 1 < self.policy.attempts => {
                        let pause = error.retry_after().unwrap_or_default();
                        if !self.sleep(call, pause, deadline, ErrorKind::Auth, &error).await {
                            return Err(no_token(call, *attempts, error));
                        }
                        repeats += 1;
                        continue;
                    }
                    Err(error) => return Err(no_token(call, *attempts, error)),
                },
            };
            check_kind(call, token.as_ref(), *attempts)?;

            *attempts += 1;
            let sent_at = self.clock.wall();
            let request =
                call.request.clone().with_timeout(self.policy.attempt_timeout.min(self.left(deadline)));
            let failure = match attempt(
                &*self.transport,
                request,
                token.as_ref(),
                call.secrets,
                call.secret_answer,
                read,
            )
            .await
            {
                Ok(()) => {
                    self.budget.earn(paid);
                    return Ok(());
                }
                Err(failure) => failure,
            };
            if let Some(token) = token.filter(|token| refuses(&failure, token)) {
                // The refused call was not executed. It is sent once more if the source has another token, and never a third time.
                if !token_was_refused {
                    token_was_refused = true;
                    self.source.reject(&token).await;
                    replacement = match self.token(call, deadline).await {
                        Ok(next) => next.filter(|next| *next != token),
                        // Asked again above, after a pause, as often as before the first attempt.
                        Err(error) if error.is_retryable() => continue,
                        Err(error) => return Err(no_token(call, *attempts, error)),
                    };
                    if replacement.is_some() {
                        continue;
                    }
                }
                return Err(final_error(ErrorKind::Refused, call, *attempts, sent_at, failure));
            }

            let verdict = judge(call.class, &failure);
            let pause = verdict.pause.and_then(|pause| pause.after(repeats + 1, fastrand::f64()));
            if let Some(pause) = pause
                && repeats + 1 < self.policy.attempts
                && self.sleep(call, pause, deadline, verdict.kind, reason(&failure)).await
            {
                repeats += 1;
                paid = true;
                continue;
            }
            return Err(
                final_error(verdict.kind, call, *attempts, sent_at, failure).retry_in(verdict.retry_after)
            );
        }
    }

    fn left(&self, deadline: Instant) -> Duration {
        deadline.saturating_duration_since(self.clock.monotonic())
    }

    async fn token(&self, call: &Call<'_>, deadline: Instant) -> Result<Option<AccessToken>, AuthError> {
        if call.tokens == TokenKinds::None {
            return Ok(None);
        }
        if let Some(token) = self.source.cached() {
            return Ok(Some(token));
        }
        // Boxed, so that the many calls that find their token do not carry the room for this along.
        Box::pin(self.awaited_token(deadline)).await.map(Some)
    }

    async fn awaited_token(&self, deadline: Instant) -> Result<AccessToken, AuthError> {
        let token = self.source.token();
        if Handle::try_current().is_err() {
            return token.await;
        }
        let timely = tokio::time::timeout(self.left(deadline), token).await;
        timely.unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::Unavailable)))
    }

    /// Pauses because of `reason`, if the time and the budget allow it.
    async fn sleep(
        &self,
        call: &Call<'_>,
        pause: Duration,
        deadline: Instant,
        kind: ErrorKind,
        reason: &(dyn fmt::Display + Sync),
    ) -> bool {
        // Waiting for a token hammers nobody: the budget is kept for repeats of calls.
        let paid = || kind == ErrorKind::Auth || self.budget.pay(kind);
        let possible = pause < self.left(deadline) && Handle::try_current().is_ok() && paid();
        if possible {
            tracing::warn!(
                target: TARGET,
                operation = call.operation,
                %reason,
                pause_ms = in_ms(pause),
                "a call pauses before it goes on"
            );
            tokio::time::sleep(pause).await;
        }
        possible
    }
}

fn in_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// What failed, in words that say it without what lies under it.
fn reason(failure: &ExchangeError) -> &(dyn fmt::Display + Sync) {
    match failure {
        ExchangeError::Transport(error) => error,
        ExchangeError::Malformed { error, .. } => error,
        ExchangeError::Api(error) => error,
        other => other,
    }
}

fn check_kind(call: &Call<'_>, token: Option<&AccessToken>, attempts: u32) -> Result<(), Error> {
    match token.and_then(AccessToken::kind) {
        Some(found) if !call.tokens.allow(Some(found)) => {
            let cause = Cause::TokenKind { needed: call.tokens, found };
            Err(Error::new(ErrorKind::TokenKind, call.operation, attempts, cause))
        }
        _ => Ok(()),
    }
}

/// Whether WeChat refused `token` itself, and so did not execute the call.
fn refuses(failure: &ExchangeError, token: &AccessToken) -> bool {
    match failure.api().map(tcb_types::ApiError::code) {
        Some(ErrCode::INVALID_CREDENTIAL | ErrCode::INVALID_ACCESS_TOKEN | ErrCode::ACCESS_TOKEN_EXPIRED) => {
            true
        }
        Some(ErrCode::COMPONENT_TOKEN_EXPIRED) => token.kind() != Some(TokenKind::Authorizer),
        _ => false,
    }
}

fn no_token(call: &Call<'_>, attempts: u32, error: AuthError) -> Error {
    Error::new(ErrorKind::Auth, call.operation, attempts, Cause::Auth(error))
}

fn final_error(
    kind: ErrorKind,
    call: &Call<'_>,
    attempts: u32,
    sent_at: SystemTime,
    failure: ExchangeError,
) -> Error {
    let phase = failure.phase();
    let error = Error::new(kind, call.operation, attempts, Cause::Exchange(failure));
    if kind == ErrorKind::Indeterminate { error.indeterminate_since(sent_at, phase) } else { error }
}
