//! Medians and quantiles.

use std::time::Instant;

use tcb_api::types::{Clock as _, SystemClock};

/// Figures by name.
pub(crate) type Figures = Vec<(String, f64)>;

/// A median and its quartiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { low: quantile(&values, 0.25), median: quantile(&values, 0.5), high: quantile(&values, 0.75) }
    }
}

/// The value below which this share of the sorted values is; 0 if there are none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index into values that are in memory"
)]
pub(crate) fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// The nanoseconds at a share of the sorted ones, in microseconds.
pub(crate) fn micros(sorted: &[u64], share: f64) -> f64 {
    count(quantile(sorted, share)) / 1e3
}

/// How long ago something began.
pub(crate) fn nanos_since(begun: Instant) -> u64 {
    u64::try_from((SystemClock.monotonic() - begun).as_nanos()).unwrap()
}

/// A count as a number that can be divided.
#[expect(clippy::cast_precision_loss, reason = "nothing that is counted here comes near 2^53")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let spread = Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!((spread.low, spread.median, spread.high), (2.0, 3.0, 4.0));
    }

    #[test]
    fn of_nothing_every_quantile_is_zero() {
        assert_eq!(quantile::<u64>(&[], 0.99), 0);
    }
}
