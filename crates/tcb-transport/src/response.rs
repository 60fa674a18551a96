use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use crate::Body;

/// WeChat's longest period for a quota that ends by itself is a day.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// What came back over the wire: status, headers and body. Its `Debug` shows neither
/// headers nor body.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Response {
    /// An answer with this status and body.
    pub fn new(status: StatusCode, body: impl Into<Body>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// A 200 with a JSON body, for mocks. Anything that displays as JSON will do: a
    /// `serde_json::Value` or a string.
    ///
    /// ```
    /// # use tcb_transport::Response;
    /// let answer = Response::json(serde_json::json!({"errcode": 0, "errmsg": "ok"}));
    /// assert_eq!(answer.status(), 200);
    /// ```
    pub fn json(body: impl fmt::Display) -> Self {
        Self::new(StatusCode::OK, body.to_string())
    }

    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn of(head: http::response::Parts, body: Body) -> Self {
        Self { status: head.status, headers: head.headers, body }
    }

    /// HTTP status. WeChat answers 200 for most errors too; the `errcode` in the body counts.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The whole body; empty when it is a stream, which only an answer to a request that
    /// [asks for one](crate::Request::stream_answer) is.
    pub fn body(&self) -> &Bytes {
        self.body.bytes_or_none()
    }

    /// Returns the body, whether it is a stream or not.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// How long the server asks to wait (`Retry-After` in seconds; the form with a date is not
    /// read), a day at most: callers add it to clocks and wait for it, so a server must not be able
    /// to ask for any length of time.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
    }
}

/// For implementors of [`Transport`](crate::Transport) whose HTTP client returns such a response.
impl<B: Into<Body>> From<http::Response<B>> for Response {
    fn from(answer: http::Response<B>) -> Self {
        let (head, body) = answer.into_parts();
        Self { status: head.status, headers: head.headers, body: body.into() }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.length())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_ask_for_more_than_a_day() {
        for (asked, seconds) in
            [("7", Some(7)), ("86400", Some(86_400)), ("18446744073709551615", Some(86_400)), ("-1", None)]
        {
            let answer = http::Response::builder().header(header::RETRY_AFTER, asked).body("{}");
            let response = Response::from(answer.unwrap());
            assert_eq!(response.retry_after(), seconds.map(Duration::from_secs), "{asked}");
        }
    }
}
