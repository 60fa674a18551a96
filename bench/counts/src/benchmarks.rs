//! All benchmarks by name. The names are what `cargo xtask bench --json` prints; their last part
//! says how many calls are under way at once, or how many keys or items there are.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::drive::{Work, together};
use crate::{Result, bare, callback, memory, mint, send, token};

/// Something to be counted.
#[derive(Debug)]
pub struct Benchmark {
    /// Its name.
    pub name: &'static str,
    /// How many calls make a count that is exact to a few instructions in the thousand, and is
    /// there in seconds.
    pub calls: usize,
}

/// Those that take longest come first, so that nobody waits for one of them alone.
pub const ALL: &[Benchmark] = &[
    Benchmark { name: "token/get/100000", calls: 20_000 },
    Benchmark { name: "token/get/1", calls: 20_000 },
    Benchmark { name: "bare/tokio/1", calls: 400 },
    Benchmark { name: "bare/hyper/1", calls: 400 },
    Benchmark { name: "bare/hyper/64", calls: 1_920 },
    Benchmark { name: "bare/hyper-legacy/1", calls: 400 },
    Benchmark { name: "bare/reqwest/1", calls: 400 },
    Benchmark { name: "bare/reqwest/64", calls: 1_920 },
    Benchmark { name: "memory/hyper/1", calls: 400 },
    Benchmark { name: "memory/send", calls: 400 },
    Benchmark { name: "send/hyper/static/1", calls: 400 },
    Benchmark { name: "send/hyper/static/64", calls: 1_920 },
    Benchmark { name: "send/hyper/authorizer/1", calls: 400 },
    Benchmark { name: "send/hyper/authorizer/64", calls: 1_920 },
    Benchmark { name: "send/reqwest/static/1", calls: 400 },
    Benchmark { name: "send/reqwest/static/64", calls: 1_920 },
    Benchmark { name: "send/reqwest/authorizer/1", calls: 400 },
    Benchmark { name: "send/reqwest/authorizer/64", calls: 1_920 },
    Benchmark { name: "list/hyper/100", calls: 50 },
    Benchmark { name: "callback/push", calls: 200 },
    Benchmark { name: "mint/1", calls: 200 },
];

/// How many calls go before those that are counted, for each call at a time: connections are there
/// and buffers have grown.
const FIRST_CALLS: usize = 8;

/// Gets everything ready to make calls of the kind `name`.
pub fn prepare(runtime: &Arc<Runtime>, name: &str, server: SocketAddr) -> Result<Work> {
    let parts: Vec<&str> = name.split('/').collect();
    let mut work = match parts[..] {
        ["token", "get", keys] => token::get(runtime.block_on(token::at_hand(keys.parse()?))?),
        ["callback", "push"] => callback::push()?,
        ["mint", "1"] => mint::refresh(runtime)?,
        _ => runtime.block_on(tasks(runtime, &parts, server))?,
    };
    let at_once = parts.last().and_then(|part| part.parse().ok()).filter(|&tasks: &usize| tasks <= 64);
    work(FIRST_CALLS * at_once.unwrap_or(1))?;
    Ok(work)
}

async fn tasks(runtime: &Arc<Runtime>, name: &[&str], server: SocketAddr) -> Result<Work> {
    let runtime = Arc::clone(runtime);
    Ok(match *name {
        ["bare", "tokio", tasks] => together(runtime, bare::tokio::callers(server, tasks.parse()?).await?),
        ["bare", "hyper", tasks] => together(runtime, bare::hyper::callers(server, tasks.parse()?).await?),
        ["bare", "hyper-legacy", tasks] => {
            together(runtime, bare::hyper_legacy::callers(server, tasks.parse()?))
        }
        ["bare", "reqwest", tasks] => together(runtime, bare::reqwest::callers(server, tasks.parse()?)?),
        ["memory", "hyper", "1"] => together(runtime, vec![memory::hyper().await?]),
        ["memory", "send"] => together(runtime, vec![memory::send().await?]),
        ["send", backend, source, tasks] => {
            together(runtime, vec![send::one(server, backend, source).await?; tasks.parse()?])
        }
        ["list", backend, "100"] => together(runtime, vec![send::list(server, backend).await?]),
        _ => return Err(format!("there is no benchmark {}", name.join("/")).into()),
    })
}
