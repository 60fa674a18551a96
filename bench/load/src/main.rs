//! What calls cost in time, side by side: bare clients and the SDK over both backends, each in a
//! process of its own and all against one minimal server in another process.
//!
//! `cargo xtask bench` runs it. Figures of different runs cannot be compared, since the machine has
//! other work too; so everything that counts is a ratio to bare hyper in the same round, rounds are
//! interleaved in random order, and what is told is a median with its quartiles.
//!
//! ```text
//! tcb-bench-load compare             clients: calls per second, CPU and latency
//! tcb-bench-load refresh             what callers notice of a refresh
//! tcb-bench-load scale               what breaks first when a platform is large
//! tcb-bench-load file WAY BACKEND STORAGE  one file, sent or fetched
//! tcb-bench-load serve MILLISECONDS  the server of the others; so long takes a token
//! tcb-bench-load drive CLIENT SERVER a client that does what its standard input says
//! ```

#![expect(clippy::print_stdout, reason = "it talks to another process, or to a person")]
#![expect(clippy::future_not_send, reason = "everything runs on one thread")]
#![expect(clippy::unwrap_used, reason = "it is a measurement: what goes wrong ends it")]

mod compare;
mod drive;
mod machine;
mod process;
mod refresh;
mod scale;
mod statistics;

use std::env;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    // One thread: the ratios are per core, and a runtime with several blurs them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["compare"] => compare::compare(),
        ["refresh"] => runtime.block_on(refresh::compare()),
        ["scale"] => runtime.block_on(scale::measure()),
        ["file", way, backend, storage] => {
            runtime.block_on(scale::carry(way, backend, storage.parse().unwrap()));
        }
        ["serve", token_delay] => process::serve(token_delay),
        ["drive", client, server] => runtime.block_on(drive::drive(client, server.parse().unwrap())),
        _ => panic!("see the first lines of main.rs"),
    }
}
