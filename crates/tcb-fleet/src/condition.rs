//! What is so of a merchant, and since when.

use std::fmt;

use serde::{Deserialize, Serialize};
use tcb_deploy::{Desired, Mode, Step};

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// The merchant's authorisation stands.
    Authorized,
    /// Cloud development is open.
    CloudOpened,
    /// The environments are there, can be used, and are shared.
    EnvReady,
    /// The functions have their code and configuration, and messages go to them.
    FunctionsReady,
    /// The collections and indexes are there.
    DataReady,
    /// The token policies are set.
    TokenPolicySet,
    /// The open-platform account is bound.
    AccountBound,
    /// All of these.
    Ready,
}

/// Whether it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// It is.
    True,
    /// It is not.
    False,
    /// Nobody knows.
    Unknown,
}

/// Whether something is so, why, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Condition {
    /// What it is about.
    pub kind: Kind,
    /// Whether it is so.
    pub state: State,
    /// Why, in a word of ours: `done`, `pending`, `waiting`, `retrying`, `unsettled`, `refused`,
    /// `not_authorized`.
    pub reason: String,
    /// Why, in words for people. They may hold a link for the merchant's administrator, and never
    /// a secret.
    pub message: String,
    /// Since when the state is this one, in Unix seconds.
    pub since: u64,
    /// WeChat's id of the request that failed.
    pub rid: Option<String>,
}

impl Condition {
    /// It is so, or will be.
    pub(crate) fn new(kind: Kind, state: State, reason: &str) -> Self {
        Self { kind, state, reason: reason.to_owned(), message: String::new(), since: 0, rid: None }
    }

    /// Dates conditions: those whose state is as before are as old as before.
    pub(crate) fn date(conditions: &mut [Self], before: &[Self], now: u64) {
        for condition in conditions {
            let old = before.iter().find(|old| old.kind == condition.kind && old.state == condition.state);
            condition.since = old.map_or(now, |old| old.since);
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Kind {
    /// The condition that a step leads to.
    pub(crate) fn of(step: &Step) -> Self {
        match step {
            Step::OpenCloud => Self::CloudOpened,
            Step::CreateEnv(_) | Step::AwaitEnv(_) | Step::ShareEnv(..) => Self::EnvReady,
            Step::CreateCollection(..) | Step::SetPermission(..) | Step::SetIndexes(..) => Self::DataReady,
            Step::SetTokenPolicy(..) => Self::TokenPolicySet,
            Step::CreateOpenAccount | Step::BindOpenAccount(_) => Self::AccountBound,
            // Functions, routes to them, and what may come.
            _ => Self::FunctionsReady,
        }
    }

    /// Whether it is about something in an environment, which cannot be seen before that is ready.
    pub(crate) fn is_inside(self) -> bool {
        matches!(self, Self::FunctionsReady | Self::DataReady | Self::TokenPolicySet)
    }

    /// The conditions that a desired state has, but for [`Authorized`](Self::Authorized) and
    /// [`Ready`](Self::Ready), which all have.
    pub(crate) fn wanted(desired: &Desired) -> Vec<Self> {
        let envs = &desired.envs;
        let has_routes = desired.routes.is_some();
        let wanted = [
            (Self::CloudOpened, has_routes || envs.iter().any(|env| env.mode == Mode::Ordinary)),
            (Self::EnvReady, !envs.is_empty()),
            (Self::FunctionsReady, has_routes || envs.iter().any(|env| !env.functions.is_empty())),
            (Self::DataReady, envs.iter().any(|env| !env.collections.is_empty())),
            (Self::TokenPolicySet, envs.iter().any(|env| env.token_policy.is_some())),
            (Self::AccountBound, desired.open_account.is_some()),
        ];
        wanted.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(kind, _)| kind).collect()
    }
}
