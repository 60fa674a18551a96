//! What is measured, and what it is measured with: calls, clients, a server. `tcb-bench-counts`
//! counts what they cost, `tcb-bench-load` times them.

#![expect(clippy::print_stdout, reason = "what it finds out is its output")]

pub mod bare;
mod benchmarks;
mod callback;
mod clock;
mod drive;
mod memory;
mod mint;
pub mod sample;
pub mod send;
pub mod server;
mod token;

pub use benchmarks::{ALL, Benchmark, prepare};
pub use clock::Ahead;
pub use drive::{Caller, Result, Work};
pub use mint::Canned;
pub use token::{at_hand, heap};

/// Memory of this process that is in RAM; 0 where there is no `/proc`.
pub fn rss_bytes() -> u64 {
    status("VmRSS:")
}

/// The most that it has been.
pub fn peak_rss_bytes() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
