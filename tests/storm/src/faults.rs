//! What goes wrong.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tcb_api::auth::{Encoded, StoreTime, Subject, TokenKey, TokenStore};
use tcb_api::types::{AuthorizerAppId, ComponentAppId};
use tcb_emulator::{Emulator, Fault};
use tcb_test_kit::signal;
use tokio::task::block_in_place;

use crate::log::log;
use crate::outages::{Cause, Outages};
use crate::proxy::{Mode, Proxy};
use crate::scale::OVERLAP;
use crate::setup::Setup;
use crate::workers::Workers;

/// How many times each thing went wrong, and what comes of it.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) counts: Mutex<BTreeMap<&'static str, u64>>,
    /// When calls may fail for it.
    pub(crate) outages: Outages,
    /// Tokens of merchants that have to be fetched for it.
    pub(crate) due: AtomicU64,
    /// How many times the platform's own token was lost.
    pub(crate) platform_due: AtomicU64,
    pub(crate) verbose: bool,
}

impl Faults {
    pub(crate) fn count(&self, fault: &'static str, what: impl Debug) {
        *self.counts.lock().unwrap().entry(fault).or_default() += 1;
        self.tell(fault, what);
    }

    pub(crate) fn tell(&self, event: &str, what: impl Debug) {
        if self.verbose {
            log(format_args!("{event}: {what:?}"));
        }
    }
}

/// Kills a worker every 1.5 seconds.
pub(crate) async fn kill_workers(workers: &tokio::sync::Mutex<Workers>, faults: &Faults) {
    loop {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mut workers = workers.lock().await;
        let victim = workers.any();
        let pid = workers.pid(victim);
        workers.replace(victim).await;
        faults.count("killed", pid);
    }
}

/// Stops a worker now and then, for longer than a lease and every third time for longer than a
/// replaced token works on, and lets it go on as if nothing had been.
pub(crate) async fn stop_workers(workers: &tokio::sync::Mutex<Workers>, faults: &Faults) {
    for round in 1.. {
        pause(2000, 4000).await;
        let pid = {
            let workers = workers.lock().await;
            workers.pid(workers.any())
        };
        let Some(pid) = pid else { continue };
        signal(pid, "STOP");
        faults.count("stopped", pid);
        let mut span = Duration::from_millis(fastrand::u64(200..1500));
        if round % 3 == 0 {
            span += OVERLAP;
        }
        // In a task of its own: it may hold the store locked, which blocks this one meanwhile.
        let goes_on = tokio::spawn(async move {
            tokio::time::sleep(span).await;
            // It may have been killed meanwhile.
            signal(pid, "CONT");
        });
        let _ = goes_on.await;
        faults.tell("goes on", pid);
    }
}

/// Sets the wall clock of a worker wrong now and then, by an hour and a half of scaled time at
/// most.
pub(crate) async fn set_clocks(workers: &tokio::sync::Mutex<Workers>, faults: &Faults) {
    loop {
        pause(2000, 4000).await;
        let mut workers = workers.lock().await;
        let (worker, off) = (workers.any(), fastrand::i64(-54_000..54_000));
        workers.set_clock(worker, off).await;
        faults.count("clocks set", (worker, off));
    }
}

/// Loses an answer of WeChat now and then, after the token was made.
pub(crate) async fn lose_answers(emulator: &Emulator, faults: &Faults) {
    loop {
        pause(500, 1500).await;
        emulator.fault(Fault::commit_then_drop("/cgi-bin/component/api_authorizer_token")).unwrap();
        faults.count("answers lost", ());
    }
}

/// Harms the store in every way in turn: cuts workers off from it, has it lose all or what is
/// newest, makes it hang.
pub(crate) async fn harm_store(setup: &mut Setup, faults: &Faults) {
    loop {
        for (what, all) in [("store emptied", true), ("store fell back", false)] {
            pause(1500, 2500).await;
            cut_off(&setup.proxies, faults).await;
            pause(1500, 2500).await;
            faults.outages.begin(None, Cause::StoreDown);
            faults.count("store hung", ());
            setup.backing.hang().await;
            faults.outages.end();
            faults.tell("store goes on", ());
            block_in_place(|| setup.backing.keep_a_copy());
            let before = setup.mints_for_merchants();
            pause(1500, 2500).await;
            faults.outages.begin(None, Cause::StoreDown);
            faults.outages.begin(None, Cause::Forgotten);
            faults.count(what, ());
            block_in_place(|| if all { setup.backing.empty() } else { setup.backing.fall_back() });
            // All tokens that the store has no more.
            let due = if all { setup.keys.len() as u64 } else { setup.mints_for_merchants() - before };
            faults.due.fetch_add(due, Ordering::Relaxed);
            faults.platform_due.fetch_add(1, Ordering::Relaxed);
            setup.bring_back().await;
            faults.outages.end();
            faults.tell("store is complete again", ());
        }
    }
}

/// Lets the connections of some workers fail for a while, each in its own manner. It is shorter
/// than the time for which a replaced token works on: no client can know of a replacement that it
/// cannot hear of.
async fn cut_off(proxies: &[Proxy], faults: &Faults) {
    if proxies.is_empty() {
        return;
    }
    let from = fastrand::usize(..proxies.len());
    let chosen: Vec<usize> = (0..proxies.len()).cycle().skip(from).take(fastrand::usize(1..4)).collect();
    for worker in &chosen {
        let mode = match fastrand::u8(..4) {
            0 => Mode::Slow(Duration::from_millis(fastrand::u64(5..60))),
            1 => Mode::Silent,
            2 => Mode::Deaf,
            _ => Mode::Cut,
        };
        faults.outages.begin(Some(*worker), Cause::StoreDown);
        proxies[*worker].set(mode);
        faults.count("cut off", mode);
    }
    pause(300, 1500).await;
    for worker in &chosen {
        proxies[*worker].set(Mode::Open);
    }
    faults.outages.end();
    faults.tell("cut off no more", ());
}

/// Makes tokens look as if they were near their end, so that there is always something to refresh:
/// without it, nothing falls due in the first scaled hour and a half.
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

/// Waits for so many milliseconds, by chance.
async fn pause(from: u64, to: u64) {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(from..to))).await;
}

const _: () = assert!(OVERLAP.as_secs() >= 3, "faults of up to 2 seconds have to be shorter");
