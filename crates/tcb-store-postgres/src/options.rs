use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tcb_auth::StoreError;

use crate::failure::PostgresFailure;

/// What a URL may say after its question mark. A library below would log what it does not know.
const PARAMETERS: [&str; 6] = ["host", "user", "password", "sslmode", "application_name", "options"];

/// Where a [`PostgresStore`](crate::PostgresStore) finds its server, and how it uses it.
///
/// ```
/// use tcb_store_postgres::PostgresOptions;
///
/// # fn main() -> Result<(), tcb_auth::StoreError> {
/// let options = PostgresOptions::new("postgres://sdk:password@127.0.0.1:5432/shop")?.schema("tokens")?;
/// assert_eq!(
///     format!("{options:?}"),
///     "PostgresOptions { address: \"127.0.0.1:5432\", database: Some(\"shop\"), schema: Some(\"tokens\"), timeout: 2s, connections: 4, .. }"
/// );
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    server: PgConnectOptions,
    pub(crate) schema: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) connections: usize,
    clear_text_allowed: bool,
}

impl PostgresOptions {
    /// The server at this URL: `postgres://[user][:password@]host[:port]/database`, or
    /// `postgres:///database?host=/path/of/sockets`. After the question mark it may also say
    /// `user`, `password`, `sslmode`, `application_name` and `options`. What it leaves out comes
    /// from the environment (`PGUSER`, `PGPASSWORD` and so on) and from the file of passwords, as
    /// everywhere with `PostgreSQL`.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it is not such a URL. The
    /// error does not show it.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let no_url = || {
            PostgresFailure::Option(
                "the address of PostgreSQL is no URL of the form postgres://user:password@host/database",
            )
        };
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let is_known = |parameter: &str| {
            PARAMETERS.contains(&parameter.split_once('=').map_or(parameter, |(name, _)| name))
        };
        let is_address = address.starts_with("postgres://") || address.starts_with("postgresql://");
        if !is_address || !parameters.split('&').all(|it| it.is_empty() || is_known(it)) {
            return Err(no_url().into());
        }
        let server = PgConnectOptions::from_str(url).map_err(|_| no_url())?;
        Ok(Self {
            server: server.disable_statement_logging(),
            schema: None,
            timeout: Duration::from_secs(2),
            connections: 4,
            clear_text_allowed: false,
        })
    }

    /// Sets the schema that the tables are in, which is made if it is not there. By default it is
    /// the first of the user's `search_path`. Stores with one schema are one store, so give each
    /// environment its own.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it is not made of 1 to 63
    /// lower-case letters, digits and underscores, or begins with a digit.
    pub fn schema(self, schema: impl Into<String>) -> Result<Self, StoreError> {
        let schema = schema.into();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins_well = schema.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        if !begins_well || schema.len() > 63 || !schema.bytes().all(is_name) {
            return Err(PostgresFailure::Option(
                "a schema has a name of lower-case letters, digits and underscores",
            )
            .into());
        }
        Ok(Self { schema: Some(schema), ..self })
    }

    /// Sets how long one operation may take, connecting included; 2 seconds by default. After that
    /// it has failed ([`TimedOut`](tcb_auth::StoreErrorKind::TimedOut)). The time in which it waits
    /// for others of this process, because all [connections](Self::connections) are in use, does
    /// not count.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets how many connections there may be at a time; 4 by default, and one at least. Each is a
    /// process of the server's, so many clients do better with few each.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { connections: connections.max(1), ..self }
    }

    /// Allows a connection to another machine without TLS; then `sslmode` says what is done.
    /// Everybody on the way can read every token that no `Cipher` has
    /// encrypted. Unless this is set, such a connection is encrypted and the server has to prove
    /// its name, or [`connect`](crate::PostgresStore::connect) refuses it.
    #[must_use]
    pub fn allow_clear_text(self) -> Self {
        Self { clear_text_allowed: true, ..self }
    }

    /// Trusts these root certificates too, beside Mozilla's: one or more `CERTIFICATE` blocks of
    /// PEM, for a server whose certificate is from your own authority. They are read when a
    /// connection is made.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn roots_pem(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { server: self.server.ssl_root_cert_from_pem(pem.into()), ..self }
    }

    /// What the library below is to do, in which no way to another machine is open.
    pub(crate) fn server(&self) -> Result<PgConnectOptions, PostgresFailure> {
        if self.is_this_machine() || self.clear_text_allowed {
            return Ok(self.server.clone());
        }
        if !cfg!(feature = "tls") || matches!(self.server.get_ssl_mode(), PgSslMode::Disable) {
            return Err(PostgresFailure::Option(
                "PostgreSQL is on another machine and would be spoken to in clear text: use TLS (feature `tls`), or PostgresOptions::allow_clear_text",
            ));
        }
        Ok(self.server.clone().ssl_mode(PgSslMode::VerifyFull))
    }

    /// Whether what is sent may leave this machine as it is.
    pub(crate) fn may_be_clear_text(&self) -> bool {
        let is_encrypted = matches!(
            self.server.get_ssl_mode(),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        );
        self.clear_text_allowed && !self.is_this_machine() && !is_encrypted
    }

    /// By its name: what a resolver makes of another one is not known here.
    fn is_this_machine(&self) -> bool {
        let host = self.server.get_host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        self.server.get_socket().is_some()
            || host.starts_with('/')
            || address.map_or_else(
                |_| host.eq_ignore_ascii_case("localhost"),
                |address| address.to_canonical().is_loopback(),
            )
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self.server.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.server.get_host(), self.server.get_port()),
        };
        f.debug_struct("PostgresOptions")
            .field("address", &address)
            .field("database", &self.server.get_database())
            .field("schema", &self.schema)
            .field("timeout", &self.timeout)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use tcb_auth::StoreErrorKind;

    use super::*;

    #[test]
    fn a_wrong_address_is_refused_without_showing_it() {
        for url in [
            "",
            "127.0.0.1:5432",
            "mysql://sdk:hunter2@host/",
            "postgres://sdk:hunter2@host:port/",
            "postgres://sdk:hunter2@host/?sslmode=hunter2",
            "postgres://host/?pass=hunter2",
        ] {
            let error = PostgresOptions::new(url).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{url}");
            assert!(!format!("{error:?} {error} {}", error.source().unwrap()).contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", PostgresOptions::new("postgres://carol:hunter2@host/shop").unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains("carol"), "{shown}");
    }

    #[test]
    fn another_machine_is_spoken_to_with_tls_that_is_checked() {
        let server = |url: &str| PostgresOptions::new(url).unwrap().server();
        for url in [
            "postgres://localhost/",
            "postgres://127.9.9.9/",
            "postgres://[::1]/",
            "postgres:///shop?host=/run/postgresql&user=sdk",
        ] {
            assert!(!matches!(server(url).unwrap().get_ssl_mode(), PgSslMode::VerifyFull), "{url}");
        }
        for url in ["postgres://10.0.0.1/", "postgres://localhost.example/?sslmode=require"] {
            let is_checked = server(url).is_ok_and(|it| matches!(it.get_ssl_mode(), PgSslMode::VerifyFull));
            assert_eq!(is_checked, cfg!(feature = "tls"), "{url}");
        }
        let refused = server("postgres://10.0.0.1/?sslmode=disable").unwrap_err();
        assert!(refused.to_string().contains("allow_clear_text"));
        let allowed =
            PostgresOptions::new("postgres://10.0.0.1/?sslmode=disable").unwrap().allow_clear_text();
        assert!(matches!(allowed.server().unwrap().get_ssl_mode(), PgSslMode::Disable));
        assert!(allowed.may_be_clear_text());
    }

    #[test]
    fn a_schema_that_needs_quotes_is_refused() {
        let options = || PostgresOptions::new("postgres://localhost/").unwrap();
        for schema in ["", "a b", "A", "1a", "a\"b", &"a".repeat(64)] {
            assert!(options().schema(schema).is_err(), "{schema}");
        }
        assert!(options().schema("tokens_2").is_ok());
    }
}
