//! What is said between the one who measures and a client. A client prints a [`Greeting`] and then
//! answers each line `IN_FLIGHT CALLS` with a [`Sample`], both one JSON object in a line.

use serde::{Deserialize, Serialize};

/// A client is ready.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// What it is, with the version.
    pub(crate) is: String,
}

/// What some calls took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) calls: u64,
    pub(crate) seconds: f64,
    /// CPU time of the whole process, user and system.
    pub(crate) cpu_seconds: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
    /// Memory of the process afterwards.
    pub(crate) rss_bytes: u64,
}

/// One of the figures of a sample.
pub(crate) type Measure = fn(&Sample) -> f64;

impl Sample {
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * 1e6 / count(self.calls)
    }

    pub(crate) fn calls_per_second(&self) -> f64 {
        count(self.calls) / self.seconds
    }
}

/// A count as a number that can be divided.
#[expect(clippy::cast_precision_loss, reason = "nothing that is counted here comes near 2^53")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}
