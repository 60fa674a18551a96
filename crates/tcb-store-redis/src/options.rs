use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};
use tcb_auth::StoreError;

use crate::failure::RedisFailure;

/// Where a [`RedisStore`](crate::RedisStore) finds its servers, and how it uses them.
///
/// ```
/// use tcb_store_redis::RedisOptions;
///
/// # fn main() -> Result<(), tcb_auth::StoreError> {
/// let options = RedisOptions::new("redis://:password@127.0.0.1:6379/2")?.prefix("shop-tokens")?;
/// assert_eq!(
///     format!("{options:?}"),
///     "RedisOptions { address: 127.0.0.1:6379, db: 2, prefix: \"shop-tokens\", timeout: 500ms, tls: false, .. }"
/// );
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RedisOptions {
    pub(crate) servers: Servers,
    pub(crate) prefix: String,
    pub(crate) timeout: Duration,
    pub(crate) replicas: u32,
    pub(crate) behind_proxy: bool,
    pub(crate) clear_text_allowed: bool,
    #[cfg(feature = "tls")]
    pub(crate) roots: Option<std::sync::Arc<rustls::RootCertStore>>,
}

/// Who keeps the records.
#[derive(Clone)]
pub(crate) enum Servers {
    One(Place),
    /// The one that the sentinels name. Its place has the name that they know it by for a host.
    Master(Place, Vec<Place>),
    /// A cluster, of which these nodes are known to begin with; the first by itself, too.
    Cluster(Place, Vec<Place>),
}

impl Servers {
    /// One of those who keep records. All of them want to hear the same.
    pub(crate) fn first(&self) -> &Place {
        match self {
            Self::One(place) | Self::Master(place, _) | Self::Cluster(place, _) => place,
        }
    }

    /// Whom to ask first, as far as it is known without asking.
    pub(crate) fn known(&self) -> &[Place] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Master(_, places) | Self::Cluster(_, places) => places,
        }
    }
}

/// A server, and what it wants to hear.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) address: Address,
    pub(crate) login: RedisConnectionInfo,
    pub(crate) tls: bool,
}

/// Where a server listens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Address {
    Tcp(String, u16),
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

impl Place {
    fn new(url: &str) -> Result<Self, StoreError> {
        let tls_rest = url.strip_prefix("rediss://").or_else(|| url.strip_prefix("valkeys://"));
        if tls_rest.is_some() && !cfg!(feature = "tls") {
            return Err(RedisFailure::Option("an address with TLS needs the feature `tls`").into());
        }
        // The library below would choose its own TLS; ours is put on top of its plain connection.
        let plain = tls_rest.map_or_else(|| url.to_owned(), |rest| format!("redis://{rest}"));
        let no_url = || RedisFailure::Option("the address of redis is no URL of the form redis://host:port");
        let info = plain.into_connection_info().map_err(|_| no_url())?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Address::Tcp(host.clone(), *port),
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => Address::Unix(path.clone()),
            _ => return Err(no_url().into()),
        };
        let login = info.redis_settings().clone().set_skip_set_lib_name();
        Ok(Self { address, login, tls: tls_rest.is_some() })
    }

    /// Another server that wants to hear the same.
    pub(crate) fn at(&self, address: Address) -> Self {
        Self { address, ..self.clone() }
    }

    pub(crate) fn is_socket(&self) -> bool {
        !matches!(self.address, Address::Tcp(..))
    }

    /// Whether what is sent leaves this machine as it is.
    pub(crate) fn is_clear_text(&self) -> bool {
        match &self.address {
            Address::Tcp(host, _) => !self.tls && !is_this_machine(host),
            #[cfg(unix)]
            Address::Unix(_) => false,
        }
    }
}

impl RedisOptions {
    /// The server at this URL: `redis://[user][:password@]host[:port][/database]`, `rediss://…` for
    /// TLS (feature `tls`), or `unix:///path/of/socket[?db=…&user=…&pass=…]`.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it is not such a URL. The
    /// error does not show it.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self::of(Servers::One(Place::new(url)?)))
    }

    /// The master that sentinels name. In its URL the name by which they know it stands for the
    /// host; user, password, database and TLS are those of the server. Sentinels have URLs of their
    /// own, and are asked in this order whenever a connection is made.
    ///
    /// ```
    /// use tcb_store_redis::RedisOptions;
    ///
    /// # fn main() -> Result<(), tcb_auth::StoreError> {
    /// let sentinels = ["redis://127.0.0.1:26379", "redis://127.0.0.1:26380", "redis://127.0.0.1:26381"];
    /// let options = RedisOptions::sentinel("redis://:password@tokens", sentinels)?.replicas(1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) as with [`new`](Self::new), and
    /// when there is no sentinel.
    pub fn sentinel<'a>(
        master: &str,
        sentinels: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let master = Place::new(master)?;
        if master.is_socket() {
            return Err(RedisFailure::Option("a master has a name, which stands for the host").into());
        }
        Ok(Self::of(Servers::Master(master, places(sentinels)?.1)))
    }

    /// The cluster that these nodes belong to; one that answers is enough to learn of the others.
    /// User, password and TLS are those of the first, and there is no database but 0.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) as with [`new`](Self::new), and
    /// when there is no node, or another database is named.
    pub fn cluster<'a>(nodes: impl IntoIterator<Item = &'a str>) -> Result<Self, StoreError> {
        let (first, nodes) = places(nodes)?;
        if nodes.iter().any(|node| node.is_socket() || node.login.db() != 0) {
            return Err(RedisFailure::Option("a node of a cluster has host, port and database 0").into());
        }
        Ok(Self::of(Servers::Cluster(first, nodes)))
    }

    fn of(servers: Servers) -> Self {
        Self {
            servers,
            prefix: "tcb".to_owned(),
            timeout: Duration::from_millis(500),
            replicas: 0,
            behind_proxy: false,
            clear_text_allowed: false,
            #[cfg(feature = "tls")]
            roots: None,
        }
    }

    /// Sets what all keys begin with; `tcb` by default. Stores with one prefix are one store, so
    /// give each environment its own.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it is empty or has a brace
    /// in it: braces tell a cluster where a key belongs.
    pub fn prefix(self, prefix: impl Into<String>) -> Result<Self, StoreError> {
        let prefix = prefix.into();
        if prefix.is_empty() || prefix.contains(['{', '}']) {
            return Err(RedisFailure::Option("a prefix is not empty and has no braces").into());
        }
        Ok(Self { prefix, ..self })
    }

    /// Sets how long one operation may take, connecting included; 500 milliseconds by default.
    /// After that the operation has failed ([`TimedOut`](tcb_auth::StoreErrorKind::TimedOut)).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Allows a connection to another machine without TLS. Everybody on the way can read the
    /// password, and every token that no `Cipher` has encrypted. Unless this is
    /// set, [`connect`](crate::RedisStore::connect) refuses it.
    #[must_use]
    pub fn allow_clear_text(self) -> Self {
        Self { clear_text_allowed: true, ..self }
    }

    /// Sets how many replicas have to have a write before it counts as done; 0 by default, which
    /// leaves to luck what a fail-over loses. A write that too few have confirmed within half of
    /// the time-out fails ([`TimedOut`](tcb_auth::StoreErrorKind::TimedOut)), and may be there all
    /// the same. Writes of one process to one server then happen one after the other.
    #[must_use]
    pub fn replicas(self, count: u32) -> Self {
        Self { replicas: count, ..self }
    }

    /// Says that the address is that of a proxy, which spreads keys over servers. Then the list of
    /// accounts is written by itself before the first record of an account, which costs that record
    /// a round trip: a proxy does not keep the order of commands that are sent together.
    #[must_use]
    pub fn behind_proxy(self) -> Self {
        Self { behind_proxy: true, ..self }
    }

    /// Trusts these root certificates, and no others, in place of Mozilla's: one or more
    /// `CERTIFICATE` blocks of PEM, for a server whose certificate is from your own authority.
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when there is none in it, or one
    /// that cannot be read.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn roots_pem(self, pem: impl AsRef<[u8]>) -> Result<Self, StoreError> {
        let roots = crate::tls::roots(pem.as_ref())?;
        Ok(Self { roots: Some(std::sync::Arc::new(roots)), ..self })
    }
}

/// The first place, and all of them.
fn places<'a>(urls: impl IntoIterator<Item = &'a str>) -> Result<(Place, Vec<Place>), StoreError> {
    let places = urls.into_iter().map(Place::new).collect::<Result<Vec<_>, _>>()?;
    match places.first().cloned() {
        Some(first) => Ok((first, places)),
        None => Err(RedisFailure::Option("there is no address of redis").into()),
    }
}

/// By its name: what a resolver makes of another one is not known here.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(
        |_| host.eq_ignore_ascii_case("localhost"),
        |address| address.to_canonical().is_loopback(),
    )
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.servers.first();
        f.debug_struct("RedisOptions")
            .field("address", &self.servers)
            .field("db", &first.login.db())
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("tls", &first.tls)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(place) => place.address.fmt(f),
            Self::Master(master, sentinels) => write!(f, "{:?} of {sentinels:?}", master.address),
            Self::Cluster(_, nodes) => nodes.fmt(f),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            #[cfg(unix)]
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
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
            "127.0.0.1:6379",
            "http://:hunter2@host/",
            "redis://:hunter2@host/db",
            "redis://:hunter2@host:port",
        ] {
            let error = RedisOptions::new(url).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{url}");
            assert!(!format!("{error:?} {error} {}", error.source().unwrap()).contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let options = RedisOptions::new("redis://carol:hunter2@host:7000").unwrap();
        let shown = format!("{options:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("carol"), "{shown}");
        let login = &options.servers.first().login;
        assert_eq!((login.username(), login.password()), (Some("carol"), Some("hunter2")));
        let nodes = ["redis://:hunter2@one", "redis://:hunter2@two"];
        let shown = format!("{:?}", RedisOptions::cluster(nodes).unwrap());
        assert!(shown.contains("[one:6379, two:6379]") && !shown.contains("hunter2"), "{shown}");
        let shown = format!("{:?}", RedisOptions::sentinel("redis://:hunter2@tokens", nodes).unwrap());
        assert!(
            shown.contains("tokens:6379 of [one:6379, two:6379]") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn what_leaves_the_machine_without_tls_is_known() {
        let is_clear = |url: &str| Place::new(url).unwrap().is_clear_text();
        for url in [
            "redis://localhost",
            "redis://LocalHost:7000/2",
            "redis://127.0.0.1",
            "redis://127.9.9.9",
            "redis://[::1]",
            "redis://[::ffff:127.0.0.1]:6379",
        ] {
            assert!(!is_clear(url), "{url}");
        }
        for url in [
            "redis://tokens.internal",
            "redis://10.0.0.1",
            "redis://[2001:db8::1]",
            "redis://localhost.example",
            "redis://127.0.0.1.example",
        ] {
            assert!(is_clear(url), "{url}");
        }
        #[cfg(unix)]
        assert!(!is_clear("unix:///run/redis.sock"));
        #[cfg(feature = "tls")]
        assert!(!is_clear("rediss://tokens.internal"));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_needs_its_feature() {
        let error = RedisOptions::new("rediss://host").unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "an address with TLS needs the feature `tls`");
    }

    #[test]
    fn servers_that_cannot_be_are_refused() {
        assert!(RedisOptions::sentinel("redis://tokens", []).is_err());
        assert!(RedisOptions::cluster([]).is_err());
        assert!(RedisOptions::cluster(["redis://one/2"]).is_err());
        #[cfg(unix)]
        assert!(RedisOptions::sentinel("unix:///run/redis.sock", ["redis://one"]).is_err());
    }

    #[test]
    fn a_prefix_with_braces_is_refused() {
        let options = || RedisOptions::new("redis://host").unwrap();
        for prefix in ["", "{a}", "a}"] {
            assert!(options().prefix(prefix).is_err(), "{prefix}");
        }
    }
}
