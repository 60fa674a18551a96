//! What a test prepares, beyond platforms and merchants, and what it looks at.

use std::collections::BTreeMap;

use serde_json::Value;
use tcb_types::{AuthorizerAppId, ComponentAppId, EnvId, OpenAppId, Secret};

use crate::script::{Invocation, Script};
use crate::state::OpenAccount;
use crate::storage::Bucket;
use crate::transition::{Resource, Transition};
use crate::{Emulator, EmulatorError, EmulatorErrorKind, operations};

/// Cloud functions.
impl Emulator {
    /// Adds what a cloud function answers when it is invoked, in front of earlier scripts for it.
    /// Invoking one without a script is a finding: one with code answers its event, one without is
    /// refused with -504002.
    pub fn script(&self, script: Script) {
        self.core.state().invocations.scripts.insert(0, script);
    }

    /// Replaces all scripts by these; the first that fits is used.
    pub fn set_scripts(&self, scripts: impl IntoIterator<Item = Script>) {
        self.core.state().invocations.scripts = scripts.into_iter().collect();
    }

    /// The scripts.
    pub fn scripts(&self) -> Vec<Script> {
        self.core.state().invocations.scripts.clone()
    }

    /// All invocations so far, delayed ones whose time has come included.
    pub fn invocations(&self) -> Vec<Invocation> {
        let mut state = self.core.state();
        state.settle();
        state.invocations.past.clone()
    }
}

/// Environments.
impl Emulator {
    /// Makes an environment as if in the cloud's own console, for changeTcbEnv.
    pub fn add_console_environment(&self, env: impl Into<String>) {
        self.core.state().foreign_environments.insert(env.into());
    }

    /// Stops an environment, as for its bill or its contents, or lets it go on.
    ///
    /// # Errors
    /// [`UnknownEnvironment`](EmulatorErrorKind::UnknownEnvironment).
    pub fn halt_environment(&self, env: &EnvId, halted: bool) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        let environment = state.all_environments().find_map(|all| all.get_mut(env.as_str()));
        environment.ok_or_else(|| unknown_environment(env))?.halted = halted;
        Ok(())
    }

    /// Destroys an environment with all that is in it.
    ///
    /// # Errors
    /// [`UnknownEnvironment`](EmulatorErrorKind::UnknownEnvironment).
    pub fn destroy_environment(&self, env: &EnvId) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        if !state.all_environments().any(|all| all.remove(env.as_str())) {
            return Err(unknown_environment(env));
        }
        for bucket in [Bucket::files(env.as_str()), Bucket::site(env.as_str()), Bucket::code(env.as_str())] {
            state.storage.empty(&bucket);
        }
        Ok(())
    }

    /// Opens or closes cloud development in batch mode for a platform. It is open from the start.
    ///
    /// # Errors
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent).
    pub fn set_batch_mode(&self, component: &ComponentAppId, opened: bool) -> Result<(), EmulatorError> {
        self.core.state().component(component.as_str())?.opened = opened;
        Ok(())
    }
}

/// Accounts.
impl Emulator {
    /// Makes an open-platform account as if on the web site, where the API may not unbind anything
    /// and binds only when it is verified.
    pub fn add_open_account(&self, subject: impl Into<String>, verified: bool) -> OpenAppId {
        let mut state = self.core.state();
        let id = state.seed.app_id();
        let subject = subject.into();
        let made = OpenAccount { subject, by_api: false, verified, members: [].into() };
        state.open_accounts.insert(id.clone(), made);
        id.into()
    }

    /// Verifies an open-platform account, which then holds a hundred accounts and not five.
    ///
    /// # Errors
    /// [`UnknownOpenAccount`](EmulatorErrorKind::UnknownOpenAccount).
    pub fn verify_open_account(&self, id: &OpenAppId) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        let account = state.open_accounts.get_mut(id.as_str()).ok_or_else(|| {
            let message = format!("there is no open-platform account {id}");
            EmulatorError::new(EmulatorErrorKind::UnknownOpenAccount, message)
        })?;
        account.verified = true;
        Ok(())
    }

    /// The secret of a merchant's own account, which no platform is given.
    ///
    /// # Errors
    /// [`UnknownMerchant`](EmulatorErrorKind::UnknownMerchant).
    pub fn merchant_secret(&self, merchant: &AuthorizerAppId) -> Result<Secret, EmulatorError> {
        Ok(self.core.state().account(merchant.as_str())?.secret.clone().into())
    }

    /// Sets what is behind a cloudID of one of a mini program's users.
    ///
    /// # Errors
    /// [`UnknownMerchant`](EmulatorErrorKind::UnknownMerchant).
    pub fn set_open_data(
        &self,
        merchant: &AuthorizerAppId,
        cloud_id: impl Into<String>,
        data: Value,
    ) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        state.account(merchant.as_str())?.open_data.insert(cloud_id.into(), data);
        Ok(())
    }
}

/// Time and numbers.
impl Emulator {
    /// Sets when resources of a kind are usable; those that are under way follow.
    pub fn set_transition(&self, resource: Resource, transition: Transition) {
        self.core.state().transitions.choose(resource, transition);
    }

    /// Makes all resources of a kind usable that are under way now, unless theirs is
    /// [`Never`](Transition::Never).
    pub fn finish(&self, resource: Resource) {
        let mut state = self.core.state();
        let now = state.now();
        state.transitions.finish(resource, now);
        state.settle();
    }

    /// Sets how often an account may call a path on one day in Beijing; further calls are refused
    /// with 45009.
    ///
    /// # Errors
    /// [`UnknownPath`](EmulatorErrorKind::UnknownPath) for a path that no operation has.
    pub fn set_quota(&self, path: &str, limit: u64) -> Result<(), EmulatorError> {
        Self::check_path(path)?;
        self.core.state().quotas.set_limit(path, limit);
        Ok(())
    }

    /// The limits that were set, by path.
    pub fn quotas(&self) -> BTreeMap<String, u64> {
        self.core.state().quotas.limits().clone()
    }

    /// The transitions that were set.
    pub fn transitions(&self) -> BTreeMap<Resource, Transition> {
        self.core.state().transitions.chosen().clone()
    }

    pub(crate) fn check_path(path: &str) -> Result<(), EmulatorError> {
        if operations::at(path).is_some() {
            return Ok(());
        }
        Err(EmulatorError::new(EmulatorErrorKind::UnknownPath, format!("no operation has the path {path:?}")))
    }
}

fn unknown_environment(env: &EnvId) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::UnknownEnvironment, format!("there is no environment {env}"))
}
