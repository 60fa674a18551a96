//! The call to WeChat, made with the right to make it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tcb_transport::{Phase, TransportError, TransportErrorKind};
use tcb_types::authorization::{
    GetAuthorizerInfo, GetAuthorizerRefreshToken, GetAuthorizerRefreshTokenResponse, GetComponentAccessToken,
    GrantedAuthorization,
};
use tcb_types::{
    AccessTokenValue, ApiError, AuthorizationCode, ErrCode, Moment as _, Operation, OperationSpec,
    RefreshToken, VerifyTicket,
};
use tokio::runtime::Handle;

use super::desk::Desk;
use super::flight::Landed;
use crate::cache::{CachePolicy, Now};
use crate::observer::{MintCause, TokenEvent};
use crate::store::{Commit, Credential, Grant, Record, StoreTime, Version};
use crate::{AccessToken, AuthError, AuthErrorKind, CodeDigest, ExchangeError, Subject, exchange};

/// How often a code that WeChat says is used up is looked for in the store, with a pause between two looks, before that is believed: the
/// exchange that has used it up is stored within two seconds, unless something is wrong.
const LOOKS: u32 = 10;

/// The right to ask for a token, with the record that holds it.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) grant: Grant,
    pub(super) version: Version,
    pub(super) record: Record,
    /// The store's time when it was given, and ours.
    pub(super) at: StoreTime,
    pub(super) since: Now,
}

impl Granted {
    /// How long ago it was given.
    fn age(&self, now: Now) -> Duration {
        now.since(self.since)
    }
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
    pub(super) fn left(&self, now: Now) -> Duration {
        self.expires_in.saturating_sub(now.since(self.asked))
    }

    /// Writes it into a record.
    pub(super) fn commit(&self, record: &mut Record, grant: Grant, now: StoreTime, left: Duration) {
        let refresh = match &self.source {
            Source::Ticket => None,
            Source::Code { code, refresh_token } => {
                // The account may have cancelled while the code was exchanged, or authorised anew: then nothing of it is kept.
                if record.is_as_granted(grant) {
                    record.granted(code, refresh_token.as_ref(), now);
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
        let commit = Commit { token: self.token.clone(), left, life: self.expires_in, refresh };
        record.commit(grant, &commit, now);
    }
}

impl Desk {
    /// Takes an answer in, if it can be a token. A life that no token of WeChat has is no reason to throw one away, for the one before it is
    /// dead: it counts as the nearest that one may have.
    pub(super) fn checked(
        &self,
        subject: &Subject,
        token: AccessTokenValue,
        seconds: u64,
        asked: Now,
        source: Source,
    ) -> Result<Minted, AuthError> {
        const LONGEST: usize = 4096;
        if token.is_empty() || token.expose().len() > LONGEST {
            return Err(AuthError::new(AuthErrorKind::Malformed));
        }
        let told = Duration::from_secs(seconds);
        let expires_in = told.clamp(CachePolicy::SHORTEST_LIFE, CachePolicy::LONGEST_LIFE);
        if expires_in != told {
            self.tally.note(&TokenEvent::OddLife { key: &self.key(subject), told, taken: expires_in });
        }
        Ok(Minted { token, expires_in, asked, source })
    }

    /// Asks WeChat, and stores what it answers; brings nothing when another process has the right before there is an answer.
    pub(super) async fn mint(
        self: &Arc<Self>,
        subject: &Subject,
        mut granted: Granted,
        platform_token: Option<AccessToken>,
        cause: MintCause,
    ) -> Result<Option<Landed>, AuthError> {
        let grant = granted.grant;
        let asked = match platform_token {
            Some(token) => {
                let right = Some(Right { subject, granted: &mut granted });
                self.ask_for_account(subject, PlatformCaller { desk: self, token, right }).await
            }
            None => self.ask_for_platform(subject, &mut granted).await,
        };
        match asked {
            Ok(minted) => {
                self.tally.note(&TokenEvent::Minted { key: &self.key(subject), cause });
                self.persist(subject, granted, minted).await.map(Some)
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
                if failure.fate == Fate::Overtaken { Ok(None) } else { Err(failure.error) }
            }
        }
    }

    /// Makes sure that the right is good for one more request. One that is sent with an old right is one that nobody reckons with: this process
    /// may have been stopped for a while, or the calls before may have taken their time.
    async fn renew(&self, subject: &Subject, granted: &mut Granted) -> Result<(), Failure> {
        if granted.age(self.now()) < self.policy.lease / 2 {
            return Ok(());
        }
        let mut turns = self.turns();
        loop {
            let since = self.now();
            let (version, mut record, at) = self.load(subject).await?;
            if !record.renew(granted.grant, at, self.policy.lease) {
                let error = AuthError::new(AuthErrorKind::Unavailable);
                return Err(Failure { error, fate: Fate::Overtaken });
            }
            if let Some(version) = self.swap(subject, version, &record).await? {
                *granted = Granted { grant: granted.grant, version, record, at, since };
                break;
            }
            self.next_turn(&mut turns).await?;
        }
        // A store that takes longer than the right lasts gives none.
        if granted.age(self.now()) >= self.policy.lease {
            return Err(AuthError::new(AuthErrorKind::Unavailable).into());
        }
        Ok(())
    }

    /// Makes a call. A transport that knows no limit of time is given up as well.
    pub(super) async fn call<O: Operation>(
        &self,
        token: Option<&AccessToken>,
        operation: &O,
    ) -> Result<O::Response, ExchangeError> {
        let limit = self.policy.mint_timeout;
        let answer = exchange(&*self.transport, token, operation, Some(limit));
        if Handle::try_current().is_err() {
            // The transport says what it makes of that.
            return answer.await;
        }
        let late = || ExchangeError::Transport(TransportError::new(TransportErrorKind::Timeout));
        // The transport's own limit comes first by far: it can tell how far the call got, and a late answer is better than none.
        tokio::time::timeout(limit.saturating_mul(8), answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn ask_for_platform(&self, subject: &Subject, granted: &mut Granted) -> Result<Minted, Failure> {
        let ticket = self.usable_ticket(&granted.record)?;
        self.renew(subject, granted).await?;
        let asked = self.now();
        let operation = GetComponentAccessToken::new(&self.app_id, self.secret.clone(), ticket);
        let answer = self.call(None, &operation).await?;
        self.checked(subject, answer.access_token, answer.expires_in, asked, Source::Ticket)
            .map_err(Failure::after_an_answer)
    }

    async fn ask_for_account(
        self: &Arc<Self>,
        subject: &Subject,
        mut caller: PlatformCaller<'_>,
    ) -> Result<Minted, Failure> {
        match caller.credential() {
            Some(Credential::Code(code)) => match self.ask_with_code(subject, &code, &mut caller).await {
                Err(failure) => {
                    // The redirect and the push bring the same code: when one of them was exchanged, the other is used up.
                    let used_up = failure.error.kind() == AuthErrorKind::NeedsReauthorization;
                    if !used_up && failure.error.api().is_none() {
                        return Err(failure);
                    }
                    let given_up = self
                        .change(subject, |record, now| {
                            let hopeless = used_up || record.code_is_old(now, self.policy.code_life);
                            hopeless && record.drop_code(&code)
                        })
                        .await?;
                    if !given_up {
                        return Err(failure);
                    }
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
            self.keep_owner(code, &granted.app_id).await;
            self.change(subject, |record, _| {
                record.drop_code(code);
                true
            })
            .await?;
            return Err(AuthError::new(AuthErrorKind::NotAuthorized).into());
        }
        let source = Source::Code { code: code.clone(), refresh_token: granted.refresh_token.clone() };
        if let Some(token) = granted.access_token.clone() {
            return match self.checked(&owner, token, granted.expires_in.unwrap_or(0), asked, source) {
                Ok(minted) => Ok(minted),
                Err(error) => {
                    // The code is used up, and what stands beside the odd token is good.
                    self.keep(&owner, code, &granted, asked).await;
                    Err(Failure::after_an_answer(error))
                }
            };
        }
        // The account has no API rights, so there is no token to act for it; what it granted is kept all the same.
        self.keep(&owner, code, &granted, asked).await;
        Err(AuthError::new(AuthErrorKind::NotAuthorized).into())
    }

    /// Exchanges a code that came by the redirect, unless that has been done.
    pub(super) async fn exchange_code(
        self: &Arc<Self>,
        code: &AuthorizationCode,
    ) -> Result<GrantedAuthorization, AuthError> {
        let token = self.token(&Subject::Platform).await?;
        let mut caller = PlatformCaller { desk: self, token, right: None };
        // The push brings the same code, and a page that is loaded again does.
        if let Ok(Some(granted)) = self.granted_before(code, &mut caller).await {
            return Ok(granted);
        }
        let asked = self.now();
        let operation = GetAuthorizerRefreshToken::new(&self.app_id, code.clone());
        match caller.call(&operation).await {
            Ok(answer) => {
                let granted = answer.authorization_info;
                self.keep(&Subject::Authorizer(granted.app_id.clone()), code, &granted, asked).await;
                self.keep_owner(code, &granted.app_id).await;
                Ok(granted)
            }
            Err(failure) if failure.error.kind() == AuthErrorKind::NeedsReauthorization => {
                // Whoever was faster may not have stored it yet.
                for _ in 0..LOOKS {
                    if let Ok(Some(granted)) = self.granted_before(code, &mut caller).await {
                        return Ok(granted);
                    }
                    tokio::time::sleep(self.policy.poll).await;
                }
                Err(failure.error)
            }
            Err(failure) => Err(failure.error),
        }
    }

    /// What the account has granted whose code it is, if that is known and its authorisation stands.
    async fn granted_before(
        self: &Arc<Self>,
        code: &AuthorizationCode,
        caller: &mut PlatformCaller<'_>,
    ) -> Result<Option<GrantedAuthorization>, AuthError> {
        let (_, known, _) = self.load(&Subject::Code(CodeDigest::of(code))).await?;
        let Some(app_id) = known.owner() else { return Ok(None) };
        let subject = Subject::Authorizer(app_id.clone());
        // The push's exchange may be on. An account without API rights has no token, and has granted all the same.
        let _ = self.token(&subject).await;
        let (_, record, now) = self.load(&subject).await?;
        if !record.stands() {
            return Ok(None);
        }
        let operation = InfoAsGrant(GetAuthorizerInfo::new(&self.app_id, app_id));
        let mut granted = caller.call(&operation).await.map_err(|failure| failure.error)?.authorization_info;
        granted.refresh_token = record.refresh_token().cloned();
        if let Some(stored) = record.access(now) {
            granted.access_token = Some(stored.token.clone());
            granted.expires_in = Some(stored.left.as_secs());
        }
        Ok(Some(granted))
    }

    pub(super) fn usable_ticket(&self, record: &Record) -> Result<VerifyTicket, AuthError> {
        let waiting = |since| Err(AuthError::new(AuthErrorKind::NoTicket { since }));
        let Some((ticket, created)) = record.ticket() else { return waiting(self.started) };
        let created = std::time::UNIX_EPOCH.later_by(Duration::from_millis(created.as_millis()));
        let age = self.clock.wall().duration_since(created).unwrap_or_default();
        if age >= self.policy.ticket_life {
            return waiting(created.later_by(self.policy.ticket_life));
        }
        if age >= self.policy.ticket_old {
            self.tally.note(&TokenEvent::TicketOld { age });
        }
        Ok(ticket.clone())
    }
}

/// Reads an account as if its authorisation were fresh from a code: what it granted is told in the same words, but for the access token.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct InfoAsGrant(GetAuthorizerInfo);

impl Operation for InfoAsGrant {
    type Response = GetAuthorizerRefreshTokenResponse;
    const SPEC: OperationSpec = GetAuthorizerInfo::SPEC;
}

/// Makes calls with the platform's own token.
pub(super) struct PlatformCaller<'a> {
    pub(super) desk: &'a Arc<Desk>,
    pub(super) token: AccessToken,
    /// The right under which the calls are made, if they serve to get a token.
    pub(super) right: Option<Right<'a>>,
}

/// A right in use.
pub(super) struct Right<'a> {
    pub(super) subject: &'a Subject,
    pub(super) granted: &'a mut Granted,
}

impl PlatformCaller<'_> {
    /// What the token is to be made of, by the record that holds the right.
    fn credential(&self) -> Option<Credential> {
        self.right.as_ref()?.granted.record.credential()
    }

    /// Makes sure that the right, if there is one, is good for the next call.
    async fn renew(&mut self) -> Result<(), Failure> {
        match &mut self.right {
            Some(right) => self.desk.renew(right.subject, right.granted).await,
            None => Ok(()),
        }
    }

    /// Makes a call. When exactly this token is refused, so that nothing was executed, it is made once more with the next one.
    pub(super) async fn call<O: Operation>(&mut self, operation: &O) -> Result<O::Response, Failure> {
        let desk = self.desk;
        self.renew().await?;
        let refused = match desk.call(Some(&self.token), operation).await {
            Err(ExchangeError::Api(error)) if refuses_platform_token(&error) => ExchangeError::Api(error),
            answer => return Ok(answer?),
        };
        desk.reject(&Subject::Platform, &self.token);
        let next = desk.token(&Subject::Platform).await?;
        if next == self.token {
            return Err(refused.into());
        }
        self.token = next;
        self.renew().await?;
        Ok(desk.call(Some(&self.token), operation).await?)
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
    /// It was not made, for another process has the right by now and will have the token.
    Overtaken,
}

impl Failure {
    /// WeChat has answered, and it is no use.
    pub(super) fn after_an_answer(error: AuthError) -> Self {
        Self { error, fate: Fate::MaybeApplied }
    }

    /// Whether WeChat says that the account has not authorised the platform, or has cancelled.
    pub(super) fn is_no_authorization(&self) -> bool {
        self.error.api().is_some_and(|api| api.code() == ErrCode::NOT_AUTHORIZED)
    }

    /// Whether nothing further is to be tried: WeChat has said the last word, or it is another process's turn.
    pub(super) fn is_final(&self) -> bool {
        self.is_no_authorization() || self.fate == Fate::Overtaken
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
            // A gateway may answer so after WeChat has applied it.
            (ExchangeError::Status { status, .. }, _) if matches!(status.as_u16(), 300..=399 | 408 | 409 | 425 | 499 | 500..=599) => {
                Fate::MaybeApplied
            }
            (_, Phase::AnswerBroken) => Fate::MaybeApplied,
            (_, Phase::MaybeSent) => Fate::UnderWay,
            _ => Fate::NotApplied,
        };
        Self { error: error.into(), fate }
    }
}
