//! Reads what a merchant has, as far as it is needed.

use std::collections::BTreeMap;

use tcb_api::types::cloudbase_batch::{
    self, EnvProduct, GetCollectionPermission, ListEnvShares, ListTriggers,
};
use tcb_api::types::cloudbase_common::{
    self, CloudCallConfig, EnvStatus, EnvironmentConfig, FunctionConfigKind, FunctionStatus,
    GetCallbackConfig, GetFunctionCode, GetFunctionConfig, GetTokenPolicy,
};
use tcb_api::types::open_account::GetOpenAccount;
use tcb_api::types::{CollectionName, EnvId, ErrCode, FunctionName};
use tcb_api::{Client, Error, ErrorKind, Paged};

use crate::clients::Clients;
use crate::desired::{self, Desired, Mode};
use crate::error::DeployError;
use crate::notes::Noted;
use crate::observed::{Collection, Env, Function, Observed};

/// Reads the state of what `desired` names.
pub(crate) async fn observe(
    clients: &Clients,
    desired: &Desired,
    noted: &Noted,
) -> Result<Observed, DeployError> {
    let listed = envs(clients, desired).await?;
    let mut observed = Observed { opened: listed.opened, ..Observed::default() };
    for want in &desired.envs {
        let client = clients.of(want.mode)?;
        let mut found = Vec::new();
        for (id, usable) in listed.of(want, noted) {
            let mut env = Env::new(id, usable);
            if env.usable {
                inside(client, want, &mut env).await?;
            }
            if let Some(product) = want.share {
                env.shared = Some(is_shared(clients, client, product, &env.id).await?);
            }
            found.push(env);
        }
        observed.envs.insert(want.alias.clone(), found);
    }
    if desired.routes.is_some() && observed.opened == Some(true) {
        observed.routes = clients.merchant.send(GetCallbackConfig::new()).await?.functions;
    }
    if desired.open_account.is_some() {
        observed.open_account = clients.merchant.send(GetOpenAccount::new()).await?.open_app_id;
    }
    Ok(observed)
}

/// Returns whether lists show all that `desired` names in its environments, and nothing of it
/// unfinished.
pub(crate) async fn glance(clients: &Clients, desired: &Desired, noted: &Noted) -> Result<bool, DeployError> {
    let listed = envs(clients, desired).await?;
    for want in &desired.envs {
        let mut found = listed.of(want, noted);
        let (Some((env, true)), None) = (found.next(), found.next()) else { return Ok(false) };
        if !has_inside(clients.of(want.mode)?, want, env).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn has_inside(client: &Client, want: &desired::Env, env: &EnvId) -> Result<bool, Error> {
    if !want.functions.is_empty() {
        let listed = functions(client, want.mode, env).await?;
        let is_active = |it: &desired::Function| listed.get(&it.name) == Some(&Some(FunctionStatus::Active));
        if !want.functions.iter().all(is_active) {
            return Ok(false);
        }
    }
    if !want.collections.is_empty() {
        let listed = collections(client, want.mode, env).await?;
        // One index is that of the ids. A number that is missing proves nothing.
        let has_indexes = |it: &desired::Collection, count: &Option<u64>| {
            count.is_none_or(|count| count > it.indexes.len() as u64)
        };
        let is_there =
            |it: &desired::Collection| listed.get(&it.name).is_some_and(|count| has_indexes(it, count));
        return Ok(want.collections.iter().all(is_there));
    }
    Ok(true)
}

/// The environments that lists show.
#[derive(Default)]
struct Envs {
    /// Whether cloud development is open; `None` when nobody asked.
    opened: Option<bool>,
    listed: BTreeMap<Mode, Vec<Listed>>,
}

async fn envs(clients: &Clients, desired: &Desired) -> Result<Envs, DeployError> {
    let mut envs = Envs::default();
    let asks = |mode| desired.envs.iter().any(|env| env.mode == mode);
    if asks(Mode::Ordinary) || desired.routes.is_some() {
        let listed = ordinary_envs(&clients.merchant).await?;
        envs.opened = Some(listed.is_some());
        envs.listed.insert(Mode::Ordinary, listed.unwrap_or_default());
    }
    if asks(Mode::Batch) {
        envs.listed.insert(Mode::Batch, batch_envs(clients.of(Mode::Batch)?).await?);
    }
    Ok(envs)
}

impl Envs {
    /// The environments that are meant, and whether they can be used. One that was created is meant
    /// by its id, for as long as it is listed: its alias may be another by now.
    fn of<'a>(&'a self, want: &'a desired::Env, noted: &'a Noted) -> impl Iterator<Item = (&'a EnvId, bool)> {
        let listed = || self.listed.get(&want.mode).into_iter().flatten();
        let noted = noted.env(want.mode, &want.alias).filter(|noted| listed().any(|(id, ..)| id == *noted));
        let meant = want.id.as_ref().or(noted);
        let is_meant = move |(id, alias, _): &&Listed| match meant {
            Some(meant) => meant == id,
            None => alias.as_ref() == Some(&want.alias),
        };
        listed().filter(is_meant).map(|(id, _, status)| (id, *status == Some(EnvStatus::Normal)))
    }
}

type Listed = (EnvId, Option<String>, Option<EnvStatus>);

/// The environments of the mini program; `None` while cloud development is not open.
async fn ordinary_envs(client: &Client) -> Result<Option<Vec<Listed>>, Error> {
    match client.send(cloudbase_common::ListEnvs::new()).await {
        Ok(answer) => Ok(Some(answer.envs.into_iter().map(|env| (env.id, env.alias, env.status)).collect())),
        Err(error) if error.api().is_some_and(|api| api.code() == ErrCode::CLOUD_NOT_OPEN) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The environments of the platform.
async fn batch_envs(client: &Client) -> Result<Vec<Listed>, Error> {
    let envs = client.send(cloudbase_batch::ListEnvs::new()).await?.envs;
    Ok(envs.into_iter().map(|env| (env.id, env.alias, env.status)).collect())
}

/// Returns whether a list shows this environment.
pub(crate) async fn is_listed(clients: &Clients, mode: Mode, env: &EnvId) -> Result<bool, DeployError> {
    let client = clients.of(mode)?;
    let listed = match mode {
        Mode::Ordinary => ordinary_envs(client).await?.unwrap_or_default(),
        Mode::Batch => batch_envs(client).await?,
    };
    Ok(listed.iter().any(|(id, ..)| id == env))
}

/// What an administrator has not agreed to yet is not listed.
async fn is_shared(
    clients: &Clients,
    client: &Client,
    product: EnvProduct,
    env: &EnvId,
) -> Result<bool, DeployError> {
    let list = ListEnvShares::new([clients.app_id()?], product);
    let (listed, _) = client.send(list).await?.mini_programs.into_parts();
    Ok(listed.iter().any(|shared| shared.envs.contains(env)))
}

async fn inside(client: &Client, want: &desired::Env, env: &mut Env) -> Result<(), Error> {
    if !want.functions.is_empty() {
        let listed = functions(client, want.mode, &env.id).await?;
        for function in &want.functions {
            if let Some(status) = listed.get(&function.name) {
                let active = *status == Some(FunctionStatus::Active);
                let seen = match want.mode {
                    Mode::Ordinary => ordinary_function(client, &env.id, function).await?,
                    Mode::Batch => batch_function(client, &env.id, function).await?,
                };
                env.functions.insert(function.name.clone(), Function { active, ..seen });
            }
        }
    }
    if !want.collections.is_empty() {
        let listed = collections(client, want.mode, &env.id).await?;
        for collection in &want.collections {
            if let Some(indexes) = listed.get(&collection.name) {
                let mut seen = Collection { indexes: *indexes, permission: None };
                if collection.permission.is_some() {
                    let get = GetCollectionPermission::new(&env.id, &collection.name);
                    seen.permission = Some(client.send(get).await?.tag);
                }
                env.collections.insert(collection.name.clone(), seen);
            }
        }
    }
    if want.token_policy.is_some() {
        env.token_policy = Some(client.send(GetTokenPolicy::new(&env.id)).await?);
    }
    Ok(())
}

async fn functions(
    client: &Client,
    mode: Mode,
    env: &EnvId,
) -> Result<BTreeMap<FunctionName, Option<FunctionStatus>>, Error> {
    match mode {
        Mode::Ordinary => {
            all(client, cloudbase_common::ListFunctions::new(env), |it| (it.name, it.status)).await
        }
        Mode::Batch => all(client, cloudbase_batch::ListFunctions::new(env), |it| (it.name, it.status)).await,
    }
}

async fn collections(
    client: &Client,
    mode: Mode,
    env: &EnvId,
) -> Result<BTreeMap<CollectionName, Option<u64>>, Error> {
    match mode {
        Mode::Ordinary => {
            all(client, cloudbase_common::ListCollections::new(env), |it| (it.name, it.index_count)).await
        }
        Mode::Batch => {
            all(client, cloudbase_batch::ListCollections::new(env), |it| (it.name, it.index_count)).await
        }
    }
}

async fn all<O: Paged, K: Ord, V>(
    client: &Client,
    list: O,
    part: impl Fn(O::Item) -> (K, V),
) -> Result<BTreeMap<K, V>, Error> {
    let mut items = client.stream(list);
    let mut found = BTreeMap::new();
    while let Some(item) = items.next().await {
        found.extend([part(item?)]);
    }
    Ok(found)
}

async fn ordinary_function(
    client: &Client,
    env: &EnvId,
    want: &desired::Function,
) -> Result<Function, Error> {
    let digest = match client.send(GetFunctionCode::new(env, &want.name)).await {
        Ok(code) => code.checksum.map(|sum| sum.to_ascii_lowercase()),
        // No code yet, or code of another platform, which nobody may see.
        Err(error) if error.kind() == ErrorKind::Refused => None,
        Err(error) => return Err(error),
    };
    let mut seen = Function { digest, ..Function::default() };
    let config = async |kind| client.send(GetFunctionConfig::new(env, &want.name, kind)).await;
    if want.timeout.is_some() || want.variables.is_some() {
        let text = config(FunctionConfigKind::Environment).await?.config;
        // One that cannot be read is written anew.
        seen.config = text.and_then(|text| text.decode::<EnvironmentConfig>().ok());
    }
    if want.cloud_calls.is_some() {
        let text = config(FunctionConfigKind::CloudCall).await?.config;
        seen.cloud_calls =
            text.and_then(|text| text.decode::<CloudCallConfig>().ok()).map(|it| it.interfaces);
    }
    Ok(seen)
}

async fn batch_function(client: &Client, env: &EnvId, want: &desired::Function) -> Result<Function, Error> {
    let mut seen = Function::default();
    if want.timers.is_some() {
        let triggers = client.send(ListTriggers::new(env, &want.name)).await?.triggers;
        seen.timers = Some(triggers.into_iter().map(|it| (it.name, it.config.unwrap_or_default())).collect());
    }
    Ok(seen)
}
