//! The tables in `docs/performance.md`: what was counted when the counts were written down last.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use super::counts::{Counts, ratio};
use super::targets::TargetOutcome;
use crate::{Result, workspace};

const BEGIN: &str = "<!-- `cargo xtask bench --bless` writes from here -->\n";
const END: &str = "<!-- to here -->";

/// Libraries whose versions make a difference.
const LIBRARIES: [&str; 7] = ["hyper", "hyper-util", "reqwest", "tokio", "http", "serde_json", "rustls"];

/// Writes the tables anew, with the versions of what they depend on.
pub(super) fn write(counts: &Counts, outcomes: &[TargetOutcome]) -> Result {
    let path = workspace::root().join("docs/performance.md");
    let page = fs::read_to_string(&path)?;
    let tables = format!("{}\n{}", tables(counts, outcomes)?, versions()?);
    let page = replaced(&page, &tables).ok_or_else(|| format!("{} has lost its marks", path.display()))?;
    Ok(fs::write(path, page)?)
}

fn replaced(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
}

fn tables(counts: &Counts, outcomes: &[TargetOutcome]) -> Result<String> {
    let mut text = String::from(
        "| per call | instructions | ÷ bare hyper | allocations | bytes |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    let hyper = counts.get("bare/hyper/1").ok_or("bare/hyper/1 was not counted")?.instructions;
    for (name, count) in &counts.calls {
        let times = ratio(count.instructions, hyper);
        let (instructions, bytes) = (grouped(count.instructions), grouped(count.bytes));
        writeln!(text, "| `{name}` | {instructions} | {times:.2} | {} | {bytes} |", count.allocations)?;
    }
    text.push_str("\n| target | figure | measured | at most | |\n| --- | --- | ---: | ---: | --- |\n");
    for outcome in outcomes {
        writeln!(text, "{}", outcome.row())?;
    }
    Ok(text)
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(String::from_utf8_lossy);
    let groups: Vec<_> = (first > 0).then(|| head.into()).into_iter().chain(groups).collect();
    groups.join(" ")
}

/// What the counts depend on.
fn versions() -> Result<String> {
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))?;
    let libraries: Vec<_> = LIBRARIES
        .iter()
        .filter_map(|name| {
            let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
            Some(format!("{name} {}", rest.split('"').next()?))
        })
        .collect();
    let version = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version");
        Ok::<_, Box<dyn std::error::Error>>(workspace::output(command)?.trim().to_owned())
    };
    let (rustc, valgrind) = (version("rustc")?, version("valgrind")?);
    Ok(format!("{rustc}, {valgrind}, {}; {}.\n", std::env::consts::ARCH, libraries.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, grouped, replaced};

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}old\n{END}\nafter\n");
        assert_eq!(replaced(&page, "new\n").unwrap(), format!("before\n{BEGIN}\nnew\n\n{END}\nafter\n"));
        assert_eq!(replaced("no marks", "new"), None);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 12, 999, 1000, 21_084, 1_000_000].map(grouped),
            ["0", "12", "999", "1 000", "21 084", "1 000 000"]
        );
    }
}
