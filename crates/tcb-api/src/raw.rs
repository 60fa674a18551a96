use std::fmt;

use serde::Serialize;
use tcb_transport::Request;
use tcb_types::{Class, EncodeError, Method, Secret, TokenKinds};

/// A call by path, for operations that the SDK has no type for. It is treated as one that creates
/// something, and so is never repeated when it may have run, unless you declare it
/// [`read`](Self::read) or [`idempotent`](Self::idempotent).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (_emulator, _platform, shop) = stage().await;
/// use tcb_api::RawCall;
///
/// let answer = shop.call_raw::<serde_json::Value>(RawCall::post("/tcb/getenvinfo").read()).await?;
/// assert!(answer.value["info_list"].is_array());
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct RawCall {
    pub(crate) path: String,
    pub(crate) class: Class,
    pub(crate) tokens: TokenKinds,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) secret_response: bool,
    method: Method,
    query: Vec<(String, String)>,
    body: Result<serde_json::Value, EncodeError>,
}

impl RawCall {
    /// A `POST` to `path` with the body `{}`.
    pub fn post(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            class: Class::NotRepeatable,
            tokens: TokenKinds::Either,
            secrets: Vec::new(),
            secret_response: false,
            method: Method::Post,
            query: Vec::new(),
            body: Ok(serde_json::Value::Object(serde_json::Map::new())),
        }
    }

    /// A `GET` of `path`, which only reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, ..Self::post(path).read() }
    }

    /// Sets the whole body.
    pub fn body(self, body: impl Serialize) -> Self {
        Self { body: serde_json::to_value(body).map_err(|_| EncodeError::json()), ..self }
    }

    /// Sets one member of the body.
    pub fn member(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        match (&mut self.body, serde_json::to_value(value)) {
            (Ok(serde_json::Value::Object(members)), Ok(value)) => {
                members.insert(name.into(), value);
            }
            (Err(_), _) => {}
            _ => self.body = Err(EncodeError::json()),
        }
        self
    }

    /// Adds a parameter of the URL.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Declares that the call only reads.
    pub fn read(self) -> Self {
        Self { class: Class::Read, ..self }
    }

    /// Declares that sending the call twice does what sending it once does.
    pub fn idempotent(self) -> Self {
        Self { class: Class::Idempotent, ..self }
    }

    /// Sets the kinds of token that the call takes; either by default.
    pub fn token(self, tokens: TokenKinds) -> Self {
        Self { tokens, ..self }
    }

    /// Names a secret that the call carries, in its body or its URL. It is removed from everything
    /// that the service says.
    ///
    /// ```
    /// use tcb_api::RawCall;
    /// use tcb_api::types::Secret;
    ///
    /// let app_secret = Secret::new("…");
    /// let call = RawCall::post("/cgi-bin/clear_quota/v2").member("appsecret", app_secret.expose()).secret(app_secret);
    /// ```
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Declares that the answer holds secrets, so that not even its first bytes show up in an
    /// error.
    pub fn secret_response(self) -> Self {
        Self { secret_response: true, ..self }
    }

    pub(crate) fn request(self) -> Result<Request, EncodeError> {
        let mut request = Request::raw(self.method, self.path.clone(), self.path);
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        Ok(match self.method {
            Method::Get => request,
            Method::Post | Method::Put => request.body(self.body?.to_string()),
        })
    }
}

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("class", &self.class)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}
