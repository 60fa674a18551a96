//! What is wrong with a command line, said in both languages.

use std::error::Error;
use std::net::AddrParseError;
use std::num::{ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::language::say;

/// The failure that clap found.
pub(crate) fn failure(error: &clap::Error, args: &[String]) -> Box<Failure> {
    let message = message(error).unwrap_or_else(|| first_paragraph(&error.to_string()));
    let failure = Failure::new(Exit::Usage, "usage", message);
    let similar = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let similar: Vec<String> = similar.into_iter().filter_map(|kind| context(error, kind)).collect();
    let help = help_of(args);
    if similar.is_empty() {
        failure.hint(help)
    } else {
        let similar = similar.join(", ");
        failure.hint(say!("{help}   (did you mean {similar}?)", "{help}   （是否想写 {similar}？）"))
    }
}

fn message(error: &clap::Error) -> Option<String> {
    let argument = || context(error, ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            say!("a command is missing", "缺少命令")
        }
        ErrorKind::UnknownArgument => {
            let name = argument()?;
            say!("there is no argument {name}", "没有参数 {name}")
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand)?;
            say!("there is no command {name}", "没有命令 {name}")
        }
        ErrorKind::MissingRequiredArgument => {
            let names = argument()?;
            say!("these are missing: {names}", "缺少参数 {names}")
        }
        ErrorKind::ArgumentConflict => {
            let (one, other) = (argument()?, context(error, ContextKind::PriorArg)?);
            if one == other {
                return Some(say!("{one} is given twice", "{one} 给出了两次"));
            }
            say!("{one} and {other} exclude each other", "{one} 与 {other} 不能同时使用")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (name, value) = (argument()?, context(error, ContextKind::InvalidValue)?);
            let why = match (error.source(), context(error, ContextKind::ValidValue)) {
                (Some(why), _) => unreadable(why),
                (None, Some(values)) => say!("it is one of {values}", "可选值为 {values}"),
                (None, None) => String::new(),
            };
            match (value.as_str(), why.as_str()) {
                ("", "") => say!("{name} takes a value", "{name} 需要一个值"),
                ("", _) => say!("{name} takes a value; {why}", "{name} 需要一个值；{why}"),
                (_, "") => say!("{value} does not go with {name}", "{name} 不能取 {value}"),
                _ => say!("{value} does not go with {name}: {why}", "{name} 不能取 {value}：{why}"),
            }
        }
        _ => return None,
    })
}

/// Why a value cannot be read. Numbers are read by others, who say it in English.
fn unreadable(why: &(dyn Error + 'static)) -> String {
    let text = why.to_string();
    match text.split_once(" is not in ") {
        _ if why.is::<ParseIntError>() => say!("it is a whole number", "应为整数"),
        _ if why.is::<ParseFloatError>() => say!("it is a number", "应为数字"),
        _ if why.is::<AddrParseError>() => {
            say!("it is an address and a port: 127.0.0.1:8099", "应为地址和端口：127.0.0.1:8099")
        }
        Some((_, range)) => say!("it is a number in {range}", "应为 {range} 之间的数字"),
        None => text,
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The command that prints the help of this run's command.
pub(crate) fn help_of_this_run() -> String {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    help_of(&args)
}

/// The command that prints the help of what was meant.
fn help_of(args: &[String]) -> String {
    let grammar = help::grammar();
    let (mut command, mut path) = (&grammar, "tcbctl".to_owned());
    for name in args.iter().skip(1) {
        if let Some(sub) = command.find_subcommand(name) {
            command = sub;
            path = format!("{path} {name}");
        }
    }
    format!("{path} --help")
}

/// What is wrong, without how it is right, in one line.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().take_while(|line| !line.is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}
