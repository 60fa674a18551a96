//! What goes wrong, in words that hold neither records nor passwords.

use std::borrow::Cow;
use std::fmt;
use std::io;

use tcb_auth::{StoreError, StoreErrorKind};

/// What went wrong. The messages of the server and of the library below are not passed on: some
/// repeat values of a statement, and so a record.
#[derive(Debug)]
pub(crate) enum PostgresFailure {
    /// No answer in time.
    TimedOut,
    /// The connection could not be made, or broke.
    Broken(io::ErrorKind),
    /// The server answered an error with this SQLSTATE.
    Refused(String),
    /// The server answered something else than was asked for.
    Unexpected,
    /// No TLS connection could be made.
    Tls,
    /// The tables are of a version that is later than the one we know.
    Newer { found: i32, known: i32 },
    /// An option is wrong.
    Option(&'static str),
    /// There is no tokio runtime.
    NoRuntime,
}

impl PostgresFailure {
    /// Whether the connection broke or leads to a server that stops or has become a standby, so
    /// that the statement may be sent over another.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Refused(code) => matches!(code.as_str(), "57P01" | "57P02" | "25006"),
            _ => false,
        }
    }

    /// Whether the connection can be used again.
    pub(crate) fn leaves_the_connection(&self) -> bool {
        matches!(self, Self::Refused(_)) && !self.is_broken()
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::TimedOut => StoreErrorKind::TimedOut,
            Self::Broken(_) => StoreErrorKind::Unavailable,
            Self::Unexpected => StoreErrorKind::Corrupt,
            Self::Tls | Self::Newer { .. } | Self::Option(_) | Self::NoRuntime => {
                StoreErrorKind::Misconfigured
            }
            Self::Refused(code) => match code.as_str() {
                // A statement that took too long.
                "57014" => StoreErrorKind::TimedOut,
                "XX001" | "XX002" => StoreErrorKind::Corrupt,
                // User or password; database; schema; rights, tables and columns.
                _ if ["28", "3D", "3F", "42"].iter().any(|class| code.starts_with(class)) => {
                    StoreErrorKind::Misconfigured
                }
                _ => StoreErrorKind::Unavailable,
            },
        }
    }
}

impl From<sqlx::Error> for PostgresFailure {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // A certificate that is refused comes as invalid data; anything else is the wire.
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Tls,
            sqlx::Error::Io(error) => Self::Broken(error.kind()),
            sqlx::Error::Database(error) => {
                Self::Refused(error.code().map_or_else(|| "XX000".to_owned(), Cow::into_owned))
            }
            sqlx::Error::Tls(_) => Self::Tls,
            sqlx::Error::Configuration(_) => Self::Option("an option of PostgreSQL is wrong"),
            _ => Self::Unexpected,
        }
    }
}

impl From<PostgresFailure> for StoreError {
    fn from(failure: PostgresFailure) -> Self {
        Self::new(failure.kind()).with_source(failure)
    }
}

impl fmt::Display for PostgresFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("PostgreSQL did not answer in time"),
            Self::Broken(kind) => write!(f, "the connection to PostgreSQL failed: {kind}"),
            Self::Refused(code) => write!(f, "PostgreSQL refused the statement: {code}"),
            Self::Unexpected => f.write_str("PostgreSQL answered something else than was asked for"),
            Self::Tls => f.write_str("no TLS connection to PostgreSQL could be made"),
            Self::Newer { found, known } => {
                write!(f, "the tables are of version {found}, and this program knows {known}")
            }
            Self::Option(what) => f.write_str(what),
            Self::NoRuntime => f.write_str("there is no tokio runtime"),
        }
    }
}

impl std::error::Error for PostgresFailure {}
