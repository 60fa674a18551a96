//! What WeChat knows in the emulator's world: platforms, merchants, authorisations, tokens.

mod account;
pub(crate) mod authorization;
mod callbacks;
pub(crate) mod component;
mod environment;
pub(crate) mod migration;
mod open_account;
pub(crate) mod pay;
mod pressure_test;
mod pushes;
mod quota;
mod requests;
mod sms;
pub(crate) mod token;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tcb_callback::ReleaseAccount;
use tcb_types::{AuthorizerAppId, ComponentAppId, OpenAppId, RefreshToken};

pub(crate) use account::Account;
pub(crate) use authorization::CODE_LIFE;
use authorization::{Authorization, Code};
pub(crate) use component::Component;
pub(crate) use environment::{Environment, Environments, Function};
use migration::Migrations;
pub(crate) use open_account::{OpenAccount, OpenAccounts};
use pay::Relation;
pub(crate) use pressure_test::PressureTest;
use pushes::Pushes;
use quota::Quotas;
use requests::Requests;
pub(crate) use sms::Sms;
use token::{Change, Token};
pub(crate) use token::{Owner, Tokens};

use crate::assumption::{Assumptions, AuthorizerOverlap, EnvReadiness};
use crate::clock::EmulatedClock;
use crate::fault::rules::Rules;
use crate::prompt::{Prompt, Prompts};
use crate::push::Push;
use crate::record::{Counters, CustomerMessage, Finding};
use crate::script::Invocations;
use crate::seed::Seed;
use crate::storage::Storage;
use crate::time::UnixTime;
use crate::trace::Arrival;
use crate::transition::{Policy, Resource, Transition, Transitions};
use crate::{Credentials, EmulatorError, EmulatorErrorKind, Merchant, MerchantState, PromptId, PromptKind};

/// How long a replaced access token works on, unless a test says otherwise. Platform staff confirm
/// five minutes.
const OVERLAP: Duration = Duration::from_secs(300);

/// Permission sets that one platform alone can hold for an account: development, the open-platform
/// account of a public account and of a mini program, cloud development.
const EXCLUSIVE_SETS: [u32; 4] = [18, 24, 25, 49];

/// The whole state. It is only ever touched under one lock and never across an `await`.
#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) seed: Seed,
    /// Requests that have come so far.
    taken: u64,
    /// The id of the request that is being answered.
    #[serde(skip)]
    pub(crate) rid: String,
    /// The emulator's own, and no part of a snapshot.
    #[serde(skip, default = "EmulatedClock::nobodys")]
    clock: Arc<EmulatedClock>,
    /// How many states there were before this one. What was begun in one is no affair of another.
    #[serde(skip)]
    pub(crate) world: u64,
    /// Whether requests and answers are compared with the catalogue.
    pub(crate) validation: bool,
    /// Whether new platforms get a ticket every ten minutes.
    pub(crate) pushing: bool,
    /// How long a replaced access token works on.
    pub(crate) overlap: Duration,
    pub(crate) components: BTreeMap<String, Component>,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// By platform and account.
    #[serde(with = "crate::serial::pairs")]
    pub(crate) authorizations: BTreeMap<(String, String), Authorization>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) tokens: Tokens,
    pub(crate) storage: Storage,
    pub(crate) prompts: Prompts,
    pub(crate) open_accounts: OpenAccounts,
    /// Ids of environments that were made in the cloud's own console, and are nobody's here.
    pub(crate) foreign_environments: BTreeSet<String>,
    pub(crate) migrations: Migrations,
    pub(crate) invocations: Invocations,
    pub(crate) quotas: Quotas,
    pub(crate) requests: Requests,
    pub(crate) transitions: Transitions,
    pub(crate) assumptions: Assumptions,
    pub(crate) faults: Rules,
    pub(crate) counters: Counters,
    pub(crate) findings: Vec<Finding>,
    pub(crate) customer_messages: Vec<CustomerMessage>,
    pub(crate) pushes: Pushes,
}

impl State {
    pub(crate) fn new(seed: u64, clock: Arc<EmulatedClock>) -> Self {
        Self {
            seed: Seed::new(seed),
            taken: 0,
            rid: String::new(),
            clock,
            world: 0,
            validation: true,
            pushing: true,
            overlap: OVERLAP,
            components: BTreeMap::new(),
            accounts: BTreeMap::new(),
            authorizations: BTreeMap::new(),
            codes: BTreeMap::new(),
            tokens: Tokens::default(),
            storage: Storage::default(),
            prompts: Prompts::default(),
            open_accounts: OpenAccounts::new(),
            foreign_environments: BTreeSet::new(),
            migrations: Migrations::default(),
            invocations: Invocations::default(),
            quotas: Quotas::default(),
            requests: Requests::default(),
            transitions: Transitions::default(),
            assumptions: Assumptions::default(),
            faults: Rules::default(),
            counters: Counters::default(),
            findings: Vec::new(),
            customer_messages: Vec::new(),
            pushes: Pushes::default(),
        }
    }

    /// Puts another state in the place of this one, at the same place and under the same clock.
    pub(crate) fn replace(&mut self, other: Self) {
        let former = mem::replace(self, other);
        self.clock = former.clock;
        self.world = former.world + 1;
        self.storage = mem::take(&mut self.storage).moved_to(former.storage);
    }

    /// An empty state that begins as this one began.
    pub(crate) fn emptied(&self) -> Self {
        let empty = Self::new(self.seed.value(), Arc::clone(&self.clock));
        Self { validation: self.validation, pushing: self.pushing, ..empty }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Gives a request that has come its number and its id.
    pub(crate) fn arrive(&mut self) -> Arrival {
        self.taken += 1;
        Arrival { number: self.taken, rid: self.seed.rid(), time: self.now().seconds() }
    }

    /// When resources of this kind are usable.
    pub(crate) fn policy(&self, resource: Resource) -> Policy {
        let otherwise = match resource {
            Resource::Environment if self.assumptions.is(EnvReadiness::After3Polls) => {
                Transition::AfterPolls { polls: 3 }
            }
            _ => Transition::Immediate,
        };
        self.transitions.of(resource, otherwise)
    }

    pub(crate) fn component(&mut self, app_id: &str) -> Result<&mut Component, EmulatorError> {
        self.components.get_mut(app_id).ok_or_else(|| {
            EmulatorError::new(
                EmulatorErrorKind::UnknownComponent,
                format!("there is no platform {app_id:?}"),
            )
        })
    }

    pub(crate) fn add_component(&mut self) -> Credentials {
        let credentials = Credentials {
            app_id: self.seed.app_id().into(),
            secret: self.seed.app_secret().into(),
            callback_token: self.seed.callback_token().into(),
            encoding_aes_key: self.seed.encoding_aes_key().into(),
        };
        let mut component = Component::new(credentials.clone());
        component.pushing = self.pushing;
        self.components.insert(credentials.app_id.as_str().to_owned(), component);
        credentials
    }

    pub(crate) fn add_merchant(&mut self, merchant: Merchant) -> String {
        let app_id = self.seed.app_id();
        let (original_id, secret) = (self.seed.original_id(), self.seed.app_secret());
        self.accounts.insert(app_id.clone(), Account::new(merchant, original_id, secret));
        app_id
    }

    pub(crate) fn merchants(&self) -> Vec<MerchantState> {
        let mut authorized: HashMap<&str, Vec<ComponentAppId>> = HashMap::new();
        for ((component, authorizer), authorization) in &self.authorizations {
            if authorization.standing {
                authorized.entry(authorizer).or_default().push(component.as_str().into());
            }
        }
        let of = |(appid, account): (&String, &Account)| MerchantState {
            appid: appid.as_str().into(),
            merchant: account.merchant.clone(),
            opened: account.opened,
            open_appid: account.open_app_id.clone().map(OpenAppId::from),
            authorized: authorized.get(appid.as_str()).cloned().unwrap_or_default(),
        };
        self.accounts.iter().map(of).collect()
    }

    /// Adds merchants that have authorised the platform and whose codes are exchanged. There is
    /// nothing to push.
    pub(crate) fn seed_merchants(
        &mut self,
        component: &str,
        count: usize,
        permission_sets: &BTreeSet<u32>,
        opened: bool,
    ) -> Result<Vec<(AuthorizerAppId, RefreshToken)>, EmulatorError> {
        self.component(component)?;
        let now = self.now();
        let merchant = if opened { Merchant::new().consenting() } else { Merchant::new() };
        let seeded = (0..count).map(|_| {
            let app_id = self.add_merchant(merchant.clone());
            if let Some(account) = self.accounts.get_mut(&app_id) {
                account.opened = opened;
            }
            let refresh_token = self.seed.refresh_token();
            let mut authorization = Authorization::new(permission_sets.clone(), now);
            authorization.refresh_token = Some(refresh_token.clone());
            self.authorizations.insert((component.to_owned(), app_id.clone()), authorization);
            (app_id.into(), refresh_token.into())
        });
        Ok(seeded.collect())
    }

    /// The newest ticket; the first one, or one after twelve hours without a push, is made on the
    /// spot.
    pub(crate) fn ticket(&mut self, component: &str) -> Result<String, EmulatorError> {
        let now = self.now();
        if let Some(ticket) = self.component(component)?.fresh_ticket(now) {
            return Ok(ticket);
        }
        self.new_ticket(component)
    }

    pub(crate) fn new_ticket(&mut self, component: &str) -> Result<String, EmulatorError> {
        self.component(component)?;
        let (ticket, now) = (self.seed.ticket(), self.now());
        self.component(component)?.add_ticket(ticket.clone(), now);
        Ok(ticket)
    }

    /// A push with a new ticket, whether or not one is due.
    pub(crate) fn ticket_push(&mut self, component: &str) -> Result<Push, EmulatorError> {
        if self.component(component)?.callback.is_none() {
            return Err(EmulatorError::new(
                EmulatorErrorKind::NoCallback,
                format!("the platform {component} has no callback URL"),
            ));
        }
        let ticket = self.new_ticket(component)?;
        let now = self.now();
        self.component(component)?.push_done(now);
        Ok(Push::ticket(component, &ticket, now))
    }

    /// When the next thing happens by itself: a ticket is pushed, a delayed function is invoked, an
    /// import or export is carried out. What is due already does not count.
    pub(crate) fn next_event(&self) -> Option<UnixTime> {
        let now = self.now();
        let pushes = self.components.values().filter_map(Component::next_push);
        let migrations = self.migrations.next_due(self.policy(Resource::Migration));
        let later = pushes.chain(self.pushes.next_due()).chain(self.invocations.next_due());
        later.chain(migrations).filter(|due| *due > now).min()
    }

    /// How long it really is until the next push by itself, if there is one.
    pub(crate) fn next_push(&self) -> Option<Duration> {
        let now = self.now();
        let tickets = self.components.values().filter_map(Component::next_push);
        let next = tickets.chain(self.pushes.next_due()).min();
        next.and_then(|due| self.clock.real(due.since(now)))
    }

    /// The ticket pushes that are due, one for each platform however long ago the last one was.
    pub(crate) fn due_ticket_pushes(&mut self) -> Vec<Push> {
        let now = self.now();
        let is_due = |component: &Component| component.next_push().is_some_and(|due| due <= now);
        let due: Vec<String> = self
            .components
            .iter()
            .filter(|(_, component)| is_due(component))
            .map(|(id, _)| id.clone())
            .collect();
        due.iter().filter_map(|component| self.ticket_push(component).ok()).collect()
    }

    /// What was pushed, to be pushed again.
    pub(crate) fn push_again(&self, id: u64) -> Result<Push, EmulatorError> {
        let known = self.pushes.log().find(|delivery| delivery.id == id);
        known.map(Push::again).ok_or_else(|| {
            EmulatorError::new(EmulatorErrorKind::UnknownPush, format!("no push has the id {id}"))
        })
    }

    /// Makes an access token, which replaces the owner's former one.
    pub(crate) fn mint(&mut self, owner: Owner) -> String {
        let (value, now) = (self.seed.access_token(), self.now());
        self.counters.mint(owner.identity());
        let overlap = self.overlap_of(&owner);
        self.tokens.mint(value.clone(), owner, now, overlap, &self.rid);
        value
    }

    /// Whether a newer token has ended this one.
    pub(crate) fn is_replaced(&self, token: &Token) -> bool {
        let is_over = |replaced: &Change| self.now().since(replaced.at) >= self.overlap_of(&token.owner);
        token.replaced.as_ref().is_some_and(is_over)
    }

    /// How long the former token of this owner works on.
    fn overlap_of(&self, owner: &Owner) -> Duration {
        match owner {
            Owner::Account { .. } if self.assumptions.is(AuthorizerOverlap::AtOnce) => Duration::ZERO,
            _ => self.overlap,
        }
    }

    /// Has a merchant authorise a platform. With a callback URL there is an event to push, unless
    /// nothing changed.
    pub(crate) fn authorize(
        &mut self,
        component: &str,
        authorizer: &str,
        permission_sets: BTreeSet<u32>,
        pre_auth_code: Option<&str>,
    ) -> Result<(String, Option<Push>), EmulatorError> {
        self.account(authorizer)?;
        self.no_exclusive_set_is_taken(component, authorizer, &permission_sets)?;
        let now = self.now();
        let platform = self.component(component)?;
        let linked = platform.use_pre_auth_code(pre_auth_code, now);
        if pre_auth_code.is_some() && linked.is_none() {
            let message = "the pre-authorisation code is unknown, was used, or has run out";
            return Err(EmulatorError::new(EmulatorErrorKind::PreAuthCode, message));
        }
        let listens = platform.callback.is_some();

        let key = (component.to_owned(), authorizer.to_owned());
        let event = match self.authorizations.get(&key).filter(|known| known.standing) {
            None => Some("authorized"),
            Some(known) if known.permission_sets != permission_sets => Some("updateauthorized"),
            Some(_) => None,
        };
        self.authorizations.insert(key, Authorization::new(permission_sets, now));

        let code = self.new_code(component, authorizer);
        let pre_auth_code = linked.unwrap_or_else(|| self.seed.pre_auth_code());
        let push = event.filter(|_| listens).map(|event| {
            Push::authorized(event, component, authorizer, (&code, now.plus(CODE_LIFE)), &pre_auth_code, now)
        });
        Ok((code, push))
    }

    /// A code to exchange for the tokens of an account.
    pub(crate) fn new_code(&mut self, component: &str, authorizer: &str) -> String {
        let (code, made) = (self.seed.authorization_code(), self.now());
        let (component, authorizer) = (component.to_owned(), authorizer.to_owned());
        self.codes.insert(code.clone(), Code { component, authorizer, made, used: false });
        code
    }

    /// Adds a test account of the release check, if it is not there.
    pub(crate) fn add_release_account(&mut self, account: ReleaseAccount) {
        let secret = self.seed.app_secret();
        let new = || Account::new(Merchant::new(), account.user_name.to_owned(), secret);
        self.accounts.entry(account.app_id.to_owned()).or_insert_with(new);
    }

    /// Refuses an exclusive permission set that another platform holds for the account.
    fn no_exclusive_set_is_taken(
        &self,
        component: &str,
        authorizer: &str,
        permission_sets: &BTreeSet<u32>,
    ) -> Result<(), EmulatorError> {
        for other in self.components.keys().filter(|other| *other != component) {
            let authorization = self.authorizations.get(&(other.clone(), authorizer.to_owned()));
            let Some(authorization) = authorization.filter(|authorization| authorization.standing) else {
                continue;
            };
            let taken = EXCLUSIVE_SETS
                .iter()
                .find(|set| permission_sets.contains(set) && authorization.permission_sets.contains(set));
            if let Some(set) = taken {
                let message = format!("the platform {other} holds the permission set {set} of {authorizer}");
                return Err(EmulatorError::new(EmulatorErrorKind::ExclusiveSet, message));
            }
        }
        Ok(())
    }

    /// Has a merchant cancel; there is an event to push.
    pub(crate) fn unauthorize(&mut self, component: &str, authorizer: &str) -> Result<Push, EmulatorError> {
        self.component(component)?;
        self.account(authorizer)?;
        let now = self.now();
        let key = (component.to_owned(), authorizer.to_owned());
        let authorization = self.authorizations.get_mut(&key).filter(|known| known.standing);
        let authorization = authorization.ok_or_else(|| {
            let message = format!("{authorizer} has not authorised {component}");
            EmulatorError::new(EmulatorErrorKind::NotAuthorized, message)
        })?;
        authorization.standing = false;
        Ok(Push::unauthorized(component, authorizer, now))
    }

    /// Has an administrator do what a prompt asks.
    pub(crate) fn approve(&mut self, prompt: PromptId) -> Result<(), EmulatorError> {
        self.answer(prompt, Relation::Confirmed)
    }

    /// Has an administrator decline. What was asked can be asked again.
    pub(crate) fn deny(&mut self, prompt: PromptId) -> Result<(), EmulatorError> {
        self.answer(prompt, Relation::None)
    }

    fn answer(&mut self, prompt: PromptId, relation: Relation) -> Result<(), EmulatorError> {
        let Prompt { kind, appid, about, .. } = self.prompts.close(prompt)?;
        let agreed = relation == Relation::Confirmed;
        if kind == PromptKind::EnvShare {
            let mut all = self.components.values_mut().map(|component| &mut component.environments);
            if let Some(environment) = all.find_map(|environments| environments.get_mut(&about))
                && agreed
            {
                environment.shared_with.insert(appid.as_str().to_owned());
            }
            return Ok(());
        }
        let Some(account) = self.accounts.get_mut(appid.as_str()) else { return Ok(()) };
        match kind {
            PromptKind::PayBinding => account.pay.entry(about).or_default().binding = relation,
            PromptKind::PayPayments => account.pay.entry(about).or_default().payments = relation,
            PromptKind::PayRefunds => account.pay.entry(about).or_default().refunds = relation,
            _ => {
                account.merchant.consent |= agreed;
                account.merchant.phone |= agreed && kind == PromptKind::Phone;
            }
        }
        Ok(())
    }

    /// The environments of all owners.
    pub(crate) fn all_environments(&mut self) -> impl Iterator<Item = &mut Environments> {
        let of_accounts = self.accounts.values_mut().map(|account| &mut account.environments);
        of_accounts.chain(self.components.values_mut().map(|component| &mut component.environments))
    }

    pub(crate) fn account(&mut self, app_id: &str) -> Result<&mut Account, EmulatorError> {
        self.accounts.get_mut(app_id).ok_or_else(|| {
            EmulatorError::new(EmulatorErrorKind::UnknownMerchant, format!("there is no merchant {app_id:?}"))
        })
    }
}
