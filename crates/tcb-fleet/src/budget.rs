//! How many calls there may be.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tcb_api::async_trait;
use tcb_api::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use tcb_api::types::{Clock, Moment as _, SystemClock};
use tokio::sync::Notify;

/// Calls per second, and at most so many at once. By default gentle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// All calls together; 100.
    pub overall: f64,
    /// The platform's own calls of one interface; 10.
    pub platform: f64,
    /// A merchant's calls of one interface; 2.
    pub merchant: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { overall: 100.0, platform: 10.0, merchant: 2.0 }
    }
}

/// How long an interface is left alone for an account after 45009 (this day's quota is used up, and
/// WeChat does not say when that starts over) and 45011 (this minute's).
const DAILY: (i64, Duration) = (45009, Duration::from_secs(60 * 60));
const MINUTE: (i64, Duration) = (45011, Duration::from_secs(60));

/// Buckets that are not used are dropped when there are so many.
const MOST: usize = 50_000;

/// Token buckets for calls: one per account and interface, and one for all. What a [`Budgeted`]
/// transport sends waits for them. Cheap to clone; all clones share one state.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Wakes who waits for the end of calls, or for the budget to be held.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    is_held: bool,
    in_flight: usize,
    calls: u64,
    overall: Option<Instant>,
    buckets: HashMap<(Caller, String), Bucket>,
}

/// Whose call it is. Accounts are told apart by a hash of their tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Platform,
    Account(u64),
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When the next call is due.
    next: Instant,
    /// Nothing is sent before.
    closed_until: Option<Instant>,
}

impl Caller {
    fn of(request: &Request) -> Self {
        let path = request.path();
        match request.query_token() {
            Some(token) if !path.starts_with("/componenttcb/") && !path.contains("/component/") => {
                let mut hasher = DefaultHasher::new();
                token.value().expose().hash(&mut hasher);
                Self::Account(hasher.finish())
            }
            _ => Self::Platform,
        }
    }
}

/// When a call may go that comes now, and when the next one may. A second's worth may go at once.
fn take(next: Option<Instant>, rate: f64, now: Instant) -> (Duration, Instant) {
    let interval = Duration::try_from_secs_f64(1.0 / rate.max(0.001)).unwrap_or_default();
    let due = next.unwrap_or(now).max(now);
    let burst = Duration::from_secs(1).saturating_sub(interval);
    (due.saturating_duration_since(now).saturating_sub(burst), due.later_by(interval))
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Budget {
    /// Full buckets with these limits.
    pub fn new(limits: Limits) -> Self {
        Self::over(limits, Arc::new(SystemClock))
    }

    /// Sets another clock, for tests, and fills the buckets.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self::over(self.0.limits, Arc::new(clock))
    }

    fn over(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared { limits, clock, state: Mutex::default(), changed: Notify::new() }))
    }

    /// How many calls were sent.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Lets no further call go, or lets them go again. Calls in flight end as they do.
    pub fn hold(&self, is_held: bool) {
        self.state().is_held = is_held;
        self.0.changed.notify_waiters();
    }

    /// Whether no further call goes.
    pub fn is_held(&self) -> bool {
        self.state().is_held
    }

    /// Waits until no call is in flight.
    pub(crate) async fn quiet(&self) {
        self.until(|state| state.in_flight == 0).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let changed = self.0.changed.notified();
            if is_so(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long a call has to wait, or why it may not go at all.
    fn reserve(&self, caller: Caller, path: &str) -> Result<Duration, &'static str> {
        let now = self.0.clock.monotonic();
        let Limits { overall, platform, merchant } = self.0.limits;
        let rate = if caller == Caller::Platform { platform } else { merchant };
        let mut state = self.state();
        if state.is_held {
            return Err("the fleet is paused or stops");
        }
        if state.buckets.len() > MOST {
            state.buckets.retain(|_, it| it.next > now || it.closed_until.is_some_and(|until| until > now));
        }
        let bucket = state
            .buckets
            .entry((caller, path.to_owned()))
            .or_insert(Bucket { next: now, closed_until: None });
        if bucket.closed_until.is_some_and(|until| until > now) {
            return Err("the quota of the interface is used up");
        }
        let (own, next) = take(Some(bucket.next), rate, now);
        bucket.next = next;
        let (all, next) = take(state.overall, overall, now);
        state.overall = Some(next);
        Ok(own.max(all))
    }

    fn close(&self, caller: Caller, path: &str, span: Duration) {
        let until = self.0.clock.monotonic().later_by(span);
        let mut state = self.state();
        if let Some(bucket) = state.buckets.get_mut(&(caller, path.to_owned())) {
            bucket.closed_until = Some(until);
        }
    }

    fn fly(&self) -> Result<Flight<'_>, &'static str> {
        let mut state = self.state();
        if state.is_held {
            return Err("the fleet is paused or stops");
        }
        state.in_flight = state.in_flight.saturating_add(1);
        state.calls = state.calls.saturating_add(1);
        Ok(Flight(self))
    }
}

/// A call in flight.
struct Flight<'a>(&'a Budget);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        drop(state);
        self.0.0.changed.notify_waiters();
    }
}

/// A transport whose calls wait for a [`Budget`]. Give it to the platform's builder.
///
/// A call that may not go is refused as one that was not sent. Uploads and downloads by links cost
/// nothing.
#[derive(Clone, Debug)]
pub struct Budgeted<T> {
    wire: T,
    budget: Budget,
}

impl<T: Transport> Budgeted<T> {
    /// Puts a budget before a transport.
    pub fn new(wire: T, budget: &Budget) -> Self {
        Self { wire, budget: budget.clone() }
    }
}

fn refused(why: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::AllBusy).with_source(why)
}

#[async_trait]
impl<T: Transport> Transport for Budgeted<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let caller = Caller::of(&request);
        let path = request.path().to_owned();
        if request.link().is_none() {
            let wait = self.budget.reserve(caller, &path).map_err(refused)?;
            if !wait.is_zero() {
                // A call that is held is refused at once, so that a create that was noted and not
                // sent can be taken out of the notes before the process ends.
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.budget.until(|state| state.is_held) => {}
                }
            }
        }
        let flight = self.budget.fly().map_err(refused)?;
        let answer = self.wire.send(request).await;
        drop(flight);
        if let Ok(answer) = &answer
            && let Some(code) = errcode(answer.body())
            && let Some((_, span)) = [DAILY, MINUTE].into_iter().find(|(closes, _)| *closes == code)
        {
            self.budget.close(caller, &path, span);
        }
        answer
    }
}

/// The error code of a short answer; long ones are none.
fn errcode(body: &[u8]) -> Option<i64> {
    #[derive(Deserialize)]
    struct Refusal {
        errcode: i64,
    }
    let is_short = body.len() < 1024;
    is_short.then(|| serde_json::from_slice::<Refusal>(body).ok()).flatten().map(|it| it.errcode)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tcb_api::auth::TestClock;
    use tcb_api::transport::{MockTransport, QueryToken};
    use tcb_api::types::{AccessTokenValue, Method};

    use super::*;

    fn request(token: &str, path: &'static str) -> Request {
        let token = QueryToken::new("access_token", Arc::new(AccessTokenValue::new(token)));
        Request::raw(Method::Post, path, "test").token(token)
    }

    fn budgeted(answer: &'static str, clock: &TestClock) -> (Budget, Budgeted<MockTransport>) {
        let limits = Limits { overall: 10.0, platform: 4.0, merchant: 2.0 };
        let budget = Budget::new(limits).clock(clock.clone());
        let mut wire = MockTransport::new();
        wire.expect_send().returning(move |_| Ok(Response::json(answer)));
        (budget.clone(), Budgeted::new(wire, &budget))
    }

    #[tokio::test(start_paused = true)]
    async fn calls_wait_for_their_bucket_and_for_that_of_all() {
        let clock = TestClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        let (_, wire) = budgeted("{}", &clock);
        let begun = clock.monotonic();
        let elapsed = || (clock.monotonic() - begun).as_millis();
        // Two at once, then one each half a second.
        for _ in 0..4 {
            wire.send(request("one", "/tcb/a")).await.unwrap();
        }
        assert_eq!(elapsed(), 1000);
        // The platform's own are counted apart.
        wire.send(request("platform", "/componenttcb/a")).await.unwrap();
        assert_eq!(elapsed(), 1000);
        for number in 0..40 {
            wire.send(request(&format!("token {number}"), "/tcb/a")).await.unwrap();
        }
        assert!(elapsed() >= 3500, "{}", elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_quota_closes_an_interface_for_an_account_until_its_time() {
        let clock = TestClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        for (answer, seconds) in [(r#"{"errcode":45011}"#, 60), (r#"{"errcode":45009,"errmsg":""}"#, 3600)] {
            let (budget, wire) = budgeted(answer, &clock);
            wire.send(request("one", "/tcb/a")).await.unwrap();
            let refused = wire.send(request("one", "/tcb/a")).await.unwrap_err();
            assert_eq!(refused.phase(), tcb_api::transport::Phase::NotSent);
            wire.send(request("one", "/tcb/b")).await.unwrap();
            wire.send(request("other", "/tcb/a")).await.unwrap();
            tokio::time::advance(Duration::from_secs(seconds - 1)).await;
            wire.send(request("one", "/tcb/a")).await.unwrap_err();
            tokio::time::advance(Duration::from_secs(2)).await;
            wire.send(request("one", "/tcb/a")).await.unwrap();
            assert_eq!(budget.calls(), 4);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_is_held_nothing_goes_and_calls_in_flight_end() {
        let clock = TestClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        let (budget, wire) = budgeted("{}", &clock);
        let flight = budget.fly().unwrap();
        budget.hold(true);
        wire.send(request("one", "/tcb/a")).await.unwrap_err();
        let quiet = budget.quiet();
        tokio::pin!(quiet);
        tokio::select! {
            biased;
            () = &mut quiet => panic!("a call is in flight"),
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
        drop(flight);
        quiet.await;
        budget.hold(false);
        wire.send(request("one", "/tcb/a")).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_for_its_bucket_is_refused_once_the_budget_is_held() {
        let clock = TestClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        let (budget, wire) = budgeted("{}", &clock);
        for _ in 0..2 {
            wire.send(request("one", "/tcb/a")).await.unwrap();
        }
        let begun = clock.monotonic();
        let (third, ()) = tokio::join!(wire.send(request("one", "/tcb/a")), async { budget.hold(true) });
        third.unwrap_err();
        assert_eq!((clock.monotonic() - begun, budget.calls()), (Duration::ZERO, 2));
    }
}
