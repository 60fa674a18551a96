//! What goes wrong, in words that hold neither records nor passwords.

use std::fmt;
use std::io;

use redis::{ErrorKind, RedisError, ServerError};
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
    /// The key is on another node of the cluster, for good or for this one command.
    Elsewhere { address: String, is_for_once: bool },
    /// Too few replicas have confirmed a write.
    FewReplicas,
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
    /// Whether the connection broke or leads to a server that has become a replica, so that the
    /// command may be sent over another.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_)) || self.is_code("READONLY")
    }

    pub(crate) fn is_code(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refused) if refused == code)
    }

    /// Whether the next command needs another connection: also when what came over this one makes
    /// no sense.
    pub(crate) fn ends_the_connection(&self) -> bool {
        self.is_broken() || matches!(self, Self::Unexpected)
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::TimedOut | Self::FewReplicas => StoreErrorKind::TimedOut,
            Self::Broken(_) => StoreErrorKind::Unavailable,
            Self::Unexpected | Self::NoRecord => StoreErrorKind::Corrupt,
            #[cfg(feature = "tls")]
            // A certificate that is refused comes as invalid data; anything else is the wire.
            Self::Tls(error) if error.kind() != io::ErrorKind::InvalidData => StoreErrorKind::Unavailable,
            #[cfg(feature = "tls")]
            Self::Tls(_) => StoreErrorKind::Misconfigured,
            Self::Login | Self::Option(_) | Self::NoRuntime | Self::Elsewhere { .. } => {
                StoreErrorKind::Misconfigured
            }
            Self::Refused(code) => match code.as_str() {
                "WRONGTYPE" => StoreErrorKind::Corrupt,
                "NOAUTH" | "WRONGPASS" | "NOPERM" | "CROSSSLOT" => StoreErrorKind::Misconfigured,
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
                let errors = error.into_server_errors();
                errors
                    .as_deref()
                    .and_then(<[_]>::first)
                    .map_or_else(|| Self::Refused("ERR".to_owned()), |(_, error)| Self::of_server(error))
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

impl RedisFailure {
    fn of_server(error: &ServerError) -> Self {
        // "MOVED 3999 127.0.0.1:6381"
        let elsewhere = || error.details()?.split_ascii_whitespace().nth(1).map(ToOwned::to_owned);
        match (error.code(), elsewhere()) {
            (code @ ("MOVED" | "ASK"), Some(address)) => {
                Self::Elsewhere { address, is_for_once: code == "ASK" }
            }
            (code, _) => Self::Refused(code.to_owned()),
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
            Self::Elsewhere { .. } => f.write_str("redis is a cluster: name it by RedisOptions::cluster"),
            Self::FewReplicas => f.write_str("too few replicas of redis have confirmed the write"),
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
