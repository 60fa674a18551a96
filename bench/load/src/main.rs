//! What calls cost in time, side by side: bare clients, the SDK over both backends, and peers, each in a process of its own and all
//! against one minimal server in another process.
//!
//! `cargo xtask bench` runs it. Figures of different runs cannot be compared, since the machine has other work too; so everything that counts
//! is a ratio to bare hyper in the same round, rounds are interleaved in random order, and what is told is a median with its quartiles.

#![expect(clippy::print_stdout, reason = "it talks to another process, or to a person")]
#![expect(clippy::future_not_send, reason = "everything runs on one thread")]
#![expect(clippy::unwrap_used, reason = "it is a measurement: what goes wrong ends it")]

mod account;
mod burst;
mod clients;
mod compare;
mod http2;
mod machine;
mod process;
mod protocol;
mod redis;
mod refresh;
mod scale;
mod server;
mod start;
mod statistics;
mod template;
mod wechat;
mod wire;

use std::path::PathBuf;

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
    /// Counts what a client does on the wire: connections, system calls, memory per connection.
    Wire,
    /// Compares the latency of callers while their token is refreshed with that of callers whose token is fresh.
    Refresh,
    /// Times the first client of a process, over each backend.
    Start,
    /// Compares HTTP/2 with HTTP/1.1 over TLS.
    Http2,
    /// Walks a million merchants whose tokens are in `SQLite`, of which a tenth fits into memory.
    Scale(scale::Plan),
    /// Times pushes of authorisations that come at once: 10, 100, 1,000.
    Burst,
    /// Measures what a merchant costs a Redis server, in memory and time. Needs `redis-server`.
    Redis,
    /// The minimal server. It prints its address and ends with its standard input.
    Serve {
        /// How long an answer to a token call takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        token_delay: u64,
    },
    /// The minimal server with TLS, for both versions of HTTP.
    ServeTls,
    /// A client with TLS that makes the calls it is told to on its standard input.
    DriveTls {
        #[arg(value_enum)]
        version: http2::Version,
        /// A file with the certificate to trust.
        root_pem: PathBuf,
        address: String,
    },
    /// A client that makes the calls it is told to on its standard input.
    Drive {
        #[arg(value_enum)]
        client: clients::Kind,
        base_url: String,
    },
    /// Builds one client, and says how long that took.
    BuildOne {
        #[arg(value_enum)]
        backend: start::Backend,
    },
}

fn main() {
    let role = Cli::parse().role;
    // One thread: the ratios are per core, and a runtime with several blurs them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match role {
            Role::Compare(plan) => compare::compare(&plan),
            Role::Wire => wire::count_all(),
            Role::Refresh => refresh::compare().await,
            Role::Start => start::measure(),
            Role::Http2 => http2::compare(),
            Role::Scale(plan) => scale::walk(&plan).await,
            Role::Burst => burst::measure().await,
            Role::Redis => redis::measure().await,
            Role::Serve { token_delay } => server::serve(token_delay).await,
            Role::ServeTls => http2::serve().await,
            Role::DriveTls { version, root_pem, address } => http2::drive(version, &root_pem, &address).await,
            Role::Drive { client, base_url } => clients::drive(client, &base_url).await,
            Role::BuildOne { backend } => start::build_one(backend),
        }
    });
}
