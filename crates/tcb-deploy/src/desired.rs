//! What a merchant should have.

use std::collections::BTreeMap;
use std::sync::Arc;

use tcb_api::types::cloudbase_batch::{AclTag, EnvProduct};
use tcb_api::types::cloudbase_common::IndexKey;
use tcb_api::types::{CollectionName, EnvId, FunctionName, OpenAppId, Secret};

use crate::pack::Package;

/// The desired state of one merchant. What it does not name stays as it is.
///
/// A [`Blueprint`](crate::Blueprint) makes one from a file; a program may also make one itself.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Desired {
    /// Environments. No two have one alias.
    pub envs: Vec<Env>,
    /// Which messages are pushed to which functions; all others of the merchant are replaced.
    pub routes: Option<Vec<Route>>,
    /// The open-platform account.
    pub open_account: Option<OpenAccount>,
}

impl Desired {
    /// A state that names nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an environment.
    #[must_use]
    pub fn env(mut self, env: Env) -> Self {
        self.envs.push(env);
        self
    }

    /// Sets [`open_account`](field@Self::open_account).
    #[must_use]
    pub fn open_account(self, open_account: OpenAccount) -> Self {
        Self { open_account: Some(open_account), ..self }
    }
}

/// Whose an environment is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The mini program's own, at its expense.
    #[default]
    Ordinary,
    /// The platform's, in batch mode.
    Batch,
}

/// A cloud environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Env {
    /// Its name, by which it is found.
    pub alias: String,
    /// Its id, when it is there already and known. It is not created then.
    pub id: Option<EnvId>,
    /// Whose it is.
    pub mode: Mode,
    /// Whether one of the platform's is shared with the merchant's mini program, and as what. The
    /// documentation does not settle which product an environment is, so it has to be said.
    pub share: Option<EnvProduct>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Collections of the database.
    pub collections: Vec<Collection>,
    /// The token policy.
    pub token_policy: Option<TokenPolicy>,
}

impl Env {
    /// An environment that is found by its alias, and created if there is none.
    pub fn new(alias: impl Into<String>) -> Self {
        Self {
            alias: alias.into(),
            id: None,
            mode: Mode::Ordinary,
            share: None,
            functions: Vec::new(),
            collections: Vec::new(),
            token_policy: None,
        }
    }

    /// An environment that is there, by its id.
    pub fn existing(id: impl Into<EnvId>) -> Self {
        let id = id.into();
        Self { id: Some(id.clone()), ..Self::new(id.as_str()) }
    }

    /// Sets [`mode`](field@Self::mode).
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Sets [`share`](field@Self::share).
    #[must_use]
    pub fn share(self, product: EnvProduct) -> Self {
        Self { share: Some(product), ..self }
    }

    /// Adds a function.
    #[must_use]
    pub fn function(mut self, function: Function) -> Self {
        self.functions.push(function);
        self
    }

    /// Adds a collection.
    #[must_use]
    pub fn collection(mut self, collection: Collection) -> Self {
        self.collections.push(collection);
        self
    }
}

/// A cloud function.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Function {
    /// Its name.
    pub name: FunctionName,
    /// Its code.
    pub package: Arc<Package>,
    /// How long it may run, in seconds.
    pub timeout: Option<u32>,
    /// Its memory in MB; batch mode alone can set it.
    pub memory: Option<u32>,
    /// Its environment variables, all of them.
    pub variables: Option<BTreeMap<String, Secret>>,
    /// Which of WeChat's interfaces it may call, such as `wxacode.get`; ordinary mode alone can set
    /// it.
    pub cloud_calls: Option<Vec<String>>,
    /// When it is invoked by itself: schedules of seven fields, by name; batch mode alone can set
    /// them.
    pub timers: Option<BTreeMap<String, String>>,
}

impl Function {
    /// A function with this code, and nothing else set.
    pub fn new(name: impl Into<FunctionName>, package: impl Into<Arc<Package>>) -> Self {
        Self {
            name: name.into(),
            package: package.into(),
            timeout: None,
            memory: None,
            variables: None,
            cloud_calls: None,
            timers: None,
        }
    }

    /// Sets [`timeout`](field@Self::timeout).
    #[must_use]
    pub fn timeout(self, seconds: u32) -> Self {
        Self { timeout: Some(seconds), ..self }
    }

    /// Sets an environment variable. Variables that are not set so are taken away.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.variables.get_or_insert_default().insert(name.into(), value.into());
        self
    }
}

/// A collection of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// Its name.
    pub name: CollectionName,
    /// Who may read and write it; batch mode alone can set it.
    pub permission: Option<AclTag>,
    /// Indexes. Others stay.
    pub indexes: Vec<Index>,
}

impl Collection {
    /// A collection without indexes of its own.
    pub fn new(name: impl Into<CollectionName>) -> Self {
        Self { name: name.into(), permission: None, indexes: Vec::new() }
    }

    /// Adds an index.
    #[must_use]
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }
}

/// An index of a collection.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether no two records may agree in all its fields; ordinary mode alone can set it.
    pub unique: bool,
    /// Its fields.
    pub keys: Vec<IndexKey>,
}

impl Index {
    /// An index over these fields.
    pub fn new(name: impl Into<String>, keys: impl IntoIterator<Item = IndexKey>) -> Self {
        Self { name: name.into(), unique: false, keys: keys.into_iter().collect() }
    }
}

/// The token policy of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenPolicy {
    /// Whether cloud functions may call WeChat's API without a secret: one switch for the whole
    /// account.
    pub open: Option<bool>,
    /// Paths of the interfaces that may be called.
    pub allow: Option<Vec<String>>,
}

/// Which function gets a kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// Kind of message, such as `event` or `text`.
    pub message: String,
    /// Kind of event, for messages of kind `event`; empty for others.
    pub event: String,
    /// Alias of the environment.
    pub env: String,
    /// The function.
    pub function: FunctionName,
}

impl Route {
    /// Events of one kind, to a function in the environment of this alias.
    pub fn event(
        event: impl Into<String>,
        env: impl Into<String>,
        function: impl Into<FunctionName>,
    ) -> Self {
        Self { event: event.into(), ..Self::message("event", env, function) }
    }

    /// Messages of one kind other than `event`.
    pub fn message(
        message: impl Into<String>,
        env: impl Into<String>,
        function: impl Into<FunctionName>,
    ) -> Self {
        Self { message: message.into(), event: String::new(), env: env.into(), function: function.into() }
    }
}

/// The open-platform account of a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenAccount {
    /// Any; one is created if the merchant has none.
    Any,
    /// This one.
    Bind(OpenAppId),
}
