//! Starts everything, lets things go wrong, and judges.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::auth::TokenStore;
use tcb_api::types::{AuthorizerAppId, Clock as _, SystemClock};
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::Emulator;
use tcb_test_kit::redis::RedisServer;
use tcb_test_kit::signal;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::faults::{self, Faults};
use crate::outages::FailedCall;
use crate::proxy::{Mode, Proxy};
use crate::report::Report;
use crate::scale::{self, SPEED, ScaledTransport};
use crate::store::Backing;
use crate::worker::Job;
use crate::workers::Workers;
use crate::{Plan, convergence, store};

/// Processes that share the tokens.
const WORKERS: u8 = 8;

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
    let _ = tokio::time::timeout(limit, setup.go_wrong(plan, &workers, &faults)).await;
    let mut workers = workers.into_inner();
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

/// All that is not a worker.
pub(crate) struct Setup {
    emulator: Arc<Emulator>,
    /// The driver's own, whose connection to the store does not fail.
    platform: Platform,
    store: Arc<dyn TokenStore>,
    pub(crate) backing: Backing,
    pub(crate) keys: Vec<AuthorizerAppId>,
    /// The workers' connections to Redis.
    pub(crate) proxies: Vec<Proxy>,
    folder: TempDir,
}

impl Setup {
    async fn new(plan: &Plan) -> Self {
        let builder = Emulator::builder().seed(plan.seed).speed(SPEED).validation(false);
        let emulator = Arc::new(builder.assume("A-008", &plan.rotation).start().await.unwrap());
        let component = emulator.component().clone();
        let merchants = emulator.seed_open_merchants(&component.app_id, plan.keys, [18, 49]).unwrap();

        let folder = TempDir::new().unwrap();
        let mut proxies = Vec::new();
        let backing = if plan.store == "redis" {
            let redis = RedisServer::start(&[]);
            for _ in 0..WORKERS {
                proxies.push(Proxy::to(redis.port()).await);
            }
            Backing::Redis(redis)
        } else {
            Backing::Sqlite(folder.path().join("tokens.db"))
        };
        let store = store::open(&backing.place()).await;
        let platform = Platform::builder(&component.app_id, component.secret.clone())
            .transport(ScaledTransport::new(emulator.base_url()))
            .store(Arc::clone(&store))
            .cache(scale::policy())
            .build()
            .unwrap();
        receive_tickets(&emulator, &platform).await;
        let mut keys = Vec::new();
        for (key, refresh_token) in merchants {
            // As an application does that moves to this SDK.
            platform.tokens().restore(&key, refresh_token).await.unwrap();
            keys.push(key);
        }
        Self { emulator, platform, store, backing, keys, proxies, folder }
    }

    async fn start_workers(&self, plan: &Plan) -> Workers {
        let component = self.emulator.component();
        let job = Job {
            base_url: self.emulator.base_url().to_owned(),
            app_id: component.app_id.as_str().to_owned(),
            secret: component.secret.expose().to_owned(),
            keys: self.keys.clone(),
            pace: f64::from(plan.pace) / f64::from(WORKERS),
            wasteful: plan.wasteful,
            verbose: plan.verbose,
        };
        let file = self.folder.path().join("job.json");
        std::fs::write(&file, serde_json::to_vec(&job).unwrap()).unwrap();
        let place = |worker: u8| {
            self.proxies.get(usize::from(worker)).map_or_else(|| self.backing.place(), Proxy::url)
        };
        Workers::start(file, (0..WORKERS).map(place).collect()).await
    }

    pub(crate) fn mints_for_merchants(&self) -> u64 {
        self.emulator.total_mints() - self.emulator.mints(self.platform.app_id().as_str())
    }

    /// Lets things go wrong, without end.
    async fn go_wrong(&mut self, plan: &Plan, workers: &Mutex<Workers>, faults: &Faults) {
        let (emulator, store) = (Arc::clone(&self.emulator), Arc::clone(&self.store));
        let (component, keys) = (self.platform.app_id().clone(), self.keys.clone());
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
                    faults::harm_store(self, faults).await;
                }
            },
        );
    }

    /// Does what an application does whose store has lost something.
    pub(crate) async fn bring_back(&self) {
        loop {
            let pushed = self.emulator.push_ticket(self.platform.app_id()).await;
            if pushed.is_ok_and(|push| push.delivered) && self.platform.tokens().reconcile().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends whatever is wrong.
    async fn end_faults(&mut self, workers: &Workers) {
        for proxy in &self.proxies {
            proxy.set(Mode::Open);
        }
        self.backing.repair();
        self.emulator.set_faults([]).unwrap();
        // It may have lost something the moment before.
        self.bring_back().await;
        for pid in workers.pids() {
            signal(pid, "CONT");
        }
    }
}

/// Takes in the tickets that are pushed every ten scaled minutes.
async fn receive_tickets(emulator: &Emulator, platform: &Platform) {
    let component = emulator.component();
    let key = EncodingAesKey::parse(component.encoding_aes_key.expose()).unwrap();
    let crypto = MessageCrypto::new(&component.app_id, component.callback_token.clone(), key);
    let receiver = Receiver::new(crypto).clock(emulator.clock());
    let service = CallbackService::new(receiver, platform.tokens().clone());
    let router = axum::Router::new().route("/", tcb_callback::axum::endpoint(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    emulator.set_callback_url(&component.app_id, &url).unwrap();
    let delivery = emulator.push_ticket(&component.app_id).await.unwrap();
    assert!(delivery.delivered, "{delivery:?}");
}
