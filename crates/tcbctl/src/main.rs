//! The command line of the tcb SDK: cloud development (云开发) on the WeChat Open Platform, for
//! service providers.

mod admin;
mod args;
mod backend;
#[cfg(test)]
mod book;
mod cli;
mod command;
mod demo;
mod exit;
mod failure;
mod help;
mod interrupt;
mod labels;
mod language;
mod lookup;
mod masking;
mod output;
mod progress;
mod reaction;
mod report;
mod run;
mod session;
mod settings;
mod usage;
mod words;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::language::say;
use crate::output::Output;

fn main() -> ExitCode {
    language::choose(std::env::args_os());
    let _ = failure::HELP.set(usage::help_of_this_run);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let output = Output::new(cli.global.output);
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let exit = runtime.block_on(command::run(cli, output));
            // What still blocks a thread, such as the lookup of a name, is for nobody any more.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            output.talk(&say!(
                "error: the runtime cannot be started: {error}",
                "错误：无法启动运行时：{error}",
                error = words::of_system(&error)
            ));
            Exit::Failed.into()
        }
    }
}

/// Prints help or version, or what is wrong with the command line.
fn refused(error: &clap::Error) -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    // Nobody may be left to read it.
    match error.kind() {
        ErrorKind::DisplayVersion => {
            let _ = error.print();
            return Exit::Ok.into();
        }
        ErrorKind::DisplayHelp => {
            let _ = Output::line(&help::asked_for(&args));
            return Exit::Ok.into();
        }
        _ => {}
    }
    let output = Output::new(args::wanted_format(std::env::args_os()));
    let failure = usage::failure(error, &args);
    // Whoever takes 2 for changes must not take a slip of the pen for them.
    let is_detailed = args.iter().any(|arg| arg == "--detailed-exitcode");
    let exit = if is_detailed { Exit::Failed } else { Exit::Usage };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        output.talk(&help::asked_for(&args));
        output.failure_object(&failure);
        return exit.into();
    }
    output.failure(&failure);
    exit.into()
}
