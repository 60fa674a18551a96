//! The one loop that repeats a caller's request.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tcb_auth::{AccessToken, AuthError, TokenSource};
use tcb_transport::{
    AttemptError, CheckedResponse, LinkTarget, Request, Response, Targets, Transport, attempt,
};
use tcb_types::{
    ApiError, Class, Clock, EncodeError, ErrCode, Moment, ResponseError, Scrubber, Secret, TokenKind,
    TokenKinds,
};
use tokio::runtime::Handle;

use crate::budget::{Budgets, price};
use crate::error::Cause;
use crate::retry::judge;
use crate::{Error, ErrorKind, RetryPolicy, telemetry};

/// Target of the events, which the crate's page documents.
const TARGET: &str = "tcb_api::call";

/// How many refused tokens a call replaces. The first replacement may come from a store that has
/// fallen behind, and be refused as well; only then is one minted.
const REPLACEMENTS: u32 = 2;

/// What the loop works with.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) targets: Targets,
}

/// A call, without its types.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a str,
    pub(crate) class: Class,
    pub(crate) tokens: TokenKinds,
    pub(crate) request: Template<'a>,
    pub(crate) secrets: &'a [&'a Secret],
    pub(crate) secret_response: bool,
}

/// What the requests of a call are made of. A first attempt, which nearly always is the only one,
/// takes a request that nobody else has a copy of.
pub(crate) enum Template<'a> {
    /// It is written anew for each attempt.
    Written(&'a (dyn Fn() -> Result<Request, EncodeError> + Sync)),
    /// It is cloned.
    Kept(Request),
}

impl Template<'_> {
    fn request(&self) -> Result<Request, EncodeError> {
        match self {
            Self::Written(write) => write(),
            Self::Kept(request) => Ok(request.clone()),
        }
    }

    fn link(&self) -> Option<&LinkTarget> {
        match self {
            Self::Written(_) => None,
            Self::Kept(request) => request.link(),
        }
    }

    /// Whether there is something to send: a stream is gone once it was begun.
    fn is_sendable(&self) -> bool {
        match self {
            Self::Written(_) => true,
            Self::Kept(request) => request.is_sendable(),
        }
    }
}

impl Caller {
    /// Sends `call` until it is answered, may not be repeated, or its time is over; `read` makes
    /// the answer of what comes.
    pub(crate) async fn run<T: Send>(
        &self,
        call: &Call<'_>,
        mut read: impl FnMut(&Response, &Scrubber<'_>) -> Result<T, ResponseError> + Send,
    ) -> Result<T, Error> {
        let request = call.request.request().map_err(|error| {
            Error::new(ErrorKind::Request, call.operation, 0, Cause::Attempt(error.into()))
        })?;
        let mut progress = Progress::new(self, call, request);
        loop {
            progress.prepare().await?;
            match progress.attempt().await.and_then(|response| response.read(&mut read)) {
                Ok(answer) => {
                    progress.answered();
                    return Ok(answer);
                }
                Err(failure) => {
                    progress.failed(failure).await?;
                    progress.sent = self.clock.monotonic();
                }
            }
        }
    }
}

/// A call on its way. It is not generic, so that it is compiled once for all operations.
struct Progress<'a> {
    caller: &'a Caller,
    call: &'a Call<'a>,
    begun: Instant,
    attempts: u32,
    /// Attempts that were made after a pause.
    repeats: u32,
    /// What the last repeat cost.
    paid: u32,
    /// The token of the attempt that is on.
    token: Option<AccessToken>,
    /// What the next attempt sends, if it is there already.
    request: Option<Request>,
    /// When the attempt that is on began.
    sent: Instant,
    /// Tokens that were refused.
    refusals: u32,
    /// What the source gave in place of a token that was refused.
    replacement: Option<AccessToken>,
}

impl<'a> Progress<'a> {
    fn new(caller: &'a Caller, call: &'a Call<'a>, request: Request) -> Self {
        let now = caller.clock.monotonic();
        Self {
            caller,
            call,
            begun: now,
            attempts: 0,
            repeats: 0,
            paid: 0,
            token: None,
            request: Some(request),
            sent: now,
            refusals: 0,
            replacement: None,
        }
    }

    /// Sends the call once, with the token that there is.
    async fn attempt(&mut self) -> Result<CheckedResponse<'_>, AttemptError> {
        let Caller { transport, policy, targets, .. } = self.caller;
        let Call { request, secrets, secret_response, .. } = self.call;
        let mut request = match self.request.take() {
            Some(request) => request,
            None => request.request()?,
        };
        let left = policy.deadline.saturating_sub(self.sent.saturating_duration_since(self.begun));
        request.set_timeout(policy.attempt_timeout.min(left));
        request.keep_target(targets);
        let token = self.token.as_ref().map(AccessToken::query_token);
        attempt(&**transport, request, token, secrets, *secret_response).await
    }

    /// Gets the token that the next attempt carries.
    async fn prepare(&mut self) -> Result<(), Error> {
        self.token = match self.replacement.take() {
            Some(token) => Some(token),
            None => loop {
                match self.ask_for_token().await {
                    Ok(token) => break token,
                    // Nothing was sent, so waiting for the source to recover is safe for every
                    // class. And it hammers nobody: the budget is kept for repeats of calls.
                    Err(error) if error.is_retryable() && self.may_repeat() => {
                        let pause = error.retry_after().unwrap_or_default();
                        if !self.pause(pause, 0, &error).await {
                            return Err(self.no_token(error));
                        }
                        self.repeats += 1;
                    }
                    Err(error) => return Err(self.no_token(error)),
                }
            },
        };
        match self.token.as_ref().and_then(AccessToken::kind) {
            Some(found) if !self.call.tokens.allow(Some(found)) => {
                let cause = Cause::TokenKind { needed: self.call.tokens, found };
                return Err(self.ended(self.error(ErrorKind::TokenKind, cause)));
            }
            _ => {}
        }
        self.attempts = self.attempts.saturating_add(1);
        Ok(())
    }

    /// Takes in that an attempt has failed. The call may go on after it, unless this is an error.
    async fn failed(&mut self, failure: AttemptError) -> Result<(), Error> {
        if let Some(token) = self.token.take().filter(|token| refuses(&failure, token)) {
            return self.replace_token(token, failure).await;
        }
        let disposition = judge(self.call.class, &failure);
        let price = price(disposition.kind, failure.kind());
        let pause = disposition.pause.and_then(|pause| pause.after(self.repeats + 1, fastrand::f64()));
        if let Some(pause) = pause
            && self.may_repeat()
            && self.pause(pause, price, &reason(&failure)).await
        {
            self.repeats += 1;
            self.paid = price;
            return Ok(());
        }
        Err(self.final_error(disposition.kind, failure, disposition.retry_after))
    }

    /// The refused call was not executed. It is sent again if the source has another token, which
    /// happens twice at most.
    async fn replace_token(&mut self, refused: AccessToken, failure: AttemptError) -> Result<(), Error> {
        self.refusals += 1;
        if self.refusals <= REPLACEMENTS {
            self.caller.source.reject(&refused).await;
            self.replacement = match self.ask_for_token().await {
                Ok(next) => next.filter(|next| *next != refused),
                // Asked again after a pause, as often as before the first attempt.
                Err(error) if error.is_retryable() => return Ok(()),
                Err(error) => return Err(self.no_token(error)),
            };
            if self.replacement.is_some() {
                return Ok(());
            }
        }
        Err(self.final_error(ErrorKind::Refused, failure, None))
    }

    fn answered(&self) {
        self.caller.budgets.earn(self.call.request.link(), self.paid);
        self.report(None);
    }

    /// Whether another attempt is allowed, and there is something to send.
    fn may_repeat(&self) -> bool {
        self.repeats + 1 < self.caller.policy.attempts && self.call.request.is_sendable()
    }

    /// How much of the call's time is left.
    fn left(&self) -> Duration {
        let deadline = self.begun.later_by(self.caller.policy.deadline);
        deadline.saturating_duration_since(self.caller.clock.monotonic())
    }

    /// When the last attempt began, by the clock on the wall, which only doubts have to know.
    fn sent_at(&self) -> SystemTime {
        let clock = &self.caller.clock;
        let ago = clock.monotonic().saturating_duration_since(self.sent);
        clock.wall().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    async fn ask_for_token(&mut self) -> Result<Option<AccessToken>, AuthError> {
        if self.call.tokens == TokenKinds::None {
            return Ok(None);
        }
        if let Some(token) = self.caller.source.cached() {
            return Ok(Some(token));
        }
        let token = self.caller.source.token_within(self.left()).await.map(Some);
        self.sent = self.caller.clock.monotonic();
        token
    }

    /// Pauses because of `reason`, if the time and the budget for repeats allow it.
    async fn pause(&self, pause: Duration, price: u32, reason: &(dyn fmt::Display + Sync)) -> bool {
        let Caller { budgets, clock, .. } = self.caller;
        let paid = || budgets.pay(self.call.request.link(), price, clock.monotonic());
        let possible = pause < self.left() && Handle::try_current().is_ok() && paid();
        telemetry::repeat(self.call.operation, possible);
        if possible {
            tracing::warn!(
                target: TARGET,
                operation = self.call.operation,
                %reason,
                pause_ms = in_ms(pause),
                "a call pauses before it goes on"
            );
            tokio::time::sleep(pause).await;
        }
        possible
    }

    fn error(&self, kind: ErrorKind, cause: Cause) -> Error {
        Error::new(kind, self.call.operation, self.attempts, cause)
    }

    fn no_token(&self, error: AuthError) -> Error {
        self.ended(self.error(ErrorKind::Auth, Cause::Auth(error)))
    }

    fn final_error(&self, kind: ErrorKind, failure: AttemptError, retry_after: Option<Duration>) -> Error {
        let phase = failure.phase();
        let error = self.error(kind, Cause::Attempt(failure)).retry_in(retry_after);
        let indeterminate = kind == ErrorKind::Indeterminate;
        self.ended(if indeterminate { error.indeterminate_since(self.sent_at(), phase) } else { error })
    }

    fn ended(&self, error: Error) -> Error {
        self.report(Some(&error));
        error
    }

    fn report(&self, error: Option<&Error>) {
        let api = error.and_then(Error::api);
        // Nobody may want to know, and then no clock is read.
        let took = || self.caller.clock.monotonic().saturating_duration_since(self.begun);
        telemetry::call(self.call.operation, took, error);
        tracing::debug!(
            target: TARGET,
            operation = self.call.operation,
            elapsed_ms = in_ms(took()),
            attempts = self.attempts,
            errcode = api.map(|api| api.code().get()),
            rid = api.and_then(ApiError::rid),
            kind = error.map(|error| tracing::field::debug(error.kind())),
            "a call ended"
        );
    }
}

fn in_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// What failed, in words that say it without what lies under it.
fn reason(failure: &AttemptError) -> String {
    failure.source().map_or_else(|| failure.to_string(), ToString::to_string)
}

/// Whether WeChat refused `token` itself, and so did not execute the call.
fn refuses(failure: &AttemptError, token: &AccessToken) -> bool {
    match failure.api().map(tcb_types::ApiError::code) {
        Some(ErrCode::INVALID_CREDENTIAL | ErrCode::INVALID_ACCESS_TOKEN | ErrCode::ACCESS_TOKEN_EXPIRED) => {
            true
        }
        Some(ErrCode::COMPONENT_TOKEN_EXPIRED) => token.kind() != Some(TokenKind::Authorizer),
        _ => false,
    }
}
