use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use tcb_types::{Clock, Moment as _, SystemClock};

use crate::cache::{
    CachePolicy, CachedToken, Clocks, Decision, Entry, Now, Refreshed, SingleFlight, Tick, TokenResult,
    Waiter,
};
use crate::token::End;
use crate::{AccessToken, AuthError, AuthErrorKind, Subject, TokenSource};

/// A token source of your own with the cache of the built-in ones. Cheap to clone; all clones are
/// one.
///
/// - *One question for all.* Twenty callers without a token cause one call of the source's
///   [`token`](TokenSource::token). It runs in a task of its own, so a caller who goes away does
///   not stop it; it counts as failed after [`CachePolicy::mint_timeout`] (8 seconds).
/// - *Ahead of time.* A token that [carries its end](AccessToken::expires_in) is asked for again in
///   the background 15 to 25 minutes before, or at half of its life when that is later, and used to
///   its end when the source fails. A life of more than a day counts as a day; a token whose end
///   has passed when it comes is used for a minute.
/// - *Without an end*, the source is asked again when the token at hand was asked for about a
///   minute ago ([`CachePolicy::verify_after`]); while the source fails, that token is used for two
///   hours at most. So a source that makes a new token each time it is asked has to say when it
///   ends.
/// - *Refusals.* A token that WeChat refuses is replaced once: by value, and at most once a minute,
///   so that refusals do not become a loop. The source's [`reject`](TokenSource::reject) is called
///   before it is asked for another one.
/// - *Failures.* After an error the source is left alone for the time that the error
///   [asks for](AuthError::retry_in), else for growing pauses; until then callers get the token at
///   hand, or the same error at once. After [`AuthErrorKind::NotAuthorized`] no token is used any
///   more.
///
/// Nothing is stored: each process asks for itself.
///
/// ```
/// use tcb_auth::{AccessToken, AuthError, CachedSource, TokenSource, async_trait};
///
/// /// Asks the company's own token service.
/// #[derive(Debug)]
/// struct Vault;
///
/// # impl Vault { async fn read(&self, _: &str) -> std::io::Result<(String, u64)> { Ok(("t".into(), 7200)) } }
/// #[async_trait]
/// impl TokenSource for Vault {
///     async fn token(&self) -> Result<AccessToken, AuthError> {
///         let (token, seconds) = self.read("wx0123456789abcdef").await.map_err(AuthError::custom)?;
///         Ok(AccessToken::authorizer(token).expires_in(std::time::Duration::from_secs(seconds)))
///     }
/// }
///
/// let source = CachedSource::new(Vault);
/// ```
#[derive(Clone)]
pub struct CachedSource {
    source: Arc<dyn TokenSource>,
    clocks: Arc<Clocks>,
    policy: Arc<CachePolicy>,
    entry: Arc<RwLock<Entry>>,
    refreshes: Arc<SingleFlight>,
}

/// What the source has answered.
struct SourceAnswer {
    token: AccessToken,
    asked: Now,
    after_rejection: bool,
}

impl CachedSource {
    /// How long a token of which nobody has said when it ends is used while the source fails.
    const UNTOLD_LIFE: Duration = Duration::from_secs(7200);

    /// The one key of the refreshes: there is one token.
    const KEY: Subject = Subject::Platform;

    /// Caches the tokens of `source`. Nothing is fetched yet.
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self {
            source: Arc::new(source),
            clocks: Arc::new(Clocks::new(Arc::new(SystemClock))),
            policy: Arc::default(),
            entry: Arc::default(),
            refreshes: Arc::new(SingleFlight::new(1)),
        }
    }

    /// Sets the times of the cache. Those that concern a store, tickets and codes are not used.
    #[must_use]
    pub fn policy(self, policy: CachePolicy) -> Self {
        Self { policy: Arc::new(policy), ..self }
    }

    /// Sets another clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clocks: Arc::new(Clocks::new(Arc::new(clock))), ..self }
    }

    fn now(&self) -> Now {
        self.clocks.now()
    }

    // A panic cannot leave an entry half changed: every change is a plain assignment.

    fn read<R>(&self, read: impl FnOnce(&Entry) -> R) -> R {
        read(&self.entry.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn update<R>(&self, update: impl FnOnce(&mut Entry) -> R) -> R {
        update(&mut self.entry.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Joins the refresh that is running, or starts one, which asks for another token than the one
    /// that was `refused`.
    fn join(&self, refused: Option<AccessToken>) -> Result<Waiter, AuthError> {
        let (this, source) = (self.clone(), self.clone());
        let work = |_| source.ask(refused);
        self.refreshes.join(&Self::KEY, work, move |answer| this.complete(answer))
    }

    async fn ask(self, refused: Option<AccessToken>) -> Result<SourceAnswer, AuthError> {
        let asked = self.now();
        let answer = async {
            if let Some(refused) = &refused {
                self.source.reject(refused).await;
            }
            self.source.token().await
        };
        let token = tokio::time::timeout(self.policy.mint_timeout, answer)
            .await
            .unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::Unavailable)))?;
        Ok(SourceAnswer { token, asked, after_rejection: refused.is_some() })
    }

    /// Takes in what a refresh has brought; nothing when it has panicked.
    fn complete(&self, answer: Option<Result<SourceAnswer, AuthError>>) -> TokenResult {
        match answer.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable))) {
            Ok(answer) => Ok(self.publish(answer)),
            Err(error) => {
                tracing::warn!(%error, "a token source failed");
                Err(self.fail(error))
            }
        }
    }

    fn publish(&self, answer: SourceAnswer) -> AccessToken {
        let SourceAnswer { mut token, asked, after_rejection } = answer;
        let now = self.now();
        let told = token.end().map(|end| match end {
            End::In(life) => life.saturating_sub(now.since(asked)),
            End::At(moment) => Tick::from(moment).since(now.wall),
        });
        let life = match told {
            None => Self::UNTOLD_LIFE,
            Some(Duration::ZERO) => {
                tracing::warn!("a token source gave a token that has ended");
                CachePolicy::SHORTEST_LIFE
            }
            Some(left) => left.min(CachePolicy::LONGEST_LIFE),
        };
        if let Some(left) = told {
            token = token.expires_at(now.wall.later_by(left).to_wall_clock());
        }
        tracing::debug!("a token source gave a token");
        let refreshed = Refreshed {
            token: token.clone(),
            generation: 0,
            left: life,
            life,
            at: now,
            contested: None,
            unsaved: false,
            after_rejection,
        };
        self.update(|entry| {
            entry.clear_failure();
            entry.publish(refreshed, now, &self.policy);
            if told.is_some() {
                // Nothing but its end makes it necessary to ask again.
                entry.verify_again_at(now.monotonic.later_by(Duration::MAX), false);
            }
        });
        token
    }

    fn fail(&self, error: AuthError) -> AuthError {
        let now = self.now();
        self.update(|entry| {
            if error.kind() == AuthErrorKind::NotAuthorized {
                entry.forget_token();
            }
            let error = entry.fail(error, now, &self.policy);
            let pause = error.retry_after().unwrap_or_default();
            entry.verify_again_at(now.monotonic.later_by(pause), true);
            error
        })
    }

    /// What a refresh brings, or the token at hand when the refresh fails.
    async fn join_or_serve(&self, cached: CachedToken) -> TokenResult {
        let outcome = match self.join(None) {
            Ok(refresh) => refresh.outcome().await,
            Err(error) => Err(error),
        };
        outcome.or_else(|error| {
            let good = !cached.times.left(self.now()).is_zero()
                && error.kind() != AuthErrorKind::NotAuthorized
                && !self.read(|entry| entry.is_rejected(&cached.token));
            if good { Ok(cached.token) } else { Err(error) }
        })
    }
}

#[async_trait]
impl TokenSource for CachedSource {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        let now = self.now();
        let (decision, cached, failure) =
            self.read(|entry| (entry.decide(now), entry.cached().cloned(), entry.failure(now)));
        match (decision, cached) {
            (Decision::Serve, Some(cached)) => Ok(cached.token),
            // Nobody has said that a token of this source outlives the next one.
            (Decision::ServeAndVerify, Some(cached)) if !cached.times.store_failed => {
                self.join_or_serve(cached).await
            }
            (Decision::ServeAndRefresh | Decision::ServeAndVerify, Some(cached)) => {
                // While the old token is good, it does not matter when a refresh cannot start.
                let _ = self.join(None);
                Ok(cached.token)
            }
            (Decision::Verify | Decision::WaitOrServe, Some(cached)) => self.join_or_serve(cached).await,
            (Decision::Fail, _) => Err(failure.unwrap_or_else(|| AuthError::new(AuthErrorKind::Unavailable))),
            (_, Some(cached)) if cached.times.rejected => {
                let refused = cached.token;
                let outcome = self.join(Some(refused.clone()))?.outcome().await;
                if self.read(|entry| entry.is_rejected(&refused)) && outcome.is_ok() {
                    // That refresh began before the token was refused.
                    return self.join(Some(refused))?.outcome().await;
                }
                outcome
            }
            _ => self.join(None)?.outcome().await,
        }
    }

    fn cached(&self) -> Option<AccessToken> {
        let now = self.clocks.glance();
        self.read(|entry| {
            let serves = entry.decide(now) == Decision::Serve;
            entry.cached().filter(|_| serves).map(|cached| cached.token.clone())
        })
    }

    async fn reject(&self, token: &AccessToken) {
        let now = self.now().monotonic;
        if self.update(|entry| entry.reject(token, now, &self.policy)).is_some() {
            tracing::info!("WeChat refused a token of a token source");
        }
    }
}

impl fmt::Debug for CachedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSource").field("source", &self.source).finish_non_exhaustive()
    }
}
