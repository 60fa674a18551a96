//! Help in both languages. clap has words of its own that cannot be replaced, so it is rendered
//! here.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use tcb_lang::Lang;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::Cli;
use crate::command::explain;
use crate::exit::Exit;
use crate::language::{current, half, say};
use crate::lookup;
use crate::output::{columns, wrap::wrap};
use crate::settings::key;

/// How wide help is where no terminal says it.
const WIDTH: usize = 100;

/// Widest column of names beside which texts stand.
const NAMES: usize = 30;

/// The grammar with all that clap adds to it.
pub(crate) fn grammar() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// The grammar with its texts in one language, for what others make of it.
pub(crate) fn grammar_in(lang: Lang) -> Command {
    fn translate(command: Command, lang: Lang) -> Command {
        let in_lang = |text: Option<&clap::builder::StyledStr>| {
            text.map(ToString::to_string).map(|text| half(&text, lang).unwrap_or(text))
        };
        let (about, long_about) = (in_lang(command.get_about()), in_lang(command.get_long_about()));
        let mut command = command.mut_args(|arg| {
            let (help, long_help) = (in_lang(arg.get_help()), in_lang(arg.get_long_help()));
            match (help, long_help) {
                (Some(help), Some(long_help)) => arg.help(help).long_help(long_help),
                (Some(help), None) => arg.help(help),
                _ => arg,
            }
        });
        if let Some(about) = about {
            command = command.about(about);
        }
        if let Some(long_about) = long_about {
            command = command.long_about(long_about);
        }
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        names
            .into_iter()
            .fold(command, |command, name| command.mut_subcommand(name, |sub| translate(sub, lang)))
    }
    translate(Cli::command(), lang)
}

/// The help that these arguments ask for: that of the command that they lead to.
pub(crate) fn asked_for(args: &[String]) -> String {
    found_in(&grammar(), args, columns().unwrap_or(WIDTH))
}

fn found_in(grammar: &Command, args: &[String], width: usize) -> String {
    let mut command = grammar;
    let mut is_root = true;
    for name in args.iter().skip(1).take_while(|arg| *arg != "--") {
        if let Some(sub) = command.find_subcommand(name) {
            command = sub;
            is_root = false;
        }
    }
    let long = !args.iter().any(|arg| arg == "-h");
    let mut text = of(command, long, width);
    if is_root && long {
        text.push_str(&environment_and_exit_codes(width));
    }
    if command.get_name() == "call" && long {
        let asked = args.iter().skip(1).filter(|arg| *arg != "call").find_map(|arg| lookup::operation(arg));
        text.extend(asked.map(|operation| format!("\n{}", explain::of(operation))));
    }
    text.trim_end().to_owned()
}

/// The help of one command; `long` with all that is said about it.
fn of(command: &Command, long: bool, width: usize) -> String {
    let mut lines = Vec::new();
    let about = if long { command.get_long_about().or(command.get_about()) } else { command.get_about() };
    for paragraph in in_this_language(about).split("\n\n") {
        wrap(paragraph, "", "", Some(width), &mut lines);
        lines.push(String::new());
    }
    let usage = usage(&mut command.clone());
    lines.push(say!("Usage: {usage}", "用法：{usage}"));

    let commands: Vec<(String, String)> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(|sub| (sub.get_name().to_owned(), in_this_language(sub.get_about())))
        .collect();
    section(&say!("Commands", "命令"), &commands, width, &mut lines);
    let arguments: Vec<_> = command.get_positionals().map(|arg| described(arg, long)).collect();
    section(&say!("Arguments", "参数"), &arguments, width, &mut lines);
    let is_global = |arg: &Arg| arg.is_global_set() || is_clap_s(arg);
    let (global, own): (Vec<&Arg>, Vec<&Arg>) =
        command.get_arguments().filter(|arg| !arg.is_positional()).partition(|arg| is_global(arg));
    let own: Vec<_> = own.into_iter().map(|arg| described(arg, long)).collect();
    section(&say!("Options", "选项"), &own, width, &mut lines);
    let global: Vec<_> = global.into_iter().map(|arg| described(arg, long)).collect();
    section(&say!("Global options", "全局选项"), &global, width, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

/// How the command is called, in one line.
pub(crate) fn usage(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").split_whitespace().collect::<Vec<_>>().join(" ");
    match current() {
        Lang::En => usage,
        Lang::Zh => usage.replace("[OPTIONS]", "[选项]").replace("<COMMAND>", "<命令>"),
    }
}

fn in_this_language(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    half(&text, current()).unwrap_or(text)
}

/// Whether clap has added it, and has its own words for it.
pub(crate) fn is_clap_s(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Help | ArgAction::Version)
}

/// How an argument is written, and what it is.
fn described(arg: &Arg, long: bool) -> (String, String) {
    let mut name = String::new();
    let values = arg.get_action().takes_values();
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value = value.unwrap_or_else(|| arg.get_id().as_str().to_ascii_uppercase());
    if arg.is_positional() {
        let (open, close) = if arg.is_required_set() { ('<', '>') } else { ('[', ']') };
        let more = if matches!(arg.get_action(), ArgAction::Append) { "..." } else { "" };
        let _ = write!(name, "{open}{value}{close}{more}");
    } else {
        match (arg.get_short(), arg.get_long()) {
            (Some(short), Some(flag)) => {
                let _ = write!(name, "-{short}, --{flag}");
            }
            (_, flag) => {
                let _ = write!(name, "    --{}", flag.unwrap_or_default());
            }
        }
        if values {
            let _ = write!(name, " <{value}>");
        }
    }
    let text = match arg.get_action() {
        ArgAction::Help => say!("Print help (-h: in short)", "打印帮助（-h：简要）"),
        ArgAction::Version => say!("Print the version", "打印版本"),
        _ => in_this_language(if long { arg.get_long_help().or(arg.get_help()) } else { arg.get_help() }),
    };
    let mut text = text.replace("\n\n", " ");
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if values && !defaults.concat().is_empty() {
        let default = defaults.join(", ");
        text.push_str(&say!(" [default: {default}]", " [默认：{default}]"));
    }
    let possible: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if values && !possible.is_empty() && !arg.is_hide_possible_values_set() {
        let possible = possible.join(", ");
        text.push_str(&say!(" [one of: {possible}]", " [可选：{possible}]"));
    }
    (name, text)
}

fn section(title: &str, rows: &[(String, String)], width: usize, lines: &mut Vec<String>) {
    if rows.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(say!("{title}:", "{title}："));
    table(rows, width, lines);
}

/// Names, and texts beside them that are broken to the width.
fn table(rows: &[(String, String)], width: usize, lines: &mut Vec<String>) {
    let widest = rows.iter().map(|(name, _)| name.width()).filter(|width| *width <= NAMES).max().unwrap_or(0);
    // On a narrow screen texts stand below their names.
    let column = if width < 2 * NAMES { 4 } else { widest + 4 };
    let hang = " ".repeat(column);
    for (name, text) in rows {
        if name.width() + 4 > column {
            lines.push(format!("  {name}"));
            wrap(text, &hang, &hang, Some(width), lines);
        } else {
            let first = format!("  {name}{}", " ".repeat(column - 2 - name.width()));
            wrap(text, &first, &hang, Some(width), lines);
        }
    }
}

/// What all commands share: the environment that they read, and the codes that they end with.
fn environment_and_exit_codes(width: usize) -> String {
    let mut lines = vec![String::new(), say!("Environment:", "环境变量：")];
    let variables: Vec<_> = key::ALL.iter().map(|key| (key.variable.to_owned(), key.about())).collect();
    table(&variables, width, &mut lines);
    lines.push(String::new());
    let files: Vec<String> =
        key::ALL.iter().filter(|key| key.is_secret).map(|key| format!("{}_FILE", key.variable)).collect();
    let files = files.join(", ");
    let text = say!(
        "Each secret can stand in a file instead, which nobody but its owner may read: {files}. No flag takes a secret.",
        "每个密钥都可以改放在只有所有者可读的文件中：{files}。没有任何选项接受密钥。"
    );
    wrap(&text, "  ", "  ", Some(width), &mut lines);
    lines.extend([String::new(), say!("Exit codes:", "退出码：")]);
    for exit in Exit::ALL {
        wrap(exit.about(), &format!("  {:>2}  ", exit.code()), "      ", Some(width), &mut lines);
    }
    lines.join("\n")
}

#[cfg(test)]
#[path = "../tests/it/compare.rs"]
mod compare;

#[cfg(test)]
mod tests {
    use super::compare::compare;
    use super::*;
    use crate::language::SPOKEN;

    /// The help of a command and of all below it that are shown.
    fn collect(grammar: &Command, command: &Command, path: &[String], lang: Lang, text: &mut String) {
        let args = [path, &["--help", "--lang", lang.pick("en", "zh")].map(str::to_owned)].concat();
        let _ = writeln!(text, "$ {}\n{}\n", args.join(" "), found_in(grammar, &args, WIDTH));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            collect(grammar, sub, &[path, &[sub.get_name().to_owned()]].concat(), lang, text);
        }
    }

    #[test]
    fn every_help_is_as_it_was_read_last() {
        let grammar = grammar();
        for lang in [Lang::En, Lang::Zh] {
            SPOKEN.set(Some(lang));
            let mut text = String::new();
            collect(&grammar, &grammar, &["tcbctl".to_owned()], lang, &mut text);
            assert!(text.matches("$ tcbctl").count() > 60, "{lang:?}");
            compare(&format!("help.{}.txt", lang.pick("en", "zh")), &text);
        }
    }
}
