//! What goes wrong.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tcb_api::auth::{Encoded, StoreTime, Subject, TokenKey, TokenStore};
use tcb_api::types::{AuthorizerAppId, ComponentAppId};
use tcb_emulator::{Emulator, Fault};

use crate::crew::Shared;
use crate::proxy::{Proxy, Way};
use crate::scale::OVERLAP;
use crate::server::RedisServer;
use crate::worker::log;

/// How many times each thing went wrong.
pub(crate) struct Faults {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    talkative: bool,
}

impl Faults {
    pub(crate) fn new(talkative: bool) -> Self {
        Self { counts: Mutex::default(), talkative }
    }

    fn count(&self, fault: &'static str, what: impl Debug) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        self.tell(fault, what);
    }

    fn tell(&self, event: &str, what: impl Debug) {
        if self.talkative {
            log(format_args!("{event}: {what:?}"));
        }
    }

    pub(crate) fn counted(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Kills a worker every 1.5 seconds.
pub(crate) async fn kill_workers(crew: &Shared, faults: &Faults) {
    loop {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mut crew = crew.lock().await;
        let victim = fastrand::usize(..crew.len());
        let pid = crew.pid(victim);
        crew.replace(victim).await;
        faults.count("killed", pid);
    }
}

/// Stops a worker now and then, for longer than a lease, and lets it go on as if nothing had been.
pub(crate) async fn stop_workers(crew: &Shared, faults: &Faults) {
    loop {
        tokio::time::sleep(between(3000, 5000)).await;
        let pid = {
            let crew = crew.lock().await;
            crew.pid(fastrand::usize(..crew.len()))
        };
        let Some(pid) = pid else { continue };
        signal(pid, "STOP");
        faults.count("stopped", pid);
        tokio::time::sleep(between(200, 1500)).await;
        // It may have been killed meanwhile.
        signal(pid, "CONT");
        faults.tell("goes on", pid);
    }
}

/// Loses an answer of WeChat now and then, after the token was made.
pub(crate) async fn lose_answers(emulator: &Emulator, faults: &Faults) {
    loop {
        tokio::time::sleep(between(500, 1500)).await;
        emulator.fault(Fault::commit_then_drop("/cgi-bin/component/api_authorizer_token")).unwrap();
        faults.count("answers lost", ());
    }
}

/// Freezes redis, kills it, and cuts workers off from it, in turn.
pub(crate) async fn harm_redis(redis: &mut RedisServer, ways: &[Proxy], faults: &Faults) {
    loop {
        tokio::time::sleep(between(1500, 2500)).await;
        part(ways, faults).await;

        tokio::time::sleep(between(1500, 2500)).await;
        redis.freeze();
        faults.count("redis frozen", ());
        tokio::time::sleep(Duration::from_secs(2)).await;
        redis.thaw();
        faults.tell("redis goes on", ());

        tokio::time::sleep(between(1500, 2500)).await;
        part(ways, faults).await;

        tokio::time::sleep(between(1500, 2500)).await;
        tokio::task::block_in_place(|| redis.kill());
        faults.count("redis restarted", ());
        tokio::time::sleep(between(100, 800)).await;
        tokio::task::block_in_place(|| redis.start_again());
        faults.tell("redis is back", ());
    }
}

/// Makes the ways of some workers bad for a while, each in its own manner. It is shorter than the time for which a replaced token works
/// on: no client can know of a replacement that it cannot hear of.
async fn part(ways: &[Proxy], faults: &Faults) {
    let from = fastrand::usize(..ways.len());
    let parted: Vec<&Proxy> = ways.iter().cycle().skip(from).take(fastrand::usize(1..4)).collect();
    for way in &parted {
        let bad = match fastrand::u8(..4) {
            0 => Way::Slow(Duration::from_millis(fastrand::u64(5..60))),
            1 => Way::Silent,
            2 => Way::Deaf,
            _ => Way::Cut,
        };
        way.set(bad);
        faults.count("cut off", bad);
    }
    tokio::time::sleep(between(300, 1500)).await;
    for way in &parted {
        way.set(Way::Open);
    }
    faults.tell("cut off no more", ());
}

/// Makes tokens look as if they were near their end, so that there is always something to refresh: without it, nothing
/// falls due in the first scaled hour and a half.
pub(crate) async fn age_tokens(store: &dyn TokenStore, component: &ComponentAppId, keys: &[AuthorizerAppId]) {
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let key = &keys[fastrand::usize(..keys.len())];
        let key = TokenKey::new(component, Subject::Authorizer(key.clone()));
        let Ok(loaded) = store.load(&key).await else { continue };
        let Some((version, record)) = loaded.held else { continue };
        let Some(aged) = aged(&record, loaded.now) else { continue };
        // A worker that is faster is right.
        let _ = store.swap(&key, Some(version), &aged).await;
    }
}

fn aged(record: &Encoded, now: StoreTime) -> Option<Encoded> {
    let (access, ends) = record.access.as_ref()?;
    let end = now.as_millis() + fastrand::u64(1_500..9_000);
    if ends.as_millis() <= end {
        return None;
    }
    let mut access: serde_json::Value = serde_json::from_str(access.expose()).ok()?;
    access["expires_at"] = end.into();
    let access = Some((access.to_string().into(), StoreTime::from_millis(end)));
    Some(Encoded { access, ..record.clone() })
}

fn between(from: u64, to: u64) -> Duration {
    Duration::from_millis(fastrand::u64(from..to))
}

pub(crate) fn signal(pid: u32, signal: &str) {
    // A builtin of the shell: the program is not on every machine.
    let _ = Command::new("sh").arg("-c").arg(format!("kill -{signal} {pid} 2>/dev/null")).status();
}

const _: () = assert!(OVERLAP.as_secs() >= 3, "faults of up to 2 seconds have to be shorter");
