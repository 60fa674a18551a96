use std::fmt;

/// Something about a server's settings, or the connection to it, that can lose or disclose refresh
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostgresWarning {
    /// This setting is off: what was written may be lost, or the database damaged, when the machine
    /// stops. Switch it on.
    NotDurable {
        /// The setting.
        setting: String,
    },
    /// The connection to another machine may not be encrypted. Use TLS.
    ClearText,
}

impl fmt::Display for PostgresWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDurable { setting } => write!(
                f,
                "PostgreSQL does not keep what it is given: set `{setting} = on`, or refresh tokens are lost"
            ),
            Self::ClearText => f.write_str(
                "PostgreSQL is on another machine and may be spoken to in clear text: use TLS, or whoever is on the way can act for every merchant",
            ),
        }
    }
}
