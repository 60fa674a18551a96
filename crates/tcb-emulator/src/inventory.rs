//! What is there, as people look at it.

use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::database::{self, NumberForm};
use crate::state::{Component, Environment};
use crate::storage::{Bucket, Listed};
use crate::time::UnixTime;
use crate::transition::Resource;
use crate::{Credentials, Emulator, EmulatorError};

/// Records of one collection that are shown at most.
const MOST_RECORDS: usize = 50;

/// A platform as it is now.
pub(crate) struct PlatformState {
    pub(crate) credentials: Credentials,
    /// Where its events are pushed to.
    pub(crate) callback: Option<String>,
    /// Whether tickets are pushed regularly.
    pub(crate) pushing: bool,
    pub(crate) next_push: Option<UnixTime>,
    /// Whether cloud development is open in batch mode.
    pub(crate) opened: bool,
}

/// What a merchant has granted to a platform.
pub(crate) struct Grant {
    pub(crate) component: ComponentAppId,
    pub(crate) permission_sets: Vec<u32>,
    pub(crate) since: UnixTime,
}

/// An environment in a list.
pub(crate) struct EnvironmentState {
    pub(crate) id: String,
    pub(crate) alias: String,
    /// Appid of the merchant or the platform that it belongs to.
    pub(crate) owner: String,
    pub(crate) status: &'static str,
    pub(crate) created: UnixTime,
    pub(crate) functions: usize,
    pub(crate) collections: usize,
    /// Appids of the mini programs that may use it, beside its owner.
    pub(crate) shared_with: Vec<String>,
}

/// An environment with what is in it.
pub(crate) struct EnvironmentContents {
    pub(crate) environment: EnvironmentState,
    pub(crate) functions: Vec<FunctionState>,
    pub(crate) collections: Vec<CollectionState>,
    pub(crate) files: Vec<Listed>,
    pub(crate) site: Vec<Listed>,
    /// Whether `cloudbase_access_token` may be used: the switch of the whole account.
    pub(crate) token_open: bool,
    /// The paths that may be called with it.
    pub(crate) token_whitelist: Vec<String>,
    pub(crate) token_version: i64,
}

/// A cloud function.
pub(crate) struct FunctionState {
    pub(crate) name: String,
    pub(crate) status: &'static str,
    pub(crate) modified: UnixTime,
    pub(crate) triggers: usize,
}

/// A collection.
pub(crate) struct CollectionState {
    pub(crate) name: String,
    pub(crate) permission: String,
    pub(crate) indexes: Vec<String>,
    pub(crate) count: usize,
    /// The first of its records, as JSON.
    pub(crate) records: Vec<String>,
}

impl Emulator {
    /// All platforms as they are now, ordered by appid.
    pub(crate) fn platforms(&self) -> Vec<PlatformState> {
        let of = |component: &Component| PlatformState {
            credentials: component.credentials.clone(),
            callback: component.callback.as_ref().map(|url| url.as_str().to_owned()),
            pushing: component.pushing,
            next_push: component.next_push(),
            opened: component.opened,
        };
        self.core.state().components.values().map(of).collect()
    }

    /// Whether an authorisation link with this code leads somewhere.
    ///
    /// # Errors
    /// [`UnknownComponent`](crate::EmulatorErrorKind::UnknownComponent).
    pub(crate) fn is_pre_auth_code_good(
        &self,
        component: &ComponentAppId,
        code: &str,
    ) -> Result<bool, EmulatorError> {
        let mut state = self.core.state();
        let now = state.now();
        Ok(state.component(component.as_str())?.has_pre_auth_code(code, now))
    }

    /// What a merchant has granted, by platform.
    pub(crate) fn grants(&self, merchant: &AuthorizerAppId) -> Vec<Grant> {
        let state = self.core.state();
        let of = |component: &String| {
            let authorization =
                state.authorizations.get(&(component.clone(), merchant.as_str().to_owned()))?;
            authorization.standing.then(|| Grant {
                component: component.as_str().into(),
                permission_sets: authorization.permission_sets.iter().copied().collect(),
                since: authorization.since,
            })
        };
        state.components.keys().filter_map(of).collect()
    }

    /// When the next thing happens by itself.
    pub(crate) fn next_event(&self) -> Option<UnixTime> {
        self.core.state().next_event()
    }

    /// All environments, those of platforms first.
    pub(crate) fn environments(&self) -> Vec<EnvironmentState> {
        let state = self.core.state();
        let (policy, now) = (state.policy(Resource::Environment), state.now());
        let of_platforms = state.components.iter().map(|(appid, component)| (appid, &component.environments));
        let of_merchants = state.accounts.iter().map(|(appid, account)| (appid, &account.environments));
        let all = of_platforms.chain(of_merchants);
        all.flat_map(|(owner, all)| {
            all.iter()
                .map(|environment| EnvironmentState::of(environment, owner, environment.status(policy, now)))
        })
        .collect()
    }

    /// One environment with what is in it.
    pub(crate) fn environment(&self, id: &str) -> Option<EnvironmentContents> {
        let environment = self.environments().into_iter().find(|environment| environment.id == id)?;
        let mut state = self.core.state();
        state.settle();
        let (policy, now) = (state.policy(Resource::Function), state.now());
        let owner = environment.owner.as_str();
        let token_open = match (state.components.get(owner), state.accounts.get(owner)) {
            (Some(component), _) => component.open,
            (None, Some(account)) => account.open,
            (None, None) => return None,
        };
        let (files, site) = (state.storage.list(&Bucket::files(id)), state.storage.list(&Bucket::site(id)));
        let found = state.all_environments().find_map(|all| all.get_mut(id))?;
        let functions = found.functions.iter_mut().map(|function| FunctionState {
            name: function.name.clone(),
            status: function.status(policy, now),
            modified: function.modified,
            triggers: function.triggers.len(),
        });
        let functions = functions.collect();
        let collections = found.database.collections().map(|(name, collection)| CollectionState {
            name: name.clone(),
            permission: collection.permission.tag.clone(),
            indexes: collection.indexes.keys().cloned().collect(),
            count: collection.count(),
            records: {
                let records = collection.records().iter().take(MOST_RECORDS);
                records.map(|record| database::write(record, NumberForm::Plain)).collect()
            },
        });
        let collections = collections.collect();
        let (token_whitelist, token_version) = (found.settings.whitelist.clone(), found.settings.version);
        Some(EnvironmentContents {
            environment,
            functions,
            collections,
            files,
            site,
            token_open,
            token_whitelist,
            token_version,
        })
    }
}

impl EnvironmentState {
    fn of(environment: &Environment, owner: &str, status: &'static str) -> Self {
        Self {
            id: environment.id.clone(),
            alias: environment.alias.clone(),
            owner: owner.to_owned(),
            status,
            created: environment.created,
            functions: environment.functions.count(),
            collections: environment.database.collections().count(),
            shared_with: environment.shared_with.iter().cloned().collect(),
        }
    }
}
