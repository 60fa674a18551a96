//! `cargo xtask bench`: what calls cost, counted and timed. Counts are held to targets and to the
//! counts before; times are only reported.

mod baseline;
mod callgrind;
mod counts;
mod draw;
mod load;
mod page;
mod targets;

use serde_json::json;

use self::baseline::Baseline;
use self::counts::Counts;
use self::targets::TargetOutcome;
use crate::Result;

/// What is to be measured.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// End in one line with all figures as a JSON object.
    #[arg(long)]
    json: bool,
    /// Only the benchmarks whose names start like this, for example `send/hyper`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Count only, and fail when a target is missed or a count has grown.
    #[arg(long, conflicts_with = "bless")]
    check: bool,
    /// Count only, and write the counts down as those to compare with, and into
    /// `docs/performance.md`.
    #[arg(long, value_name = "REASON", conflicts_with = "only")]
    bless: Option<String>,
    /// Draw the counts that were blessed and the figures of `scale` into `docs/performance/`.
    #[arg(long, conflicts_with_all = ["check", "bless"])]
    draw: bool,
}

pub(crate) fn run(args: &Args) -> Result {
    let only = args.only.as_deref();
    let counted = Counted::take(only)?;
    let told = if args.check || args.bless.is_some() { load::Told::default() } else { load::run(only)? };
    if args.draw {
        draw::write(&counted.baseline, &told)?;
    }
    let outcome = match &args.bless {
        Some(reason) => counted.bless(reason),
        None if args.check => counted.check(only.is_none()),
        None => Ok(()),
    };
    if args.json {
        let figures = json!({
            "instructions": counted.counts.map(|count| count.instructions),
            "allocations": counted.counts.map(|count| count.allocations),
            "bytes": counted.counts.map(|count| count.bytes),
            "ratios": told.ratios,
            "scale": told.scale,
            "bytes_per_authorizer": counted.counts.tokens,
        });
        println!("{figures}");
    }
    outcome
}

/// The check that is part of `cargo xtask test --all`.
pub(crate) fn check() -> Result {
    Counted::take(None)?.check(true)
}

/// Counts, and what they are held to.
struct Counted {
    counts: Counts,
    baseline: Baseline,
    outcomes: Vec<TargetOutcome>,
}

impl Counted {
    /// Counts what has a name that starts with `only`, and prints it.
    fn take(only: Option<&str>) -> Result<Self> {
        let baseline = Baseline::read()?;
        let counts = Counts::take(only)?;
        baseline.print(&counts);
        let outcomes = targets::judge(&counts)?;
        println!();
        for outcome in &outcomes {
            println!("{outcome}");
        }
        Ok(Self { counts, baseline, outcomes })
    }

    fn bless(&self, reason: &str) -> Result {
        Baseline::write(reason, &self.counts)?;
        page::write(&self.counts, &self.outcomes)
    }

    /// An error when a count has grown, a target is missed or, with `all`, the baseline has what
    /// was not counted.
    fn check(&self, all: bool) -> Result {
        let mut against = self.baseline.grown(&self.counts, all);
        against.extend(self.outcomes.iter().filter(|outcome| !outcome.passes()).map(ToString::to_string));
        if against.is_empty() {
            return Ok(());
        }
        against.push(
            "What has grown on purpose is written down by `cargo xtask bench --bless REASON`.".to_owned(),
        );
        Err(against.join("\n").into())
    }
}
