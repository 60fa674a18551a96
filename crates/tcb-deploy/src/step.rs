//! The steps that lead a merchant to what it should have.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tcb_api::types::cloudbase_batch::{AclTag, EnvProduct};
use tcb_api::types::{CollectionName, FunctionName, OpenAppId, Secret};

use crate::desired::{Index, Mode, Route, TokenPolicy};
use crate::pack::Package;

/// One operation, or a wait. Each is harmless when it runs twice: a create is looked for first, and
/// everything else writes a whole.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Opens cloud development, for which the merchant's administrator has to agree.
    OpenCloud,
    /// Creates an environment.
    CreateEnv(Place),
    /// Waits until an environment can be used.
    AwaitEnv(Place),
    /// Creates a function; in batch mode with its code.
    CreateFunction(Place, FunctionName, Arc<Package>),
    /// Uploads the code of a function.
    UploadCode(Place, FunctionName, Arc<Package>),
    /// Writes how long a function may run, its memory and its variables.
    Configure(Place, FunctionName, Config),
    /// Writes which of WeChat's interfaces a function may call.
    AllowCalls(Place, FunctionName, Vec<String>),
    /// Writes when a function is invoked by itself.
    SetTimers(Place, FunctionName, BTreeMap<String, String>),
    /// Waits until a function can be called.
    AwaitFunction(Place, FunctionName),
    /// Creates a collection.
    CreateCollection(Place, CollectionName),
    /// Writes who may read and write a collection.
    SetPermission(Place, CollectionName, AclTag),
    /// Adds indexes to a collection; those that may stand in their place are dropped first.
    SetIndexes(Place, CollectionName, Indexes),
    /// Writes the token policy of an environment.
    SetTokenPolicy(Place, TokenPolicy),
    /// Writes which messages are pushed to which functions.
    SetRoutes(Vec<Route>),
    /// Creates an open-platform account.
    CreateOpenAccount,
    /// Binds the merchant to an open-platform account.
    BindOpenAccount(OpenAppId),
    /// Shares an environment of the platform with the merchant's mini program, for which the
    /// merchant's administrator has to agree.
    ShareEnv(Place, EnvProduct),
}

/// The environment that a step is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Place {
    /// Its alias.
    pub env: String,
    /// Whose it is.
    pub mode: Mode,
}

/// Configuration of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How long it may run, in seconds.
    pub timeout: Option<u32>,
    /// Its memory in MB.
    pub memory: Option<u32>,
    /// Its variables, all of them.
    pub variables: Option<BTreeMap<String, Secret>>,
}

/// A change of indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indexes {
    /// Those to add.
    pub create: Vec<Index>,
    /// Whether indexes of the same names are dropped first. WeChat does not show which there are.
    pub replace: bool,
}

impl Step {
    /// The environment that it is about.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::CreateEnv(place)
            | Self::AwaitEnv(place)
            | Self::CreateFunction(place, ..)
            | Self::UploadCode(place, ..)
            | Self::Configure(place, ..)
            | Self::AllowCalls(place, ..)
            | Self::SetTimers(place, ..)
            | Self::AwaitFunction(place, ..)
            | Self::CreateCollection(place, ..)
            | Self::SetPermission(place, ..)
            | Self::SetIndexes(place, ..)
            | Self::SetTokenPolicy(place, ..)
            | Self::ShareEnv(place, ..) => Some(place),
            Self::OpenCloud | Self::SetRoutes(_) | Self::CreateOpenAccount | Self::BindOpenAccount(_) => None,
        }
    }

    /// Returns whether it creates something that a second call would create once more, or be
    /// refused for.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreateEnv(_)
                | Self::CreateFunction(..)
                | Self::CreateCollection(..)
                | Self::CreateOpenAccount
        )
    }

    /// What has to be noted once it is done, since WeChat does not show it: names and hashes.
    pub fn written(&self) -> Vec<(String, String)> {
        match self {
            Self::CreateFunction(place, name, package) | Self::UploadCode(place, name, package)
                if place.mode == Mode::Batch =>
            {
                vec![(code_key(&place.env, name), package.digest().to_owned())]
            }
            Self::Configure(place, name, config) if place.mode == Mode::Batch => {
                vec![(config_key(&place.env, name), config.hash())]
            }
            Self::SetIndexes(place, collection, indexes) => {
                let noted = indexes.create.iter();
                noted.map(|index| (index_key(&place.env, collection, &index.name), hash(index))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Under what name the hash of a function's code is noted.
pub(crate) fn code_key(env: &str, function: &FunctionName) -> String {
    format!("code {env}/{function}")
}

/// Under what name the hash of a function's configuration is noted.
pub(crate) fn config_key(env: &str, function: &FunctionName) -> String {
    format!("config {env}/{function}")
}

/// Under what name the hash of an index is noted.
pub(crate) fn index_key(env: &str, collection: &CollectionName, index: &str) -> String {
    format!("index {env}/{collection}/{index}")
}

/// The hash of something that always serialises.
pub(crate) fn hash(what: &impl Serialize) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(what).unwrap_or_default()))
}

impl Config {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn hash(&self) -> String {
        let variables = self.variables.as_ref().map(|variables| {
            let pairs = variables.iter().map(|(name, value)| json!([name, value.expose()]));
            pairs.collect::<Vec<Value>>()
        });
        hash(&json!([self.timeout, self.memory, variables]))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.env)
    }
}

/// What it does, as `create the function hello in shop-prod`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenCloud => f.write_str("open cloud development"),
            Self::CreateEnv(place) => write!(f, "create the environment {place}"),
            Self::AwaitEnv(place) => write!(f, "wait for the environment {place}"),
            Self::CreateFunction(place, name, _) => write!(f, "create the function {name} in {place}"),
            Self::UploadCode(place, name, package) => {
                write!(f, "upload the code of {name} in {place} ({} bytes)", package.bytes().len())
            }
            Self::Configure(place, name, _) => write!(f, "configure {name} in {place}"),
            Self::AllowCalls(place, name, _) => write!(f, "set the cloud calls of {name} in {place}"),
            Self::SetTimers(place, name, _) => write!(f, "set the timers of {name} in {place}"),
            Self::AwaitFunction(place, name) => write!(f, "wait for the function {name} in {place}"),
            Self::CreateCollection(place, name) => write!(f, "create the collection {name} in {place}"),
            Self::SetPermission(place, name, _) => write!(f, "set the permission of {name} in {place}"),
            Self::SetIndexes(place, name, indexes) => {
                let names: Vec<&str> = indexes.create.iter().map(|index| &*index.name).collect();
                write!(f, "set the indexes {} of {name} in {place}", names.join(", "))
            }
            Self::SetTokenPolicy(place, _) => write!(f, "set the token policy of {place}"),
            Self::SetRoutes(_) => f.write_str("set which messages go to which functions"),
            Self::CreateOpenAccount => f.write_str("create an open-platform account"),
            Self::ShareEnv(place, _) => write!(f, "share the environment {place}"),
            Self::BindOpenAccount(id) => write!(f, "bind the open-platform account {id}"),
        }
    }
}
