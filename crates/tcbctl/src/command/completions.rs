//! `completions`: what makes a shell complete the command line.

use clap::Command;
use clap_complete::{Shell, generate};

use crate::exit::Exit;
use crate::help;
use crate::language::current;
use crate::output::Output;

/// Prints the script for `shell`. It is written in memory first, for the generator panics when its
/// reader goes away.
pub(super) fn print(shell: Shell) -> Exit {
    let mut command = help::grammar_in(current());
    let mut script = Vec::new();
    generate(shell, &mut command, "tcbctl", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Fish {
        script.extend(command.get_subcommands().filter_map(fish_values));
    }
    let printed = Output::line(script.trim_end());
    if printed.is_ok() { Exit::Ok } else { Exit::Failed }
}

/// The values of a command's argument, such as the names of operations. The generator for fish
/// leaves out arguments without a flag.
fn fish_values(command: &Command) -> Option<String> {
    let values =
        command.get_positionals().find_map(|argument| argument.get_value_parser().possible_values())?;
    let values: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
    let (name, values) = (command.get_name(), values.join(" "));
    Some(format!("complete -c tcbctl -n \"__fish_tcbctl_using_subcommand {name}\" -f -a \"{values}\"\n"))
}
