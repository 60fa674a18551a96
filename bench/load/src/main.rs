//! What calls cost in time, side by side: bare clients and the SDK over both backends, each in a
//! process of its own and all against one minimal server in another process.
//!
//! `cargo xtask bench` runs it. Figures of different runs cannot be compared, since the machine has
//! other work too; so everything that counts is a ratio to bare hyper in the same round, rounds are
//! interleaved in random order, and what is told is a median with its quartiles.

#![expect(clippy::print_stdout, reason = "it talks to another process, or to a person")]
#![expect(clippy::future_not_send, reason = "everything runs on one thread")]
#![expect(clippy::unwrap_used, reason = "it is a measurement: what goes wrong ends it")]

mod account;
mod burst;
mod clients;
mod compare;
mod machine;
mod process;
mod protocol;
mod refresh;
mod scale;
mod server;
mod statistics;
mod template;
mod wechat;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Compares clients: calls per second, CPU and latency at 1, 16, 64 and 256 in flight.
    Compare(compare::Plan),
    /// Compares the latency of callers while their token is refreshed with that of callers whose
    /// token is fresh.
    Refresh,
    /// Walks a million merchants whose tokens are in `SQLite`, of which a tenth fits into memory.
    Scale(scale::Plan),
    /// Times pushes of authorisations that come at once: 10, 100, 1,000.
    Burst,
    /// The minimal server. It prints its address and ends with its standard input.
    Serve {
        /// How long an answer to a token call takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        token_delay: u64,
    },
    /// A client that makes the calls it is told to on its standard input.
    Drive {
        #[arg(value_enum)]
        client: clients::Kind,
        base_url: String,
    },
}

fn main() {
    let role = Cli::parse().role;
    // One thread: the ratios are per core, and a runtime with several blurs them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match role {
            Role::Compare(plan) => compare::compare(&plan),
            Role::Refresh => refresh::compare().await,
            Role::Scale(plan) => scale::walk(&plan).await,
            Role::Burst => burst::measure().await,
            Role::Serve { token_delay } => server::serve(token_delay).await,
            Role::Drive { client, base_url } => clients::drive(client, &base_url).await,
        }
    });
}
