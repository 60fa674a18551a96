//! The storm: eight processes share the tokens of a thousand merchants through one store, while
//! processes are killed and stopped, their clocks are set wrong, the store hangs, is cut off and
//! loses what it holds, and answers of WeChat are lost.
//!
//! It catches what only whole processes over a real store show: a token that is fetched twice, a
//! refresh token that is lost, a call that fails although it need not, a store that does not come
//! to rest. `cargo xtask storm` runs it. All times are a hundredth of real ones (the emulator's
//! clock, the cache's policy, the lives of tokens), so that one minute is as good as an hour and a
//! half.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to another process, or to a person")]
#![expect(clippy::unwrap_used, reason = "it is a test: it ends at the first thing that it did not provoke")]

mod convergence;
mod driver;
mod faults;
mod log;
mod outages;
mod proxy;
mod report;
mod scale;
mod setup;
mod store;
mod worker;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::setup::Plan;

/// How long all that comes before and after the things that go wrong may take.
const REST: Duration = Duration::from_secs(600);

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Starts the processes, makes things go wrong, and judges.
    Drive(Plan),
    /// One of the processes that share the tokens. Started by the driver.
    Work {
        /// The file with what all workers need to know.
        job: PathBuf,
        /// The store: `postgres://…`, `redis://…` or the path of a file.
        store: String,
        /// Call at once: this worker replaces one that was killed.
        #[arg(long)]
        at_once: bool,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match Cli::parse().role {
        Role::Work { job, store, at_once } => worker::work(&job, &store, at_once).await,
        Role::Drive(plan) => {
            let limit = Duration::from_secs(plan.seconds) + REST;
            let Ok(report) = tokio::time::timeout(limit, driver::drive(&plan)).await else {
                eprintln!("the storm has not ended after {} s", limit.as_secs());
                return ExitCode::FAILURE;
            };
            println!("{}", report.line());
            if report.broken().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
