//! Token calls to WeChat, and what became of those that brought no token.

use std::sync::Arc;
use std::time::Duration;

use tcb_transport::{
    AttemptError, AttemptErrorKind, Phase, Transport, TransportError, TransportErrorKind, call_once,
};
use tcb_types::authorization::{GetComponentAccessToken, StartPushTicket};
use tcb_types::{
    AccessTokenValue, AuthorizationCode, ComponentSecret, ErrCode, Operation, RefreshToken, VerifyTicket,
};
use tokio::runtime::Handle;

use super::context::Context;
use crate::cache::{CachePolicy, Now};
use crate::observer::TokenEvent;
use crate::store::{Commit, Permit, Record, StoreTime};
use crate::{AccessToken, AuthError, AuthErrorKind, Subject};

/// How many times its limit a call may take before it is abandoned.
const PATIENCE: u32 = 8;

/// The client of WeChat's token calls.
pub(super) struct Upstream {
    context: Arc<Context>,
    transport: Arc<dyn Transport>,
    secret: ComponentSecret,
}

/// A token that WeChat has given.
#[derive(Debug)]
pub(super) struct Minted {
    pub(super) token: AccessTokenValue,
    pub(super) expires_in: Duration,
    /// When the request was sent: the server's clock for the token started later, so the token
    /// never outlives our deadline.
    asked: Now,
    made_of: MadeOf,
}

/// What a token was made of.
#[derive(Debug)]
pub(super) enum MadeOf {
    Ticket,
    Code {
        code: AuthorizationCode,
        refresh_token: Option<RefreshToken>,
    },
    RefreshToken {
        used: RefreshToken,
        next: Option<RefreshToken>,
        /// The stored one that was dead, when `used` was found elsewhere.
        instead_of: Option<RefreshToken>,
    },
}

impl Minted {
    pub(super) fn left(&self, now: Now) -> Duration {
        self.expires_in.saturating_sub(now.since(self.asked))
    }

    /// Writes it into a record.
    pub(super) fn commit(&self, record: &mut Record, permit: Permit, at: StoreTime, now: Now) {
        let refresh = match &self.made_of {
            MadeOf::Ticket => None,
            MadeOf::Code { code, refresh_token } => {
                // The account may have cancelled while the code was exchanged, or authorised anew:
                // then nothing of it is kept.
                if record.is_unchanged_since(permit) {
                    record.exchanged(code, refresh_token.as_ref(), at);
                }
                None
            }
            MadeOf::RefreshToken { used, next, instead_of } => {
                if let Some(dead) = instead_of {
                    record.restore(used, Some(dead));
                }
                Some((used.clone(), next.clone()))
            }
        };
        let token = self.token.clone();
        let commit = Commit { token, left: self.left(now), life: self.expires_in, refresh };
        record.commit(permit, &commit, at);
    }
}

impl Upstream {
    pub(super) fn new(context: Arc<Context>, transport: Arc<dyn Transport>, secret: ComponentSecret) -> Self {
        Self { context, transport, secret }
    }

    pub(super) fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    /// Makes a call; one whose transport keeps no time limit is abandoned in the end.
    pub(super) async fn call<O: Operation>(
        &self,
        token: Option<&AccessToken>,
        operation: &O,
    ) -> Result<O::Response, AttemptError> {
        let limit = self.context.policy.mint_timeout;
        let token = token.map(AccessToken::query_token);
        let answer = call_once(&*self.transport, token, operation, Some(limit));
        if Handle::try_current().is_err() {
            // The transport says what it makes of that.
            return answer.await;
        }
        // The transport's own limit comes first by far: it can tell how far the call got, and a
        // late answer is better than none.
        let answer = tokio::time::timeout(limit.saturating_mul(PATIENCE), answer).await;
        answer.unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout).into()))
    }

    pub(super) async fn start_push_ticket(&self) -> Result<(), AuthError> {
        let operation = StartPushTicket::new(&self.context.app_id, self.secret.clone());
        self.call(None, &operation).await?;
        Ok(())
    }

    /// Asks for the platform's own token.
    pub(super) async fn component_token(&self, ticket: VerifyTicket) -> Result<Minted, RequestError> {
        let asked = self.context.now();
        let operation = GetComponentAccessToken::new(&self.context.app_id, self.secret.clone(), ticket);
        let answer = self.call(None, &operation).await?;
        let (token, seconds) = (answer.access_token, answer.expires_in);
        self.minted(&Subject::Platform, token, seconds, asked, MadeOf::Ticket)
            .map_err(RequestError::after_an_answer)
    }

    /// Takes a token in, unless it cannot be one. A life outside what WeChat gives is clamped, not
    /// refused: the token before it is dead already.
    pub(super) fn minted(
        &self,
        subject: &Subject,
        token: AccessTokenValue,
        seconds: u64,
        asked: Now,
        made_of: MadeOf,
    ) -> Result<Minted, AuthError> {
        const LONGEST: usize = 4096;
        if token.is_empty() || token.expose().len() > LONGEST {
            return Err(AuthError::new(AuthErrorKind::Malformed));
        }
        let told = Duration::from_secs(seconds);
        let expires_in = told.clamp(CachePolicy::SHORTEST_LIFE, CachePolicy::LONGEST_LIFE);
        if expires_in != told {
            let key = self.context.key(subject);
            self.context.note(&TokenEvent::OddLife { key: &key, told, taken: expires_in });
        }
        Ok(Minted { token, expires_in, asked, made_of })
    }
}

/// A token call that failed.
#[derive(Debug)]
pub(super) struct RequestError {
    pub(super) error: AuthError,
    pub(super) fate: RequestFate,
}

/// What became of a request that brought no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestFate {
    /// WeChat did not apply it.
    NotApplied,
    /// WeChat has answered, but not so that one could tell: a server error, or half an answer.
    MaybeApplied,
    /// WeChat may still apply it: then the permit is kept until it runs out.
    Unanswered,
    /// It was not made, for another process has the permit by now and will have the token.
    Overtaken,
}

impl RequestError {
    /// WeChat has answered, and it is no use.
    pub(super) fn after_an_answer(error: AuthError) -> Self {
        Self { error, fate: RequestFate::MaybeApplied }
    }

    /// Another process has the permit.
    pub(super) fn overtaken() -> Self {
        Self { error: AuthError::new(AuthErrorKind::Unavailable), fate: RequestFate::Overtaken }
    }

    /// Whether WeChat says that the account has not authorised the platform, or has cancelled.
    pub(super) fn is_no_authorization(&self) -> bool {
        self.is_refused_with(ErrCode::NOT_AUTHORIZED)
    }

    /// Whether WeChat says that the refresh token is dead.
    pub(super) fn is_dead_refresh_token(&self) -> bool {
        self.is_refused_with(ErrCode::REFRESH_TOKEN_INVALID)
    }

    fn is_refused_with(&self, code: ErrCode) -> bool {
        self.error.api().is_some_and(|api| api.code() == code)
    }

    /// Whether nothing further is to be tried: WeChat has said the last word, or it is another
    /// process's turn.
    pub(super) fn is_final(&self) -> bool {
        self.is_no_authorization() || self.fate == RequestFate::Overtaken
    }
}

impl From<AuthError> for RequestError {
    fn from(error: AuthError) -> Self {
        Self { error, fate: RequestFate::NotApplied }
    }
}

impl From<AttemptError> for RequestError {
    fn from(error: AttemptError) -> Self {
        let fate = match (error.kind(), error.phase()) {
            // A gateway may answer so after WeChat has applied it.
            (AttemptErrorKind::Status(status), _) if matches!(status.as_u16(), 300..=399 | 408 | 409 | 425 | 499 | 500..=599) => {
                RequestFate::MaybeApplied
            }
            (_, Phase::AnswerBroken) => RequestFate::MaybeApplied,
            (_, Phase::MaybeSent) => RequestFate::Unanswered,
            _ => RequestFate::NotApplied,
        };
        Self { error: error.into(), fate }
    }
}
