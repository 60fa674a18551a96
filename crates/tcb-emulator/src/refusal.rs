//! What WeChat answers instead of carrying a call out.

use std::borrow::Cow;

use serde_json::{Value, json};
use tcb_catalogue::Catalogue;

use crate::seed::Seed;

/// An `errcode` other than 0, with its text.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    text: Option<Cow<'static, str>>,
}

impl Refusal {
    /// A text of our own where the error table has none.
    pub(crate) fn saying(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The text alone, as it stands beside one item of a list.
    pub(crate) fn text(&self) -> &str {
        let known = || Catalogue::get().error(self.code).and_then(|fact| fact.message.as_deref());
        self.text.as_deref().or_else(known).unwrap_or_default()
    }

    /// The refusal as WeChat words it, with a request id at the end; and that id.
    pub(crate) fn write(&self, seed: &mut Seed) -> (Value, String) {
        let rid = seed.rid();
        (json!({"errcode": self.code, "errmsg": format!("{} rid: {rid}", self.text())}), rid)
    }
}

pub(crate) fn refusal(code: i64) -> Refusal {
    Refusal { code, text: None }
}

pub(crate) fn refuse<T>(code: i64) -> Result<T, Refusal> {
    Err(refusal(code))
}
