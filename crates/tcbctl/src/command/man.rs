//! `tcbctl man`: manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::language::{current, say};
use crate::output::Output;
use crate::words::of_system;

/// Prints the page of the program, or writes those of all commands into a folder.
pub(super) fn man(dir: Option<PathBuf>, check: bool, output: Output) -> Result<Exit, Box<Failure>> {
    let command = help::grammar_in(current());
    let Some(dir) = dir else {
        let printed = Output::line(page(command)?.trim_end());
        return Ok(if printed.is_ok() { Exit::Ok } else { Exit::Failed });
    };
    let mut pages = Vec::new();
    collect(&command, "tcbctl", &mut pages)?;
    let shown = dir.display();
    if check {
        let stale: Vec<String> = pages
            .iter()
            .filter(|(name, text)| fs::read_to_string(dir.join(name)).ok().as_ref() != Some(text))
            .map(|(name, _)| name.clone())
            .collect();
        if stale.is_empty() {
            return Ok(Exit::Ok);
        }
        let message = say!("pages in {shown} are not what would be written", "{shown} 中的手册页不是最新的");
        return Err(Failure::new(Exit::Failed, "stale", message)
            .findings(stale)
            .hint(format!("tcbctl man --dir {shown}")));
    }
    write(&dir, &pages).map_err(|error| {
        Failure::new(
            Exit::Failed,
            "file",
            say!(
                "{shown} cannot be written: {error}",
                "无法写入 {shown}：{error}",
                error = of_system(&error)
            ),
        )
    })?;
    let count = pages.len();
    output.talk(&say!("{count} pages written to {shown}", "已将 {count} 页写入 {shown}"));
    Ok(Exit::Ok)
}

fn write(dir: &Path, pages: &[(String, String)]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    pages.iter().try_for_each(|(name, text)| fs::write(dir.join(name), text))
}

/// The page of each command, by the name of its file.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), Box<Failure>> {
    let named = command.clone().display_name(name.to_owned());
    pages.push((format!("{name}.1"), page(named)?));
    command.get_subcommands().try_for_each(|sub| collect(sub, &format!("{name}-{}", sub.get_name()), pages))
}

fn page(command: Command) -> Result<String, Box<Failure>> {
    let mut text = Vec::new();
    // The date of a build is nothing to read, and would make each page another one.
    let written = Man::new(command).date("").render(&mut text);
    written.map_err(|error| Failure::new(Exit::Failed, "man", error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
