//! What goes wrong, in words that hold neither records nor passwords.

use std::fmt;
use std::io;

use redis::{ErrorKind, RedisError};
use tcb_auth::{StoreError, StoreErrorKind};

/// What went wrong. The messages of the server and of the library below are not passed on: some
/// repeat the arguments of a command, and so a password or a record.
#[derive(Debug)]
pub(crate) enum RedisFailure {
    /// No answer in time.
    TimedOut,
    /// The connection could not be made, or broke.
    Broken(io::ErrorKind),
    /// The server answered an error with this code.
    Refused(String),
    /// The server answered something else than was asked for.
    Unexpected,
    /// A record that cannot be read.
    NoRecord,
    /// User name or password are wrong.
    Login,
    /// TLS failed.
    #[cfg(feature = "tls")]
    Tls(io::Error),
    /// An option is wrong.
    Option(&'static str),
    /// There is no tokio runtime.
    NoRuntime,
}

impl RedisFailure {
    /// Whether the connection broke, so that the command may be sent over another.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }

    /// Whether the next command needs another connection: also when what came over this one makes
    /// no sense.
    pub(crate) fn ends_the_connection(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::Unexpected)
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::TimedOut => StoreErrorKind::TimedOut,
            Self::Broken(_) => StoreErrorKind::Unavailable,
            Self::Unexpected | Self::NoRecord => StoreErrorKind::Corrupt,
            #[cfg(feature = "tls")]
            // A certificate that is refused comes as invalid data; anything else is the wire.
            Self::Tls(error) if error.kind() != io::ErrorKind::InvalidData => StoreErrorKind::Unavailable,
            #[cfg(feature = "tls")]
            Self::Tls(_) => StoreErrorKind::Misconfigured,
            Self::Login | Self::Option(_) | Self::NoRuntime => StoreErrorKind::Misconfigured,
            Self::Refused(code) => match code.as_str() {
                "WRONGTYPE" => StoreErrorKind::Corrupt,
                "NOAUTH" | "WRONGPASS" | "NOPERM" | "MOVED" | "ASK" | "CROSSSLOT" => {
                    StoreErrorKind::Misconfigured
                }
                _ => StoreErrorKind::Unavailable,
            },
        }
    }
}

impl From<RedisError> for RedisFailure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Login,
            ErrorKind::Server(_) | ErrorKind::Extension => {
                Self::Refused(error.code().unwrap_or("ERR").to_owned())
            }
            ErrorKind::UnexpectedReturnType | ErrorKind::Parse => Self::Unexpected,
            _ => {
                let io =
                    std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
                Self::Broken(io.map_or(io::ErrorKind::Other, io::Error::kind))
            }
        }
    }
}

impl From<RedisFailure> for StoreError {
    fn from(failure: RedisFailure) -> Self {
        Self::new(failure.kind()).with_source(failure)
    }
}

impl fmt::Display for RedisFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("redis did not answer in time"),
            Self::Broken(kind) => write!(f, "the connection to redis failed: {kind}"),
            Self::Refused(code) => write!(f, "redis refused the command: {code}"),
            Self::Unexpected => f.write_str("redis answered something else than was asked for"),
            Self::NoRecord => f.write_str("what is stored is not a record"),
            Self::Login => f.write_str("redis refused user name and password"),
            #[cfg(feature = "tls")]
            Self::Tls(_) => f.write_str("no TLS connection to redis could be made"),
            Self::Option(what) => f.write_str(what),
            Self::NoRuntime => f.write_str("there is no tokio runtime"),
        }
    }
}

impl std::error::Error for RedisFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            #[cfg(feature = "tls")]
            Self::Tls(error) => Some(error),
            _ => None,
        }
    }
}
