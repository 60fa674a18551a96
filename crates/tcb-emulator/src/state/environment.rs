use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::database::Database;
use crate::time::UnixTime;
use crate::transition::{Policy, Progress};

/// The environments of a merchant or a platform, in the order in which they were made.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Environments(Vec<Environment>);

impl Environments {
    pub(crate) fn add(&mut self, environment: Environment) {
        self.0.push(environment);
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Environment> {
        self.0.iter_mut().find(|environment| environment.id == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Environment> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.0.iter_mut()
    }

    /// Whether there was one with this id.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|environment| environment.id != id);
        self.0.len() < before
    }
}

/// A cloud environment.
#[derive(Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) alias: String,
    pub(crate) created: UnixTime,
    pub(crate) progress: Progress,
    /// Whether listing it is what sets it up, as in batch mode.
    pub(crate) needs_look: bool,
    /// Whether it was stopped, for its bill or its contents.
    pub(crate) halted: bool,
    pub(crate) settings: CloudSettings,
    pub(crate) functions: Functions,
    pub(crate) database: Database,
    /// The hosting of its static website, once it was asked for.
    pub(crate) site: Option<Progress>,
    /// Appids of the mini programs that may use it, beside its owner.
    pub(crate) shared_with: BTreeSet<String>,
}

impl Environment {
    pub(crate) fn new(id: String, alias: String, now: UnixTime) -> Self {
        Self {
            id,
            alias,
            created: now,
            progress: Progress::begun(now),
            needs_look: false,
            halted: false,
            settings: CloudSettings::default(),
            functions: Functions::default(),
            database: Database::default(),
            site: None,
            shared_with: BTreeSet::new(),
        }
    }

    pub(crate) fn status(&self, policy: Policy, now: UnixTime) -> &'static str {
        let is_set_up = !self.needs_look || self.progress.was_looked_at();
        match self.halted {
            true => "HALTED",
            false if is_set_up && policy.is_done(self.progress, now) => "NORMAL",
            false => "UNAVAILABLE",
        }
    }
}

/// What setCloudAccessToken keeps for one environment.
#[derive(Serialize, Deserialize)]
pub(crate) struct CloudSettings {
    pub(crate) whitelist: Vec<String>,
    pub(crate) version: i64,
}

impl Default for CloudSettings {
    fn default() -> Self {
        Self { whitelist: vec!["/*".to_owned()], version: 1 }
    }
}

/// The cloud functions of an environment, in the order in which they were made.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Functions(Vec<Function>);

impl Functions {
    pub(crate) fn add(&mut self, name: String, now: UnixTime) {
        self.0.push(Function {
            name,
            created: now,
            modified: now,
            progress: Progress::begun(now),
            configs: BTreeMap::new(),
            settings: Map::new(),
            triggers: Vec::new(),
        });
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Function> {
        self.0.iter_mut().find(|function| function.name == name)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Function> {
        self.0.iter_mut()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|function| function.name != name);
        self.0.len() < before
    }
}

/// A cloud function.
#[derive(Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) created: UnixTime,
    pub(crate) modified: UnixTime,
    pub(crate) progress: Progress,
    /// Its configurations by their `type`, as JSON text.
    pub(crate) configs: BTreeMap<i64, String>,
    /// What batch mode has set of it: memory, time limit, variables, networks.
    pub(crate) settings: Map<String, Value>,
    pub(crate) triggers: Vec<Value>,
}

impl Function {
    pub(crate) fn status(&self, policy: Policy, now: UnixTime) -> &'static str {
        if policy.is_done(self.progress, now) { "Active" } else { "Creating" }
    }
}
