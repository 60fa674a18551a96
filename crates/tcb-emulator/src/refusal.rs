//! What WeChat answers instead of carrying a call out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tcb_catalogue::Catalogue;

/// Which check refused a call. All calls pass them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Check {
    /// Whether it came with the operation's method.
    Method,
    /// Whether it carries a token that is good, and of a kind that the operation takes.
    Token,
    /// Whether the account has authorised the platform, with a permission set that suffices.
    Permission,
    /// Whether the body can be read.
    Body,
    /// Whether the body has the documented members, types and values.
    Members,
    /// Whether the body names the platform whose token it is.
    Platform,
    /// Whether calls of the day are left.
    Quota,
    /// What the operation itself looks at.
    Operation,
}

impl Check {
    /// The name in the trace: `method`, `token`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Token => "token",
            Self::Permission => "permission",
            Self::Body => "body",
            Self::Members => "members",
            Self::Platform => "platform",
            Self::Quota => "quota",
            Self::Operation => "operation",
        }
    }
}

/// An `errcode` other than 0, with its text.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    text: Option<Cow<'static, str>>,
    pub(crate) check: Check,
    /// More than the code says.
    pub(crate) why: Option<Cow<'static, str>>,
}

impl Refusal {
    /// A text of our own where the error table has none.
    pub(crate) fn saying(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// By a check that comes before the operation, and why: for the trace.
    pub(crate) fn by(mut self, check: Check, why: impl Into<Cow<'static, str>>) -> Self {
        self.check = check;
        self.why = Some(why.into());
        self
    }

    /// The text alone, as it stands beside one item of a list.
    pub(crate) fn text(&self) -> &str {
        let known = || Catalogue::get().error(self.code).and_then(|fact| fact.message.as_deref());
        self.text.as_deref().or_else(known).unwrap_or_default()
    }

    /// The refusal as WeChat words it, with the request id at the end.
    pub(crate) fn write(&self, rid: &str) -> Value {
        json!({"errcode": self.code, "errmsg": format!("{} rid: {rid}", self.text())})
    }
}

pub(crate) fn refusal(code: i64) -> Refusal {
    Refusal { code, text: None, check: Check::Operation, why: None }
}

pub(crate) fn refuse<T>(code: i64) -> Result<T, Refusal> {
    Err(refusal(code))
}
