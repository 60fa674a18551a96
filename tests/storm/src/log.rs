//! The time that all processes share, and lines for a person who wants to know why a storm did not
//! pass.

use std::io::Write as _;
use std::time::UNIX_EPOCH;

use tcb_api::types::{Clock as _, SystemClock};

/// Milliseconds of the machine's clock, which is the same for all processes.
pub(crate) fn now() -> u64 {
    u64::try_from(SystemClock.wall().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Writes a line with the time and the process in front.
pub(crate) fn log(line: std::fmt::Arguments<'_>) {
    // Whole lines, since all processes write to one place.
    let line = format!("{} {} {line}\n", now(), std::process::id());
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
