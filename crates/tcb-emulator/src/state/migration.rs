//! Imports and exports, which are carried out when their time has come.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Environment, Owner, State};
use crate::database::file::Format;
use crate::database::{Database, Query};
use crate::storage::Bucket;
use crate::time::UnixTime;
use crate::transition::{Policy, Progress, Resource};

/// The number before that of the first job; real ones are about as large.
const FIRST: i64 = 100_000_000;

/// All imports and exports by their numbers.
#[derive(Default)]
pub(crate) struct Migrations {
    jobs: BTreeMap<i64, Migration>,
    waiting: Vec<i64>,
}

struct Migration {
    owner: Owner,
    env: String,
    progress: Progress,
    work: Work,
    outcome: Option<Outcome>,
}

#[derive(Clone)]
pub(crate) enum Work {
    Import { collection: String, path: String, format: Format, stop_on_error: bool, upsert: bool },
    Export { query: Query, path: String, format: Format },
}

/// What came of a job.
#[derive(Clone, Default)]
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

impl State {
    /// Does what has come due since the last call.
    pub(crate) fn settle(&mut self) {
        let now = self.now();
        self.invocations.run_due(now);
        if self.migrations.waiting.is_empty() {
            return;
        }
        let policy = self.policy(Resource::Migration);
        for id in std::mem::take(&mut self.migrations.waiting) {
            let Some(job) = self.migrations.jobs.get(&id) else { continue };
            if !policy.is_done(job.progress, now) {
                self.migrations.waiting.push(id);
                continue;
            }
            let (owner, env, work) = (job.owner.clone(), job.env.clone(), job.work.clone());
            let outcome = self.migrate(id, &owner, &env, work, now);
            if let Some(job) = self.migrations.jobs.get_mut(&id) {
                job.outcome = Some(outcome);
            }
        }
    }

    /// The environment of an owner, whatever its state.
    pub(crate) fn environment_of(&mut self, owner: &Owner, env: &str) -> Option<&mut Environment> {
        match owner {
            Owner::Component(component) => self.components.get_mut(component)?.environments.get_mut(env),
            Owner::Account { authorizer, .. } => self.accounts.get_mut(authorizer)?.environments.get_mut(env),
        }
    }

    fn migrate(&mut self, id: i64, owner: &Owner, env: &str, work: Work, now: UnixTime) -> Outcome {
        match work {
            Work::Import { collection, path, format, stop_on_error, upsert } => {
                let Some(text) = self.storage.content(&Bucket::files(env), &path) else {
                    return failure("the file does not exist");
                };
                let records = match format.read(&text) {
                    Ok(records) => records,
                    Err(error) => return failure(&error),
                };
                let mut ids: Vec<String> = records.iter().map(|_| self.seed.record_id()).collect();
                let Some(database) = self.database_of(owner, env) else {
                    return failure("the environment is gone");
                };
                let mut outcome = Outcome::default();
                for record in records {
                    match database.put(&collection, record, &ids.pop().unwrap_or_default(), upsert) {
                        Ok(()) => outcome.succeeded += 1,
                        Err(_) if stop_on_error => {
                            outcome.failed += 1;
                            break;
                        }
                        Err(_) => outcome.failed += 1,
                    }
                }
                outcome
            }
            Work::Export { query, path, format } => {
                let Some(database) = self.database_of(owner, env) else {
                    return failure("the environment is gone");
                };
                let records = match database.select(&query, usize::MAX) {
                    Ok(found) => found.records,
                    Err(error) => return failure(&error.to_string()),
                };
                let file = format!("{id}/{}", path.trim_start_matches('/'));
                let text = Bytes::from(format.write(&records));
                self.storage.put(&Bucket::exports(), &file, text, now);
                Outcome { succeeded: records.len(), file: Some(file), ..Outcome::default() }
            }
        }
    }

    fn database_of(&mut self, owner: &Owner, env: &str) -> Option<&mut Database> {
        self.environment_of(owner, env).map(|environment| &mut environment.database)
    }
}

fn failure(why: &str) -> Outcome {
    Outcome { failure: Some(why.to_owned()), ..Outcome::default() }
}
