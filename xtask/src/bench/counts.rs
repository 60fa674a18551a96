//! Counts per call, of instructions and of allocations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use super::callgrind::{self, Totals};
use crate::server::Server;
use crate::{Result, program, workspace};

const PACKAGE: &str = "tcb-bench-counts";

/// How many tokens are at hand when their memory is looked at.
const KEYS: [u64; 2] = [100_000, 1_000_000];

/// What one call costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    /// Instructions in user space.
    pub(super) instructions: u64,
    /// Blocks that were asked for, blocks that grew included.
    pub(super) allocations: u64,
    /// Bytes in these blocks.
    pub(super) bytes: u64,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// What the calls of each benchmark cost.
    pub(super) calls: BTreeMap<String, Count>,
    /// The bytes that each token takes, `heap/N` and `rss/N` by how many are at hand, and under
    /// `merchant-heap/N` and `merchant-rss/N` those with the default store.
    pub(super) tokens: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts all benchmarks, or those whose names start with `only`.
    pub(super) fn take(only: Option<&str>) -> Result<Self> {
        program::require("valgrind")?;
        let program = workspace::measured(PACKAGE)?;
        let list = ask(&program, &["list"])?;
        let benchmarks: Vec<(&str, u64)> = list
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(name, _)| only.is_none_or(|only| name.starts_with(only)))
            .map(|(name, calls)| Ok((name, calls.parse()?)))
            .collect::<Result<_>>()?;
        let profiles = program.with_file_name("callgrind");
        fs::create_dir_all(&profiles)?;
        let mut serve = Command::new(&program);
        serve.arg("serve");
        let server = Server::start(serve)?;
        let calls = in_parallel(&benchmarks, |&(name, calls)| {
            let profile = profiles.join(format!("{}.out", name.replace('/', "-")));
            let totals = |calls: u64| {
                callgrind::run(&program, &["run", name, &calls.to_string(), server.line.trim()], &profile)
            };
            Ok((name.to_owned(), per_call(totals(calls)?, totals(2 * calls)?, calls)))
        })?;
        let mut tokens = BTreeMap::new();
        let kinds = [("heap", ""), ("merchants", "merchant-")].into_iter();
        for (kind, name) in kinds.filter(|_| only.is_none_or(|only| "heap".starts_with(only))) {
            for keys in KEYS {
                let told = ask(&program, &[kind, &keys.to_string()])?;
                let (heap, ram) = told.trim().split_once(' ').ok_or("two figures are missing")?;
                tokens.insert(format!("{name}heap/{keys}"), heap.parse()?);
                tokens.insert(format!("{name}rss/{keys}"), ram.parse()?);
            }
        }
        Ok(Self { calls: calls.into_iter().collect(), tokens })
    }

    /// What a benchmark costs, or a token.
    pub(super) fn get(&self, name: &str) -> Option<Count> {
        let of_token = || Some(Count { bytes: *self.tokens.get(name)?, ..Count::default() });
        self.calls.get(name).copied().or_else(of_token)
    }

    pub(super) fn map<T>(&self, field: impl Fn(&Count) -> T) -> BTreeMap<&str, T> {
        self.calls.iter().map(|(name, count)| (name.as_str(), field(count))).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn ratio(count: u64, other: u64) -> f64 {
    count as f64 / other as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^52, and 2N calls cost more than N"
)]
fn per_call(once: Totals, twice: Totals, calls: u64) -> Count {
    let per_call = |once: f64, twice: f64| ((twice - once) / calls as f64).round() as u64;
    Count {
        instructions: per_call(once.instructions, twice.instructions),
        allocations: per_call(once.allocations, twice.allocations),
        bytes: per_call(once.bytes, twice.bytes),
    }
}

fn ask(program: &Path, args: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(args);
    workspace::output(command)
}

/// Does `work` on all items, on as many threads as there are processors: a count does not depend on
/// what else runs.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // An error is no `Send`; its text is all that anybody wants of it.
                    let outcome = work(item).map_err(|error| error.to_string());
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_iter().map(|outcome| outcome.map_err(Into::into)).collect()
}
