//! One merchant, brought to its desired state.

use std::fmt;
use std::sync::Arc;

use tcb_api::types::cloudbase_batch::{
    self, CreateEnvShares, CreateFunctionInEnvs, CreateIndexes, DeleteIndexes, EnvFailure, EnvProduct,
    EnvShare, NewTrigger, SetCollectionPermission, UpdateFunctionCode, UpdateFunctionConfig, UpdateTriggers,
};
use tcb_api::types::cloudbase_common::{
    self, CloudCallConfig, CloudUser, EnvironmentConfig, EnvironmentVariable, FunctionPush, InvokeFunction,
    MessageRoute, NewIndex, SetCallbackConfig, SetFunctionConfig, UpdateIndexes,
};
use tcb_api::types::open_account::{BindOpenAccount, CreateOpenAccount};
use tcb_api::types::{
    AuthorizerAppId, Clock, CollectionName, EnvId, FunctionName, JsonText, Operation, Partial, SystemClock,
};
use tcb_api::wait::Wait;
use tcb_api::{Client, CreateCloudUser, Error, ErrorKind};

use crate::clients::Clients;
use crate::create::Book;
use crate::desired::{Desired, Mode, Route, TokenPolicy};
use crate::error::{DeployError, DeployErrorKind, Envs};
use crate::notes::{Create, MemoryNotes, Notes};
use crate::observe::{glance, observe};
use crate::observed::Observed;
use crate::pack::Package;
use crate::plan::{Plan, plan};
use crate::progress::{Event, Progress};
use crate::step::{Config, Indexes, Place, Step};

/// How often one plans, since each time an environment may have become ready that was not.
const ROUNDS: u32 = 3;

/// Brings one merchant to its desired state.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tcb_deploy::{Deployment, Desired, Env, Event, Function, Package};
///
/// # let (_emulator, shop, folder) = stage().await;
/// let code = Package::of_folder(&folder)?;
/// let hello = Function::new("hello", code).timeout(5).variable("MODE", "live");
/// let desired = Desired::new().env(Env::new("shop-prod").function(hello));
///
/// let deployment = Deployment::new(shop).progress(|event: &Event<'_>| {
///     if let Event::Begun { step, number, of, .. } = event {
///         println!("{number}/{of} {step}");
///     }
/// });
/// let envs = deployment.deploy(&desired).await?;
/// println!("{} answers {:?}", envs["shop-prod"], deployment.invoke(&desired.envs[0], "hello", "{}").await?);
/// assert!(deployment.plan(&desired).await?.is_empty());
/// # Ok(()) }
/// ```
///
/// A run reads what is there, plans, and does what is missing; one that finds nothing to do only
/// reads. It may be interrupted at any point and run again. So that it creates nothing twice after
/// a crash either, give it [notes](Self::notes) that outlast the process.
///
/// Nothing is taken away: what the desired state does not name stays.
#[derive(Clone)]
pub struct Deployment {
    clients: Clients,
    notes: Arc<dyn Notes>,
    progress: Arc<dyn Progress>,
    clock: Arc<dyn Clock>,
}

impl Deployment {
    /// A deployment for the merchant that this client acts for, with notes in memory.
    pub fn new(merchant: Client) -> Self {
        Self {
            clients: Clients { merchant, platform: None, app_id: None },
            notes: Arc::new(MemoryNotes::default()),
            progress: Arc::new(()),
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the platform's own client, for environments in batch mode.
    #[must_use]
    pub fn platform(mut self, platform: Client) -> Self {
        self.clients.platform = Some(platform);
        self
    }

    /// Sets the merchant's appid, which sharing an environment of the platform takes.
    #[must_use]
    pub fn app_id(mut self, app_id: impl Into<AuthorizerAppId>) -> Self {
        self.clients.app_id = Some(app_id.into());
        self
    }

    /// Sets where notes are kept.
    #[must_use]
    pub fn notes(self, notes: impl Notes + 'static) -> Self {
        Self { notes: Arc::new(notes), ..self }
    }

    /// Sets who is told what happens.
    #[must_use]
    pub fn progress(self, progress: impl Progress + 'static) -> Self {
        Self { progress: Arc::new(progress), ..self }
    }

    /// Sets another clock, for tests. It has to be the one of the clients.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Plans and applies the plan. Returns the environments by their aliases.
    ///
    /// # Errors
    ///
    /// A [`DeployError`]. What was done until then stays, and the next run goes on from there.
    pub async fn deploy(&self, desired: &Desired) -> Result<Envs, DeployError> {
        for _ in 0..ROUNDS {
            let plan = self.plan(desired).await?;
            let envs = self.apply(&plan).await?;
            if !plan.more {
                return Ok(envs);
            }
        }
        // An environment that can be used and cannot, in turn.
        Err(DeployError::new(DeployErrorKind::Wait))
    }

    /// Settles what an earlier run left open, reads what is there, and plans. It writes nothing at
    /// WeChat; reading initialises new environments in batch mode.
    ///
    /// # Errors
    ///
    /// A [`DeployError`], without a step.
    pub async fn plan(&self, desired: &Desired) -> Result<Plan, DeployError> {
        let mut book = Book::open(&*self.notes, &self.clock).await?;
        for begun in book.noted.begun.clone() {
            self.progress.event(&Event::Settling { create: &begun.create });
            book.settle(&self.clients, &begun).await?;
        }
        let observed = observe(&self.clients, desired, &book.noted).await?;
        Ok(plan(desired, &observed, &book.noted)?)
    }

    /// Reads what is there of what `desired` names.
    ///
    /// # Errors
    ///
    /// A [`DeployError`], without a step.
    pub async fn observe(&self, desired: &Desired) -> Result<Observed, DeployError> {
        observe(&self.clients, desired, &self.notes.read().await?).await
    }

    /// Returns whether, as far as lists show, there is nothing to do: each environment is there and
    /// can be used, with its functions and collections. That takes three calls for an environment,
    /// and two for each further one, where [`plan`](Self::plan) also reads the code and
    /// configuration of each function, policies, routes and the account. It writes nothing.
    ///
    /// `false` says that one has to plan: something is missing, something of an earlier run is not
    /// settled, or no environment is desired.
    ///
    /// # Errors
    ///
    /// A [`DeployError`], without a step.
    pub async fn glance(&self, desired: &Desired) -> Result<bool, DeployError> {
        let noted = self.notes.read().await?;
        let may_tell = noted.begun.is_empty() && !desired.envs.is_empty();
        Ok(may_tell && glance(&self.clients, desired, &noted).await?)
    }

    /// Does the steps of a plan in their order, and returns the environments by their aliases. A
    /// plan that is not new may do what is done already, and never creates what it did not find
    /// missing.
    ///
    /// # Errors
    ///
    /// A [`DeployError`] with the step that failed.
    pub async fn apply(&self, plan: &Plan) -> Result<Envs, DeployError> {
        let book = Book::open(&*self.notes, &self.clock).await?;
        let mut run = Run { clients: &self.clients, envs: plan.envs.clone(), book };
        let of = plan.steps.len();
        for (step, number) in plan.steps.iter().zip(1..) {
            self.progress.event(&Event::Begun { step, number, of });
            Box::pin(run.step(step)).await.map_err(|error| error.at(step))?;
            let written = step.written();
            if !written.is_empty() {
                run.book.noted.written.extend(written);
                run.book.write().await.map_err(|error| error.at(step))?;
            }
            self.progress.event(&Event::Done { step, number, of });
        }
        run.book.end_all().await?;
        Ok(run.envs)
    }

    /// Invokes a function with `event`, in JSON, and returns what it answers. It is sent once: a
    /// function may have run although the call failed.
    ///
    /// # Errors
    ///
    /// A [`DeployError`]; of kind [`NoEnv`](DeployErrorKind::NoEnv) when the environment has not
    /// been deployed.
    pub async fn invoke(
        &self,
        env: &crate::desired::Env,
        function: impl Into<FunctionName>,
        event: impl Into<JsonText>,
    ) -> Result<Option<JsonText>, DeployError> {
        let only = crate::desired::Env {
            id: env.id.clone(),
            mode: env.mode,
            ..crate::desired::Env::new(&env.alias)
        };
        let seen = self.observe(&Desired::new().env(only)).await?.envs.remove(&env.alias);
        let id = seen.into_iter().flatten().next().map(|env| env.id);
        let id = id.ok_or_else(|| DeployError::new(DeployErrorKind::NoEnv(env.alias.clone())))?;
        let invoke = InvokeFunction::new(id, function, event);
        let result = self.clients.of(env.mode)?.send(invoke).await?.result;
        self.progress.event(&Event::Invoked { result: result.as_ref() });
        Ok(result)
    }
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment")
            .field("clients", &self.clients)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// A plan on its way.
struct Run<'a> {
    clients: &'a Clients,
    envs: Envs,
    book: Book<'a>,
}

impl Run<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), DeployError> {
        match step {
            Step::OpenCloud => match self.clients.merchant.send(CreateCloudUser::new()).await {
                Ok(CloudUser::Opened) => Ok(()),
                Ok(waiting) => Err(DeployError::new(DeployErrorKind::Person(waiting))),
                Err(error) => Err(error.into()),
            },
            Step::CreateEnv(place) => self.create_env(place).await,
            Step::AwaitEnv(place) => self.await_env(place).await,
            Step::CreateFunction(place, name, package) => self.create_function(place, name, package).await,
            Step::UploadCode(place, name, package) => self.upload(place, name, package).await,
            Step::Configure(place, name, config) => self.configure(place, name, config).await,
            Step::AllowCalls(place, name, interfaces) => {
                let (client, env) = self.at(place)?;
                let config = CloudCallConfig::new(interfaces);
                whole(client, &SetFunctionConfig::for_cloud_calls(env, name, &config)).await?;
                Ok(())
            }
            Step::SetTimers(place, name, timers) => {
                let (client, env) = self.at(place)?;
                let timers = timers.iter().map(|(name, schedule)| NewTrigger::timer(name, schedule));
                parts(whole(client, &UpdateTriggers::new(name, [env], timers)).await?.envs)
            }
            Step::AwaitFunction(place, name) => self.await_function(place, name).await,
            Step::CreateCollection(place, name) => self.create_collection(place, name).await,
            Step::SetPermission(place, name, tag) => {
                let (client, env) = self.at(place)?;
                client.send(SetCollectionPermission::new(env, name, tag.clone())).await?;
                Ok(())
            }
            Step::SetIndexes(place, name, indexes) => self.set_indexes(place, name, indexes).await,
            Step::SetTokenPolicy(place, policy) => self.set_policy(place, policy).await,
            Step::ShareEnv(place, product) => self.share(place, *product).await,
            Step::SetRoutes(routes) => self.set_routes(routes).await,
            Step::CreateOpenAccount => {
                let client = &self.clients.merchant;
                // One that was bound meanwhile is as good.
                let _ = self.book.create(client, &Create::OpenAccount, &CreateOpenAccount::new()).await?;
                Ok(())
            }
            Step::BindOpenAccount(id) => {
                // Whether it was bound to another one the next look shows.
                let _ = self.clients.merchant.send(BindOpenAccount::new(id)).await?;
                Ok(())
            }
        }
    }

    /// The client and the id of an environment.
    fn at(&self, place: &Place) -> Result<(&Client, &EnvId), DeployError> {
        let none = || DeployError::new(DeployErrorKind::NoEnv(place.env.clone()));
        Ok((self.clients.of(place.mode)?, self.envs.get(&place.env).ok_or_else(none)?))
    }

    async fn create_env(&mut self, place: &Place) -> Result<(), DeployError> {
        let Place { env: alias, mode } = place;
        let client = self.clients.of(*mode)?;
        let create = Create::Env { alias: alias.clone(), mode: *mode };
        let id = match mode {
            Mode::Ordinary => {
                let operation = cloudbase_common::CreateEnv::postpaid(alias);
                self.book.create(client, &create, &operation).await?.id
            }
            Mode::Batch => {
                self.book.create(client, &create, &cloudbase_batch::CreateEnv::new(alias)).await?.id
            }
        };
        self.book.keep(*mode, alias, Some(id.clone())).await?;
        self.envs.insert(alias.clone(), id);
        Ok(())
    }

    async fn await_env(&self, place: &Place) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        match place.mode {
            Mode::Ordinary => client.wait(Wait::for_env(env)).await.map(|_| ())?,
            Mode::Batch => client.wait(Wait::for_batch_env(env)).await.map(|_| ())?,
        }
        Ok(())
    }

    async fn create_function(
        &mut self,
        place: &Place,
        name: &FunctionName,
        package: &Package,
    ) -> Result<(), DeployError> {
        let client = self.clients.of(place.mode)?;
        let env = self.at(place)?.1.clone();
        let create = Create::Function { env: env.clone(), mode: place.mode, name: name.clone() };
        match place.mode {
            Mode::Ordinary => {
                let operation = cloudbase_common::CreateFunction::new(env, name);
                self.book.create(client, &create, &operation).await?;
                Ok(())
            }
            Mode::Batch => {
                let operation = CreateFunctionInEnvs::new(name, [env], package.bytes());
                let created = parts(self.book.create(client, &create, &operation).await?.envs);
                if created.is_err() {
                    self.book.end(&create).await?;
                }
                created
            }
        }
    }

    async fn upload(&self, place: &Place, name: &FunctionName, package: &Package) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        match place.mode {
            Mode::Ordinary => Ok(client.env(env).functions().upload_code(name, package.bytes()).await?),
            Mode::Batch => {
                parts(whole(client, &UpdateFunctionCode::new(name, [env], package.bytes())).await?.envs)
            }
        }
    }

    async fn configure(
        &self,
        place: &Place,
        name: &FunctionName,
        config: &Config,
    ) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        let pairs = config.variables.iter().flatten();
        let variables = pairs.map(|(name, value)| EnvironmentVariable::new(name, value.clone()));
        match place.mode {
            Mode::Ordinary => {
                let mut wanted = EnvironmentConfig::new().variables(variables);
                wanted.timeout = config.timeout;
                whole(client, &SetFunctionConfig::for_environment(env, name, &wanted)).await?;
            }
            Mode::Batch => {
                let mut wanted = UpdateFunctionConfig::new(env, name);
                wanted.timeout = config.timeout;
                wanted.memory = config.memory;
                wanted.variables = config.variables.is_some().then(|| variables.collect());
                whole(client, &wanted).await?;
            }
        }
        Ok(())
    }

    async fn await_function(&self, place: &Place, name: &FunctionName) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        match place.mode {
            Mode::Ordinary => client.wait(Wait::for_function(env, name)).await.map(|_| ())?,
            Mode::Batch => client.wait(Wait::for_batch_function(env, name)).await.map(|_| ())?,
        }
        Ok(())
    }

    async fn create_collection(&mut self, place: &Place, name: &CollectionName) -> Result<(), DeployError> {
        let client = self.clients.of(place.mode)?;
        let env = self.at(place)?.1.clone();
        let create = Create::Collection { env: env.clone(), mode: place.mode, name: name.clone() };
        match place.mode {
            Mode::Ordinary => {
                let operation = cloudbase_common::CreateCollection::new(env, name);
                self.book.create(client, &create, &operation).await?;
            }
            Mode::Batch => {
                let operation = cloudbase_batch::CreateCollection::new(env, name);
                self.book.create(client, &create, &operation).await?;
            }
        }
        Ok(())
    }

    async fn set_indexes(
        &self,
        place: &Place,
        name: &CollectionName,
        indexes: &Indexes,
    ) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        let Indexes { create, replace } = indexes;
        let dropped = create.iter().filter(|_| *replace).map(|index| index.name.as_str());
        match place.mode {
            Mode::Ordinary => {
                let mut update = dropped.fold(UpdateIndexes::new(env, name), UpdateIndexes::drop);
                for index in create {
                    let new = NewIndex::new(&index.name, index.keys.iter().cloned());
                    update = update.create(if index.unique { new.unique() } else { new });
                }
                client.send(&update).await?;
            }
            Mode::Batch => {
                if *replace {
                    client.send(DeleteIndexes::new(env, name, dropped)).await?;
                }
                let new = |index: &crate::desired::Index| {
                    cloudbase_batch::NewIndex::new(&index.name, index.keys.iter().cloned())
                };
                client.send(CreateIndexes::new(env, name, create.iter().map(new))).await?;
            }
        }
        Ok(())
    }

    /// Reads the policy and writes it with the version that was read. Who comes between the two
    /// leaves a version that is refused, or has written what is wanted.
    async fn set_policy(&self, place: &Place, policy: &TokenPolicy) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        let known = client.env(env).token_policy();
        let prepare = || {
            known.prepare(|known| {
                known.open = policy.open.or(known.open);
                if let Some(allow) = &policy.allow {
                    known.api_whitelist.clone_from(allow);
                }
            })
        };
        let Some(set) = prepare().await? else { return Ok(()) };
        let Err(error) = client.send(&set).await else { return Ok(()) };
        match prepare().await? {
            Some(again) if again.version == set.version => return Err(error.into()),
            Some(again) => client.send(&again).await.map(drop)?,
            None => {}
        }
        Ok(())
    }

    /// Asks for the share, and for the link anew when it was asked for before.
    async fn share(&self, place: &Place, product: EnvProduct) -> Result<(), DeployError> {
        let (client, env) = self.at(place)?;
        let share = EnvShare::new(env, [self.clients.app_id()?]);
        let answer = whole(client, &CreateEnvShares::new([share], product)).await?;
        if let Some(failure) = answer.shares.failures().first() {
            let reason = failure.message.clone().unwrap_or_default();
            return Err(DeployError::new(DeployErrorKind::Part(reason)));
        }
        match answer.confirmations.into_iter().find_map(|confirmation| confirmation.url) {
            Some(link) => Err(DeployError::new(DeployErrorKind::Confirm(link))),
            None => Ok(()),
        }
    }

    async fn set_routes(&self, routes: &[Route]) -> Result<(), DeployError> {
        let mut resolved: Vec<MessageRoute> = Vec::new();
        for route in routes {
            let none = || DeployError::new(DeployErrorKind::NoEnv(route.env.clone()));
            resolved.push(route.resolve(&self.envs).ok_or_else(none)?);
        }
        let set = SetCallbackConfig::new().functions(FunctionPush::new(resolved));
        self.clients.merchant.send(set).await?;
        Ok(())
    }
}

/// Sends what writes something whole, once more when nobody knows whether it was executed.
async fn whole<O: Operation>(client: &Client, operation: &O) -> Result<O::Response, Error> {
    match client.send(operation).await {
        Err(error) if error.kind() == ErrorKind::Indeterminate => client.send(operation).await,
        sent => sent,
    }
}

/// The parts of a call that failed are failures of the step.
fn parts(envs: Partial<(), EnvFailure>) -> Result<(), DeployError> {
    let failed = envs.complete().err();
    let Some(failed) = failed.as_ref().and_then(|failed| failed.failures().first()) else { return Ok(()) };
    let reason = failed.message.clone().unwrap_or_else(|| "without a reason".to_owned());
    Err(DeployError::new(DeployErrorKind::Part(reason)))
}
