use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{EnvId, ErrCode, Secret};

/// A call of WeChat's API: its request, the type of its answer, and the documented facts about it.
///
/// Every operation in the SDK implements this trait. Implement it for an operation that the SDK
/// does not have yet:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tcb_types::{Operation, OperationSpec, TokenKinds};
///
/// #[derive(Serialize)]
/// struct ListTemplateDrafts {}
///
/// #[derive(Deserialize)]
/// struct TemplateDrafts {
///     draft_list: Vec<serde_json::Value>,
/// }
///
/// impl Operation for ListTemplateDrafts {
///     type Response = TemplateDrafts;
///     const SPEC: OperationSpec =
///         OperationSpec::get("getTemplatedRaftList", "/wxa/gettemplatedraftlist")
///             .token(TokenKinds::Component)
///             .required_in_response(&["draft_list"]);
/// }
/// ```
pub trait Operation: Serialize + Send + Sync {
    /// What a successful call answers, without `errcode` and `errmsg`.
    type Response: DeserializeOwned + Send + 'static;

    /// What the documentation says of the call.
    const SPEC: OperationSpec;

    /// Returns the URL parameters, without the token.
    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        Vec::new()
    }

    /// Returns the request body as UTF-8 JSON. It is `{}` when there is nothing to send, because
    /// the service refuses an empty body with 44002.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Limit`] when a field breaks a documented limit, [`EncodeErrorKind::Json`]
    /// when the request cannot be written as JSON.
    fn body(&self) -> Result<Vec<u8>, EncodeError> {
        self.validate()?;
        if matches!(Self::SPEC.method, Method::Get) {
            return Ok(Vec::new());
        }
        let mut body = Vec::with_capacity(256);
        serde_json::to_writer(&mut body, self).map_err(|_| EncodeError::json())?;
        Ok(body)
    }

    /// Checks the limits that the service documents, and only those.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Limit`], naming field and rule.
    fn validate(&self) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Returns the answer that a code other than 0 stands for; `None` when the code is a failure.
    fn outcome(_code: ErrCode, _message: &str) -> Option<Self::Response> {
        None
    }

    /// Returns the secrets in the request, which are removed from whatever the server says.
    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }

    /// Returns the cloud environment that the call is about, for tracing spans.
    fn environment(&self) -> Option<&EnvId> {
        None
    }
}

impl<O: Operation> Operation for &O {
    type Response = O::Response;
    const SPEC: OperationSpec = O::SPEC;

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        O::query(self)
    }

    fn body(&self) -> Result<Vec<u8>, EncodeError> {
        O::body(self)
    }

    fn validate(&self) -> Result<(), EncodeError> {
        O::validate(self)
    }

    fn outcome(code: ErrCode, message: &str) -> Option<Self::Response> {
        O::outcome(code, message)
    }

    fn secrets(&self) -> Vec<&Secret> {
        O::secrets(self)
    }

    fn environment(&self) -> Option<&EnvId> {
        O::environment(self)
    }
}

/// The documented facts about an operation that a client needs to call it.
///
/// ```
/// use tcb_types::{Class, OperationSpec, TokenKinds};
///
/// const SPEC: OperationSpec =
///     OperationSpec::post("getPreAuthCode", "/cgi-bin/component/api_create_preauthcode")
///         .token(TokenKinds::Component);
/// assert_eq!(SPEC.class, Class::NotRepeatable, "what is not known to be harmless is not repeated");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationSpec {
    /// Official name, spelled as in the documentation, misprints included.
    pub id: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path on the API host.
    pub path: &'static str,
    /// Kinds of token that the call accepts.
    pub tokens: TokenKinds,
    /// [Permission sets](crate::permission), any one of which lets a platform make the call for an
    /// account. Empty when none is documented.
    pub permission_sets: &'static [u32],
    /// What may happen when the call is sent twice.
    pub class: Class,
    /// Members that an answer must have to be of any use, as paths. All others may be absent.
    pub required_in_response: &'static [&'static str],
    /// Members that identify an answer without an `errcode`; one of them or of
    /// [`required_in_response`](Self::required_in_response) is enough. Empty when no such answer of
    /// this operation is documented: an answer without an `errcode` must then have all of the
    /// latter.
    pub without_errcode: &'static [&'static str],
    /// Whether the answer contains secrets, so that not even its first bytes may be shown.
    pub secret_response: bool,
    /// Largest answer body in bytes when the user sets no limit. `None` leaves it to the backend,
    /// which allows 1 MiB.
    pub response_cap: Option<usize>,
}

impl OperationSpec {
    /// Describes a `POST` with an authorizer token that must not be repeated.
    pub const fn post(id: &'static str, path: &'static str) -> Self {
        Self {
            id,
            method: Method::Post,
            path,
            tokens: TokenKinds::Authorizer,
            permission_sets: &[],
            class: Class::NotRepeatable,
            required_in_response: &[],
            without_errcode: &[],
            secret_response: false,
            response_cap: None,
        }
    }

    /// Describes a `GET` with an authorizer token, which only reads.
    pub const fn get(id: &'static str, path: &'static str) -> Self {
        let mut spec = Self::post(id, path).read();
        spec.method = Method::Get;
        spec
    }

    /// Sets the kinds of token that the call accepts.
    #[must_use]
    pub const fn token(mut self, tokens: TokenKinds) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets the permission sets, any one of which allows the call.
    #[must_use]
    pub const fn permission_sets(mut self, sets: &'static [u32]) -> Self {
        self.permission_sets = sets;
        self
    }

    /// Marks the call as one that only reads.
    #[must_use]
    pub const fn read(mut self) -> Self {
        self.class = Class::Read;
        self
    }

    /// Marks the call as idempotent: sending it twice does what sending it once does. State the
    /// reason beside it.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.class = Class::Idempotent;
        self
    }

    /// Sets the members that an answer must have, as paths in which lists leave no trace
    /// (`list.id`). Only the first 32 are checked.
    ///
    /// None of them may be an empty text. A list on the path may be empty, except in an answer
    /// without an `errcode`.
    #[must_use]
    pub const fn required_in_response(mut self, members: &'static [&'static str]) -> Self {
        self.required_in_response = members;
        self
    }

    /// Says that a documented answer comes without an `errcode`, and sets the members that tell it
    /// from other JSON, one of which is enough.
    #[must_use]
    pub const fn without_errcode(mut self, members: &'static [&'static str]) -> Self {
        self.without_errcode = members;
        self
    }

    /// Marks the answer as one that contains secrets.
    #[must_use]
    pub const fn secret_response(mut self) -> Self {
        self.secret_response = true;
        self
    }

    /// Sets the largest answer body in bytes when the user sets no limit, for an operation whose
    /// answers may exceed 1 MiB.
    #[must_use]
    pub const fn response_cap(mut self, bytes: usize) -> Self {
        self.response_cap = Some(bytes);
        self
    }
}

/// The cap of an answer that holds what a function returned or what a database query found.
///
/// A function that is waited for [returns 6 MB at
/// most](https://cloud.tencent.com/document/product/583/11637). The result is JSON text inside
/// JSON, where every quotation mark and every backslash takes two bytes, so 12 MB must fit. No page
/// names a limit for queries, which return up to 1000 records as text of the same kind.
#[cfg(feature = "operations")]
pub(crate) const LARGE_ANSWER: usize = 16 * 1024 * 1024;

/// HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, without a body.
    Get,
    /// `POST`, with a body that is never empty.
    Post,
    /// `PUT`, which no operation uses but some upload links require.
    Put,
}

impl Method {
    /// Returns the method as it stands in the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What may happen when a call is sent twice. This decides whether it is repeated after a failure
/// that leaves open whether it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The call changes nothing.
    Read,
    /// A second call changes nothing more.
    Idempotent,
    /// A second call may create a second resource, cost money or send a message. The call is never
    /// repeated when it may have run.
    NotRepeatable,
}

/// Kind of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The platform's own, `component_access_token`.
    Component,
    /// One that acts for an account, `authorizer_access_token`.
    Authorizer,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "component",
            Self::Authorizer => "authorizer",
        })
    }
}

/// Kinds of token that an operation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKinds {
    /// Only an authorizer's.
    Authorizer,
    /// Only the platform's.
    Component,
    /// Either: the authorizer's when acting for an account, the platform's in batch mode or when
    /// acting for itself.
    Either,
    /// None; the call carries no token.
    None,
}

impl TokenKinds {
    /// Returns whether a token of this kind may be sent. A token of unknown kind may: the service
    /// decides.
    pub const fn allow(self, kind: Option<TokenKind>) -> bool {
        match (self, kind) {
            (Self::None, _) => false,
            (Self::Either, _) | (_, None) => true,
            (Self::Authorizer, Some(kind)) => matches!(kind, TokenKind::Authorizer),
            (Self::Component, Some(kind)) => matches!(kind, TokenKind::Component),
        }
    }
}

impl fmt::Display for TokenKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorizer => "authorizer",
            Self::Component => "component",
            Self::Either => "authorizer or component",
            Self::None => "none",
        })
    }
}

/// The error of a request that cannot be sent as it is. Nothing has left the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    kind: EncodeErrorKind,
}

/// Why a request cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// A field breaks a limit that the service documents. Correct the field.
    Limit {
        /// Name of the field on the wire.
        field: &'static str,
        /// The rule, in words.
        rule: &'static str,
    },
    /// The request type did not serialise to JSON. Correct its `Serialize`.
    Json,
}

impl EncodeError {
    /// Creates the error of a `field` that breaks a `rule`.
    pub const fn limit(field: &'static str, rule: &'static str) -> Self {
        Self { kind: EncodeErrorKind::Limit { field, rule } }
    }

    /// Creates the error of a request that does not serialise to JSON.
    pub const fn json() -> Self {
        Self { kind: EncodeErrorKind::Json }
    }

    /// Returns why the request cannot be sent.
    pub const fn kind(&self) -> EncodeErrorKind {
        self.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            EncodeErrorKind::Limit { field, rule } => {
                write!(f, "request field `{field}` breaks the rule: {rule}")
            }
            EncodeErrorKind::Json => f.write_str("the request does not serialise to JSON"),
        }
    }
}

impl std::error::Error for EncodeError {}
