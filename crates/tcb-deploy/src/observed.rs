//! What a merchant has.

use std::collections::BTreeMap;

use tcb_api::types::cloudbase_batch::AclTag;
use tcb_api::types::cloudbase_common::{CloudAccessTokenPolicy, EnvironmentConfig, FunctionPush};
use tcb_api::types::{CollectionName, EnvId, FunctionName, OpenAppId};

/// The actual state of one merchant, as far as somebody asked for it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// Whether cloud development is open for the merchant; `None` when nobody asked.
    pub opened: Option<bool>,
    /// The environments of each alias that was asked for.
    pub envs: BTreeMap<String, Vec<Env>>,
    /// Which messages are pushed to functions; `None` when it was never configured.
    pub routes: Option<FunctionPush>,
    /// The open-platform account; `None` when there is none.
    pub open_account: Option<OpenAppId>,
}

/// A cloud environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Env {
    /// Its id.
    pub id: EnvId,
    /// Whether it can be used. What is in one that cannot is not asked for.
    pub usable: bool,
    /// Whether it is shared with the merchant's mini program; `None` when nobody asked.
    pub shared: Option<bool>,
    /// Those of its functions that were asked for.
    pub functions: BTreeMap<FunctionName, Function>,
    /// Those of its collections that were asked for.
    pub collections: BTreeMap<CollectionName, Collection>,
    /// Its token policy.
    pub token_policy: Option<CloudAccessTokenPolicy>,
}

impl Env {
    /// An environment with nothing in it.
    pub fn new(id: impl Into<EnvId>, usable: bool) -> Self {
        let (functions, collections) = Default::default();
        Self { id: id.into(), usable, shared: None, functions, collections, token_policy: None }
    }
}

/// A function. Batch mode shows neither code nor configuration.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Function {
    /// Whether it can be called.
    pub active: bool,
    /// SHA-256 of its code in lower-case hex; `None` when it has none, or none that one may see.
    pub digest: Option<String>,
    /// How long it may run, and its variables.
    pub config: Option<EnvironmentConfig>,
    /// Which of WeChat's interfaces it may call.
    pub cloud_calls: Option<Vec<String>>,
    /// Its schedules by name.
    pub timers: Option<BTreeMap<String, String>>,
}

/// A collection. WeChat shows how many indexes it has, and not which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// How many indexes it has, that of the ids included.
    pub indexes: Option<u64>,
    /// Who may read and write it.
    pub permission: Option<AclTag>,
}
