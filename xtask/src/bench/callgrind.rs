//! What a run of the benchmark program executes and allocates.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Result, workspace};

/// The function that is counted, with all that it calls. What a program prepares before is not of
/// the same size each time.
const COUNTED: &str = "tcb_bench_counts::counted";

/// What a run of the program came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Totals {
    pub(super) instructions: f64,
    pub(super) allocations: f64,
    pub(super) bytes: f64,
}

/// Runs `program` with `args` under callgrind. The profile is left at `profile`, for
/// `callgrind_annotate`.
pub(super) fn run(program: &Path, args: &[&str], profile: &Path) -> Result<Totals> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--quiet", "--tool=callgrind", &format!("--toggle-collect={COUNTED}")])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args(args);
    let output = workspace::output(valgrind)?;
    let unreadable = || format!("`{}` answers something unexpected", program.display());
    let (allocations, bytes) = output.trim().split_once(' ').ok_or_else(unreadable)?;
    Ok(Totals {
        instructions: total(&fs::read_to_string(profile)?)
            .filter(|total| *total > 0.0)
            .ok_or_else(|| format!("{}: {COUNTED} was never called", profile.display()))?,
        allocations: allocations.parse()?,
        bytes: bytes.parse()?,
    })
}

/// The sum in a callgrind profile.
fn total(profile: &str) -> Option<f64> {
    profile.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_of_a_profile_is_found() {
        assert_eq!(
            total("# callgrind format\nevents: Ir\nfn=(1) main\n0 5\ntotals: 123456\n"),
            Some(123_456.0)
        );
        assert_eq!(total("events: Ir\n"), None);
    }
}
