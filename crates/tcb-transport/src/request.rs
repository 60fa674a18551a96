use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tcb_types::{AccessTokenValue, Method, OperationSpec};

/// A call on its way to the API host: what to send, not where to.
///
/// It is cheap to clone, and its `Debug` shows neither token nor query values nor body.
#[derive(Clone)]
pub struct Request {
    operation: Cow<'static, str>,
    method: Method,
    path: Cow<'static, str>,
    query: Vec<(Cow<'static, str>, String)>,
    token: Option<QueryToken>,
    body: Bytes,
    timeout: Option<Duration>,
}

impl Request {
    /// A request of the operation that `spec` describes, with nothing in it yet.
    pub fn new(spec: &OperationSpec) -> Self {
        Self::raw(spec.method, spec.path, spec.id)
    }

    /// A request to any path, for calls that have no [`OperationSpec`]. `operation` names it in spans and errors.
    pub fn raw(
        method: Method,
        path: impl Into<Cow<'static, str>>,
        operation: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            operation: operation.into(),
            method,
            path: path.into(),
            query: Vec::new(),
            token: None,
            body: Bytes::new(),
            timeout: None,
        }
    }

    /// Adds a query parameter. The backend escapes it.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets the access token.
    #[must_use]
    pub fn with_token(mut self, token: QueryToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the time that the whole exchange may take, in place of the backend's own.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Official name of the operation, for example `createFunction`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Path on the API host, without query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Query parameters beside the token, unescaped.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// The access token. Only a backend has a reason to [expose](AccessTokenValue::expose) its value.
    pub fn token(&self) -> Option<&QueryToken> {
        self.token.as_ref()
    }

    /// The body; empty for `GET`.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Gives the body away without a copy.
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// Time that the whole exchange may take, if the caller set one.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("token", &self.token)
            .field("body_bytes", &self.body.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// An access token together with the query parameter that carries it. Cheap to clone.
#[derive(Clone)]
pub struct QueryToken {
    parameter: &'static str,
    value: Arc<AccessTokenValue>,
}

impl QueryToken {
    /// A token that travels as `parameter`, for example `access_token`.
    pub fn new(parameter: &'static str, value: Arc<AccessTokenValue>) -> Self {
        Self { parameter, value }
    }

    /// The same token in another query parameter.
    #[must_use]
    pub fn in_parameter(self, parameter: &'static str) -> Self {
        Self { parameter, ..self }
    }

    /// Name of the query parameter.
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// The token.
    pub fn value(&self) -> &AccessTokenValue {
        &self.value
    }
}

impl fmt::Debug for QueryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueryToken({}=..)", self.parameter)
    }
}
