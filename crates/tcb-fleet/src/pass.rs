//! One look at one merchant: read, plan, do, judge.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tcb_deploy::{DeployError, DeployErrorKind, Deployment, Desired, Event, Plan};

use crate::condition::Kind;
use crate::judge::{Failure, Seen};
use crate::ledger::Ledger;

/// How often one plans, since each time an environment may have become ready that was not.
const ROUNDS: usize = 3;

/// What a pass came to.
pub(crate) struct Outcome {
    pub(crate) seen: Seen,
    pub(crate) failure: Option<Failure>,
    /// Whether the ledger could not be written, so that nothing may be judged.
    pub(crate) is_unwritten: bool,
}

/// Brings a merchant as far as it goes; `glances` says whether lists that show all of it are
/// enough. `told` hears of each step.
pub(crate) async fn pass(
    ledger: &Arc<Ledger>,
    deployment: Deployment,
    desired: &Desired,
    generation: &str,
    glances: bool,
    told: impl Fn(&str) + Send + Sync + 'static,
) -> Outcome {
    let done = Arc::new(AtomicUsize::new(0));
    let deployment = {
        let (ledger, done, generation) = (Arc::clone(ledger), Arc::clone(&done), generation.to_owned());
        deployment.notes(Arc::clone(&ledger)).progress(move |event: &Event<'_>| match event {
            Event::Settling { create, .. } => ledger.tell(&generation, "settling", create.to_string(), None),
            Event::Begun { step, .. } => {
                let step = step.to_string();
                told(&step);
                ledger.tell(&generation, "begun", step, None);
            }
            Event::Done { step, .. } => {
                done.fetch_add(1, Ordering::Relaxed);
                ledger.tell(&generation, "done", step.to_string(), None);
            }
            _ => {}
        })
    };
    let mut seen = Seen { wanted: Kind::wanted(desired), ..Seen::default() };
    if glances {
        match deployment.glance(desired).await {
            Ok(true) => return Outcome::ready(Seen { left: Some(Vec::new()), ..seen }),
            Ok(false) => {}
            Err(error) => return Outcome::failed(seen, &error),
        }
    }
    let mut last = None;
    for _ in 0..ROUNDS {
        let plan = match deployment.plan(desired).await {
            Ok(plan) => plan,
            Err(error) => return Outcome::failed(seen, &error),
        };
        done.store(0, Ordering::Relaxed);
        let applied = deployment.apply(&plan).await;
        seen = see(seen.wanted, &plan, done.load(Ordering::Relaxed));
        match applied {
            Err(error) => return Outcome::failed(seen, &error),
            Ok(_) if !plan.more => return Outcome::ready(seen),
            // An environment has become ready, and now can be looked into.
            Ok(_) => last = Some(plan),
        }
    }
    let left = last.into_iter().flat_map(|plan| plan.steps.iter().map(Kind::of).collect::<Vec<_>>());
    Outcome { seen: Seen { left: Some(left.collect()), ..seen }, ..Outcome::still_waiting() }
}

/// What is left of a plan after so many steps.
fn see(wanted: Vec<Kind>, plan: &Plan, done: usize) -> Seen {
    let left = plan.steps.iter().skip(done).map(Kind::of).collect();
    Seen { wanted, left: Some(left), is_partial: plan.more }
}

impl Outcome {
    fn ready(seen: Seen) -> Self {
        Self { seen, failure: None, is_unwritten: false }
    }

    fn failed(seen: Seen, error: &DeployError) -> Self {
        let is_unwritten = matches!(error.kind(), DeployErrorKind::Notes);
        Self { seen, failure: Some(Failure::of(error)), is_unwritten }
    }

    /// An environment that can be used and cannot, in turn.
    fn still_waiting() -> Self {
        let failure = Failure::retrying("an environment becomes ready and is not, in turn");
        Self { seen: Seen::default(), failure: Some(failure), is_unwritten: false }
    }
}
