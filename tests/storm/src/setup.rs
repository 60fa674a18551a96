//! What a storm is over: an emulator, a store, merchants, and the processes that share their
//! tokens.

use std::sync::Arc;
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::auth::TokenStore;
use tcb_api::types::AuthorizerAppId;
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::Emulator;
use tcb_test_kit::postgres::PostgresServer;
use tcb_test_kit::redis::RedisServer;
use tcb_test_kit::signal;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::proxy::{Mode, Proxy};
use crate::scale::{self, SPEED, ScaledTransport};
use crate::store::{self, Backing};
use crate::worker::Job;
use crate::workers::Workers;

/// Processes that share the tokens.
const WORKERS: u8 = 8;

/// What storm it is to be.
#[derive(clap::Args)]
pub(crate) struct Plan {
    #[arg(long, value_parser = ["postgres", "redis", "sqlite"])]
    pub(crate) store: String,
    /// How long things go wrong, in seconds.
    #[arg(long, default_value_t = 20)]
    pub(crate) seconds: u64,
    /// What becomes of a refresh token that is used: it stays; it is replaced and works on for five
    /// scaled minutes; it is replaced and dead at once.
    #[arg(long, value_parser = ["stable", "grace", "strict"], default_value = "strict")]
    pub(crate) rotation: String,
    /// How many merchants.
    #[arg(long, default_value_t = 1000)]
    pub(crate) keys: usize,
    /// How many calls a second, all workers together.
    #[arg(long, default_value_t = 1500)]
    pub(crate) pace: u32,
    /// What all chance of the driver comes from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Fetch every token twice, which has to be seen.
    #[arg(long)]
    pub(crate) wasteful: bool,
    /// Tell on standard error of all that happens to tokens, to find out why a storm did not pass.
    #[arg(long)]
    pub(crate) verbose: bool,
}

/// All that is not a worker.
pub(crate) struct Setup {
    pub(crate) emulator: Arc<Emulator>,
    /// The driver's own, whose connection to the store does not fail.
    pub(crate) platform: Platform,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) backing: Backing,
    pub(crate) keys: Vec<AuthorizerAppId>,
    /// The workers' connections to a server.
    pub(crate) proxies: Vec<Proxy>,
    folder: TempDir,
}

impl Setup {
    pub(crate) async fn new(plan: &Plan) -> Self {
        let builder = Emulator::builder().seed(plan.seed).speed(SPEED).validation(false);
        let emulator = Arc::new(builder.assume("A-008", &plan.rotation).start().await.unwrap());
        let component = emulator.component().clone();
        let merchants = emulator.seed_open_merchants(&component.app_id, plan.keys, [18, 49]).unwrap();

        let folder = TempDir::new().unwrap();
        let backing = match plan.store.as_str() {
            // A kill is no loss of power.
            "postgres" => Backing::Postgres(PostgresServer::start(&["fsync=off"])),
            "redis" => Backing::Redis(RedisServer::start(&[])),
            _ => Backing::Sqlite(folder.path().join("tokens.db")),
        };
        let mut proxies = Vec::new();
        for port in backing.port().into_iter().cycle().take(WORKERS.into()) {
            proxies.push(Proxy::to(port).await);
        }
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

    pub(crate) async fn start_workers(&self, plan: &Plan) -> Workers {
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
            let proxy = self.proxies.get(usize::from(worker));
            proxy.map_or_else(|| self.backing.place(), |proxy| self.backing.place_at(proxy.port()))
        };
        Workers::start(file, (0..WORKERS).map(place).collect()).await
    }

    pub(crate) fn mints_for_merchants(&self) -> u64 {
        self.emulator.total_mints() - self.emulator.mints(self.platform.app_id().as_str())
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
    pub(crate) async fn end_faults(&mut self, workers: &Workers) {
        // One that is stopped may hold the store locked, which all that follows has to wait for.
        for pid in workers.pids() {
            signal(pid, "CONT");
        }
        for proxy in &self.proxies {
            proxy.set(Mode::Open);
        }
        self.backing.repair();
        self.emulator.set_faults([]).unwrap();
        // It may have lost something the moment before.
        self.bring_back().await;
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
