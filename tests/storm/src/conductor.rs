//! Starts everything, makes the storm, and judges.

use std::sync::Arc;
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::auth::TokenStore;
use tcb_api::types::{AuthorizerAppId, Clock as _, SystemClock};
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::Emulator;
use tcb_test_kit::redis::{RedisServer, ask};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::chaos::{self, Faults};
use crate::crew::{Crew, Shared};
use crate::harmed::Harmed;
use crate::outage::Failed;
use crate::proxy::{Proxy, Way};
use crate::report::Verdict;
use crate::scale::{self, SPEED, ScaledTransport};
use crate::worker::Errand;
use crate::{Plan, StoreKind, convergence, stores};

/// Processes that share the tokens.
const WORKERS: u8 = 8;

/// How long all is well before the end: five scaled minutes and more.
const QUIET: Duration = Duration::from_secs(5);

pub(crate) async fn conduct(plan: &Plan) -> Verdict {
    fastrand::seed(plan.seed);
    let mut stage = Stage::set(plan).await;
    let begun = SystemClock.monotonic();
    let mut crew = stage.hire(plan);
    crew.ready().await;

    crew.walk().await;
    let cold_mints = stage.mints_for_merchants();
    eprintln!("cold: {cold_mints} mints for {} keys, {:?}", plan.keys, crew.counts());

    crew.storm().await;
    let crew = Arc::new(Mutex::new(crew));
    let faults = Faults::new(plan.talkative);
    let limit = Duration::from_secs(plan.seconds);
    let _ = tokio::time::timeout(limit, stage.storm(plan, &crew, &faults)).await;
    stage.calm(&crew).await;
    faults.outages.end();
    let mut crew = crew.lock().await;
    eprintln!("storm: {} mints, {:?}, {:?}", stage.mints_for_merchants(), faults.counted(), crew.counts());

    tokio::time::sleep(QUIET).await;
    // Chance may have left somebody out for so long that the token has ended.
    crew.walk().await;
    let closed = crew.close().await;
    let counts = crew.counts();
    eprintln!("quiet: {} mints, {counts:?}", stage.mints_for_merchants());
    let (counters, mints) = (stage.emulator.counters(), stage.mints_for_merchants());
    let unrest = convergence::unrest(&stage.emulator, &stage.platform, &*stage.store, &stage.keys).await;
    for line in unrest.iter().take(20) {
        eprintln!("{line}");
    }
    let (excused, failures): (Vec<_>, Vec<_>) =
        crew.failed().into_iter().partition(|(worker, failed)| faults.outages.excuse(*worker, failed));
    for (worker, Failed { why, begun, ended, error }) in failures.iter().take(10) {
        eprintln!("worker {worker}, {begun} to {ended}: {why:?}: {error}");
    }
    if !closed {
        eprintln!("a worker had token calls that did not end");
    }
    // Every token comes near its end by itself, too.
    let by_age = scale::renewals(SystemClock.monotonic() - begun);
    let (due, platform_due) = faults.due();
    let keys = plan.keys as u64;
    Verdict {
        store: plan.store.name(),
        rotation: plan.rotation.name(),
        keys,
        seed: plan.seed,
        mints,
        due: keys * (1 + by_age) + due,
        platform_mints: counters.total_mints - mints,
        platform_due: 1 + by_age + platform_due,
        cold_mints,
        first_try_refusals: [40001, 40014, 42001]
            .map(|code| counters.refused("getEnvInfo", code))
            .iter()
            .sum(),
        failures: failures.len() as u64,
        excused: excused.len() as u64,
        faults: faults.counted(),
        converged: unrest.is_empty() && closed,
        counts,
    }
}

/// All that is not a worker.
pub(crate) struct Stage {
    emulator: Arc<Emulator>,
    /// The conductor's own, whose way to the store does not fail.
    platform: Platform,
    store: Arc<dyn TokenStore>,
    pub(crate) harmed: Harmed,
    pub(crate) keys: Vec<AuthorizerAppId>,
    /// The workers' ways to redis.
    pub(crate) ways: Vec<Proxy>,
    folder: TempDir,
}

impl Stage {
    async fn set(plan: &Plan) -> Self {
        let builder = Emulator::builder().seed(plan.seed).speed(SPEED).validation(false);
        let emulator = Arc::new(builder.assume("A-008", plan.rotation.name()).start().await.unwrap());
        let component = emulator.component().clone();
        let merchants = emulator.seed_open_merchants(&component.app_id, plan.keys, [18, 49]).unwrap();

        let folder = TempDir::new().unwrap();
        let harmed = match plan.store {
            StoreKind::Redis => Harmed::Redis(RedisServer::start(&[])),
            StoreKind::Sqlite => Harmed::Sqlite(folder.path().join("tokens.db")),
        };
        let mut ways = Vec::new();
        if let Harmed::Redis(redis) = &harmed {
            for _ in 0..WORKERS {
                ways.push(Proxy::to(redis.port()).await);
            }
        }
        let store = stores::open(&harmed.place()).await;
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
        Self { emulator, platform, store, harmed, keys, ways, folder }
    }

    fn hire(&self, plan: &Plan) -> Crew {
        let component = self.emulator.component();
        let errand = Errand {
            base_url: self.emulator.base_url().to_owned(),
            app_id: component.app_id.as_str().to_owned(),
            secret: component.secret.expose().to_owned(),
            keys: self.keys.clone(),
            pace: f64::from(plan.pace) / f64::from(WORKERS),
            wasteful: plan.wasteful,
            talkative: plan.talkative,
        };
        let file = self.folder.path().join("errand.json");
        std::fs::write(&file, serde_json::to_vec(&errand).unwrap()).unwrap();
        let place =
            |worker: u8| self.ways.get(usize::from(worker)).map_or_else(|| self.harmed.place(), Proxy::url);
        Crew::new(file, (0..WORKERS).map(place).collect())
    }

    pub(crate) fn mints_for_merchants(&self) -> u64 {
        self.emulator.total_mints() - self.emulator.mints(self.platform.app_id().as_str())
    }

    /// Lets things go wrong, without end.
    async fn storm(&mut self, plan: &Plan, crew: &Shared, faults: &Faults) {
        let (emulator, store) = (Arc::clone(&self.emulator), Arc::clone(&self.store));
        let (component, keys) = (self.platform.app_id().clone(), self.keys.clone());
        tokio::join!(
            chaos::kill_workers(crew, faults),
            chaos::stop_workers(crew, faults),
            chaos::set_clocks(crew, faults),
            chaos::lose_answers(&emulator, faults),
            chaos::age_tokens(&*store, &component, &keys, faults),
            async {
                // What a store has lost has to be fetched again, among which waste would not be seen.
                if !plan.wasteful {
                    chaos::harm(self, faults).await;
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
    async fn calm(&mut self, crew: &Shared) {
        for way in &self.ways {
            way.set(Way::Open);
        }
        if let Harmed::Redis(redis) = &mut self.harmed {
            redis.thaw();
            if ask(redis.port(), "PING").is_err() {
                redis.start_again();
            }
        }
        self.emulator.set_faults([]).unwrap();
        // It may have lost something the moment before.
        self.bring_back().await;
        let crew = crew.lock().await;
        for worker in 0..crew.len() {
            if let Some(pid) = crew.pid(worker) {
                chaos::signal(pid, "CONT");
            }
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
