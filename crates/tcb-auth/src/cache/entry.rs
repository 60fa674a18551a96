use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tcb_types::{Moment as _, scaled};

use super::CachePolicy;
use super::classify::{Decision, Now, Tick, Times, classify};
use crate::{AccessToken, AuthError};

/// What is known about one key: the token at hand, and the last refresh that failed.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    cached: Option<CachedToken>,
    /// Boxed, because few have had any.
    trouble: Option<Box<Trouble>>,
    /// It has been looked at since the clock hand of the map came by.
    touched: AtomicBool,
}

/// A token at hand.
#[derive(Clone, Debug)]
pub(crate) struct CachedToken {
    pub(crate) token: AccessToken,
    pub(crate) generation: u64,
    pub(crate) times: Times,
    since: Tick,
}

/// What a refresh brings.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) token: AccessToken,
    pub(crate) generation: u64,
    /// How much of its life is left, counted from `at`.
    pub(crate) left: Duration,
    /// How long its life was when it began.
    pub(crate) life: Duration,
    pub(crate) at: Now,
    /// It may not be WeChat's newest; no other request can be on its way after this span.
    pub(crate) contested: Option<Duration>,
    /// It is not in the store yet.
    pub(crate) unsaved: bool,
    /// It was minted because the one before it was refused, or kept because that would not help.
    pub(crate) after_rejection: bool,
}

/// What has gone wrong with a key.
#[derive(Debug, Default)]
struct Trouble {
    failure: Option<LastFailure>,
    /// When a token came here last because the one before it was rejected.
    last_rejection: Option<Tick>,
}

/// The last refresh that failed.
#[derive(Clone, Debug)]
struct LastFailure {
    error: AuthError,
    until: Tick,
    count: u32,
    /// From here on the store is looked at again, whether another process has a token.
    look_at: Tick,
}

impl Entry {
    pub(crate) fn decide(&self, now: Now) -> Decision {
        let times = self.cached.as_ref().map(|cached| &cached.times);
        classify(times, self.last_failure().map(|failure| failure.until), now)
    }

    pub(crate) fn cached(&self) -> Option<&CachedToken> {
        self.cached.as_ref()
    }

    /// The error of the last refresh, with what is left of its pause.
    pub(crate) fn failure(&self, now: Now) -> Option<AuthError> {
        let failure = self.last_failure()?;
        let left = failure.until.since(now.monotonic);
        Some(failure.error.clone().retry_in(left))
    }

    /// Whether the pause after a failed refresh is on.
    pub(crate) fn is_paused(&self, now: Now) -> bool {
        self.last_failure().is_some_and(|failure| failure.until > now.monotonic)
    }

    /// Whether the store may be looked at although a refresh has failed.
    pub(crate) fn may_look(&self, now: Now) -> bool {
        self.last_failure().is_none_or(|failure| failure.look_at <= now.monotonic)
    }

    /// The server refused `token`. Returns whether the token was minted recently, when it is this
    /// one that is at hand and no rejection has caused a refresh a moment ago.
    pub(crate) fn reject(&mut self, token: &AccessToken, now: Tick, policy: &CachePolicy) -> Option<bool> {
        let last = self.trouble.as_ref().and_then(|trouble| trouble.last_rejection);
        let last = last.map(|last| now.since(last));
        if last.is_some_and(|ago| ago < policy.rejection_interval) {
            return None;
        }
        let cached =
            self.cached.as_mut().filter(|cached| cached.token == *token && !cached.times.rejected)?;
        cached.times.rejected = true;
        Some(now.since(cached.since) < policy.recently_minted)
    }

    pub(crate) fn is_rejected(&self, token: &AccessToken) -> bool {
        self.cached.as_ref().is_some_and(|cached| cached.token == *token && cached.times.rejected)
    }

    /// Takes in what a refresh has brought.
    pub(crate) fn publish(&mut self, refreshed: Refreshed, now: Now, policy: &CachePolicy) {
        let mut times = Times::begin(policy, refreshed.at, refreshed.left, refreshed.life);
        let token = refreshed.token;
        let same = self.cached.as_ref().filter(|cached| cached.token == token);
        let mut replace_at = refreshed.contested.map(|quiet| now.monotonic.later_by(quiet));
        let mut since = now.monotonic;
        if let Some(same) = same {
            // A token that is only confirmed keeps the moment at which it is to be refreshed, so
            // that comparing it does not choose a new one each time.
            times.refresh_ahead = same.times.refresh_ahead;
            times.mandatory = same.times.mandatory;
            replace_at = replace_at.map(|at| same.times.replace_at.unwrap_or(at));
            // It may have been refused while it was compared with the store.
            times.rejected = !refreshed.after_rejection && same.times.rejected;
            since = same.since;
        } else {
            self.clear_failure();
        }
        times.replace_at = replace_at;
        if refreshed.after_rejection {
            self.trouble().last_rejection = Some(now.monotonic);
        }
        times.unsaved = refreshed.unsaved;
        self.cached = Some(CachedToken { token, generation: refreshed.generation, times, since });
    }

    /// Notes a failed refresh, with the pause that its error asks for or else one that fits its
    /// kind. Returns the error with that pause.
    pub(crate) fn fail(&mut self, error: AuthError, now: Now, policy: &CachePolicy) -> AuthError {
        let count = self.trouble().failure.take().map_or(0, |failure| failure.count).saturating_add(1);
        let usable = !matches!(self.decide(now), Decision::Wait | Decision::WaitOrServe);
        let pause = error.retry_after().unwrap_or_else(|| policy.pause_after(&error, count, usable));
        self.trouble().failure = Some(LastFailure {
            error: error.clone(),
            until: now.monotonic.later_by(pause),
            count,
            look_at: now.monotonic.later_by(policy.store_pause),
        });
        error.retry_in(pause)
    }

    /// Leaves the store alone until `moment`.
    pub(crate) fn look_again_at(&mut self, moment: Tick) {
        if let Some(failure) = self.trouble.as_mut().and_then(|trouble| trouble.failure.as_mut()) {
            failure.look_at = moment;
        }
    }

    /// Compares the token at hand, if there is one, no earlier than at `moment`.
    pub(crate) fn verify_again_at(&mut self, moment: Tick, store_failed: bool) {
        if let Some(cached) = &mut self.cached {
            cached.times.verify_at = moment;
            cached.times.store_failed = store_failed;
        }
    }

    pub(crate) fn forget_token(&mut self) {
        self.cached = None;
    }

    /// Something has changed that may let the next refresh succeed.
    pub(crate) fn clear_failure(&mut self) {
        if let Some(trouble) = &mut self.trouble {
            trouble.failure = None;
        }
    }

    fn last_failure(&self) -> Option<&LastFailure> {
        self.trouble.as_ref()?.failure.as_ref()
    }

    fn trouble(&mut self) -> &mut Trouble {
        self.trouble.get_or_insert_default()
    }

    /// The token of this generation is in the store now.
    pub(crate) fn saved(&mut self, generation: u64) {
        if let Some(cached) = self.cached.as_mut().filter(|cached| cached.generation == generation) {
            cached.times.unsaved = false;
        }
    }

    pub(super) fn touch(&self) {
        // Those who look share the line with each other, as long as none of them writes.
        if !self.touched.load(Ordering::Relaxed) {
            self.touched.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it was looked at since this was called last.
    pub(super) fn take_touch(&self) -> bool {
        self.touched.swap(false, Ordering::Relaxed)
    }

    /// Whether it is of no use any more.
    pub(super) fn has_ended(&self, now: Tick) -> bool {
        self.cached.as_ref().is_none_or(|cached| cached.times.monotonic_deadline <= now)
    }

    /// Whether forgetting it costs no more than a look into the store.
    pub(super) fn may_go(&self, now: Tick) -> bool {
        self.cached.as_ref().is_none_or(|cached| !cached.times.unsaved)
            && self.last_failure().is_none_or(|failure| failure.until <= now)
    }
}

impl Now {
    /// How long ago `earlier` was, by the clock that says more: one stands still while the machine
    /// sleeps, the other may be set back.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.monotonic.since(earlier.monotonic).max(self.wall.since(earlier.wall))
    }
}

impl Times {
    pub(crate) fn left(&self, now: Now) -> Duration {
        let (monotonic, wall) = self.millis_left(now);
        Duration::from_millis(monotonic.min(wall))
    }

    /// The times of a token that has so much `left` of its `life` now.
    fn begin(policy: &CachePolicy, now: Now, left: Duration, life: Duration) -> Self {
        let spread = scaled(policy.refresh_spread, fastrand::f64());
        let verify_after = scaled(policy.verify_after, 0.9 + 0.2 * fastrand::f64());
        let millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
        Self {
            monotonic_deadline: now.monotonic.later_by(left),
            wall_deadline: now.wall.later_by(left),
            refresh_ahead: millis(policy.refresh_ahead.saturating_add(spread).min(life / 2)),
            mandatory: millis(policy.mandatory.min(life / 4)),
            verify_at: now.monotonic.later_by(verify_after),
            wait_ahead: millis(left.saturating_sub(policy.wait_after)),
            replace_at: None,
            store_failed: false,
            rejected: false,
            unsaved: false,
        }
    }
}
