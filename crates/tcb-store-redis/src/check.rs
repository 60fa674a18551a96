use std::fmt;

use crate::RedisOptions;
use crate::options::Place;

/// Something about a server's settings, or the connection to it, that can lose or disclose refresh
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisWarning {
    /// `appendonly` is off: what was written since the last snapshot is lost when the server stops.
    /// Switch it on.
    NotAppendOnly,
    /// The server drops keys when its memory is full. Set `maxmemory-policy` to `noeviction`;
    /// expired access tokens are removed anyway.
    Evicts {
        /// The policy that is set.
        policy: String,
    },
    /// Anybody who reaches the server can read and change its contents. Set a password there and in
    /// the address.
    NoPassword,
    /// The connection to another machine is not encrypted. Use TLS: an address that begins with
    /// `rediss://`.
    ClearText,
    /// The server does not tell this setting. Check it yourself.
    Unknown {
        /// The setting.
        setting: &'static str,
    },
}

impl fmt::Display for RedisWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAppendOnly => f.write_str(
                "redis does not keep what it is given: set `appendonly yes`, or refresh tokens are lost",
            ),
            Self::Evicts { policy } => write!(
                f,
                "redis evicts keys ({policy}): set `maxmemory-policy noeviction`, or refresh tokens are lost"
            ),
            Self::NoPassword => f.write_str(
                "redis asks for no password: set one, or whoever reaches it can act for every merchant",
            ),
            Self::ClearText => f.write_str(
                "redis is on another machine and spoken to in clear text: use `rediss://`, or whoever is on the way can act for every merchant",
            ),
            Self::Unknown { setting } => write!(f, "redis does not say how `{setting}` is set"),
        }
    }
}

/// What is to be said about the way to the servers.
pub(crate) fn of_the_way(options: &RedisOptions) -> Vec<RedisWarning> {
    // A socket of the machine has owners and modes for that.
    let first = options.servers.first();
    let open = first.login.password().is_none() && !first.is_socket();
    let clear_text = options.servers.known().iter().any(Place::is_clear_text);
    open.then_some(RedisWarning::NoPassword)
        .into_iter()
        .chain(clear_text.then_some(RedisWarning::ClearText))
        .collect()
}

/// Reads the sections `persistence` and `memory` of `INFO`, which, unlike `CONFIG`, hosted servers
/// allow.
pub(crate) fn warnings(info: &str) -> Vec<RedisWarning> {
    let value =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let kept = match value("aof_enabled") {
        Some("1") => None,
        Some(_) => Some(RedisWarning::NotAppendOnly),
        None => Some(RedisWarning::Unknown { setting: "appendonly" }),
    };
    let evicted = match value("maxmemory_policy") {
        Some("noeviction") => None,
        Some(policy) => Some(RedisWarning::Evicts { policy: policy.to_owned() }),
        None => Some(RedisWarning::Unknown { setting: "maxmemory-policy" }),
    };
    kept.into_iter().chain(evicted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_others_can_listen_to_is_named() {
        let warnings = |url: &str| of_the_way(&RedisOptions::new(url).unwrap());
        assert_eq!(warnings("redis://:password@127.0.0.1"), []);
        assert_eq!(warnings("redis://127.0.0.1"), [RedisWarning::NoPassword]);
        assert_eq!(warnings("redis://:password@10.0.0.1"), [RedisWarning::ClearText]);
        #[cfg(unix)]
        assert_eq!(warnings("unix:///run/redis.sock"), []);
    }

    #[test]
    fn settings_that_lose_refresh_tokens_are_named() {
        assert_eq!(warnings("aof_enabled:1\r\nmaxmemory_policy:noeviction\r\n"), []);
        assert_eq!(
            warnings("# Persistence\r\naof_enabled:0\r\n# Memory\r\nmaxmemory_policy:allkeys-lru\r\n"),
            [RedisWarning::NotAppendOnly, RedisWarning::Evicts { policy: "allkeys-lru".to_owned() }]
        );
        let unknown = |setting| RedisWarning::Unknown { setting };
        assert_eq!(warnings(""), [unknown("appendonly"), unknown("maxmemory-policy")]);
    }
}
