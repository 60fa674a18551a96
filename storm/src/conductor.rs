//! Starts everything, makes the storm, and judges.

use std::sync::Arc;
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::types::{AuthorizerAppId, RefreshToken};
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::Emulator;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::chaos::{self, Faults};
use crate::crew::Crew;
use crate::proxy::Proxy;
use crate::report::Verdict;
use crate::scale::{self, SPEED, ScaledTransport};
use crate::server::RedisServer;
use crate::worker::Errand;
use crate::{Plan, Rotation, StoreKind, convergence, stores};

/// Processes that share the tokens.
const WORKERS: usize = 8;

/// How long all is well before the end: five scaled minutes and more.
const QUIET: Duration = Duration::from_secs(5);

pub(crate) async fn conduct(plan: &Plan) -> Verdict {
    fastrand::seed(plan.seed);
    let folder = tempfile::TempDir::new().unwrap();
    let rotation = match plan.rotation {
        Rotation::Stable => "stable",
        Rotation::Grace => "grace",
        Rotation::Strict => "strict",
    };
    let emulator = Emulator::builder()
        .seed(plan.seed)
        .speed(SPEED)
        .validation(false)
        .assume("A-008", rotation)
        .start()
        .await
        .unwrap();
    let component = emulator.component().clone();
    let merchants = emulator.seed_open_merchants(&component.app_id, plan.keys, [18, 49]).unwrap();
    let keys: Vec<AuthorizerAppId> = merchants.iter().map(|(key, _)| key.clone()).collect();

    // The conductor's own way to the store does not fail.
    let mut redis = (plan.store == StoreKind::Redis).then(|| RedisServer::start(&[]));
    let place = match &redis {
        Some(redis) => redis.url(),
        None => folder.path().join("tokens.db").to_string_lossy().into_owned(),
    };
    let mut ways = Vec::new();
    if let Some(redis) = &redis {
        for _ in 0..WORKERS {
            ways.push(Proxy::to(redis.port()).await);
        }
    }
    let store = stores::open(&place).await;
    let platform = Platform::builder(&component.app_id, component.secret.clone())
        .transport(ScaledTransport::new(emulator.base_url()))
        .store(Arc::clone(&store))
        .cache(scale::policy())
        .build()
        .unwrap();
    receive_tickets(&emulator, &platform).await;
    hand_in(&platform, merchants).await;

    let errand = Errand {
        base_url: emulator.base_url().to_owned(),
        app_id: component.app_id.as_str().to_owned(),
        secret: component.secret.expose().to_owned(),
        keys: keys.clone(),
        talkative: plan.talkative,
        pace: f64::from(plan.pace) / f64::from(u32::try_from(WORKERS).unwrap()),
    };
    let errand_file = folder.path().join("errand.json");
    std::fs::write(&errand_file, serde_json::to_vec(&errand).unwrap()).unwrap();
    let places =
        (0..WORKERS).map(|worker| ways.get(worker).map_or_else(|| place.clone(), Proxy::url)).collect();
    let mut crew = Crew::new(errand_file, places);
    crew.ready().await;
    let of_merchants = || emulator.total_mints() - emulator.mints(component.app_id.as_str());

    crew.walk().await;
    let cold_mints = of_merchants();
    eprintln!("cold: {cold_mints} mints for {} keys, {:?}", plan.keys, crew.counts());

    crew.storm().await;
    let crew = Arc::new(Mutex::new(crew));
    let faults = Faults::new(plan.talkative);
    let storm = async {
        tokio::join!(
            chaos::kill_workers(Arc::clone(&crew), faults.clone()),
            chaos::stop_workers(Arc::clone(&crew), faults.clone()),
            chaos::lose_answers(&emulator, faults.clone()),
            chaos::age_tokens(&*store, &component.app_id, &keys),
            async {
                if let Some(redis) = &mut redis {
                    chaos::harm_redis(redis, &ways, faults.clone()).await;
                }
            },
        )
    };
    let _ = tokio::time::timeout(Duration::from_secs(plan.seconds), storm).await;
    calm(&crew, redis.as_mut(), &ways).await;
    let mut crew = crew.lock().await;
    eprintln!("storm: {} mints, {:?}, {:?}", of_merchants(), faults.counted(), crew.counts());

    tokio::time::sleep(QUIET).await;
    // Chance may have left somebody out for so long that the token has ended.
    crew.walk().await;
    let closed = crew.close().await;
    let counts = crew.counts();
    eprintln!("quiet: {} mints, {counts:?}", of_merchants());
    let counters = emulator.counters();
    let refused = [40001, 40014, 42001].map(|code| counters.refused("getEnvInfo", code));
    let unrest = convergence::unrest(&emulator, &platform, &*store, &keys).await;
    for line in unrest.iter().take(20) {
        eprintln!("{line}");
    }
    if !closed {
        eprintln!("a worker had token calls that did not end");
    }
    Verdict {
        store: if plan.store == StoreKind::Redis { "redis" } else { "sqlite" },
        rotation,
        keys: plan.keys as u64,
        mints: counters.total_mints,
        cold_mints,
        first_try_refusals: refused.iter().sum(),
        faults: faults.counted(),
        converged: unrest.is_empty() && closed,
        counts,
    }
}

/// Ends whatever is wrong.
async fn calm(crew: &Mutex<Crew>, redis: Option<&mut RedisServer>, ways: &[Proxy]) {
    for way in ways {
        way.set(crate::proxy::Way::Open);
    }
    if let Some(redis) = redis {
        tokio::task::block_in_place(|| redis.recover());
    }
    let crew = crew.lock().await;
    for worker in 0..crew.len() {
        if let Some(pid) = crew.pid(worker) {
            chaos::signal(pid, "CONT");
        }
    }
}

/// Takes in the tickets that are pushed every ten scaled minutes.
async fn receive_tickets(emulator: &Emulator, platform: &Platform) {
    let component = emulator.component();
    let key = EncodingAesKey::parse(component.encoding_aes_key.expose()).unwrap();
    let crypto = MessageCrypto::new(&component.app_id, component.callback_token.clone(), key);
    let receiver = Receiver::new(crypto).with_clock(emulator.clock());
    let service = CallbackService::new(receiver, platform.tokens().clone());
    let router = axum::Router::new().route("/", tcb_callback::axum::endpoint(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    emulator.set_callback_url(&component.app_id, &url).unwrap();
    let delivery = emulator.push_ticket(&component.app_id).await.unwrap();
    assert!(delivery.delivered, "{delivery:?}");
}

/// Hands in the refresh tokens, as an application does that moves to this SDK.
async fn hand_in(platform: &Platform, merchants: Vec<(AuthorizerAppId, RefreshToken)>) {
    for (key, refresh_token) in merchants {
        platform.tokens().restore(key, refresh_token).await.unwrap();
    }
}
