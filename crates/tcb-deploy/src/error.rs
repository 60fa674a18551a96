use std::error::Error as StdError;
use std::fmt;

use tcb_api::auth::AuthErrorKind;
use tcb_api::types::EnvId;
use tcb_api::types::cloudbase_common::CloudUser;
use tcb_api::wait::{WaitError, WaitErrorKind};
use tcb_api::{Error, ErrorKind};

use crate::notes::{Create, NotesError};
use crate::plan::PlanError;
use crate::step::Step;

/// A deployment that did not reach its end. Run it again when what the error says is mended: it
/// goes on where it was, and creates nothing twice.
#[derive(Debug)]
pub struct DeployError {
    kind: DeployErrorKind,
    step: Option<Box<Step>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kept a deployment from its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeployErrorKind {
    /// The merchant's administrator has to agree to cloud development first. Run it again after
    /// ten minutes, later after hours; no run asks twice in a day.
    Person(CloudUser),
    /// The merchant's administrator has to open this link and agree that the environment is shared.
    /// Hand it on, and run it again later.
    Confirm(String),
    /// The appid of the merchant is needed to share an environment, and the deployment was not told
    /// it.
    NoAppId,
    /// A create was sent, and nobody knows yet whether it was executed. Run it again after ten
    /// minutes.
    Unsettled(Create),
    /// Several things are what a create could have made. A person has to say which it is.
    Several(Create, usize),
    /// A person has to decide before anything is sent.
    Plan(PlanError),
    /// A call failed; [`DeployError::call`] says how.
    Call,
    /// WeChat refused a part of a call of batch mode, for this reason.
    Part(String),
    /// What was created cannot be used yet, and the time to wait for it is over.
    Wait,
    /// What was created has failed, or was halted, and will not become usable by itself. Look at it
    /// in WeChat's console.
    Failed,
    /// The notes could not be read or written. Nothing was sent after that.
    Notes,
    /// Something is to be in batch mode, and there is no client of the platform.
    NoPlatform,
    /// There is no environment of this alias.
    NoEnv(String),
}

impl DeployError {
    pub(crate) fn new(kind: DeployErrorKind) -> Self {
        Self { kind, step: None, source: None }
    }

    pub(crate) fn at(self, step: &Step) -> Self {
        Self { step: Some(Box::new(step.clone())), ..self }
    }

    /// What kept it.
    pub fn kind(&self) -> &DeployErrorKind {
        &self.kind
    }

    /// The step that failed, if one had begun.
    pub fn step(&self) -> Option<&Step> {
        self.step.as_deref()
    }

    /// How a call failed, also a look while waiting.
    pub fn call(&self) -> Option<&Error> {
        let mut source: Option<&(dyn StdError + 'static)> = self.source.as_deref().map(|it| it as _);
        while let Some(error) = source {
            if let Some(call) = error.downcast_ref() {
                return Some(call);
            }
            source = error.source();
        }
        None
    }

    /// Returns whether running it again later may help, without anybody's doing.
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            DeployErrorKind::Unsettled(_) | DeployErrorKind::Wait => true,
            DeployErrorKind::Call => self.call().is_some_and(is_retryable),
            _ => false,
        }
    }
}

/// Each step is harmless when it runs twice, a create too, for it is looked for first. Each run
/// asks for new links, and WeChat pushes a new ticket every ten minutes.
fn is_retryable(error: &Error) -> bool {
    use AuthErrorKind::{NoTicket, TicketRefused};
    let ticket = error.auth().filter(|auth| matches!(auth.kind(), NoTicket { .. } | TicketRefused));
    let is_again = matches!(error.kind(), ErrorKind::Indeterminate | ErrorKind::Storage);
    is_again || ticket.is_some() || error.is_retryable()
}

impl From<Error> for DeployError {
    fn from(error: Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(DeployErrorKind::Call) }
    }
}

impl From<PlanError> for DeployError {
    fn from(error: PlanError) -> Self {
        Self::new(DeployErrorKind::Plan(error))
    }
}

impl From<NotesError> for DeployError {
    fn from(error: NotesError) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(DeployErrorKind::Notes) }
    }
}

impl<S: Send + Sync + 'static> From<WaitError<S>> for DeployError {
    fn from(error: WaitError<S>) -> Self {
        let kind = match error.kind() {
            WaitErrorKind::Failed => DeployErrorKind::Failed,
            WaitErrorKind::Look => DeployErrorKind::Call,
            _ => DeployErrorKind::Wait,
        };
        Self { source: Some(Box::new(error)), ..Self::new(kind) }
    }
}

impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "{step}: ")?;
        }
        match &self.kind {
            DeployErrorKind::Person(_) => {
                f.write_str("the merchant's administrator has to agree in WeChat; then run it again")
            }
            DeployErrorKind::Confirm(link) => {
                write!(f, "the merchant's administrator has to open {link} and agree; then run it again")
            }
            DeployErrorKind::NoAppId => {
                f.write_str("sharing takes the appid of the merchant; give it to the deployment")
            }
            DeployErrorKind::Unsettled(create) => {
                write!(f, "{create} may have been created or not; run it again after ten minutes")
            }
            DeployErrorKind::Several(create, count) => {
                write!(f, "{count} things may be {create}; look which one is meant, and name it by its id")
            }
            DeployErrorKind::Plan(error) => error.fmt(f),
            DeployErrorKind::Call => f.write_str("a call failed"),
            DeployErrorKind::Part(reason) => write!(f, "WeChat refused it: {reason}"),
            DeployErrorKind::Wait => f.write_str("it cannot be used yet; run it again later"),
            DeployErrorKind::Failed => f.write_str(
                "it has failed, and will not become usable by itself; look at it in WeChat's console",
            ),
            DeployErrorKind::Notes => f.write_str("the notes of the deployment failed; mend that first"),
            DeployErrorKind::NoPlatform => f.write_str(
                "batch mode takes the platform's token; give the deployment a client of the platform",
            ),
            DeployErrorKind::NoEnv(alias) => write!(f, "there is no environment {alias}; plan again"),
        }
    }
}

impl StdError for DeployError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| &**error as &(dyn StdError + 'static))
    }
}

/// The environments that a deployment led to, by their aliases.
pub(crate) type Envs = std::collections::BTreeMap<String, EnvId>;
