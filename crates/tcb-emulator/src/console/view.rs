//! What a page is made of, and what may be wrong with a visit.

use http::StatusCode;
use maud::Markup;
use tcb_lang::{Lang, say};

use crate::{EmulatorError, EmulatorErrorKind};

/// A page without its frame.
pub(super) struct View {
    pub(super) title: String,
    pub(super) body: Markup,
}

impl View {
    pub(super) fn new(title: String, body: Markup) -> Self {
        Self { title, body }
    }
}

pub(super) type Shown = Result<View, Trouble>;

/// Where to go after a form.
pub(super) type Acted = Result<String, Trouble>;

/// Why there is no page, or a form did nothing.
pub(super) enum Trouble {
    NoPage,
    /// The form does not come from a page of this console.
    Forged,
    /// A field is not filled in as it has to be.
    Field(&'static str),
    Refused(EmulatorError),
}

impl From<EmulatorError> for Trouble {
    fn from(error: EmulatorError) -> Self {
        Self::Refused(error)
    }
}

impl Trouble {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoPage => StatusCode::NOT_FOUND,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::Field(_) => StatusCode::BAD_REQUEST,
            Self::Refused(error) => match error.kind() {
                EmulatorErrorKind::UnknownComponent
                | EmulatorErrorKind::UnknownMerchant
                | EmulatorErrorKind::UnknownPrompt
                | EmulatorErrorKind::UnknownEnvironment
                | EmulatorErrorKind::UnknownRequest
                | EmulatorErrorKind::UnknownSnapshot
                | EmulatorErrorKind::UnknownAssumption => StatusCode::NOT_FOUND,
                EmulatorErrorKind::NoCallback
                | EmulatorErrorKind::NotAuthorized
                | EmulatorErrorKind::ExclusiveSet
                | EmulatorErrorKind::PreAuthCode => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            },
        }
    }

    /// Errors of the library are in English alone.
    pub(super) fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoPage => say!(lang, "There is no such page.", "没有这个页面。"),
            Self::Forged => say!(
                lang,
                "The form is not from this start of the emulator. Load the page again.",
                "表单不是模拟器本次启动后产生的，请重新加载页面。"
            ),
            Self::Field(name) => {
                say!(lang, "The field {name} is missing or wrong.", "字段 {name} 缺失或有误。")
            }
            Self::Refused(error) => error.to_string(),
        }
    }
}
