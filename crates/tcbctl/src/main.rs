//! The command line of the tcb SDK: cloud development (云开发) on the WeChat Open Platform, for service providers.

mod admin;
mod backend;
mod cli;
mod command;
mod demo;
mod exit;
mod failure;
mod lookup;
mod masking;
mod output;
mod reaction;
mod report;
mod session;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.output);
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(command::run(cli, output)),
        Err(error) => {
            output.talk(&format!("error: the runtime cannot be started: {error}"));
            Exit::Failed
        }
    };
    exit.into()
}
