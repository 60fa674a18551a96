//! Nothing in the repository may only make sense on the machine where it was written.

use std::fs;
use std::process::Command;

use crate::{Result, workspace};

/// Beginnings of paths that exist on one machine.
const TRACES: &[&str] = &["/home/", "/root/", "/Users/", "/work/", "C:\\", "../shared"];

/// Files that name the traces because they search for them.
const SEARCHERS: &[&str] = &["xtask/src/portable.rs", "crates/tcb-catalogue/tests/it/data.rs"];

/// Searches all files that git tracks or would track; an error when one mentions a machine's path.
pub(crate) fn check() -> Result {
    let mut list = Command::new("git");
    list.current_dir(workspace::root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let mut against = Vec::new();
    let files = workspace::output(list)?;
    for file in files.split('\0').filter(|file| !file.is_empty() && !SEARCHERS.contains(file)) {
        // A tracked file may be deleted, a link may point to a folder: both have no text.
        let Ok(bytes) = fs::read(workspace::root().join(file)) else { continue };
        for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            if let Some(trace) = trace(line) {
                against.push(format!("{file}:{}: {trace}", number + 1));
            }
        }
    }
    if against.is_empty() {
        return Ok(());
    }
    Err(format!("paths of one machine:\n{}", against.join("\n")).into())
}

/// The first trace in a line. In the middle of a longer path, as in a URL, it is none.
fn trace(line: &str) -> Option<&'static str> {
    let begins = |at: usize| {
        !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | '/'))
    };
    TRACES.iter().copied().find(|trace| line.match_indices(trace).any(|(at, _)| begins(at)))
}

#[cfg(test)]
mod tests {
    use super::{TRACES, trace};

    #[test]
    fn a_path_of_a_machine_is_found_wherever_it_begins() {
        for begin in TRACES {
            assert_eq!(trace(begin), Some(*begin));
            assert_eq!(trace(&format!("see `{begin}somebody/x` for it")), Some(*begin));
        }
    }

    #[test]
    fn a_part_of_a_longer_path_is_none() {
        let home = TRACES[0];
        assert_eq!(trace(&format!("https://example.com{home}page and ${{X}}{home}")), None);
    }
}
