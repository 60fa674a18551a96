//! The command line of the tcb SDK: cloud development (云开发) on the WeChat Open Platform, for
//! service providers.

mod admin;
mod backend;
mod cli;
mod command;
mod demo;
mod exit;
mod failure;
mod interrupt;
mod lookup;
mod masking;
mod output;
mod reaction;
mod report;
mod session;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::cli::{Cli, Format};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let output = Output::new(cli.output);
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let exit = runtime.block_on(command::run(cli, output));
            // What still blocks a thread, such as the lookup of a name, is for nobody any more.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            output.talk(&format!("error: the runtime cannot be started: {error}"));
            Exit::Failed
        }
    };
    exit.into()
}

/// Prints help or version, or what is wrong with the command line.
fn refused(error: &clap::Error) -> ExitCode {
    // Nobody may be left to read it.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Ok.into();
    }
    if cli::wants_json(std::env::args_os()) {
        let message = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing".to_owned(),
            _ => words(&error.to_string()),
        };
        let failure = Failure::new(Exit::Usage, "usage", message).hint("tcbctl --help");
        Output::new(Format::Json).failure_object(&failure);
    }
    Exit::Usage.into()
}

/// What is wrong, without how it is right: the first paragraph, in one line.
fn words(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().take_while(|line| !line.is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}
