//! The call to WeChat, made with the right to make it.

use std::sync::Arc;
use std::time::Duration;

use tcb_transport::Phase;
use tcb_types::authorization::{GetAuthorizerRefreshToken, GetComponentAccessToken, GrantedAuthorization};
use tcb_types::{
    AccessTokenValue, ApiError, AuthorizationCode, ErrCode, Operation, RefreshToken, VerifyTicket,
};

use super::desk::Desk;
use super::flight::Landed;
use crate::cache::Now;
use crate::observer::{MintCause, TokenEvent};
use crate::store::{Commit, Credential, Grant, Record, Standing, StoreTime, Version};
use crate::{AccessToken, AuthError, AuthErrorKind, ExchangeError, Subject, exchange};

/// The right to make one token request, with the record that holds it.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) grant: Grant,
    pub(super) version: Version,
    pub(super) record: Record,
    /// The store's time when it was given, and ours.
    pub(super) at: StoreTime,
    pub(super) since: Now,
}

/// What WeChat answered.
#[derive(Debug)]
pub(super) struct Minted {
    pub(super) token: AccessTokenValue,
    pub(super) expires_in: Duration,
    /// When the request was sent: the server's clock for the token started later, so the token never outlives our deadline.
    pub(super) asked: Now,
    pub(super) source: Source,
}

/// What a token was made of.
#[derive(Debug)]
pub(super) enum Source {
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
    /// Takes the answer in, if it can be a token.
    pub(super) fn checked(
        token: AccessTokenValue,
        seconds: u64,
        asked: Now,
        source: Source,
    ) -> Result<Self, AuthError> {
        const LONGEST: usize = 4096;
        if token.is_empty() || token.expose().len() > LONGEST || !(60..=86_400).contains(&seconds) {
            return Err(AuthError::new(AuthErrorKind::Malformed));
        }
        Ok(Self { token, expires_in: Duration::from_secs(seconds), asked, source })
    }

    pub(super) fn left(&self, now: Now) -> Duration {
        self.expires_in.saturating_sub(now.monotonic.saturating_duration_since(self.asked.monotonic))
    }

    /// Writes it into a record.
    pub(super) fn commit(&self, record: &mut Record, grant: Grant, now: StoreTime, left: Duration) {
        let refresh = match &self.source {
            Source::Ticket => None,
            Source::Code { code, refresh_token } => {
                // The account may have cancelled while the code was exchanged; then nothing of it is kept.
                if record.standing() != Some(Standing::Revoked) {
                    record.granted(code, refresh_token.as_ref(), StoreTime::default());
                }
                None
            }
            Source::RefreshToken { used, next, instead_of } => {
                if let Some(dead) = instead_of {
                    record.restore(used, Some(dead));
                }
                Some((used.clone(), next.clone()))
            }
        };
        record.commit(grant, &Commit { token: self.token.clone(), left, refresh }, now);
    }
}

impl Desk {
    /// Asks WeChat, and stores what it answers.
    pub(super) async fn mint(
        self: &Arc<Self>,
        subject: &Subject,
        granted: Granted,
        platform_token: Option<AccessToken>,
        cause: MintCause,
    ) -> Result<Landed, AuthError> {
        let grant = granted.grant;
        let held_for = self.now().monotonic.saturating_duration_since(granted.since.monotonic);
        let asked = match (subject, platform_token) {
            // This process was stopped for a while. The right may be somebody else's by now, and a request that is sent with an old right is
            // one that nobody reckons with.
            _ if held_for >= self.policy.lease => Err(AuthError::new(AuthErrorKind::Unavailable).into()),
            (Subject::Authorizer(_), Some(token)) => {
                self.ask_for_account(subject, &granted.record, token).await
            }
            _ => self.ask_for_platform(&granted.record).await,
        };
        match asked {
            Ok(minted) => {
                self.tally.note(&TokenEvent::Minted { key: &self.key(subject), cause });
                self.persist(subject, granted, minted).await
            }
            Err(failure) => {
                if failure.fate != Fate::UnderWay {
                    // The right is given back at once. When that fails, it runs out.
                    let _ = self
                        .change(subject, |record, _| {
                            record.release(grant, failure.fate == Fate::MaybeApplied);
                            true
                        })
                        .await;
                }
                Err(failure.error)
            }
        }
    }

    async fn ask_for_platform(&self, record: &Record) -> Result<Minted, Failure> {
        let ticket = self.usable_ticket(record)?;
        let asked = self.now();
        let operation = GetComponentAccessToken::new(&self.app_id, self.secret.clone(), ticket);
        let answer = exchange(&*self.transport, None, &operation, Some(self.policy.mint_timeout)).await?;
        Ok(Minted::checked(answer.access_token, answer.expires_in, asked, Source::Ticket)?)
    }

    async fn ask_for_account(
        self: &Arc<Self>,
        subject: &Subject,
        record: &Record,
        platform_token: AccessToken,
    ) -> Result<Minted, Failure> {
        let mut caller = PlatformCaller { desk: self, token: platform_token };
        match record.credential() {
            Some(Credential::Code(code)) => match self.ask_with_code(subject, &code, &mut caller).await {
                // The redirect and the push bring the same code: when one of them was exchanged, the other is used up.
                Err(failure) if failure.error.kind() == AuthErrorKind::NeedsReauthorization => {
                    self.change(subject, |record, _| {
                        record.drop_code(&code);
                        true
                    })
                    .await?;
                    let (_, record, _) = self.load(subject).await?;
                    // A process may have died with the answer, so that only WeChat knows the refresh token.
                    self.refresh(subject, record.refresh_token(), &mut caller).await
                }
                outcome => outcome,
            },
            Some(Credential::RefreshToken(token)) => self.refresh(subject, Some(&token), &mut caller).await,
            None => self.refresh(subject, None, &mut caller).await,
        }
    }

    async fn ask_with_code(
        self: &Arc<Self>,
        subject: &Subject,
        code: &AuthorizationCode,
        caller: &mut PlatformCaller<'_>,
    ) -> Result<Minted, Failure> {
        let asked = self.now();
        let operation = GetAuthorizerRefreshToken::new(&self.app_id, code.clone());
        let granted = caller.call(&operation).await?.authorization_info;
        let owner = Subject::Authorizer(granted.app_id.clone());
        if owner != *subject {
            // The event named another account than its code belongs to. The tokens are kept under the account that they are for.
            self.keep(&owner, code, &granted, asked).await;
            self.change(subject, |record, _| {
                record.drop_code(code);
                true
            })
            .await?;
            return Err(AuthError::new(AuthErrorKind::NotAuthorized).into());
        }
        let source = Source::Code { code: code.clone(), refresh_token: granted.refresh_token.clone() };
        if let (Some(token), Some(seconds)) = (granted.access_token.clone(), granted.expires_in) {
            return Ok(Minted::checked(token, seconds, asked, source)?);
        }
        // The account has no API rights, so there is no token to act for it; what it granted is kept all the same.
        self.keep(&owner, code, &granted, asked).await;
        Err(AuthError::new(AuthErrorKind::NotAuthorized).into())
    }

    /// Exchanges a code that came by the redirect, of which no record knows yet.
    pub(super) async fn exchange_code(
        self: &Arc<Self>,
        code: &AuthorizationCode,
    ) -> Result<GrantedAuthorization, AuthError> {
        let token = self.token(&Subject::Platform).await?;
        let mut caller = PlatformCaller { desk: self, token };
        let asked = self.now();
        let operation = GetAuthorizerRefreshToken::new(&self.app_id, code.clone());
        let granted = caller.call(&operation).await.map_err(|failure| failure.error)?.authorization_info;
        self.keep(&Subject::Authorizer(granted.app_id.clone()), code, &granted, asked).await;
        Ok(granted)
    }

    pub(super) fn usable_ticket(&self, record: &Record) -> Result<VerifyTicket, AuthError> {
        let waiting = |since| Err(AuthError::new(AuthErrorKind::NoTicket { since }));
        let Some((ticket, created)) = record.ticket() else { return waiting(self.started) };
        let created = std::time::UNIX_EPOCH + Duration::from_millis(created.as_millis());
        let age = self.clock.wall().duration_since(created).unwrap_or_default();
        if age >= self.policy.ticket_life {
            return waiting(created + self.policy.ticket_life);
        }
        if age >= self.policy.ticket_old {
            self.tally.note(&TokenEvent::TicketOld { age });
        }
        Ok(ticket.clone())
    }
}

/// Makes calls with the platform's own token.
pub(super) struct PlatformCaller<'a> {
    pub(super) desk: &'a Arc<Desk>,
    pub(super) token: AccessToken,
}

impl PlatformCaller<'_> {
    /// Makes a call. When exactly this token is refused, so that nothing was executed, it is made once more with the next one.
    pub(super) async fn call<O: Operation>(&mut self, operation: &O) -> Result<O::Response, Failure> {
        let desk = self.desk;
        let timeout = Some(desk.policy.mint_timeout);
        let refused = match exchange(&*desk.transport, Some(&self.token), operation, timeout).await {
            Err(ExchangeError::Api(error)) if refuses_platform_token(&error) => ExchangeError::Api(error),
            answer => return Ok(answer?),
        };
        desk.reject(&Subject::Platform, &self.token);
        let next = desk.token(&Subject::Platform).await?;
        if next == self.token {
            return Err(refused.into());
        }
        self.token = next;
        Ok(exchange(&*desk.transport, Some(&self.token), operation, timeout).await?)
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

/// A token call that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: AuthError,
    fate: Fate,
}

/// What became of a request that brought no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// WeChat did not apply it.
    NotApplied,
    /// WeChat has answered, but not so that one could tell: a server error, or half an answer.
    MaybeApplied,
    /// WeChat may still apply it: then the right to refresh is kept until it runs out.
    UnderWay,
}

impl Failure {
    /// Whether WeChat says that the account has not authorised the platform, or has cancelled.
    pub(super) fn is_no_authorization(&self) -> bool {
        self.error.api().is_some_and(|api| api.code() == ErrCode::NOT_AUTHORIZED)
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        Self { error, fate: Fate::NotApplied }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        let fate = match (&error, error.phase()) {
            (ExchangeError::Status { status, .. }, _) if status.is_server_error() => Fate::MaybeApplied,
            (_, Phase::AnswerBroken) => Fate::MaybeApplied,
            (_, Phase::MaybeSent) => Fate::UnderWay,
            _ => Fate::NotApplied,
        };
        Self { error: error.into(), fate }
    }
}
