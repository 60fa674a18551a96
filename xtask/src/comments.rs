//! The width of comments, which rustfmt cannot wrap on stable.

use std::fs;
use std::process::Command;

use crate::{Result, workspace};

const WIDTH: usize = 100;

/// An error that names each comment line that is too wide, as `file:line`.
pub(crate) fn check() -> Result {
    let mut list = Command::new("git");
    list.current_dir(workspace::root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "*.rs",
    ]);
    let mut wide = Vec::new();
    for file in workspace::output(list)?.lines() {
        // What git tracks may have been deleted.
        let Ok(text) = fs::read_to_string(workspace::root().join(file)) else { continue };
        wide.extend(lines(&text).into_iter().map(|line| format!("{file}:{line}")));
    }
    match wide.len() {
        0 => Ok(()),
        more => Err(format!("{more} comment lines are wider than {WIDTH}:\n{}", wide.join("\n")).into()),
    }
}

/// Numbers of the comment lines that are too wide, but for code, rows of tables and addresses,
/// which no line break can cut.
fn lines(text: &str) -> Vec<usize> {
    let mut code = false;
    let mut wide = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
        let comment = comment.trim_start_matches(['/', '!']).trim_start();
        code ^= comment.starts_with("```");
        let uncut = code || comment.starts_with('|') || comment.contains("://");
        if line.chars().count() > WIDTH && !uncut {
            wide.push(number + 1);
        }
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn only_comments_that_can_be_wrapped_are_found() {
        let long = "a ".repeat(60);
        let text = format!(
            "// {long}\n{long}\n/// ```\n/// {long}\n/// ```\n/// | {long}\n//! {long}\n// https://{long}"
        );
        assert_eq!(lines(&text), [1, 7]);
    }
}
