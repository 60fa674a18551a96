use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tcb_types::{Method, OperationSpec};

use crate::{Body, LinkTarget, QueryToken, Targets};

/// A call on its way to the API host, or a request to a [link](Self::to_link) of the object
/// storage.
///
/// It is cheap to clone, and its `Debug` shows no token, query value or body.
#[derive(Clone)]
pub struct Request {
    operation: Cow<'static, str>,
    method: Method,
    target: Target,
    /// Seldom there, so boxed.
    headers: Option<Box<HeaderMap>>,
    body: Body,
    timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    stream_answer: bool,
    response_cap: AnswerCap,
}

/// How many bytes an answer may have, and who says so.
#[derive(Clone, Copy, Debug)]
enum AnswerCap {
    /// Nobody.
    Open,
    /// The operation's spec.
    Usual(usize),
    /// The caller.
    Set(usize),
}

/// Where a request goes. A link has no place for a token, so none can go there.
#[derive(Clone)]
enum Target {
    /// To the API host, which the transport knows.
    Api {
        path: Cow<'static, str>,
        query: Vec<(Cow<'static, str>, String)>,
        token: Option<QueryToken>,
        kept: Option<Targets>,
    },
    /// To wherever a link leads.
    Link(LinkTarget),
}

impl Request {
    /// Starts a request of the operation that `spec` describes.
    pub fn new(spec: &OperationSpec) -> Self {
        let response_cap = spec.response_cap.map_or(AnswerCap::Open, AnswerCap::Usual);
        Self { response_cap, ..Self::raw(spec.method, spec.path, spec.id) }
    }

    /// Starts a request to any path, for calls that have no [`OperationSpec`]. `operation` names it
    /// in spans and errors.
    pub fn raw(
        method: Method,
        path: impl Into<Cow<'static, str>>,
        operation: impl Into<Cow<'static, str>>,
    ) -> Self {
        let target = Target::Api { path: path.into(), query: Vec::new(), token: None, kept: None };
        Self::to(target, method, operation.into())
    }

    /// Starts a request to a pre-signed link, which needs no token and has no place for one.
    /// `operation` names it in spans and errors.
    ///
    /// ```
    /// use tcb_transport::{LinkTarget, Request};
    /// use tcb_types::{Method, Secret};
    ///
    /// let target = LinkTarget::new(Secret::new("https://cos.example/a.png?sign=abc"))?;
    /// let request = Request::to_link(Method::Get, target, "link.download").response_cap(64 * 1024 * 1024);
    /// assert_eq!(request.link().map(LinkTarget::host), Some("cos.example"));
    /// # Ok::<_, tcb_transport::UrlError>(())
    /// ```
    pub fn to_link(method: Method, target: LinkTarget, operation: impl Into<Cow<'static, str>>) -> Self {
        Self::to(Target::Link(target), method, operation.into())
    }

    fn to(target: Target, method: Method, operation: Cow<'static, str>) -> Self {
        Self {
            operation,
            method,
            target,
            headers: None,
            body: Body::default(),
            timeout: None,
            idle_timeout: None,
            stream_answer: false,
            response_cap: AnswerCap::Open,
        }
    }

    /// Adds a query parameter, which the backend escapes. It does nothing to a link, which is used
    /// as it is.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        if let Target::Api { query, .. } = &mut self.target {
            query.push((name.into(), value.into()));
        }
        self
    }

    /// Sets the access token. It does nothing to a request to a link, which has no place for one.
    #[must_use]
    pub fn token(mut self, token: QueryToken) -> Self {
        self.set_token(token);
        self
    }

    pub(crate) fn set_token(&mut self, new: QueryToken) {
        if let Target::Api { token, .. } = &mut self.target {
            *token = Some(new);
        }
    }

    /// Lets the backend keep where the call goes, for calls of the same path with the same token.
    /// It changes the request in place, for a request is moved often enough.
    #[inline]
    pub fn keep_target(&mut self, targets: &Targets) {
        if let Target::Api { kept, .. } = &mut self.target {
            *kept = Some(targets.clone());
        }
    }

    /// What keeps the target of such a request: a path of the program's own, and no query but the
    /// token.
    #[cfg(feature = "hyper")]
    pub(crate) fn kept_target(&self) -> Option<(&Targets, &'static str, &QueryToken)> {
        match &self.target {
            Target::Api { path: Cow::Borrowed(path), query, token: Some(token), kept: Some(kept) }
                if query.is_empty() =>
            {
                Some((kept, path, token))
            }
            _ => None,
        }
    }

    /// Sets a header, whose value is treated as a secret. Headers that frame a message or say where
    /// it goes (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`) are left to the
    /// backend and ignored here.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        const BACKENDS: [HeaderName; 4] =
            [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
        if !BACKENDS.contains(&name) {
            value.set_sensitive(true);
            self.headers.get_or_insert_default().insert(name, value);
        }
        self
    }

    /// Sets the body: bytes, or a [stream](Body::stream) of known length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Asks for the body of the answer as a stream, which no cap bounds. It is one when the status
    /// is a success; everything else is read under the cap, as it is without this.
    ///
    /// ```
    /// # use tcb_transport::{LinkTarget, Request, Transport};
    /// # async fn example(transport: &dyn Transport, target: LinkTarget) -> Result<(), tcb_transport::TransportError> {
    /// let request = Request::to_link(tcb_types::Method::Get, target, "link.download").stream_answer();
    /// let mut chunks = transport.send(request).await?.into_body().into_chunks();
    /// while let Some(chunk) = chunks.next().await {
    ///     println!("{} bytes", chunk?.len());
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn stream_answer(mut self) -> Self {
        self.stream_answer = true;
        self
    }

    /// Sets how long a request with a stream, in either direction, may go without a byte that
    /// moves, from the search for a connection on; 30 seconds if not set. It may take twice as long
    /// to notice. The whole exchange then has no time limit but [`timeout`](Self::timeout).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets the time that the whole exchange may take, in place of the backend's own.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.set_timeout(timeout);
        self
    }

    /// The same, in place.
    #[inline]
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    /// Sets how many bytes the answer's body may have, in place of the backend's own cap.
    #[must_use]
    pub fn response_cap(mut self, bytes: usize) -> Self {
        self.response_cap = AnswerCap::Set(bytes);
        self
    }

    /// Official name of the operation, for example `createFunction`; `link.upload` and
    /// `link.download` for links.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The link that the request goes to, when it does not go to the API host.
    pub fn link(&self) -> Option<&LinkTarget> {
        match &self.target {
            Target::Api { .. } => None,
            Target::Link(link) => Some(link),
        }
    }

    /// Path on the API host, without query; empty for a link.
    pub fn path(&self) -> &str {
        match &self.target {
            Target::Api { path, .. } => path,
            Target::Link(_) => "",
        }
    }

    /// The query parameters besides the token, unescaped; none for a link.
    pub fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        let query: &[_] = match &self.target {
            Target::Api { query, .. } => query,
            Target::Link(_) => &[],
        };
        query.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// The access token; a link never has one. Only a backend has a reason to
    /// [expose](tcb_types::AccessTokenValue::expose) its value.
    pub fn query_token(&self) -> Option<&QueryToken> {
        match &self.target {
            Target::Api { token, .. } => token.as_ref(),
            Target::Link(_) => None,
        }
    }

    /// The headers besides those that the backend sets. Their values are secrets.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.headers.as_deref()
    }

    /// The body, if it is in memory; empty for `GET` and for a stream.
    pub fn body_bytes(&self) -> &Bytes {
        self.body.bytes_or_none()
    }

    /// Returns the body, whether it is a stream or not.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The body, for one more attempt.
    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn share_body(&self) -> Body {
        self.body.clone()
    }

    /// How many bytes the body has, if that is known.
    pub fn body_length(&self) -> Option<u64> {
        self.body.length()
    }

    /// Returns whether it can be sent: its body is no stream that somebody has begun to read.
    pub fn is_sendable(&self) -> bool {
        !self.body.is_spent()
    }

    /// Returns whether the body is a stream, or that of the answer is to be one.
    pub fn streams(&self) -> bool {
        self.stream_answer || self.body.is_stream()
    }

    /// Returns whether the body of the answer is to be a stream.
    pub fn streams_answer(&self) -> bool {
        self.stream_answer
    }

    /// How long a request with a stream may go without a byte that moves, if the caller set it.
    pub fn own_idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// The time that the whole exchange may take, if the caller set one.
    pub fn own_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// How many bytes the answer's body may have, if the caller set a cap.
    pub fn own_response_cap(&self) -> Option<usize> {
        if let AnswerCap::Set(bytes) = self.response_cap { Some(bytes) } else { None }
    }

    /// How many bytes an answer of the operation may have when neither the request nor the
    /// backend's settings say so, if its [`OperationSpec`] names a figure.
    pub fn usual_response_cap(&self) -> Option<usize> {
        if let AnswerCap::Usual(bytes) = self.response_cap { Some(bytes) } else { None }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Request");
        shown.field("operation", &self.operation).field("method", &self.method);
        match &self.target {
            Target::Api { path, query, token, .. } => shown
                .field("path", path)
                .field("query", &query.iter().map(|(name, _)| name).collect::<Vec<_>>())
                .field("token", token),
            Target::Link(link) => shown.field("link", link),
        };
        shown
            .field("headers", &self.headers().into_iter().flat_map(HeaderMap::keys).collect::<Vec<_>>())
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("stream_answer", &self.stream_answer)
            .field("response_cap", &self.response_cap)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http::header;
    use std::sync::Arc;

    use tcb_types::{AccessTokenValue, Secret};

    use super::*;

    #[test]
    fn a_header_that_frames_the_message_stays_out() {
        let request = Request::raw(Method::Post, "/x", "x")
            .header(header::HOST, HeaderValue::from_static("evil.example"))
            .header(header::CONTENT_LENGTH, HeaderValue::from_static("2"))
            .header(header::ETAG, HeaderValue::from_static("e"));
        assert_eq!(request.headers().unwrap().keys().collect::<Vec<_>>(), [header::ETAG]);
    }

    #[test]
    fn a_token_cannot_travel_to_a_link() {
        let token = QueryToken::new("access_token", Arc::new(AccessTokenValue::new("canary")));
        let target = LinkTarget::new(Secret::new("https://cos.example/a?sign=canary")).unwrap();
        let request =
            Request::to_link(Method::Put, target, "link.upload").token(token).query("access_token", "canary");
        assert!(request.query_token().is_none() && request.query_pairs().next().is_none());
        assert_eq!(request.link().unwrap().expose(), "https://cos.example/a?sign=canary");
    }

    #[test]
    fn a_request_to_a_link_shows_its_host_alone() {
        let target = LinkTarget::new(Secret::new("https://cos.example/canary.png?sign=canary")).unwrap();
        let request = Request::to_link(Method::Put, target, "link.upload")
            .header(header::AUTHORIZATION, HeaderValue::from_static("canary"))
            .body("canary");
        let shown = format!("{request:?} {:?}", request.headers());
        assert!(!shown.contains("canary") && shown.contains("https://cos.example/.."), "{shown}");
    }
}
