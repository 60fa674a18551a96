use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

/// What came back over the wire: status, headers and the whole body. Its `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    /// An answer with this status and body.
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// What a connection brought.
    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn from_wire(head: http::response::Parts, body: Bytes) -> Self {
        Self { status: head.status, headers: head.headers, body }
    }

    /// A 200 with a JSON body, for mocks. Anything that displays as JSON will do: a `serde_json::Value` or a text.
    ///
    /// ```
    /// # use tcb_transport::Response;
    /// let answer = Response::json(serde_json::json!({"errcode": 0, "errmsg": "ok"}));
    /// assert_eq!(answer.status(), 200);
    /// ```
    pub fn json(body: impl fmt::Display) -> Self {
        Self::new(StatusCode::OK, body.to_string())
    }

    /// Replaces the headers.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// HTTP status. WeChat answers 200 for most errors too; the `errcode` in the body counts.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The whole body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How long the server asks to wait (`Retry-After` in seconds; the form with a date is not read).
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
