use std::fmt;

/// Something about a server's settings that can lose refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisWarning {
    /// `appendonly` is off: what was written since the last snapshot is lost when the server stops. Switch it on.
    NotAppendOnly,
    /// The server drops keys when its memory is full. Set `maxmemory-policy` to `noeviction`; expired access tokens go by themselves.
    Evicts {
        /// The policy that is set.
        policy: String,
    },
    /// The server does not say how it is set up. Look yourself.
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
            Self::Unknown { setting } => write!(f, "redis does not say how `{setting}` is set"),
        }
    }
}

/// Reads the sections `persistence` and `memory` of `INFO`, which, unlike `CONFIG`, hosted servers allow.
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
