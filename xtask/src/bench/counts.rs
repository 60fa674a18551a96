//! Counts per call, of instructions and of allocations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::callgrind::{self, Server, Totals};
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
    /// By number of tokens at hand, the bytes that each of them takes.
    pub(super) heap: BTreeMap<u64, u64>,
}

impl Counts {
    /// Counts all benchmarks, or those whose names start with `only`.
    pub(super) fn take(only: Option<&str>) -> Result<Self> {
        program::require("valgrind")?;
        let program = build()?;
        let list = ask(&program, &["list"])?;
        let benchmarks: Vec<(&str, u64)> = list
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(name, _)| only.is_none_or(|only| name.starts_with(only)))
            .map(|(name, calls)| Ok((name, calls.parse()?)))
            .collect::<Result<_>>()?;
        let profiles = program.with_file_name("callgrind");
        fs::create_dir_all(&profiles)?;
        let server = Server::start(&program)?;
        let calls = in_parallel(&benchmarks, |&(name, calls)| {
            let profile = profiles.join(format!("{}.out", name.replace('/', "-")));
            let totals = |calls: u64| {
                callgrind::run(&program, &["run", name, &calls.to_string(), &server.address], &profile)
            };
            Ok((name.to_owned(), per_call(totals(calls)?, totals(2 * calls)?, calls)))
        })?;
        let heap = KEYS.iter().filter(|_| only.is_none_or(|only| "heap".starts_with(only))).map(|&keys| {
            let bytes = ask(&program, &["heap", &keys.to_string()])?;
            Ok((keys, bytes.trim().parse()?))
        });
        Ok(Self { calls: calls.into_iter().collect(), heap: heap.collect::<Result<_>>()? })
    }

    pub(super) fn get(&self, name: &str) -> Option<Count> {
        self.calls.get(name).copied()
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

/// Builds the benchmark program and gives its path.
fn build() -> Result<PathBuf> {
    let args = ["build", "--profile", "bench", "-p", PACKAGE, "--message-format", "json-render-diagnostics"];
    let messages = workspace::output(workspace::cargo(&args))?;
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    };
    messages.lines().find_map(executable).ok_or_else(|| format!("cargo built no {PACKAGE}").into())
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
