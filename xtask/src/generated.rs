//! Files that a command writes and its `--check` compares.

use std::fs;

use crate::{Result, workspace};

/// Writes `text` to `path`, which is relative to the root folder. With `check` nothing is written,
/// and a file that is not what `command` would write is an error.
pub(crate) fn write(path: &str, text: &str, command: &str, check: bool) -> Result {
    let file = workspace::root().join(path);
    let present = fs::read_to_string(&file).ok();
    if present.as_deref() == Some(text) {
        println!("{path} is up to date");
        return Ok(());
    }
    if check {
        let place = match &present {
            Some(present) => format!("differs in line {}", first_difference(present, text)),
            None => "is missing".to_owned(),
        };
        return Err(format!("{path} {place}\nhint: run `cargo xtask {command}`").into());
    }
    fs::write(&file, text).map_err(|error| format!("{path} cannot be written: {error}"))?;
    println!("{path} written");
    Ok(())
}

/// The number of the first line in which two texts differ.
fn first_difference(one: &str, other: &str) -> usize {
    let same = one.split('\n').zip(other.split('\n')).take_while(|(one, other)| one == other);
    same.count() + 1
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), 2);
        assert_eq!(first_difference("a\n", "a\nb\n"), 2);
        assert_eq!(first_difference("a", "b"), 1);
    }
}
