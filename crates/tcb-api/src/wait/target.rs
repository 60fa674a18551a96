//! What can be waited for, and what a look at it shows.

use async_trait::async_trait;
use tcb_types::cloudbase_common::{
    EnvStatus, FunctionStatus, GetMigrationState, ListEnvs, ListFunctions, MigrationState, MigrationStatus,
};
use tcb_types::{EnvId, FunctionName, JobId, cloudbase_batch, cloudbase_common};

use crate::{Client, Error, Paged};

/// What a look showed.
#[derive(Debug)]
pub enum Seen<S> {
    /// It is as it should be.
    Ready(S),
    /// It may become so.
    NotYet(S),
    /// It will not become so by itself.
    Never(S),
    /// It is not there, or not yet: lists lag behind.
    Absent,
}

/// Something whose state changes by itself. The SDK has all that there are.
#[async_trait]
pub trait Target: Send + Sync + sealed::Sealed {
    /// What a look shows.
    type State: Send;

    #[doc(hidden)]
    const WHAT: &'static str;

    #[doc(hidden)]
    async fn look(&self, client: &Client) -> Result<Seen<Self::State>, Error>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! targets {
    ($($(#[$doc:meta])* $target:ident($($part:ty),+): $what:literal => $state:ty, |$this:ident, $client:ident| $look:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $target($(pub(super) $part),+);

        impl sealed::Sealed for $target {}

        #[async_trait]
        impl Target for $target {
            type State = $state;
            const WHAT: &'static str = $what;

            async fn look(&self, $client: &Client) -> Result<Seen<$state>, Error> {
                let $this = self;
                $look
            }
        }
    )+};
}

targets! {
    /// An environment of a mini program, until it is [`Normal`](EnvStatus::Normal).
    Env(EnvId): "the environment" => cloudbase_common::Env, |this, client| {
        let envs = client.send(ListEnvs::new().env(&this.0)).await?.envs;
        let env = envs.into_iter().find(|env| env.id == this.0);
        Ok(env.map_or(Seen::Absent, |env| env_seen(env, |env| env.status.as_ref())))
    };

    /// An environment of the platform, until it is [`Normal`](EnvStatus::Normal).
    BatchEnv(EnvId): "the environment" => cloudbase_batch::Env, |this, client| {
        let envs = client.send(cloudbase_batch::ListEnvs::new()).await?.envs;
        let env = envs.into_iter().find(|env| env.id == this.0);
        Ok(env.map_or(Seen::Absent, |env| env_seen(env, |env| env.status.as_ref())))
    };

    /// A function, until it is [`Active`](FunctionStatus::Active).
    Function(EnvId, FunctionName): "the function" => cloudbase_common::Function, |this, client| {
        let function = find(client, ListFunctions::new(&this.0), |it| it.name == this.1).await?;
        Ok(function.map_or(Seen::Absent, |it| function_seen(it, |it| it.status.as_ref())))
    };

    /// A function in an environment of the platform, until it is
    /// [`Active`](FunctionStatus::Active).
    BatchFunction(EnvId, FunctionName): "the function" => cloudbase_batch::Function, |this, client| {
        let list = cloudbase_batch::ListFunctions::new(&this.0).search(this.1.as_str());
        let function = find(client, list, |it| it.name == this.1).await?;
        Ok(function.map_or(Seen::Absent, |it| function_seen(it, |it| it.status.as_ref())))
    };

    /// An import or export, until it has succeeded.
    Migration(EnvId, JobId): "the import or export" => MigrationState, |this, client| {
        Ok(migration_seen(client.send(GetMigrationState::new(&this.0, this.1)).await?))
    };

    /// An import or export in an environment of the platform, until it has succeeded.
    BatchMigration(EnvId, JobId): "the import or export" => MigrationState, |this, client| {
        Ok(migration_seen(client.send(cloudbase_batch::GetMigrationState::new(&this.0, this.1)).await?))
    };
}

/// One that is halted comes back only when somebody pays or appeals.
fn env_seen<E>(env: E, status: fn(&E) -> Option<&EnvStatus>) -> Seen<E> {
    match status(&env) {
        Some(EnvStatus::Normal) => Seen::Ready(env),
        Some(EnvStatus::Halted) => Seen::Never(env),
        _ => Seen::NotYet(env),
    }
}

/// The documentation names one failure; the service under it has `UpdateFailed` and others alike.
fn function_seen<F>(function: F, status: fn(&F) -> Option<&FunctionStatus>) -> Seen<F> {
    match status(&function) {
        Some(FunctionStatus::Active) => Seen::Ready(function),
        Some(FunctionStatus::CreateFailed) => Seen::Never(function),
        Some(FunctionStatus::Other(text)) if text.ends_with("Failed") => Seen::Never(function),
        _ => Seen::NotYet(function),
    }
}

/// No page lists the states; the service under it says `fail`.
fn migration_seen(state: MigrationState) -> Seen<MigrationState> {
    match &state.status {
        MigrationStatus::Success => Seen::Ready(state),
        MigrationStatus::Other(text) if text.to_ascii_lowercase().starts_with("fail") => Seen::Never(state),
        _ => Seen::NotYet(state),
    }
}

async fn find<O: Paged>(
    client: &Client,
    list: O,
    is_meant: impl Fn(&O::Item) -> bool + Send,
) -> Result<Option<O::Item>, Error> {
    let mut items = client.stream(list);
    while let Some(item) = items.next().await {
        let item = item?;
        if is_meant(&item) {
            return Ok(Some(item));
        }
    }
    Ok(None)
}
