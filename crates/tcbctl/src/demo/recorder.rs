//! Steps, what they were to bring, and what they brought.

use std::error::Error;
use std::time::Duration;

use serde::Serialize;
use tcb_types::{Clock as _, SystemClock};

use crate::backend::Backend;

/// A step that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// One step of the demo.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) backend: Backend,
    pub(super) outcome: &'static str,
    pub(super) ms: u64,
    /// What it was to bring, when it brought something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected: Option<&'static str>,
    /// Why it brought something else, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    #[serde(skip)]
    pub(super) took: Duration,
}

impl Step {
    pub(super) fn is_as_expected(&self) -> bool {
        self.expected.is_none()
    }
}

/// What a step brings: the name of its outcome, and what later steps need.
pub(super) type Seen<T> = Result<(&'static str, T), Box<dyn Error + Send + Sync>>;

/// A step was not as expected, so that what follows makes no sense. The recorder knows why.
#[derive(Debug)]
pub(super) struct Stopped;

/// Takes the time of steps and compares their outcomes.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    steps: Vec<Step>,
}

impl Recorder {
    /// Takes a step, which has to end in `expected`.
    pub(super) async fn step<T>(
        &mut self,
        backend: Backend,
        name: &'static str,
        expected: &'static str,
        action: impl Future<Output = Seen<T>> + Send,
    ) -> Result<T, Stopped> {
        let began = SystemClock.monotonic();
        let seen = tokio::time::timeout(LIMIT, action).await;
        let took = SystemClock.monotonic().saturating_duration_since(began);
        let (outcome, value, detail) = match seen {
            Ok(Ok((outcome, value))) => (outcome, Some(value), None),
            Ok(Err(error)) => ("failed", None, Some(chain(&*error))),
            Err(_) => ("timed_out", None, None),
        };
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let unexpected = (outcome != expected).then_some(expected);
        self.steps.push(Step { name, backend, outcome, ms, expected: unexpected, detail, took });
        value.filter(|_| unexpected.is_none()).ok_or(Stopped)
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_outcome_that_is_not_expected_stops_the_story() {
        let mut recorder = Recorder::default();
        let step = recorder.step(Backend::Hyper, "a", "x", async { Ok(("x", 7)) });
        assert_eq!(step.await.unwrap(), 7);
        let step = recorder.step(Backend::Hyper, "b", "x", async { Ok(("y", 7)) });
        assert!(step.await.is_err());
        let step = recorder.step(Backend::Hyper, "c", "x", async { Seen::<()>::Err("no luck".into()) });
        assert!(step.await.is_err());

        let steps = recorder.into_steps();
        assert_eq!(steps.iter().map(Step::is_as_expected).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((steps[1].outcome, steps[1].expected), ("y", Some("x")));
        assert_eq!((steps[2].outcome, steps[2].detail.as_deref()), ("failed", Some("no luck")));
    }
}
