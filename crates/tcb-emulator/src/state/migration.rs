//! Imports and exports: what is to be done, and what came of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::token::Owner;
use crate::database::Query;
use crate::database::file::Format;
use crate::time::UnixTime;
use crate::transition::{Policy, Progress};

/// The number before that of the first job; real ones are about as large.
const FIRST: i64 = 100_000_000;

/// All imports and exports by their numbers.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Migrations {
    jobs: BTreeMap<i64, Migration>,
    waiting: Vec<i64>,
}

#[derive(Serialize, Deserialize)]
struct Migration {
    owner: Owner,
    env: String,
    progress: Progress,
    work: Work,
    outcome: Option<Outcome>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Work {
    Import { collection: String, path: String, format: Format, stop_on_error: bool, upsert: bool },
    Export { query: Query, path: String, format: Format },
}

/// What came of a job.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) succeeded: usize,
    pub(crate) failed: usize,
    /// Why it failed as a whole.
    pub(crate) failure: Option<String>,
    /// What was exported, in the bucket of exports.
    pub(crate) file: Option<String>,
}

impl Migrations {
    pub(crate) fn begin(&mut self, owner: Owner, env: String, work: Work, now: UnixTime) -> i64 {
        let id = FIRST + i64::try_from(self.jobs.len()).unwrap_or_default() + 1;
        let progress = Progress::begun(now);
        self.jobs.insert(id, Migration { owner, env, progress, work, outcome: None });
        self.waiting.push(id);
        id
    }

    /// Counts a look at a job; false when this owner's environment has no such job.
    pub(crate) fn look(&mut self, id: i64, owner: &Owner, env: &str) -> bool {
        let job = self.jobs.get_mut(&id).filter(|job| job.owner == *owner && job.env == env);
        job.map(|job| job.progress.look()).is_some()
    }

    /// The jobs whose time has come, which no longer wait.
    pub(crate) fn take_due(&mut self, policy: Policy, now: UnixTime) -> Vec<(i64, Owner, String, Work)> {
        let mut due = Vec::new();
        self.waiting.retain(|id| {
            let job = self.jobs.get(id).filter(|job| policy.is_done(job.progress, now));
            due.extend(job.map(|job| (*id, job.owner.clone(), job.env.clone(), job.work.clone())));
            job.is_none()
        });
        due
    }

    pub(crate) fn finish(&mut self, id: i64, outcome: Outcome) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.outcome = Some(outcome);
        }
    }

    /// When the next job that waits is carried out, if its time is known.
    pub(crate) fn next_due(&self, policy: Policy) -> Option<UnixTime> {
        let waiting = self.waiting.iter().filter_map(|id| self.jobs.get(id));
        waiting.filter_map(|job| policy.due(job.progress)).min()
    }

    /// What came of a job that is done.
    pub(crate) fn outcome(&self, id: i64) -> Option<Outcome> {
        self.jobs.get(&id)?.outcome.clone()
    }
}
