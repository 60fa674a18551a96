use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tcb_types::{Clock, SystemClock};
use tokio::sync::Notify;

use crate::time::UnixTime;
use crate::{EmulatorError, EmulatorErrorKind};

/// How the emulator's time passes. Whatever the mode, a test can move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockMode {
    /// It stands still until it is moved.
    Frozen,
    /// It runs this many times as fast as the clock beneath it.
    Scaled(u32),
    /// It runs as the clock beneath it does.
    Real,
}

/// The emulator's time: some times as fast as the clock under it, and movable.
#[derive(Debug)]
pub(crate) struct EmulatedClock {
    base: Arc<dyn Clock>,
    anchor: Mutex<Anchor>,
    /// Wakes who sleeps by this clock, because it was moved.
    moved: Notify,
}

/// A moment of both clocks, from which the emulator's goes on at its speed.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    /// 0 when it stands still.
    speed: u32,
    /// Nanoseconds since 1970 on the clock under it …
    base: i128,
    /// … and on the emulator's at that moment.
    emulated: i128,
    base_monotonic: Instant,
    monotonic: Instant,
}

impl EmulatedClock {
    pub(crate) fn new(base: Arc<dyn Clock>, mode: ClockMode) -> Result<Self, EmulatorError> {
        let speed = speed(mode)?;
        let (wall, monotonic) = (nanos(base.wall()), base.monotonic());
        let anchor = Anchor { speed, base: wall, emulated: wall, base_monotonic: monotonic, monotonic };
        Ok(Self { base, anchor: Mutex::new(anchor), moved: Notify::new() })
    }

    /// One that stands still, for a state that has not been given its own.
    pub(crate) fn nobodys() -> Arc<Self> {
        let now = Anchor {
            speed: 0,
            base: 0,
            emulated: 0,
            base_monotonic: SystemClock.monotonic(),
            monotonic: SystemClock.monotonic(),
        };
        Arc::new(Self { base: Arc::new(SystemClock), anchor: Mutex::new(now), moved: Notify::new() })
    }

    pub(crate) fn now(&self) -> UnixTime {
        UnixTime::at(self.wall())
    }

    pub(crate) fn speed(&self) -> u32 {
        self.anchor().speed
    }

    pub(crate) fn mode(&self) -> ClockMode {
        match self.speed() {
            0 => ClockMode::Frozen,
            1 => ClockMode::Real,
            speed => ClockMode::Scaled(speed),
        }
    }

    pub(crate) fn set_mode(&self, mode: ClockMode) -> Result<(), EmulatorError> {
        let speed = speed(mode)?;
        self.move_anchor(|anchor| anchor.speed = speed);
        Ok(())
    }

    /// Lets time pass at once, on both clocks.
    pub(crate) fn advance(&self, span: Duration) {
        self.move_anchor(|anchor| {
            anchor.emulated = anchor.emulated.saturating_add_unsigned(span.as_nanos());
            anchor.monotonic = anchor.monotonic.checked_add(span).unwrap_or(anchor.monotonic);
        });
    }

    /// Lets time pass at once up to a moment that lies ahead, on both clocks.
    pub(crate) fn set_forward(&self, to: UnixTime) {
        self.move_anchor(|anchor| {
            let ahead = nanos(to.wall()).saturating_sub(anchor.emulated).max(0);
            anchor.emulated = anchor.emulated.saturating_add(ahead);
            let span = Duration::from_nanos(u64::try_from(ahead).unwrap_or(u64::MAX));
            anchor.monotonic = anchor.monotonic.checked_add(span).unwrap_or(anchor.monotonic);
        });
    }

    /// Sets the wall clock; the monotonic one goes on as it was.
    pub(crate) fn set(&self, time: SystemTime) {
        self.move_anchor(|anchor| anchor.emulated = nanos(time));
    }

    /// How long the machine takes for `span` of the emulator's time; `None` when it stands still.
    pub(crate) fn real(&self, span: Duration) -> Option<Duration> {
        span.checked_div(self.speed())
    }

    fn anchor(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_anchor(&self, change: impl FnOnce(&mut Anchor)) {
        let mut anchor = self.anchor();
        let (base, base_monotonic) = (self.base.wall(), self.base.monotonic());
        let mut moved = Anchor {
            speed: anchor.speed,
            base: nanos(base),
            emulated: anchor.wall_at(base),
            base_monotonic,
            monotonic: anchor.monotonic_at(base_monotonic),
        };
        change(&mut moved);
        *anchor = moved;
        self.moved.notify_waiters();
    }

    /// Waits until this clock has gone on by so much, whether by itself or because it was moved.
    pub(crate) async fn sleep(&self, span: Duration) {
        let due = self.now().plus(span);
        loop {
            // Before the look at the time, so that no move is missed.
            let moved = self.moved.notified();
            let left = due.since(self.now());
            if left.is_zero() {
                return;
            }
            match self.real(left) {
                // What is left of a millisecond at a high speed must not make this loop spin.
                Some(real) => tokio::select! {
                    () = tokio::time::sleep(real.max(Duration::from_millis(1))) => {}
                    () = moved => {}
                },
                None => moved.await,
            }
        }
    }
}

impl Anchor {
    /// The emulator's nanoseconds since 1970 when the clock under it shows `base`. That one may
    /// also have been set back.
    fn wall_at(&self, base: SystemTime) -> i128 {
        let passed = nanos(base).saturating_sub(self.base).saturating_mul(i128::from(self.speed));
        self.emulated.saturating_add(passed)
    }

    fn monotonic_at(&self, base: Instant) -> Instant {
        let passed = base.saturating_duration_since(self.base_monotonic).saturating_mul(self.speed);
        self.monotonic.checked_add(passed).unwrap_or(self.monotonic)
    }
}

impl Clock for EmulatedClock {
    fn wall(&self) -> SystemTime {
        let anchor = self.anchor();
        let nanos = u128::try_from(anchor.wall_at(self.base.wall())).unwrap_or_default();
        let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
        let rest = (nanos % 1_000_000_000) as u32;
        UNIX_EPOCH.checked_add(Duration::new(seconds, rest)).unwrap_or(UNIX_EPOCH)
    }

    fn monotonic(&self) -> Instant {
        let anchor = self.anchor();
        anchor.monotonic_at(self.base.monotonic())
    }
}

/// How many times faster than the clock beneath it the emulator's runs; 0 when it stands still.
pub(crate) fn speed(mode: ClockMode) -> Result<u32, EmulatorError> {
    match mode {
        ClockMode::Frozen => Ok(0),
        ClockMode::Real => Ok(1),
        ClockMode::Scaled(0) => {
            Err(EmulatorError::new(EmulatorErrorKind::Invalid, "the speed is at least 1"))
        }
        ClockMode::Scaled(speed) => Ok(speed),
    }
}

/// Nanoseconds since 1970; times before it are taken as 1970.
fn nanos(wall: SystemTime) -> i128 {
    let span = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_700_000_000);

    /// Both clocks of a machine, as a test moves them.
    #[derive(Debug)]
    struct Machine {
        begun: Instant,
        wall: Mutex<Duration>,
        passed: Mutex<Duration>,
    }

    impl Machine {
        fn with_clock(speed: u32) -> (Arc<Self>, EmulatedClock) {
            let begun = SystemClock.monotonic();
            let machine = Arc::new(Self { begun, wall: Mutex::new(START), passed: Mutex::default() });
            let clock =
                EmulatedClock::new(Arc::clone(&machine) as Arc<dyn Clock>, ClockMode::Scaled(speed)).unwrap();
            (machine, clock)
        }

        fn passes(&self, span: Duration) {
            *self.wall.lock().unwrap() += span;
            *self.passed.lock().unwrap() += span;
        }
    }

    impl Clock for Machine {
        fn wall(&self) -> SystemTime {
            UNIX_EPOCH + *self.wall.lock().unwrap()
        }

        fn monotonic(&self) -> Instant {
            self.begun + *self.passed.lock().unwrap()
        }
    }

    /// How far the emulator's two clocks are from where they began.
    fn passed(machine: &Machine, clock: &EmulatedClock) -> (Duration, Duration) {
        let wall = clock.wall().duration_since(UNIX_EPOCH + START).unwrap();
        (wall, clock.monotonic().duration_since(machine.begun))
    }

    fn both(span: Duration) -> (Duration, Duration) {
        (span, span)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn time_runs_as_fast_as_was_said() {
        let (machine, clock) = Machine::with_clock(1);
        machine.passes(3 * SECOND);
        assert_eq!(passed(&machine, &clock), both(3 * SECOND));
        clock.set_mode(ClockMode::Scaled(100)).unwrap();
        assert_eq!(passed(&machine, &clock), both(3 * SECOND), "a change of speed is no jump");
        machine.passes(Duration::from_millis(1));
        assert_eq!(passed(&machine, &clock), both(Duration::from_millis(3100)));
        assert_eq!(clock.real(600 * SECOND), Some(6 * SECOND));
        clock.set_mode(ClockMode::Scaled(1)).unwrap();
        machine.passes(SECOND);
        assert_eq!(passed(&machine, &clock), both(Duration::from_millis(4100)));
    }

    #[test]
    fn time_that_stands_still_can_be_moved() {
        let (machine, clock) = Machine::with_clock(1);
        clock.set_mode(ClockMode::Frozen).unwrap();
        machine.passes(SECOND);
        assert_eq!(passed(&machine, &clock), both(Duration::ZERO));
        assert_eq!((clock.mode(), clock.real(SECOND)), (ClockMode::Frozen, None));
        clock.advance(SECOND);
        assert_eq!(passed(&machine, &clock), both(SECOND));
        clock.set_mode(ClockMode::Scaled(10)).unwrap();
        machine.passes(SECOND);
        assert_eq!(passed(&machine, &clock), both(11 * SECOND));
    }

    #[test]
    fn a_jump_is_not_scaled() {
        let (machine, clock) = Machine::with_clock(100);
        clock.advance(SECOND);
        assert_eq!(passed(&machine, &clock), both(SECOND));
        machine.passes(SECOND);
        assert_eq!(passed(&machine, &clock), both(101 * SECOND));
        clock.set(UNIX_EPOCH + START + SECOND);
        assert_eq!(passed(&machine, &clock), (SECOND, 101 * SECOND));
        assert_eq!(clock.now().seconds(), START.as_secs() + 1);
    }

    #[test]
    fn a_clock_that_is_set_back_takes_the_emulator_along() {
        let (machine, clock) = Machine::with_clock(10);
        clock.advance(100 * SECOND);
        *machine.wall.lock().unwrap() -= SECOND;
        assert_eq!(passed(&machine, &clock), (90 * SECOND, 100 * SECOND));
        *machine.wall.lock().unwrap() = Duration::ZERO;
        assert_eq!(clock.wall(), UNIX_EPOCH);
    }

    #[test]
    fn no_span_is_too_long() {
        let (_, clock) = Machine::with_clock(u32::MAX);
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        clock.set(UNIX_EPOCH + START);
        assert_eq!(clock.now().seconds(), START.as_secs());
    }
}
