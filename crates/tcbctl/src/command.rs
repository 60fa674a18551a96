//! One file per noun.

mod account;
mod call;
mod cloud;
mod completions;
mod emu;
mod env;
mod explain;
mod function;
mod token_policy;

use crate::cli::{Account, Cli, Cloud, Command, Emu, Env, Function, MerchantCommand, TokenPolicy};
use crate::demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Watch;
use crate::output::Output;
use crate::report::Report;
use crate::session::Session;
use crate::settings::TokenOwner;

/// Runs the command and prints how it ended, or that it was interrupted.
pub(crate) async fn run(cli: Cli, output: Output) -> Exit {
    let watch = Watch::default();
    if let Command::Emu(Emu::Start { listen, seed }) = cli.command {
        // Ctrl-C is its proper end.
        return emu::start(listen, seed, output).await.unwrap_or_else(|failure| output.failure(&failure));
    }
    tokio::select! {
        exit = Box::pin(complete(cli, output, &watch)) => exit,
        exit = watch.interrupted(output) => exit,
    }
}

async fn complete(cli: Cli, output: Output, watch: &Watch) -> Exit {
    let ended = match cli.command {
        Command::Demo => demo::run(output).await,
        Command::Emu(Emu::Start { listen, seed }) => emu::start(listen, seed, output).await,
        Command::Call(args) => call::call(&args, cli.backend, output, watch).await,
        Command::Completions { shell } => Ok(completions::print(shell)),
        Command::Explain { subject } => explain::explain(subject).map(|report| output.report(&report)),
        Command::ForMerchant(command) => {
            match Session::open(TokenOwner::Merchant, cli.backend, output, watch).await {
                Ok(session) => {
                    let ended = for_merchant(command, &session).await;
                    session.close().await;
                    ended.map(|report| output.report(&report))
                }
                Err(failure) => Err(failure),
            }
        }
    };
    ended.unwrap_or_else(|failure| output.failure(&failure))
}

async fn for_merchant(command: MerchantCommand, session: &Session) -> Result<Report, Box<Failure>> {
    match command {
        MerchantCommand::Cloud(Cloud::Open) => cloud::open(session).await,
        MerchantCommand::Env(Env::Create { alias, another }) => env::create(session, alias, another).await,
        MerchantCommand::Function(Function::Create { env, name }) => {
            function::create(session, &env, &name).await
        }
        MerchantCommand::TokenPolicy(TokenPolicy::Get { env }) => token_policy::get(session, &env).await,
        MerchantCommand::TokenPolicy(TokenPolicy::Set(args)) => token_policy::set(session, args).await,
        MerchantCommand::Account(Account::Create { appid }) => account::create(session, appid).await,
    }
}
