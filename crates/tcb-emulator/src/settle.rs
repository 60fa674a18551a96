//! What happens by itself when its time has come: delayed invocations, imports and exports. It is
//! done before the next call, or when a test looks.

use bytes::Bytes;

use crate::database::Database;
use crate::state::migration::{Outcome, Work};
use crate::state::{Environment, Owner, State};
use crate::storage::Bucket;
use crate::time::UnixTime;
use crate::transition::Resource;

impl State {
    /// Does what has come due since the last call.
    pub(crate) fn settle(&mut self) {
        let (now, policy) = (self.now(), self.policy(Resource::Migration));
        self.invocations.run_due(now);
        for (id, owner, env, work) in self.migrations.take_due(policy, now) {
            let outcome = self.migrate(id, &owner, &env, work, now);
            self.migrations.finish(id, outcome);
        }
    }

    /// The environment of an owner, whatever its state.
    fn environment_of(&mut self, owner: &Owner, env: &str) -> Option<&mut Environment> {
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
