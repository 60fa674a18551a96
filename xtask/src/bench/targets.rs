//! The targets that are counts, `bench/counts/targets.json`. Those that compare with a bare client
//! take its count of the same run; `heap/N` is what each of N tokens at hand takes, and
//! `merchant-rss/N` each of N merchants in cache and default store. T13 allows one allocation less
//! than wx-rust-open 0.1.5 makes.
//!
//! Two more are counts and are held by tests: T10, connections
//! (`as_many_connections_as_calls_at_a_time` and its neighbours in tcb-transport), and T11,
//! refreshes (`ten_thousand_callers_for_one_expired_account_cause_one_refresh` in tcb-auth).

use std::fmt;

use serde::Deserialize;

use super::counts::{Count, Counts};
use crate::Result;

/// The most that figures of some benchmarks may be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    #[serde(rename = "target")]
    name: String,
    figure: Figure,
    of: Vec<String>,
    /// The benchmark whose figure is taken away.
    above: Option<String>,
    /// The benchmark by whose figure it is divided.
    divided_by: Option<String>,
    limit: f64,
    floor: Option<Floor>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Figure {
    Instructions,
    Allocations,
    Bytes,
}

impl Figure {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(self, count: Count) -> f64 {
        (match self {
            Self::Instructions => count.instructions,
            Self::Allocations => count.allocations,
            Self::Bytes => count.bytes,
        }) as f64
    }
}

/// What holds in place of a target that cannot be met, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    limit: f64,
    reason: String,
}

/// A figure and the most that it may be.
#[derive(Debug)]
pub(super) struct TargetOutcome {
    target: String,
    figure: String,
    value: f64,
    limit: f64,
    floor: Option<Floor>,
}

impl TargetOutcome {
    /// Whether it is met, or its floor held.
    pub(super) fn passes(&self) -> bool {
        self.is_met() || self.floor.as_ref().is_some_and(|floor| self.value <= floor.limit)
    }

    fn is_met(&self) -> bool {
        self.value <= self.limit
    }

    /// A row of a table.
    pub(super) fn row(&self) -> String {
        let Self { target, figure, value, limit, floor } = self;
        let remark = match floor {
            _ if self.is_met() => "met".to_owned(),
            Some(floor) => format!("floor: {}; held at {}", floor.reason, floor.limit),
            None => "**missed**".to_owned(),
        };
        format!("| {target} | {figure} | {value:.0$} | {limit} | {remark} |", self.decimals())
    }

    /// Ratios have decimals, counts have none.
    fn decimals(&self) -> usize {
        if self.limit.fract() == 0.0 { 0 } else { 3 }
    }
}

impl fmt::Display for TargetOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, figure, value, limit, floor } = self;
        let word = match (self.is_met(), self.passes()) {
            (true, _) => "met",
            (false, true) => "FLOOR",
            (false, false) => "MISSED",
        };
        let decimals = self.decimals();
        write!(f, "{target:<4} {word:<6} {figure}: {value:.decimals$}, at most {limit}")?;
        match floor {
            Some(floor) if !self.is_met() => write!(f, "; {} allowed: {}", floor.limit, floor.reason),
            _ => Ok(()),
        }
    }
}

/// Judges every target whose benchmarks were counted.
pub(super) fn judge(counts: &Counts) -> Result<Vec<TargetOutcome>> {
    let targets: Vec<Target> = serde_json::from_str(include_str!("../../../bench/counts/targets.json"))?;
    let outcomes = targets.iter().flat_map(|target| {
        target.of.iter().filter_map(|name| {
            let get = |name: &String| Some(target.figure.of(counts.get(name)?));
            let figure = format!("{:?} of {name}", target.figure).to_lowercase();
            let (figure, value) = match (&target.above, &target.divided_by) {
                (Some(other), _) => (format!("{figure} above {other}"), get(name)? - get(other)?),
                (None, Some(other)) => (format!("{figure} ÷ {other}"), get(name)? / get(other)?),
                (None, None) => (figure, get(name)?),
            };
            let (limit, floor) = (target.limit, target.floor.clone());
            Some(TargetOutcome { target: target.name.clone(), figure, value, limit, floor })
        })
    });
    Ok(outcomes.collect())
}

#[cfg(test)]
mod tests {
    use super::super::counts::{Count, Counts};
    use super::judge;

    fn counts(of: &[(&str, u64)]) -> Counts {
        let calls = of
            .iter()
            .map(|&(name, instructions)| (name.to_owned(), Count { instructions, ..Count::default() }));
        Counts { calls: calls.collect(), ..Counts::default() }
    }

    #[test]
    fn a_target_is_judged_by_the_bare_client_of_the_same_run() {
        let judged = |send: u64, bare: u64| {
            let outcomes = judge(&counts(&[("send/hyper/static/1", send), ("bare/hyper/1", bare)])).unwrap();
            let outcome = outcomes.iter().find(|outcome| outcome.target == "T2").unwrap();
            (outcome.passes(), outcome.to_string())
        };
        let figure = "instructions of send/hyper/static/1 ÷ bare/hyper/1";
        assert_eq!(judged(1080, 1000), (true, format!("T2   met    {figure}: 1.080, at most 1.08")));
        let (passes, line) = judged(1081, 1000);
        assert!(
            passes && line.starts_with(&format!("T2   FLOOR  {figure}: 1.081, at most 1.08; 1.115 allowed"))
        );
        let (passes, line) = judged(1116, 1000);
        assert!(!passes && line.starts_with(&format!("T2   MISSED {figure}: 1.116, at most 1.08")), "{line}");
    }

    #[test]
    fn what_was_not_counted_is_not_judged() {
        assert!(judge(&Counts::default()).unwrap().is_empty());
        let outcomes = judge(&counts(&[("memory/send", 5000), ("callback/push", 1)])).unwrap();
        assert_eq!(outcomes.iter().map(|outcome| &*outcome.target).collect::<Vec<_>>(), ["T16"]);
    }

    #[test]
    fn every_target_is_of_benchmarks_that_are_counted() {
        let text = include_str!("../../../bench/counts/baseline.json");
        let baseline: serde_json::Value = serde_json::from_str(text).unwrap();
        let names = baseline["counts"].as_object().unwrap().keys().map(|name| (name.as_str(), 1));
        let kinds = ["heap/100000", "heap/1000000", "merchant-rss/100000", "merchant-rss/1000000"];
        let counted = names.chain(kinds.map(|name| (name, 1))).collect::<Vec<_>>();
        assert_eq!(judge(&counts(&counted)).unwrap().len(), 19);
    }
}
