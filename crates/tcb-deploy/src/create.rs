//! Creates, each of which is executed once.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_api::types::open_account::CreateOpenAccount;
use tcb_api::types::{Clock, EnvId, Reaction, cloudbase_batch, cloudbase_common};
use tcb_api::{Client, Error, ErrorKind, Probe, Settled};

use crate::clients::Clients;
use crate::desired::Mode;
use crate::error::{DeployError, DeployErrorKind};
use crate::notes::{Begun, Create, Noted, Notes};
use crate::observe::is_listed;

/// The notes, and the time that goes into them.
#[derive(Debug)]
pub(crate) struct Book<'a> {
    notes: &'a dyn Notes,
    clock: &'a Arc<dyn Clock>,
    pub(crate) noted: Noted,
}

impl<'a> Book<'a> {
    pub(crate) async fn open(notes: &'a dyn Notes, clock: &'a Arc<dyn Clock>) -> Result<Self, DeployError> {
        Ok(Self { notes, clock, noted: notes.read().await? })
    }

    /// Sends a create. It is noted before, and the note stays until the end of the plan: a list may
    /// lag behind the answer, and who looks after a crash must not take that for absence.
    pub(crate) async fn create<O: Probe>(
        &mut self,
        client: &Client,
        create: &Create,
        operation: &O,
    ) -> Result<O::Response, DeployError> {
        // Twice at most: once more when it is proven that the first did not land.
        for _ in 0..2 {
            self.begin(create).await?;
            let error = match client.send(operation).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.kind() != ErrorKind::Indeterminate {
                self.end(create).await?;
                return Err(error.into());
            }
            if let Some(answer) = self.settled(create, client.settle(operation, &error).await?).await? {
                return Ok(answer);
            }
        }
        Err(DeployError::new(DeployErrorKind::Unsettled(create.clone())))
    }

    /// Finds out what became of a create of an earlier run. In an environment that is gone there is
    /// nothing.
    pub(crate) async fn settle(&mut self, clients: &Clients, begun: &Begun) -> Result<(), DeployError> {
        let settled = self.look_for(clients, begun).await;
        let is_refused = |error: &DeployError| {
            error.call().and_then(Error::api).is_some_and(|api| api.reaction() == Reaction::FixCaller)
        };
        match (&settled, begun.create.place()) {
            (Err(error), Some((mode, env)))
                if is_refused(error) && !is_listed(clients, mode, env).await? =>
            {
                self.end(&begun.create).await
            }
            _ => settled,
        }
    }

    async fn look_for(&mut self, clients: &Clients, begun: &Begun) -> Result<(), DeployError> {
        let Begun { create, at } = begun;
        let at =
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(*at)).unwrap_or(SystemTime::UNIX_EPOCH);
        match create {
            Create::Env { alias, mode: Mode::Ordinary } => {
                let operation = cloudbase_common::CreateEnv::postpaid(alias);
                let landed = self.look(&clients.merchant, create, &operation, at).await?;
                self.keep(Mode::Ordinary, alias, landed.map(|env| env.id)).await
            }
            Create::Env { alias, mode } => {
                let operation = cloudbase_batch::CreateEnv::new(alias);
                let landed = self.look(clients.of(*mode)?, create, &operation, at).await?;
                self.keep(*mode, alias, landed.map(|env| env.id)).await
            }
            Create::Function { env, mode: Mode::Ordinary, name } => {
                let operation = cloudbase_common::CreateFunction::new(env, name);
                self.look(&clients.merchant, create, &operation, at).await.map(drop)
            }
            Create::Function { env, mode, name } => {
                // Looking needs no code.
                let operation = cloudbase_batch::CreateFunctionInEnvs::new(name, [env], Vec::new());
                self.look(clients.of(*mode)?, create, &operation, at).await.map(drop)
            }
            Create::Collection { env, mode: Mode::Ordinary, name } => {
                let operation = cloudbase_common::CreateCollection::new(env, name);
                self.look(&clients.merchant, create, &operation, at).await.map(drop)
            }
            Create::Collection { env, mode, name } => {
                let operation = cloudbase_batch::CreateCollection::new(env, name);
                self.look(clients.of(*mode)?, create, &operation, at).await.map(drop)
            }
            Create::OpenAccount => {
                self.look(&clients.merchant, create, &CreateOpenAccount::new(), at).await.map(drop)
            }
        }
    }

    async fn look<O: Probe>(
        &mut self,
        client: &Client,
        create: &Create,
        operation: &O,
        at: SystemTime,
    ) -> Result<Option<O::Response>, DeployError> {
        let settled = client.settle_since(operation, at).await?;
        self.settled(create, settled).await
    }

    /// Notes the id of an environment, by which it is found from now on.
    pub(crate) async fn keep(
        &mut self,
        mode: Mode,
        alias: &str,
        id: Option<EnvId>,
    ) -> Result<(), DeployError> {
        let Some(id) = id else { return Ok(()) };
        self.noted.envs.entry(mode).or_default().insert(alias.to_owned(), id);
        self.write().await
    }

    /// Takes the note away when it is known what became of a create, and returns its answer if it
    /// landed.
    async fn settled<T>(&mut self, create: &Create, settled: Settled<T>) -> Result<Option<T>, DeployError> {
        let kind = match settled {
            Settled::Landed(answer) => {
                self.end(create).await?;
                return Ok(Some(answer));
            }
            Settled::NotLanded => {
                self.end(create).await?;
                return Ok(None);
            }
            Settled::Several(count) => DeployErrorKind::Several(create.clone(), count),
            Settled::Unknown => DeployErrorKind::Unsettled(create.clone()),
        };
        Err(DeployError::new(kind))
    }

    async fn begin(&mut self, create: &Create) -> Result<(), DeployError> {
        let now = self.clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.noted.begun.retain(|begun| begun.create != *create);
        self.noted.begun.push(Begun { create: create.clone(), at: now });
        self.write().await
    }

    pub(crate) async fn end(&mut self, create: &Create) -> Result<(), DeployError> {
        self.noted.begun.retain(|begun| begun.create != *create);
        self.write().await
    }

    /// All that was begun has been answered and waited for.
    pub(crate) async fn end_all(&mut self) -> Result<(), DeployError> {
        if self.noted.begun.is_empty() {
            return Ok(());
        }
        self.noted.begun.clear();
        self.write().await
    }

    pub(crate) async fn write(&self) -> Result<(), DeployError> {
        Ok(self.notes.write(&self.noted).await?)
    }
}
