//! One file per noun, with its arguments and what it does.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod class;
pub(crate) mod cloud;
mod completions;
pub(crate) mod config;
pub(crate) mod db;
pub(crate) mod deploy;
mod deployment;
mod doctor;
pub(crate) mod emu;
pub(crate) mod env;
pub(crate) mod explain;
mod file;
pub(crate) mod fleet;
pub(crate) mod function;
mod init;
mod man;
pub(crate) mod platform;
mod policy;
pub(crate) mod quota;
mod release_check;
pub(crate) mod storage;
pub(crate) mod website;

use std::process::ExitCode;

use crate::args::Global;
use crate::cli::{Cli, Command};
use crate::demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{Watch, ctrl_c};
use crate::language::say;
use crate::output::Output;
use crate::run::{Ended, Run, Stop};
use emu::Emu;
use platform::Platform;

/// Runs the command and prints how it ended, or that it was interrupted.
pub(crate) async fn run(cli: Cli, output: Output) -> ExitCode {
    match cli.command {
        // The exit code is that of another program.
        Command::Emu(Emu::Exec(args)) if !cli.global.dry_run => {
            emu::exec(&args).await.unwrap_or_else(|failure| output.failure(&failure).into())
        }
        command => {
            let is_detailed = match &command {
                Command::Deploy(deploy) => deploy.is_detailed(),
                Command::Fleet(fleet) => fleet.is_detailed(),
                _ => false,
            };
            let exit = run_own(cli.global, command, output).await;
            if is_detailed { exit.detailed().into() } else { exit.into() }
        }
    }
}

async fn run_own(global: Global, command: Command, output: Output) -> Exit {
    let watch = Watch::default();
    if global.dry_run && !can_be_shown(&command) {
        let message =
            say!("--dry-run cannot show what this command would do", "--dry-run 无法预先显示此命令要做的事");
        return output
            .failure(&Failure::new(Exit::Usage, "usage", message).hint(say!("leave it out", "去掉它")));
    }
    if let Command::Emu(Emu::Start(args)) = command {
        // Ctrl-C is its proper end.
        return emu::start(&args, output).await.unwrap_or_else(|failure| output.failure(&failure));
    }
    let run = match Run::new(global, output, &watch) {
        Ok(run) => run,
        Err(failure) => return output.failure(&failure),
    };
    let stops_by_itself = matches!(&command, Command::Fleet(fleet) if fleet.stops_by_itself());
    let ended = tokio::select! {
        exit = Box::pin(complete(command, run)) => Some(exit),
        () = async {
            if stops_by_itself {
                ctrl_c().await;
            }
            ctrl_c().await;
        } => None,
    };
    match ended {
        Some(exit) => exit,
        // The command is dropped by now, so a token that still comes leads to no further request.
        None => watch.interrupted(output).await,
    }
}

/// Whether what the command would do can be shown: it is no server, no questioning of others, and
/// nothing that stays on this machine.
fn can_be_shown(command: &Command) -> bool {
    if let Command::Fleet(fleet) = command {
        return fleet.can_be_shown();
    }
    !matches!(
        command,
        Command::Demo
            | Command::Emu(_)
            | Command::Doctor { .. }
            | Command::Config(_)
            | Command::Completions { .. }
            | Command::Man { .. }
            | Command::Platform(Platform::Callback(_) | Platform::ReleaseCheck(_))
    )
}

async fn complete(command: Command, run: Run<'_>) -> Exit {
    let output = run.output;
    let ended = match command {
        Command::Demo => return printed(demo::run(output).await, output),
        Command::Completions { shell, check } => {
            return printed(completions::print(shell, check.as_deref()), output);
        }
        Command::Man { dir, check } => return printed(man::man(dir, check, output), output),
        command => Box::pin(report(command, &run)).await,
    };
    run.close().await;
    match ended {
        Ok(report) => output.report(&report),
        Err(Stop::Shown(report)) => output.report(&report),
        Err(Stop::Failed(failure)) => output.failure(&failure),
    }
}

/// How a command ended that prints by itself.
fn printed(ended: Result<Exit, Box<Failure>>, output: Output) -> Exit {
    ended.unwrap_or_else(|failure| output.failure(&failure))
}

async fn report(command: Command, run: &Run<'_>) -> Ended {
    match command {
        Command::Doctor { fix } => doctor::doctor(run, fix).await,
        Command::Platform(command) => platform::platform(run, command).await,
        Command::Auth(command) => auth::auth(run, command).await,
        Command::Cloud(command) => cloud::cloud(run, command).await,
        Command::Env(command) => env::env(run, command).await,
        Command::Function(command) => function::function(run, command).await,
        Command::Db(command) => db::db(run, command).await,
        Command::Deploy(command) => deploy::deploy(run, command).await,
        Command::Fleet(command) => fleet::fleet(run, command).await,
        Command::Storage(command) => storage::storage(run, command).await,
        Command::Static(command) => website::website(run, command).await,
        Command::Account(command) => account::account(run, command).await,
        Command::Quota(command) => quota::quota(run, command).await,
        Command::Call(args) => call::call(run, &args).await,
        Command::Explain { subject } => explain::explain(run, subject).await,
        Command::Config(command) => config::config(run, command),
        Command::Emu(Emu::Running(command)) => emu::running(run, command).await,
        Command::Demo | Command::Emu(_) | Command::Completions { .. } | Command::Man { .. } => {
            Err(Failure::new(Exit::Failed, "command", "it prints by itself").into())
        }
    }
}
