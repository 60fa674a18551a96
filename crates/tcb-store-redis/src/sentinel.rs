//! Who is the master, as sentinels tell it.

use redis::{Cmd, Value};

use crate::RedisOptions;
use crate::dial::{self, Open, in_time, one, share};
use crate::failure::RedisFailure;
use crate::options::{Address, Place};

/// Opens a connection to the master that the first sentinel names that knows.
pub(crate) async fn dial(
    options: &RedisOptions,
    master: &Place,
    sentinels: &[Place],
) -> Result<Open, RedisFailure> {
    let mut last = RedisFailure::TimedOut;
    for sentinel in sentinels {
        let limit = share(options.timeout, sentinels.len());
        match in_time(limit, through(options, master, sentinel)).await {
            Ok(open) => return Ok(open),
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

async fn through(options: &RedisOptions, master: &Place, sentinel: &Place) -> Result<Open, RedisFailure> {
    let Address::Tcp(name, _) = &master.address else { return Err(RedisFailure::Unexpected) };
    let asked = dial::dial(options, sentinel).await?;
    let mut who = Cmd::new();
    who.arg("SENTINEL").arg("get-master-addr-by-name").arg(name);
    let (found,): (Option<(String, u16)>,) = asked.ask(&one(who)).await?;
    let (host, port) =
        found.ok_or(RedisFailure::Option("a sentinel of redis knows no master of this name"))?;
    let open = dial::dial(options, &master.at(Address::Tcp(host, port))).await?;
    // A sentinel that was cut off names the one that was.
    let mut role = Cmd::new();
    role.arg("ROLE");
    let (role,): (Vec<Value>,) = open.ask(&one(role)).await?;
    let is_master = matches!(role.first(), Some(Value::BulkString(role)) if role == b"master");
    if is_master { Ok(open) } else { Err(RedisFailure::Refused("READONLY".to_owned())) }
}
