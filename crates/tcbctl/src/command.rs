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

use crate::cli::{Account, Act, Cli, Cloud, Command, Emu, Env, Function, TokenPolicy};
use crate::demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::Report;
use crate::session::Session;
use crate::settings::Acting;

/// Runs the command and prints how it ended.
pub(crate) async fn run(cli: Cli, output: Output) -> Exit {
    let ended = match cli.command {
        Command::Demo => demo::run(output).await,
        Command::Emu(Emu::Start { listen, seed }) => emu::start(listen, seed, output).await,
        Command::Call(wanted) => call::call(&wanted, cli.backend, output).await,
        Command::Completions { shell } => Ok(completions::print(shell)),
        Command::Explain { subject } => explain::explain(subject).map(|report| output.report(&report)),
        Command::Act(command) => match Session::open(Acting::Merchant, cli.backend, output).await {
            Ok(session) => {
                let ended = act(command, &session).await;
                session.close().await;
                ended.map(|report| output.report(&report))
            }
            Err(failure) => Err(failure),
        },
    };
    ended.unwrap_or_else(|failure| output.failure(&failure))
}

async fn act(command: Act, session: &Session) -> Result<Report, Box<Failure>> {
    match command {
        Act::Cloud(Cloud::Open) => cloud::open(session).await,
        Act::Env(Env::Create { alias }) => env::create(session, alias).await,
        Act::Function(Function::Create { env, name }) => function::create(session, &env, &name).await,
        Act::TokenPolicy(TokenPolicy::Get { env }) => token_policy::get(session, &env).await,
        Act::TokenPolicy(TokenPolicy::Set(wanted)) => token_policy::set(session, wanted).await,
        Act::Account(Account::Create { appid }) => account::create(session, appid).await,
    }
}
