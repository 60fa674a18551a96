use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tcb_types::Clock;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::CachePolicy;
use super::classify::{Decision, Lease, Now, classify};
use crate::{AccessToken, AuthError, AuthErrorKind};

/// A token fresh from WeChat.
#[derive(Debug)]
pub(crate) struct Minted {
    pub(crate) token: AccessToken,
    /// How long it lives, counted from `asked_at`.
    pub(crate) expires_in: Duration,
    /// When the request was sent: the server's clock for the token started later, so the token never outlives our deadline.
    pub(crate) asked_at: Now,
}

/// How a flight ended, for those who wait.
type Outcome = Result<AccessToken, AuthError>;

/// The cached token of one key, and the flight that refreshes it, if one is on.
///
/// A flight is a task of its own: a caller who goes away neither stops it nor takes its result along. The lock is never held
/// across an await, and an idle slot has no task and no timer.
#[derive(Debug, Default)]
pub(crate) struct TokenSlot {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cached: Option<(AccessToken, Lease)>,
    flight: Option<watch::Receiver<Option<Outcome>>>,
    failure: Option<Failure>,
    last_rejection: Option<Instant>,
}

#[derive(Debug)]
struct Failure {
    error: AuthError,
    until: Instant,
    count: u32,
}

/// What the slots of one platform share: clock, policy, and the number of flights that are on.
#[derive(Debug)]
pub(crate) struct Flights {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: CachePolicy,
    count: watch::Sender<Count>,
}

#[derive(Debug, Default)]
struct Count {
    flying: usize,
    closed: bool,
}

impl Flights {
    pub(crate) fn new(clock: Arc<dyn Clock>, policy: CachePolicy) -> Self {
        Self { clock, policy, count: watch::Sender::new(Count::default()) }
    }

    pub(crate) fn now(&self) -> Now {
        Now { monotonic: self.clock.monotonic(), wall: self.clock.wall() }
    }

    /// Refuses new flights and waits for those that are on, for `deadline` at most. Answers whether all have ended.
    pub(crate) async fn close(&self, deadline: Duration) -> bool {
        self.count.send_modify(|count| count.closed = true);
        let mut count = self.count.subscribe();
        tokio::time::timeout(deadline, count.wait_for(|count| count.flying == 0)).await.is_ok()
    }

    /// Lets one more flight take off.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admission, AuthError> {
        let runtime = Handle::try_current().map_err(|_| AuthError::new(AuthErrorKind::NoRuntime))?;
        let admitted = self.count.send_if_modified(|count| {
            count.flying += usize::from(!count.closed);
            !count.closed
        });
        if !admitted {
            return Err(AuthError::new(AuthErrorKind::Closed));
        }
        Ok(Admission { runtime, _landing: Landing(Arc::clone(self)) })
    }
}

/// The right to run one flight.
#[derive(Debug)]
pub(crate) struct Admission {
    runtime: Handle,
    _landing: Landing,
}

impl Admission {
    /// Runs `task` to its end, whatever becomes of the caller.
    pub(crate) fn spawn(self, task: impl Future<Output = ()> + Send + 'static) {
        let runtime = self.runtime.clone();
        runtime.spawn(async move {
            let _admission = self;
            task.await;
        });
    }
}

/// Counts a flight out however it ends.
#[derive(Debug)]
struct Landing(Arc<Flights>);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| count.flying -= 1);
    }
}

impl TokenSlot {
    /// The token, if it may be used at once and no refresh is due.
    pub(crate) fn cached(&self, now: Now) -> Option<AccessToken> {
        let state = self.state();
        (state.decide(now) == Decision::Serve)
            .then(|| state.cached.as_ref().map(|(token, _)| token.clone()))?
    }

    /// A token that is good now. `mint` makes one flight's work; it is called when a flight has to start.
    pub(crate) async fn token<F, T>(self: &Arc<Self>, flights: &Arc<Flights>, mint: F) -> Outcome
    where
        F: FnOnce() -> T + Send,
        T: Future<Output = Result<Minted, AuthError>> + Send + 'static,
    {
        let (decision, cached, boarded) = {
            let mut state = self.state();
            let now = flights.now();
            let decision = state.decide(now);
            let cached = state.cached.as_ref().map(|(token, _)| token.clone());
            let boarded = match decision {
                Decision::Serve => None,
                Decision::Fail => return Err(state.failure_at(now)),
                _ => Some(self.board(&mut state, flights)),
            };
            (decision, cached, boarded)
        };
        let boarded = boarded.transpose().map(|boarded| boarded.map(|boarded| boarded.take_off(mint)));
        match (decision, cached) {
            // While the old token is good, a flight that cannot start is nobody's trouble.
            (Decision::Serve | Decision::ServeAndRefresh, Some(token)) => Ok(token),
            (Decision::WaitOrServe, Some(token)) => match boarded {
                Ok(Some(flight)) => landed(flight).await.or(Ok(token)),
                _ => Ok(token),
            },
            _ => match boarded? {
                Some(flight) => landed(flight).await,
                None => Err(AuthError::new(AuthErrorKind::Unavailable)),
            },
        }
    }

    /// The server refused `token`. Nothing happens when the slot holds another one by now, or when a rejection has caused a refresh a
    /// moment ago: then the fault lies elsewhere.
    pub(crate) fn reject(&self, token: &AccessToken, flights: &Flights) {
        let mut state = self.state();
        let now = flights.now().monotonic;
        let recently = state
            .last_rejection
            .is_some_and(|last| now.saturating_duration_since(last) < flights.policy.rejection_interval);
        if recently {
            return;
        }
        if let Some((cached, lease)) = &mut state.cached
            && cached == token
            && !lease.rejected
        {
            lease.rejected = true;
            state.last_rejection = Some(now);
        }
    }

    /// Puts a token in place that came by another way than a flight.
    pub(crate) fn put(&self, minted: Minted, policy: &CachePolicy) {
        let mut state = self.state();
        let lease = minted.lease(policy);
        state.cached = Some((minted.token, lease));
        state.failure = None;
    }

    /// Forgets the last failure: something has changed that may let the next refresh succeed.
    pub(crate) fn forgive(&self) {
        self.state().failure = None;
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.cached = None;
        state.failure = None;
    }

    /// Starts a refresh in the background, unless one is on.
    pub(crate) fn refresh<F, T>(self: &Arc<Self>, flights: &Arc<Flights>, mint: F) -> Result<(), AuthError>
    where
        F: FnOnce() -> T,
        T: Future<Output = Result<Minted, AuthError>> + Send + 'static,
    {
        let boarded = self.board(&mut self.state(), flights)?;
        boarded.take_off(mint);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the state half changed: every change is a plain assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat on the flight that is on, or on a new one, which takes off when the lock is released: the runtime may drop a task as
    /// soon as it gets it, and a dropped flight takes the lock.
    fn board(self: &Arc<Self>, state: &mut State, flights: &Arc<Flights>) -> Result<Boarded, AuthError> {
        if let Some(flight) = &state.flight {
            return Ok(Boarded { flight: flight.clone(), departure: None });
        }
        let admission = flights.admit()?;
        let (publish, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        let landing =
            SlotLanding { slot: Arc::clone(self), flights: Arc::clone(flights), publish, outcome: None };
        Ok(Boarded { flight, departure: Some((admission, landing)) })
    }
}

/// A seat on a flight that may still have to take off.
struct Boarded {
    flight: watch::Receiver<Option<Outcome>>,
    departure: Option<(Admission, SlotLanding)>,
}

impl Boarded {
    fn take_off<F, T>(self, mint: F) -> watch::Receiver<Option<Outcome>>
    where
        F: FnOnce() -> T,
        T: Future<Output = Result<Minted, AuthError>> + Send + 'static,
    {
        if let Some((admission, landing)) = self.departure {
            let work = mint();
            // A flight may have to wait for another one, the platform's own, before it makes its call.
            let limit = 2 * landing.flights.policy.mint_timeout;
            admission.spawn(async move {
                let outcome = tokio::time::timeout(limit, work).await;
                landing.with(outcome.ok());
            });
        }
        self.flight
    }
}

async fn landed(mut flight: watch::Receiver<Option<Outcome>>) -> Outcome {
    let outcome = flight.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
    outcome.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)))
}

impl State {
    fn decide(&self, now: Now) -> Decision {
        let lease = self.cached.as_ref().map(|(_, lease)| lease);
        classify(lease, self.failure.as_ref().map(|failure| failure.until), now)
    }

    fn failure_at(&self, now: Now) -> AuthError {
        match &self.failure {
            Some(failure) => {
                failure.error.clone().retry_in(failure.until.saturating_duration_since(now.monotonic))
            }
            None => AuthError::new(AuthErrorKind::Unavailable),
        }
    }
}

impl Minted {
    fn lease(&self, policy: &CachePolicy) -> Lease {
        let spread = policy.refresh_spread.mul_f64(fastrand::f64());
        Lease {
            monotonic_deadline: self.asked_at.monotonic + self.expires_in,
            wall_deadline: self.asked_at.wall + self.expires_in,
            refresh_ahead: (policy.refresh_ahead + spread).min(self.expires_in / 2),
            mandatory: policy.mandatory.min(self.expires_in / 4),
            rejected: false,
        }
    }
}

/// Writes a flight's outcome into its slot and tells those who wait, also when the flight panicked or was cut off.
struct SlotLanding {
    slot: Arc<TokenSlot>,
    flights: Arc<Flights>,
    publish: watch::Sender<Option<Outcome>>,
    outcome: Option<Result<Minted, AuthError>>,
}

impl SlotLanding {
    fn with(mut self, outcome: Option<Result<Minted, AuthError>>) {
        self.outcome = outcome;
    }
}

impl Drop for SlotLanding {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
        let mut state = self.slot.state();
        state.flight = None;
        let published = match outcome {
            Ok(minted) => {
                let lease = minted.lease(&self.flights.policy);
                state.failure = None;
                state.cached = Some((minted.token.clone(), lease));
                Ok(minted.token)
            }
            Err(error) => Err(state.fail(error, &self.flights)),
        };
        drop(state);
        self.publish.send_replace(Some(published));
    }
}

impl State {
    /// Remembers a failed refresh, with a pause that fits its kind.
    fn fail(&mut self, error: AuthError, flights: &Flights) -> AuthError {
        let policy = &flights.policy;
        let now = flights.now();
        if let Some(paced_elsewhere) = error.retry_after() {
            // The platform's own token could not be had, and its slot keeps the pause. A second pause here would outlast the push that
            // clears the first.
            self.failure = None;
            return error.retry_in(paced_elsewhere);
        }
        let count = self.failure.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
        let doubled = |first: Duration, limit: Duration| {
            first.saturating_mul(1_u32.checked_shl(count - 1).unwrap_or(u32::MAX)).min(limit)
        };
        let usable = !matches!(
            classify(self.cached.as_ref().map(|(_, lease)| lease), None, now),
            Decision::Wait | Decision::WaitOrServe
        );
        let pause = match error.kind() {
            // No call was made, so there is nothing to spare; the next push clears it.
            AuthErrorKind::NoTicket { .. } | AuthErrorKind::Closed => Duration::ZERO,
            AuthErrorKind::Unavailable | AuthErrorKind::Malformed | AuthErrorKind::Source => {
                let limit = if usable { policy.backoff_limit } else { policy.urgent_backoff_limit };
                doubled(policy.backoff, limit).mul_f64(fastrand::f64())
            }
            _ => doubled(policy.refusal_pause, policy.refusal_pause_limit),
        };
        self.failure = Some(Failure { error: error.clone(), until: now.monotonic + pause, count });
        error.retry_in(pause)
    }
}
