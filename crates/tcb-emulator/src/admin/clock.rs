//! Time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::instruction::{Parameters, invalid};
use crate::time::UnixTime;
use crate::{ClockMode, Emulator, EmulatorError};

/// The last second of the year 9999, which is as far as texts of times go.
const LATEST: u64 = 253_402_300_799;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Clock {
    now: u64,
    speed: u32,
    mode: Mode,
}

pub(super) fn read(emulator: &Emulator, _: &Parameters) -> Result<Clock, EmulatorError> {
    let mode = match emulator.clock_mode() {
        ClockMode::Frozen => Mode::Frozen,
        ClockMode::Scaled(_) => Mode::Scaled,
        ClockMode::Real => Mode::Real,
    };
    Ok(Clock { now: now(emulator), speed: emulator.speed(), mode })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewTime {
    advance_seconds: Option<u64>,
    now: Option<u64>,
    speed: Option<u32>,
    mode: Option<Mode>,
}

/// The modes of the clock by their names.
#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Mode {
    Frozen,
    Scaled,
    Real,
}

impl Mode {
    /// The mode, with the speed that `scaled` alone has.
    fn with(&self, speed: Option<u32>) -> Result<ClockMode, EmulatorError> {
        match (self, speed) {
            (Self::Frozen, None) => Ok(ClockMode::Frozen),
            (Self::Real, None) => Ok(ClockMode::Real),
            (Self::Scaled, Some(speed)) => Ok(ClockMode::Scaled(speed)),
            _ => Err(invalid("`scaled` needs a `speed`, and no other mode has one")),
        }
    }
}

pub(super) async fn set(
    emulator: Emulator,
    parameters: Parameters,
    body: NewTime,
) -> Result<Clock, EmulatorError> {
    match body {
        NewTime { advance_seconds: Some(span), now: None, speed: None, mode: None } => {
            emulator.advance(span_ahead(&emulator, span)?).await;
        }
        NewTime { advance_seconds: None, now: Some(seconds), speed: None, mode: None } => {
            emulator.set_now(moment(seconds)?).await;
        }
        NewTime { advance_seconds: None, now: None, speed: Some(speed), mode: None } => {
            emulator.set_speed(speed)?;
        }
        NewTime { advance_seconds: None, now: None, speed, mode: Some(mode) } => {
            emulator.set_clock_mode(mode.with(speed)?)?;
        }
        NewTime { .. } => {
            return Err(invalid("give one of `advance_seconds`, `now`, `speed` and `mode`"));
        }
    }
    read(&emulator, &parameters)
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    by: Option<u64>,
    to: Option<u64>,
    next_event: Option<bool>,
}

pub(super) async fn advance(
    emulator: Emulator,
    parameters: Parameters,
    body: Advance,
) -> Result<Clock, EmulatorError> {
    match body {
        Advance { by: Some(span), to: None, next_event: None } => {
            emulator.advance(span_ahead(&emulator, span)?).await;
        }
        Advance { by: None, to: Some(seconds), next_event: None } => {
            let span = moment(seconds)?.duration_since(emulator.now());
            emulator.advance(span.map_err(|_| invalid("`to` lies behind"))?).await;
        }
        Advance { by: None, to: None, next_event: Some(true) } => {
            emulator.advance_to_next_event().await;
        }
        Advance { .. } => return Err(invalid("give one of `by`, `to` and `next_event`")),
    }
    read(&emulator, &parameters)
}

/// A moment of the clock in Unix seconds.
fn moment(seconds: u64) -> Result<SystemTime, EmulatorError> {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds <= LATEST);
    time.ok_or_else(|| invalid("the time is out of range"))
}

/// A span that ends at a moment of the clock.
fn span_ahead(emulator: &Emulator, seconds: u64) -> Result<Duration, EmulatorError> {
    moment(now(emulator).saturating_add(seconds)).map(|_| Duration::from_secs(seconds))
}

/// The emulator's time in Unix seconds.
pub(super) fn now(emulator: &Emulator) -> u64 {
    UnixTime::at(emulator.now()).seconds()
}
