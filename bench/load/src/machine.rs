//! What this process has used, as the operating system tells it.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time of this process, user and system.
#[expect(clippy::disallowed_methods, reason = "it is what is measured, not what time it is")]
pub(crate) fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default());
    seconds.as_secs_f64()
}

/// How many processes want to run, on average over the last minute; empty where there is no
/// `/proc`.
pub(crate) fn load() -> String {
    let average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    average.split(' ').next().unwrap_or_default().to_owned()
}
