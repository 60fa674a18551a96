use std::fmt;

use serde::{Deserialize, Serialize};
use tcb_types::AuthorizerAppId;

use crate::time::UnixTime;
use crate::{EmulatorError, EmulatorErrorKind};

/// Number of a [`Prompt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct PromptId(u64);

impl PromptId {
    /// The prompt with this number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Something that waits for a merchant's administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Prompt {
    /// Its number.
    pub id: PromptId,
    /// What is asked.
    pub kind: PromptKind,
    /// The merchant's appid.
    #[cfg_attr(test, schemars(with = "String"))]
    pub appid: AuthorizerAppId,
    /// When it was asked, in Unix seconds.
    pub created: u64,
    /// The environment or the WeChat Pay merchant that it is about; empty for cloud development
    /// itself.
    pub about: String,
}

/// What an administrator is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PromptKind {
    /// To agree to cloud development.
    CloudConsent,
    /// To bind a phone number and to agree to cloud development.
    Phone,
    /// To use an environment of the platform.
    EnvShare,
    /// To be bound to a WeChat Pay merchant.
    PayBinding,
    /// To let cloud functions take payments for that merchant.
    PayPayments,
    /// To let them pay money back.
    PayRefunds,
}

impl PromptKind {
    /// Whether both ask for cloud development.
    fn is_same_errand(self, other: Self) -> bool {
        let opens = |kind| matches!(kind, Self::CloudConsent | Self::Phone);
        self == other || (opens(self) && opens(other))
    }
}

/// A message that would have gone to a merchant's administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Message {
    /// The merchant's appid.
    #[cfg_attr(test, schemars(with = "String"))]
    pub appid: AuthorizerAppId,
    /// When it was sent, in Unix seconds.
    pub sent: u64,
    /// The prompt that it is about.
    pub prompt: PromptId,
    /// What it asks for.
    pub kind: PromptKind,
}

/// The waiting prompts and the messages that announced them.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Prompts {
    last: u64,
    pub(crate) waiting: Vec<Prompt>,
    pub(crate) messages: Vec<Message>,
}

impl Prompts {
    /// Asks, and takes back what the same merchant was asked before on the same errand.
    pub(crate) fn ask(&mut self, appid: &str, kind: PromptKind, about: &str, now: UnixTime) -> PromptId {
        self.last += 1;
        let (id, seconds) = (PromptId(self.last), now.seconds());
        let is_same = |prompt: &Prompt| {
            prompt.appid == *appid && prompt.kind.is_same_errand(kind) && prompt.about == about
        };
        self.waiting.retain(|prompt| !is_same(prompt));
        self.waiting.push(Prompt {
            id,
            kind,
            appid: appid.into(),
            created: seconds,
            about: about.to_owned(),
        });
        self.messages.push(Message { appid: appid.into(), sent: seconds, prompt: id, kind });
        id
    }

    /// Takes an answered prompt off the list.
    pub(crate) fn close(&mut self, id: PromptId) -> Result<Prompt, EmulatorError> {
        let at = self.waiting.iter().position(|prompt| prompt.id == id).ok_or_else(|| {
            EmulatorError::new(EmulatorErrorKind::UnknownPrompt, format!("no prompt {id} is waiting"))
        })?;
        Ok(self.waiting.remove(at))
    }
}
