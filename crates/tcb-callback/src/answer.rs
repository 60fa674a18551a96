use tcb_types::Scrubber;

use crate::error::{CallbackError, CallbackErrorKind};
use crate::sink::SinkError;

/// The HTTP answer to a callback.
///
/// | | status | type | body |
/// | --- | --- | --- | --- |
/// | recorded | 200 | `text/plain` | `success` |
/// | recorded, with a reply | 200 | `text/xml` | the encrypted reply |
/// | URL verified | 200 | `text/plain` | the `echostr` |
/// | refused, for whatever reason | 403 | `text/plain` | `refused` |
/// | not recorded: send it again | 500 | `text/plain` | `failure` |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl HttpAnswer {
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    pub(crate) fn xml(body: String) -> Self {
        Self { status: 200, content_type: "text/xml; charset=utf-8", body }
    }

    pub(crate) fn refused() -> Self {
        Self::text(403, "refused")
    }

    pub(crate) fn failed(error: &CallbackError) -> Self {
        match error.kind() {
            CallbackErrorKind::Refused => Self::refused(),
            _ => Self::not_recorded(&error.clone().into()),
        }
    }

    pub(crate) fn not_recorded(error: &SinkError) -> Self {
        let error = Scrubber::default().clean(&error.to_string());
        tracing::error!(error, "a callback was not taken in; WeChat is to send it again");
        Self::text(500, "failure")
    }
}
