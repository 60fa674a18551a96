//! The counts of the last change, as they are checked in.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::counts::{Count, Counts, ratio};
use crate::{Result, workspace};

/// How many instructions more than before are put down to the linker's and the optimiser's moods.
const GROWTH: f64 = 1.03;

/// The counts that were written down, and why.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Baseline {
    /// Why they are what they are.
    pub(super) reason: String,
    pub(super) counts: BTreeMap<String, Count>,
    /// What a token at hand takes, in bytes of RAM.
    #[serde(default)]
    pub(super) bytes_per_token: u64,
}

impl Baseline {
    fn path() -> PathBuf {
        workspace::root().join("bench/counts/baseline.json")
    }

    /// Reads the file; without one, there is nothing to compare with.
    pub(super) fn read() -> Result<Self> {
        let path = Self::path();
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path)?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Writes the file: a line per benchmark, so that a change is a change of its line.
    pub(super) fn write(reason: &str, counts: &Counts) -> Result {
        Ok(fs::write(Self::path(), render(reason, counts)?)?)
    }

    /// Prints a table of counts, with what has changed since these.
    pub(super) fn print(&self, counts: &Counts) {
        println!(
            "\n{:<28} {:>14} {:>9} {:>13} {:>9}",
            "per call", "instructions", "change", "allocations", "bytes"
        );
        for (name, count) in &counts.calls {
            let change = self.counts.get(name).map_or_else(String::new, |before| {
                format!("{:+.1} %", (ratio(count.instructions, before.instructions) - 1.0) * 100.0)
            });
            println!(
                "{name:<28} {:>14} {change:>9} {:>13} {:>9}",
                count.instructions, count.allocations, count.bytes
            );
        }
        for (name, bytes) in &counts.tokens {
            println!("{name:<28} {bytes} bytes each");
        }
    }

    /// What has grown. With `all`, also what is here or there and not in both.
    pub(super) fn grown(&self, counts: &Counts, all: bool) -> Vec<String> {
        if self.counts.is_empty() {
            return vec!["there are no counts to compare with yet".to_owned()];
        }
        let mut against = Vec::new();
        for (name, count) in &counts.calls {
            let Some(before) = self.counts.get(name) else {
                against.push(format!("{name}: there is no count to compare with"));
                continue;
            };
            if ratio(count.instructions, before.instructions) > GROWTH {
                let (now, before) = (count.instructions, before.instructions);
                against.push(format!("{name}: {now} instructions, more than {before} and 3 %"));
            }
            // How tasks take turns is chance, and a pool may allocate by it.
            let allowed = if name.ends_with("/64") { GROWTH } else { 1.0 };
            if ratio(count.allocations, before.allocations.max(1)) > allowed {
                let (now, before) = (count.allocations, before.allocations);
                against.push(format!("{name}: {now} allocations, more than {before}"));
            }
        }
        if all {
            let gone = self.counts.keys().filter(|name| !counts.calls.contains_key(*name));
            against.extend(gone.map(|name| format!("{name}: the benchmark is gone")));
        }
        against
    }
}

fn render(reason: &str, counts: &Counts) -> Result<String> {
    let lines: Vec<_> = counts
        .calls
        .iter()
        .map(|(name, count)| {
            Ok(format!("    {}: {}", serde_json::to_string(name)?, serde_json::to_string(count)?))
        })
        .collect::<Result<_>>()?;
    let reason = serde_json::to_string(reason)?;
    let bytes = counts.tokens.get("rss/1000000").copied().unwrap_or_default();
    Ok(format!(
        "{{\n  \"reason\": {reason},\n  \"bytes_per_token\": {bytes},\n  \"counts\": {{\n{}\n  }}\n}}\n",
        lines.join(",\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Count, Counts, render};

    fn counts(of: &[(&str, u64, u64)]) -> Counts {
        let count = |&(name, instructions, allocations): &(&str, u64, u64)| {
            (name.to_owned(), Count { instructions, allocations, bytes: 0 })
        };
        Counts { calls: of.iter().map(count).collect(), ..Counts::default() }
    }

    fn baseline(of: &[(&str, u64, u64)]) -> Baseline {
        serde_json::from_str(&render("a \"reason\"", &counts(of)).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let baseline = baseline(&[("b/1", 2, 3), ("a/1", 1, 0)]);
        assert_eq!(baseline.reason, "a \"reason\"");
        assert_eq!(baseline.counts, counts(&[("a/1", 1, 0), ("b/1", 2, 3)]).calls);
    }

    #[test]
    fn three_per_cent_more_instructions_pass_and_one_more_allocation_does_not() {
        let baseline = baseline(&[("a", 1000, 5)]);
        assert!(baseline.grown(&counts(&[("a", 1030, 5)]), true).is_empty());
        assert!(baseline.grown(&counts(&[("a", 10, 0)]), true).is_empty());
        assert_eq!(
            baseline.grown(&counts(&[("a", 1031, 6)]), true),
            ["a: 1031 instructions, more than 1000 and 3 %", "a: 6 allocations, more than 5"]
        );
    }

    #[test]
    fn a_benchmark_that_comes_or_goes_has_to_be_written_down() {
        let baseline = baseline(&[("a", 1, 1)]);
        let other = counts(&[("b", 1, 1)]);
        assert_eq!(
            baseline.grown(&other, true),
            ["b: there is no count to compare with", "a: the benchmark is gone"]
        );
        assert_eq!(baseline.grown(&other, false), ["b: there is no count to compare with"]);
    }
}
