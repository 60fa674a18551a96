use std::error::Error;
use std::fmt;

type Source = Box<dyn Error + Send + Sync>;

/// A request that brought no complete answer back. It never holds the URL, because the URL holds
/// the token.
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Source>,
}

/// What went wrong on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the name was not found, the connection was refused or took too long, or the
    /// TLS handshake broke. Nothing was sent; try again.
    Connect,
    /// As many connections as there may be were busy until the time ran out. Nothing was sent; try
    /// again, make fewer calls at once, or allow more connections (`HttpOptions::max_connections`).
    AllBusy,
    /// The server's certificate is not valid. Nothing was sent; do not try again, check which
    /// server answered.
    Certificate,
    /// The proxy opens no tunnel: it wants other credentials (407), or forbids the way (403).
    /// Nothing was sent; do not try again, correct the proxy's address or its rules.
    Proxy,
    /// The request cannot be sent, or there is no runtime to send it. Nothing was sent; correct the
    /// caller.
    Invalid,
    /// The stream that the request's body comes from failed. The server has not got all of it;
    /// correct the source.
    Source,
    /// The stream that the request's body comes from had another length than was said. The server
    /// has not got all of it; correct the caller.
    Length,
    /// The connection broke after sending began and before the answer began, or what came is not
    /// HTTP. The call may have been executed.
    Interrupted,
    /// The time ran out after sending began. The call may have been executed.
    Timeout,
    /// The answer's body broke off. The call may have been executed.
    Truncated,
    /// The answer's body exceeds the size cap. The call may have been executed.
    TooLarge,
}

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The request was not sent, so the call was not executed.
    NotSent,
    /// The request may have been sent, and no answer began. The call may have been executed.
    MaybeSent,
    /// The answer began, but is incomplete or unreadable. The call may have been executed.
    AnswerBroken,
    /// The answer is complete.
    Answered,
}

impl TransportError {
    /// Makes an error of this kind. For implementors of [`Transport`](crate::Transport).
    pub fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. Its `Display` and `Debug` must not show a URL or a token: they end up in
    /// logs.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// How far the request got. When that is unknown, the answer is [`Phase::MaybeSent`].
    pub fn phase(&self) -> Phase {
        match self.kind {
            TransportErrorKind::Connect
            | TransportErrorKind::AllBusy
            | TransportErrorKind::Certificate
            | TransportErrorKind::Proxy
            | TransportErrorKind::Invalid => Phase::NotSent,
            TransportErrorKind::Source
            | TransportErrorKind::Length
            | TransportErrorKind::Interrupted
            | TransportErrorKind::Timeout => Phase::MaybeSent,
            TransportErrorKind::Truncated | TransportErrorKind::TooLarge => Phase::AnswerBroken,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection could be made",
            TransportErrorKind::AllBusy => "no connection got free in time",
            TransportErrorKind::Certificate => "the host's certificate is not valid",
            TransportErrorKind::Proxy => "the proxy refused",
            TransportErrorKind::Invalid => "the request cannot be sent",
            TransportErrorKind::Source => "the source of the body failed",
            TransportErrorKind::Length => "the body has another length than was said",
            TransportErrorKind::Interrupted => "the connection broke before an answer came",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::Truncated => "the answer broke off",
            TransportErrorKind::TooLarge => "the answer exceeds the size cap",
        })
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why a text is not a valid [`BaseUrl`](crate::BaseUrl) or [`LinkTarget`](crate::LinkTarget). It
/// never shows the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError {
    kind: UrlErrorKind,
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// Not an absolute URL.
    NotAUrl,
    /// Neither `https` nor `http`.
    Scheme,
    /// `http` to another machine.
    PlainHttp,
    /// A user name or password stands before the host.
    UserInfo,
    /// A query or a fragment stands behind the path.
    QueryOrFragment,
    /// The path has a `.` or `..` segment or holds a character that has to be escaped.
    Path,
}

impl UrlError {
    pub(crate) fn new(kind: UrlErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    pub fn kind(&self) -> UrlErrorKind {
        self.kind
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            UrlErrorKind::NotAUrl => "the URL is not an absolute URL",
            UrlErrorKind::Scheme => "the URL is neither https nor http",
            UrlErrorKind::PlainHttp => {
                "the URL uses http to another machine; only loopback may go without TLS"
            }
            UrlErrorKind::UserInfo => "the URL holds a user name or password",
            UrlErrorKind::QueryOrFragment => "the URL holds a query or a fragment",
            UrlErrorKind::Path => "the URL's path has a dot segment or a character that has to be escaped",
        })
    }
}

impl Error for UrlError {}
