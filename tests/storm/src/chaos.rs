//! What goes wrong.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tcb_api::auth::{Encoded, StoreTime, Subject, TokenKey, TokenStore};
use tcb_api::types::{AuthorizerAppId, ComponentAppId};
use tcb_emulator::{Emulator, Fault};

use crate::conductor::Stage;
use crate::crew::Shared;
use crate::outage::{Outages, Why};
use crate::proxy::{Proxy, Way};
use crate::scale::OVERLAP;
use crate::worker::log;

/// How many times each thing went wrong, and what comes of it.
pub(crate) struct Faults {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    /// When calls may fail for it.
    pub(crate) outages: Outages,
    /// Tokens of merchants that have to be fetched for it.
    due: AtomicU64,
    /// How many times the platform's own token was lost.
    platform_due: AtomicU64,
    talkative: bool,
}

impl Faults {
    pub(crate) fn new(talkative: bool) -> Self {
        let (due, platform_due) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { counts: Mutex::default(), outages: Outages::default(), due, platform_due, talkative }
    }

    pub(crate) fn count(&self, fault: &'static str, what: impl Debug) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        self.tell(fault, what);
    }

    pub(crate) fn tell(&self, event: &str, what: impl Debug) {
        if self.talkative {
            log(format_args!("{event}: {what:?}"));
        }
    }

    /// Tokens that have to be fetched for it, of merchants and of the platform.
    pub(crate) fn due(&self) -> (u64, u64) {
        (self.due.load(Ordering::Relaxed), self.platform_due.load(Ordering::Relaxed))
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

/// Stops a worker now and then, for longer than a lease and every third time for longer than a replaced token works on, and lets it go on as
/// if nothing had been.
pub(crate) async fn stop_workers(crew: &Shared, faults: &Faults) {
    for round in 1.. {
        tokio::time::sleep(between(2000, 4000)).await;
        let pid = {
            let crew = crew.lock().await;
            crew.pid(fastrand::usize(..crew.len()))
        };
        let Some(pid) = pid else { continue };
        signal(pid, "STOP");
        faults.count("stopped", pid);
        let long = if round % 3 == 0 { OVERLAP } else { Duration::ZERO };
        tokio::time::sleep(long.saturating_add(between(200, 1500))).await;
        // It may have been killed meanwhile.
        signal(pid, "CONT");
        faults.tell("goes on", pid);
    }
}

/// Sets the wall clock of a worker wrong now and then, by an hour and a half of scaled time at most.
pub(crate) async fn set_clocks(crew: &Shared, faults: &Faults) {
    loop {
        tokio::time::sleep(between(2000, 4000)).await;
        let mut crew = crew.lock().await;
        let (worker, off) = (fastrand::usize(..crew.len()), fastrand::i64(-54_000..54_000));
        crew.set_clock(worker, off).await;
        faults.count("clocks set", (worker, off));
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

/// Harms the store in every way in turn: cuts workers off from it, has it lose all or what is newest, makes it hang.
pub(crate) async fn harm(stage: &mut Stage, faults: &Faults) {
    loop {
        for (what, lost) in [("store emptied", true), ("store fell back", false)] {
            tokio::time::sleep(between(1500, 2500)).await;
            part(&stage.ways, faults).await;
            tokio::time::sleep(between(1500, 2500)).await;
            stage.harmed.hang(faults).await;
            tokio::task::block_in_place(|| stage.harmed.keep_a_copy());
            let before = stage.mints_for_merchants();
            tokio::time::sleep(between(1500, 2500)).await;
            faults.outages.begin(None, Why::StoreDown);
            faults.outages.begin(None, Why::Forgotten);
            faults.count(what, ());
            tokio::task::block_in_place(
                || if lost { stage.harmed.empty() } else { stage.harmed.fall_back() },
            );
            // All tokens that the store has no more.
            let due = if lost { stage.keys.len() as u64 } else { stage.mints_for_merchants() - before };
            faults.due.fetch_add(due, Ordering::Relaxed);
            faults.platform_due.fetch_add(1, Ordering::Relaxed);
            stage.bring_back().await;
            faults.outages.end();
            faults.tell("store is complete again", ());
        }
    }
}

/// Makes the ways of some workers bad for a while, each in its own manner. It is shorter than the time for which a replaced token works
/// on: no client can know of a replacement that it cannot hear of.
async fn part(ways: &[Proxy], faults: &Faults) {
    if ways.is_empty() {
        return;
    }
    let from = fastrand::usize(..ways.len());
    let parted: Vec<usize> = (0..ways.len()).cycle().skip(from).take(fastrand::usize(1..4)).collect();
    for worker in &parted {
        let bad = match fastrand::u8(..4) {
            0 => Way::Slow(Duration::from_millis(fastrand::u64(5..60))),
            1 => Way::Silent,
            2 => Way::Deaf,
            _ => Way::Cut,
        };
        faults.outages.begin(Some(*worker), Why::StoreDown);
        ways[*worker].set(bad);
        faults.count("cut off", bad);
    }
    tokio::time::sleep(between(300, 1500)).await;
    for worker in &parted {
        ways[*worker].set(Way::Open);
    }
    faults.outages.end();
    faults.tell("cut off no more", ());
}

/// Makes tokens look as if they were near their end, so that there is always something to refresh: without it, nothing
/// falls due in the first scaled hour and a half.
pub(crate) async fn age_tokens(
    store: &dyn TokenStore,
    component: &ComponentAppId,
    keys: &[AuthorizerAppId],
    faults: &Faults,
) {
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let key = &keys[fastrand::usize(..keys.len())];
        let key = TokenKey::new(component, Subject::Authorizer(key.clone()));
        let Ok(loaded) = store.load(&key).await else { continue };
        let Some((version, record)) = loaded.held else { continue };
        let Some(aged) = aged(&record, loaded.now) else { continue };
        // A worker that is faster is right. What is not known to be written may be.
        if !matches!(store.swap(&key, Some(version), &aged).await, Ok(None)) {
            faults.due.fetch_add(1, Ordering::Relaxed);
        }
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
