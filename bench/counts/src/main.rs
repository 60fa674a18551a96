//! Makes one kind of call again and again, to be counted: `cargo xtask bench` runs this under
//! callgrind, once with N calls and once with 2N. The difference holds the calls and nothing else:
//! no start, no connecting, no first use.
//!
//! ```text
//! tcb-bench-counts list                     the benchmarks, each with the N that suits it
//! tcb-bench-counts serve                    the server that they call; writes its address and answers until it is killed
//! tcb-bench-counts run NAME CALLS SERVER    makes the calls; writes what they allocated
//! tcb-bench-counts heap KEYS                puts tokens at hand; writes how many bytes of heap and of RAM each of them takes
//! tcb-bench-counts merchants KEYS           the same with the default store
//! ```

#![expect(clippy::print_stdout, reason = "what it finds out is its output")]

use std::alloc::System;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::runtime;

use tcb_bench_counts::{ALL, Result, heap, prepare, rss_bytes, server};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result {
    let args: Vec<String> = env::args().skip(1).collect();
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for benchmark in ALL {
                println!("{} {}", benchmark.name, benchmark.calls);
            }
            Ok(())
        }
        ["serve"] => server::serve(PAUSE, PAUSE),
        ["run", name, calls, server] => {
            let (mut work, calls) = (prepare(&Arc::new(runtime), name, server.parse()?)?, calls.parse()?);
            let before = ALLOCATOR.stats();
            counted(&mut || work(calls))?;
            let stats = ALLOCATOR.stats() - before;
            // A block that grows is asked for again.
            println!("{} {}", stats.allocations + stats.reallocations, stats.bytes_allocated);
            Ok(())
        }
        [kind @ ("heap" | "merchants"), keys] => {
            let [heap, rss] = runtime.block_on(heap(keys.parse()?, kind == "merchants", bytes_in_use))?;
            println!("{heap} {rss}");
            Ok(())
        }
        _ => Err("see the first lines of main.rs".into()),
    }
}

/// How long an answer takes, like that of a server somewhere else. An answer that were there at
/// once would now and then meet a client that has not begun to wait for it, and so save it
/// instructions.
const PAUSE: Duration = Duration::from_millis(1);

/// What is done in here is counted; callgrind is told this function's name.
#[inline(never)]
fn counted(work: &mut dyn FnMut() -> Result) -> Result {
    work()
}

/// Bytes of the heap, and of the process.
fn bytes_in_use() -> [usize; 2] {
    let stats = ALLOCATOR.stats();
    // Growth and shrinking in place count into the same two sums.
    let heap = stats.bytes_allocated - stats.bytes_deallocated;
    [heap, usize::try_from(rss_bytes()).unwrap_or_default()]
}
