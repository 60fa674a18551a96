//! Stands for telemetry where the feature `metrics` is off: nobody is told anything.

use std::time::Duration;

use crate::Error;

pub(crate) fn call(_operation: &str, _took: impl FnOnce() -> Duration, _error: Option<&Error>) {}

pub(crate) fn repeat(_operation: &str, _is_allowed: bool) {}
