//! The two scripts that run on the server, each in one step.

use redis::{Cmd, FromRedisValue, Pipeline};
use sha1::{Digest, Sha1};

use crate::failure::RedisFailure;
use crate::keys::Keys;
use crate::servers::Servers;

/// Answers version, lasting part, end of the access part and of the record, access part, and the
/// server's time in seconds and microseconds.
const LOAD: &str = "\
local held = redis.call('HMGET', KEYS[1], 'version', 'record', 'access_ends_at', 'ends_at')
local time = redis.call('TIME')
return {held[1], held[2], held[3], held[4], redis.call('GET', KEYS[2]), time[1], time[2]}";

/// ARGV: the version that is expected ('' for none), the new one, the lasting part, the access part
/// ('' for none), the millisecond at which that ends, and the one at which the record does ('' for
/// never). Answers 1 when the record is written, also when it was written by the same call before;
/// then something is written anew, for `WAIT` knows only of what came over its own connection.
const SWAP: &str = "\
local held = redis.call('HMGET', KEYS[1], 'version', 'ends_at')
local version = held[1] or ''
if version == ARGV[2] then
  redis.call('HSET', KEYS[1], 'version', version)
  return 1
end
if version ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'record', ARGV[3], 'access_ends_at', ARGV[5])
if ARGV[4] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[4])
  redis.call('PEXPIREAT', KEYS[2], ARGV[5])
end
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'ends_at', ARGV[6])
  redis.call('PEXPIREAT', KEYS[1], ARGV[6])
  if ARGV[4] ~= '' and tonumber(ARGV[6]) < tonumber(ARGV[5]) then
    redis.call('PEXPIREAT', KEYS[2], ARGV[6])
  end
elseif held[2] and held[2] ~= '' then
  redis.call('HSET', KEYS[1], 'ends_at', '')
  redis.call('PERSIST', KEYS[1])
end
return 1";

/// A script, known to the server by its digest once it has run there.
pub(crate) struct Script {
    text: &'static str,
    digest: String,
}

impl Script {
    pub(crate) fn load() -> Self {
        Self::new(LOAD)
    }

    pub(crate) fn swap() -> Self {
        Self::new(SWAP)
    }

    fn new(text: &'static str) -> Self {
        Self { text, digest: hex::encode(Sha1::digest(text)) }
    }

    /// Runs it, and other commands in the same round trip. A server that does not know it, since it
    /// has restarted, is given the text.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        servers: &Servers,
        keys: &Keys,
        arguments: &[&str],
        around: &Around,
    ) -> Result<T, RedisFailure> {
        let call = |how: &str, script: &str| {
            let mut commands = Pipeline::new();
            if let Some(before) = &around.before {
                commands.add_command(before.clone()).ignore();
            }
            let call = commands.cmd(how).arg(script).arg(2).arg(&keys.lasting).arg(&keys.access);
            call.arg(arguments);
            if let Some(after) = &around.after {
                commands.add_command(after.clone());
            }
            commands
        };
        match servers.ask(&keys.lasting, &call("EVALSHA", &self.digest)).await {
            Err(failure) if failure.is_code("NOSCRIPT") => {
                servers.ask(&keys.lasting, &call("EVAL", self.text)).await
            }
            answer => answer,
        }
    }
}

/// What is sent together with a script.
#[derive(Default)]
pub(crate) struct Around {
    /// Its answer is left out.
    pub(crate) before: Option<Cmd>,
    pub(crate) after: Option<Cmd>,
}
