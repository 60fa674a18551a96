//! `completions`: what makes a shell complete the command line.

use std::fs;
use std::path::Path;

use clap::Command;
use clap_complete::{Shell, generate};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::language::{current, say};
use crate::output::Output;

/// Prints the script for `shell`, or compares it with a file.
pub(super) fn print(shell: Shell, check: Option<&Path>) -> Result<Exit, Box<Failure>> {
    let script = script(shell);
    if let Some(file) = check {
        let is_current = fs::read_to_string(file).is_ok_and(|text| text.trim_end() == script.trim_end());
        if is_current {
            return Ok(Exit::Ok);
        }
        let file = file.display();
        let message = say!("{file} is not what would be printed", "{file} 的内容不是最新的");
        return Err(
            Failure::new(Exit::Failed, "stale", message).hint(format!("tcbctl completions {shell} > {file}"))
        );
    }
    let printed = Output::line(script.trim_end());
    Ok(if printed.is_ok() { Exit::Ok } else { Exit::Failed })
}

/// The script for `shell`. It is written in memory, for the generator panics when its reader goes
/// away.
fn script(shell: Shell) -> String {
    let mut command = help::grammar_in(current());
    let mut script = Vec::new();
    generate(shell, &mut command, "tcbctl", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Fish {
        script.extend(command.get_subcommands().filter_map(fish_values));
    }
    script
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
