use std::fmt;

/// Why a callback could not be read, or an answer could not be made.
///
/// It is the same for every request that is refused, whatever was wrong with it: a sender that
/// could tell a bad padding from a bad appid could read messages that are not meant for it. Only a
/// `tracing` event of level warn has the reason.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackError {
    kind: CallbackErrorKind,
}

/// What went wrong, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallbackErrorKind {
    /// The request is not a genuine, complete push for this platform. Answer it with a failure that
    /// is the same for all of them, and store nothing. When genuine pushes are refused, compare
    /// appid, token and key with the console, check this machine's clock, and read the reason in
    /// this crate's warnings.
    Refused,
    /// The text is not an `EncodingAESKey`: 43 characters of a-z, A-Z and 0-9. Copy it from the
    /// console again.
    InvalidKey,
    /// The operating system gave no random bytes. Try again later; nothing is sent without them.
    NoRandomness,
    /// The message to send has 4 GiB or more. Send a shorter one.
    TooLong,
}

impl CallbackError {
    pub(crate) const INVALID_KEY: Self = Self { kind: CallbackErrorKind::InvalidKey };
    pub(crate) const NO_RANDOMNESS: Self = Self { kind: CallbackErrorKind::NoRandomness };
    pub(crate) const TOO_LONG: Self = Self { kind: CallbackErrorKind::TooLong };

    /// What went wrong.
    pub fn kind(&self) -> CallbackErrorKind {
        self.kind
    }
}

impl fmt::Debug for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallbackError").field(&self.kind).finish()
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CallbackErrorKind::Refused => "the callback is refused",
            CallbackErrorKind::InvalidKey => "an EncodingAESKey has 43 characters of a-z, A-Z and 0-9",
            CallbackErrorKind::NoRandomness => "the operating system gave no random bytes",
            CallbackErrorKind::TooLong => "the message is too long to be encrypted",
        })
    }
}

impl std::error::Error for CallbackError {}

/// Why a request is refused. Stays inside the crate: it becomes a warning and then the one public
/// refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    #[cfg(feature = "events")]
    Size,
    #[cfg(feature = "events")]
    Query(&'static str),
    #[cfg(feature = "events")]
    Envelope(XmlError),
    #[cfg(feature = "events")]
    Signature,
    #[cfg(feature = "events")]
    Window,
    Base64,
    CiphertextLength,
    Padding,
    MessageLength,
    AppId,
    MessageText,
    #[cfg(feature = "events")]
    Message(XmlError),
}

impl From<Refusal> for CallbackError {
    fn from(reason: Refusal) -> Self {
        tracing::warn!(?reason, "callback refused");
        Self { kind: CallbackErrorKind::Refused }
    }
}

/// Why a text is not read as XML.
#[cfg(feature = "events")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlError {
    Length,
    Encoding,
    Syntax,
    Doctype,
    Entity,
    Unexpected,
    Tag,
    Depth,
    Duplicate,
    Root,
    MissingField,
}
