//! Starts everything, lets things go wrong, and judges.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tcb_api::types::{Clock as _, SystemClock};
use tokio::sync::Mutex;

use crate::faults::{self, Faults};
use crate::outages::FailedCall;
use crate::report::Report;
use crate::setup::{Plan, Setup};
use crate::workers::Workers;
use crate::{convergence, scale};

/// How long all is well before the end: five scaled minutes and more.
const QUIET: Duration = Duration::from_secs(5);

pub(crate) async fn drive(plan: &Plan) -> Report {
    fastrand::seed(plan.seed);
    let mut setup = Setup::new(plan).await;
    let begun = SystemClock.monotonic();
    let mut workers = setup.start_workers(plan).await;
    workers.walk().await;
    let cold_mints = setup.mints_for_merchants();
    eprintln!("cold: {cold_mints} mints for {} keys, {:?}", plan.keys, workers.counts());

    workers.storm().await;
    let workers = Mutex::new(workers);
    let faults = Faults { verbose: plan.verbose, ..Faults::default() };
    let limit = Duration::from_secs(plan.seconds);
    let _ = tokio::time::timeout(limit, go_wrong(&mut setup, plan, &workers, &faults)).await;
    let mut workers = workers.into_inner();
    workers.fill_up().await;
    setup.end_faults(&workers).await;
    faults.outages.end();
    let counted = faults.counts.lock().unwrap().clone();
    eprintln!("storm: {} mints, {counted:?}, {:?}", setup.mints_for_merchants(), workers.counts());

    tokio::time::sleep(QUIET).await;
    // Chance may have left somebody out for so long that the token has ended.
    workers.walk().await;
    let closed = workers.close().await;
    let (counters, mints) = (setup.emulator.counters(), setup.mints_for_merchants());
    eprintln!("quiet: {mints} mints, {:?}", workers.counts());
    let unsettled =
        convergence::unsettled(&setup.emulator, &setup.platform, &*setup.store, &setup.keys).await;
    for line in unsettled.iter().take(20) {
        eprintln!("{line}");
    }
    let (excused, failures): (Vec<_>, Vec<_>) =
        workers.failed().into_iter().partition(|(worker, failed)| faults.outages.excuse(*worker, failed));
    for (worker, FailedCall { cause, begun, ended, error }) in failures.iter().take(10) {
        eprintln!("worker {worker}, {begun} to {ended}: {cause:?}: {error}");
    }
    if !closed {
        eprintln!("a worker had token calls that did not end");
    }
    // Every token comes near its end by itself, too.
    let by_age = scale::renewals(SystemClock.monotonic() - begun);
    let keys = plan.keys as u64;
    Report {
        store: plan.store.clone(),
        rotation: plan.rotation.clone(),
        keys,
        seed: plan.seed,
        counts: workers.counts(),
        mints,
        due: keys * (1 + by_age) + faults.due.load(Ordering::Relaxed),
        platform_mints: counters.total_mints - mints,
        platform_due: 1 + by_age + faults.platform_due.load(Ordering::Relaxed),
        cold_mints,
        first_try_refusals: [40001, 40014, 42001]
            .map(|code| counters.refused("getEnvInfo", code))
            .iter()
            .sum(),
        failures: failures.len() as u64,
        excused: excused.len() as u64,
        faults: counted,
        converged: unsettled.is_empty() && closed,
    }
}

/// Lets things go wrong, without end.
async fn go_wrong(setup: &mut Setup, plan: &Plan, workers: &Mutex<Workers>, faults: &Faults) {
    let (emulator, store) = (Arc::clone(&setup.emulator), Arc::clone(&setup.store));
    let (component, keys) = (setup.platform.app_id().clone(), setup.keys.clone());
    tokio::join!(
        faults::kill_workers(workers, faults),
        faults::stop_workers(workers, faults),
        faults::set_clocks(workers, faults),
        faults::lose_answers(&emulator, faults),
        faults::age_tokens(&*store, &component, &keys, faults),
        async {
            // What a store has lost has to be fetched again, among which waste would not be
            // seen.
            if !plan.wasteful {
                faults::harm_store(setup, faults).await;
            }
        },
    );
}
