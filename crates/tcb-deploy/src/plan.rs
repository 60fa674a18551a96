//! From what a merchant has to what it should have.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::fmt;

use tcb_api::types::cloudbase_common::{CloudAccessTokenPolicy, FunctionPush, MessageRoute};
use tcb_api::types::{EnvId, OpenAppId};

use crate::desired::{Collection, Desired, Env, Function, Mode, OpenAccount, Route, TokenPolicy};
use crate::notes::Noted;
use crate::observed::{self, Observed};
use crate::step::{Config, Indexes, Place, Step, code_key, config_key, hash, index_key};

/// What is missing or differs, as steps in their order.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The steps; none when the merchant has all that it should have.
    pub steps: Vec<Step>,
    /// The environments that are there, by their aliases.
    pub envs: BTreeMap<String, EnvId>,
    /// Whether more may be missing than the steps do: what is in an environment that cannot be used
    /// yet cannot be seen. Plan again once they are done.
    pub more: bool,
}

impl Plan {
    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Why a person has to decide before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// Several environments have one alias. Name the id of the one that is meant, or rename the
    /// others.
    SeveralEnvs {
        /// The alias.
        alias: String,
        /// Their ids.
        ids: Vec<EnvId>,
    },
    /// There is no environment of this id.
    NoEnv(EnvId),
    /// An environment was created and no list shows it any more. It is not created again by itself,
    /// for it may be there, and costs money. If it was destroyed, take it out with
    /// [`Noted::forget`]; if not, look again later.
    LostEnv {
        /// Its alias.
        alias: String,
        /// The id under which it was created.
        id: EnvId,
    },
    /// The merchant is bound to another open-platform account. Unbind it, or name that one.
    OtherOpenAccount(OpenAppId),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeveralEnvs { alias, ids } => {
                let ids: Vec<&str> = ids.iter().map(EnvId::as_str).collect();
                write!(
                    f,
                    "several environments have the alias {alias}: {}; name the id of the one that is meant",
                    ids.join(", ")
                )
            }
            Self::NoEnv(id) => write!(f, "there is no environment {id}; check the id and whose it is"),
            Self::LostEnv { alias, id } => {
                write!(
                    f,
                    "the environment {alias} was created as {id}, and no list shows it; if it was destroyed, \
                     take it out of the notes, so that it is created again"
                )
            }
            Self::OtherOpenAccount(id) => {
                write!(
                    f,
                    "the merchant is bound to another open-platform account, {id}; unbind it, or name that one"
                )
            }
        }
    }
}

impl StdError for PlanError {}

/// Compares what should be with what is, and returns the steps between them. It asks nobody: the
/// same three give the same plan.
///
/// # Errors
///
/// A [`PlanError`] when a person has to decide first.
pub fn plan(desired: &Desired, observed: &Observed, noted: &Noted) -> Result<Plan, PlanError> {
    let mut plan = Plan::default();
    let needs_cloud = desired.routes.is_some() || desired.envs.iter().any(|env| env.mode == Mode::Ordinary);
    if needs_cloud && observed.opened == Some(false) {
        plan.steps.push(Step::OpenCloud);
    }
    for env in &desired.envs {
        plan.env(env, observed.envs.get(&env.alias).map_or(&[][..], Vec::as_slice), noted)?;
    }
    if let Some(routes) = &desired.routes
        && !plan.more
        && !plan.has_routes(routes, observed.routes.as_ref())
    {
        plan.steps.push(Step::SetRoutes(routes.clone()));
    }
    match (&desired.open_account, &observed.open_account) {
        (Some(OpenAccount::Any), None) => plan.steps.push(Step::CreateOpenAccount),
        (Some(OpenAccount::Bind(id)), None) => plan.steps.push(Step::BindOpenAccount(id.clone())),
        (Some(OpenAccount::Bind(id)), Some(bound)) if id != bound => {
            return Err(PlanError::OtherOpenAccount(bound.clone()));
        }
        _ => {}
    }
    // Last, since all else need not wait for a person.
    for env in &desired.envs {
        let seen = observed.envs.get(&env.alias).and_then(|envs| envs.first());
        if let Some(product) = env.share
            && seen.and_then(|seen| seen.shared) != Some(true)
        {
            plan.steps.push(Step::ShareEnv(Place { env: env.alias.clone(), mode: env.mode }, product));
        }
    }
    Ok(plan)
}

impl Plan {
    fn env(&mut self, env: &Env, seen: &[observed::Env], noted: &Noted) -> Result<(), PlanError> {
        let place = Place { env: env.alias.clone(), mode: env.mode };
        let none = observed::Env::new("", false);
        let seen = match (seen, &env.id) {
            ([], Some(id)) => return Err(PlanError::NoEnv(id.clone())),
            ([], None) => {
                if let Some(id) = noted.env(env.mode, &env.alias) {
                    return Err(PlanError::LostEnv { alias: env.alias.clone(), id: id.clone() });
                }
                self.steps.extend([Step::CreateEnv(place.clone()), Step::AwaitEnv(place.clone())]);
                &none
            }
            ([seen], _) => {
                self.envs.insert(env.alias.clone(), seen.id.clone());
                if !seen.usable {
                    self.steps.push(Step::AwaitEnv(place));
                    self.more = true;
                    return Ok(());
                }
                seen
            }
            (several, _) => {
                let ids = several.iter().map(|env| env.id.clone()).collect();
                return Err(PlanError::SeveralEnvs { alias: env.alias.clone(), ids });
            }
        };
        for function in &env.functions {
            self.function(&place, function, seen.functions.get(&function.name), noted);
        }
        for collection in &env.collections {
            self.collection(&place, collection, seen.collections.get(&collection.name), noted);
        }
        if let Some(policy) = &env.token_policy
            && !has_policy(policy, seen.token_policy.as_ref())
        {
            self.steps.push(Step::SetTokenPolicy(place, policy.clone()));
        }
        Ok(())
    }

    fn function(&mut self, place: &Place, want: &Function, seen: Option<&observed::Function>, noted: &Noted) {
        let before = self.steps.len();
        let (name, package) = (&want.name, &want.package);
        let is_batch = place.mode == Mode::Batch;
        if seen.is_none() {
            self.steps.push(Step::CreateFunction(place.clone(), name.clone(), package.clone()));
        }
        let digest = match seen {
            // Batch mode creates a function with its code.
            None if is_batch => Some(package.digest()),
            Some(_) if is_batch => noted.written.get(&code_key(&place.env, name)).map(String::as_str),
            seen => seen.and_then(|seen| seen.digest.as_deref()),
        };
        if digest != Some(package.digest()) {
            self.steps.push(Step::UploadCode(place.clone(), name.clone(), package.clone()));
        }
        let config =
            if is_batch { batch_config(place, want, seen, noted) } else { ordinary_config(want, seen) };
        if let Some(config) = config {
            self.steps.push(Step::Configure(place.clone(), name.clone(), config));
        }
        let known = seen.and_then(|seen| seen.cloud_calls.as_ref());
        if let Some(calls) = &want.cloud_calls
            && !same(calls, known.map_or(&[], Vec::as_slice))
        {
            self.steps.push(Step::AllowCalls(place.clone(), name.clone(), calls.clone()));
        }
        let none = BTreeMap::new();
        let known = seen.and_then(|seen| seen.timers.as_ref()).unwrap_or(&none);
        if let Some(timers) = &want.timers
            && timers != known
        {
            self.steps.push(Step::SetTimers(place.clone(), name.clone(), timers.clone()));
        }
        if self.steps.len() > before || !seen.is_some_and(|seen| seen.active) {
            self.steps.push(Step::AwaitFunction(place.clone(), name.clone()));
        }
    }

    fn collection(
        &mut self,
        place: &Place,
        want: &Collection,
        seen: Option<&observed::Collection>,
        noted: &Noted,
    ) {
        let name = &want.name;
        if seen.is_none() {
            self.steps.push(Step::CreateCollection(place.clone(), name.clone()));
        }
        if want.permission.is_some()
            && want.permission.as_ref() != seen.and_then(|seen| seen.permission.as_ref())
        {
            self.steps.extend(
                want.permission.clone().map(|tag| Step::SetPermission(place.clone(), name.clone(), tag)),
            );
        }
        // One index is that of the ids. A number that is missing proves nothing.
        let own = seen.map(|seen| seen.indexes.map(|count| count.saturating_sub(1)));
        let is_noted = |index: &&crate::desired::Index| {
            noted.written.get(&index_key(&place.env, name, &index.name)) == Some(&hash(*index))
        };
        let noted_count = want.indexes.iter().filter(is_noted).count() as u64;
        let some_are_gone = match own {
            None => true,
            Some(None) => false,
            Some(Some(count)) => count < noted_count,
        };
        let create: Vec<_> = if some_are_gone {
            want.indexes.clone()
        } else {
            want.indexes.iter().filter(|index| !is_noted(index)).cloned().collect()
        };
        if !create.is_empty() {
            let replace = own.is_some_and(|count| count != Some(0));
            self.steps.push(Step::SetIndexes(place.clone(), name.clone(), Indexes { create, replace }));
        }
    }

    /// Returns whether all these routes are there, switched on, and no others.
    fn has_routes(&self, want: &[Route], seen: Option<&FunctionPush>) -> bool {
        let want: Option<Vec<MessageRoute>> = want.iter().map(|route| route.resolve(&self.envs)).collect();
        let (Some(want), Some(seen)) = (want, seen) else { return false };
        let key = |route: &MessageRoute| {
            let MessageRoute { message_type, event, env, function, enable, .. } = route.clone();
            (message_type, event, env, function, enable)
        };
        let of = |routes: &[MessageRoute]| routes.iter().map(key).collect::<BTreeSet<_>>();
        seen.enable && of(&want) == of(&seen.routes)
    }
}

impl Route {
    /// The route with the id of its environment, when that is known.
    pub(crate) fn resolve(&self, envs: &BTreeMap<String, EnvId>) -> Option<MessageRoute> {
        let env = envs.get(&self.env)?;
        Some(match self.event.as_str() {
            "" => MessageRoute::message(&self.message, env, &self.function),
            event => MessageRoute::event(event, env, &self.function),
        })
    }
}

/// What to write in ordinary mode, where a configuration is written whole: what is not wanted
/// otherwise stays.
fn ordinary_config(want: &Function, seen: Option<&observed::Function>) -> Option<Config> {
    let seen = seen.and_then(|seen| seen.config.as_ref());
    let known = seen.map(|config| Config {
        timeout: config.timeout,
        memory: None,
        variables: Some(config.variables.iter().map(|it| (it.key.clone(), it.value.clone())).collect()),
    });
    let known = known.unwrap_or_default();
    let timeout_differs = want.timeout.is_some() && want.timeout != known.timeout;
    let none = BTreeMap::new();
    let variables_differ = want
        .variables
        .as_ref()
        .is_some_and(|variables| variables != known.variables.as_ref().unwrap_or(&none));
    (timeout_differs || variables_differ).then(|| Config {
        timeout: want.timeout.or(known.timeout),
        memory: None,
        variables: want.variables.clone().or(known.variables),
    })
}

/// What to write in batch mode, which shows nothing of it.
fn batch_config(
    place: &Place,
    want: &Function,
    seen: Option<&observed::Function>,
    noted: &Noted,
) -> Option<Config> {
    let config = Config { timeout: want.timeout, memory: want.memory, variables: want.variables.clone() };
    let known = noted.written.get(&config_key(&place.env, &want.name));
    let is_there = seen.is_some() && known == Some(&config.hash());
    (!config.is_empty() && !is_there).then_some(config)
}

fn has_policy(want: &TokenPolicy, seen: Option<&CloudAccessTokenPolicy>) -> bool {
    let Some(seen) = seen else { return false };
    // The permission is on by default, so an answer that leaves it out means on.
    let open = seen.open.unwrap_or(true);
    want.open.is_none_or(|want| want == open)
        && want.allow.as_ref().is_none_or(|allow| same(allow, &seen.api_whitelist))
}

/// Whether two lists have the same texts in any order.
fn same(one: &[String], other: &[String]) -> bool {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    set(one) == set(other)
}

#[cfg(test)]
mod tests;
