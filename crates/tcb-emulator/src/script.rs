//! Cloud functions as a test writes them: what each answers.

use serde::{Deserialize, Serialize};

use crate::time::UnixTime;

/// What a cloud function answers when it is invoked. The emulator runs no code: without a script, a
/// function that has some answers `{"emulated": name, "event": …}`.
///
/// ```
/// use tcb_emulator::Script;
///
/// let login = Script::answering("login", r#"{"openid": "o1"}"#);
/// let broken = Script::failing("pay", -504_002).in_env("shop-1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Script {
    /// The environment; all of them when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The name of the function.
    pub function: String,
    /// The text that it returns, which becomes `resp_data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The `errcode` that the call is refused with instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
}

impl Script {
    /// A function that returns this text, in all environments.
    pub fn answering(function: impl Into<String>, answer: impl Into<String>) -> Self {
        Self { env: None, function: function.into(), answer: Some(answer.into()), errcode: None }
    }

    /// A function whose invocation is refused with this `errcode`, in all environments.
    pub fn failing(function: impl Into<String>, errcode: i64) -> Self {
        Self { env: None, function: function.into(), answer: None, errcode: Some(errcode) }
    }

    /// Restricts the script to one environment.
    #[must_use]
    pub fn in_env(mut self, env: impl Into<String>) -> Self {
        self.env = Some(env.into());
        self
    }
}

/// An invocation of a cloud function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Invocation {
    /// The environment.
    pub env: String,
    /// The name of the function.
    pub function: String,
    /// The body that it was invoked with.
    pub event: String,
    /// When, in Unix seconds.
    pub time: u64,
    /// Whether addDelayedFunctionTask had ordered it.
    pub delayed: bool,
}

/// Scripts, what is to be invoked later, and what was invoked.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Invocations {
    pub(crate) scripts: Vec<Script>,
    delayed: Vec<(UnixTime, Invocation)>,
    pub(crate) past: Vec<Invocation>,
}

impl Invocations {
    /// The script of a function; one for its environment wins over one for all.
    pub(crate) fn script(&self, env: &str, function: &str) -> Option<&Script> {
        let named = |script: &&Script| script.function == function;
        let own = self.scripts.iter().filter(named).find(|script| script.env.as_deref() == Some(env));
        own.or_else(|| self.scripts.iter().filter(named).find(|script| script.env.is_none()))
    }

    pub(crate) fn delay(&mut self, due: UnixTime, invocation: Invocation) {
        self.delayed.push((due, invocation));
        self.delayed.sort_by_key(|(due, _)| *due);
    }

    /// When the next delayed invocation is due.
    pub(crate) fn next_due(&self) -> Option<UnixTime> {
        self.delayed.first().map(|(due, _)| *due)
    }

    /// Invokes what is due.
    pub(crate) fn run_due(&mut self, now: UnixTime) {
        let due = self.delayed.partition_point(|(due, _)| *due <= now);
        self.past.extend(self.delayed.drain(..due).map(|(_, invocation)| invocation));
    }
}
