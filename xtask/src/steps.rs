//! Several checks in a row, with a summary.

use std::time::{Duration, Instant};

use tcb_types::{Clock as _, SystemClock};

use crate::Result;

/// Runs checks one after the other. A failure does not keep the later ones from running, so that
/// one call shows all there is to repair.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
    left_out: Vec<String>,
}

struct Step {
    name: String,
    took: Duration,
    failure: Option<String>,
}

impl Steps {
    /// Runs one check.
    pub(crate) fn run(&mut self, name: &str, check: impl FnOnce() -> Result) {
        println!("\n== {name}");
        let begun: Instant = SystemClock.monotonic();
        let failure = check().err().map(|error| error.to_string());
        if let Some(failure) = &failure {
            eprintln!("error: {failure}");
        }
        self.done.push(Step { name: name.to_owned(), took: SystemClock.monotonic() - begun, failure });
    }

    /// Notes for the summary that something was not checked, as was wished.
    pub(crate) fn leave_out(&mut self, name: &str) {
        self.left_out.push(name.to_owned());
    }

    /// Prints what passed and what did not; an error when anything did not.
    pub(crate) fn finish(self) -> Result {
        println!("\n== summary");
        for step in &self.done {
            let outcome = if step.failure.is_none() { "ok" } else { "FAILED" };
            println!("{outcome:>6}  {:>6.1} s  {}", step.took.as_secs_f64(), step.name);
        }
        for name in &self.left_out {
            println!("LEFT OUT          {name}");
        }
        match self.done.iter().filter(|step| step.failure.is_some()).count() {
            0 => Ok(()),
            failed => Err(format!("{failed} of {} steps failed", self.done.len()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Steps;

    #[test]
    fn a_failure_lets_later_steps_run_and_fails_the_whole() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.run("first", || Err("broken".into()));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert_eq!(steps.finish().unwrap_err().to_string(), "1 of 2 steps failed");
    }

    #[test]
    fn all_steps_passed_is_a_pass() {
        let mut steps = Steps::default();
        steps.run("only", || Ok(()));
        assert!(steps.finish().is_ok());
    }
}
