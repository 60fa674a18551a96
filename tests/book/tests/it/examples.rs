//! The examples of the books, run against the emulator. Both books include them from
//! `docs/book/examples`; the shell scripts are run by the tests of tcbctl.

use std::time::Duration;

use tcb_api::types::cloudbase_common::CloudUser;
use tcb_api::{Client, Platform};
use tcb_emulator::{Emulator, Fault, Merchant, ReleaseCheck};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[path = "../../../../docs/book/examples/aes_key.rs"]
mod aes_key;
#[path = "../../../../docs/book/examples/callbacks.rs"]
mod callbacks;
#[path = "../../../../docs/book/examples/first_merchant.rs"]
mod first_merchant;
#[path = "../../../../docs/book/examples/lost_answer.rs"]
mod lost_answer;
#[path = "../../../../docs/book/examples/mocks.rs"]
mod mocks;
#[path = "../../../../docs/book/examples/proxy.rs"]
mod proxy;
#[path = "../../../../docs/book/examples/raw_call.rs"]
mod raw_call;
#[path = "../../../../docs/book/examples/release_check.rs"]
mod release_check;
#[path = "../../../../docs/book/examples/run.rs"]
mod run;
#[path = "../../../../docs/book/examples/store.rs"]
mod store;
#[path = "../../../../docs/book/examples/token_source.rs"]
mod token_source;
#[path = "../../../../docs/book/examples/transport.rs"]
mod transport;

/// A platform that knows a ticket of the emulator's.
async fn platform(emulator: &Emulator) -> Platform {
    let credentials = emulator.component();
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .base_url(emulator.base_url().parse().unwrap())
        .build()
        .unwrap();
    let ticket = emulator.ticket(&credentials.app_id).unwrap();
    platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
    platform
}

/// A merchant for whom cloud development is open.
async fn shop(emulator: &Emulator) -> Client {
    let platform = platform(emulator).await;
    let merchant = emulator.add_merchant(Merchant::new().consenting());
    let code = emulator.authorize(&emulator.component().app_id, &merchant, [18, 25, 49]).await.unwrap();
    platform.tokens().exchange_code(code).await.unwrap();
    let shop = platform.authorizer(&merchant);
    assert_eq!(shop.account().open().await.unwrap(), CloudUser::Opened);
    shop
}

/// A platform that serves what the example serves, and what it has noted.
struct Served {
    platform: Platform,
    url: String,
    noted: mpsc::UnboundedReceiver<String>,
}

/// Serves what the example serves, and lets the emulator push there.
async fn serve(emulator: &Emulator, aes_key: Option<&str>) -> Served {
    let credentials = emulator.component();
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .base_url(emulator.base_url().parse().unwrap())
        .build()
        .unwrap();
    let (work, noted) = mpsc::unbounded_channel();
    let (to_send, mut wanted) = mpsc::unbounded_channel();
    let sender = platform.clone();
    tokio::spawn(async move {
        while let Some(wanted) = wanted.recv().await {
            release_check::send(&sender, wanted).await.unwrap();
        }
    });
    let events = callbacks::Events { tokens: platform.tokens().clone(), work, to_send };
    let aes_key = aes_key.unwrap_or(credentials.encoding_aes_key.expose());
    let token = credentials.callback_token.expose();
    let router = callbacks::router(credentials.app_id.as_str(), token, aes_key, events).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/wechat/events", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    emulator.set_callback_url(&credentials.app_id, &url).unwrap();
    Served { platform, url, noted }
}

#[tokio::test]
async fn a_merchant_comes_from_nothing_to_an_invoked_function() {
    assert_eq!(first_merchant::first_merchant().await.unwrap(), r#"{"sum":3}"#);
}

#[tokio::test]
async fn pushes_are_taken_in_and_noted() {
    let emulator = Emulator::start().await.unwrap();
    let Served { platform, mut noted, .. } = serve(&emulator, None).await;
    let component = &emulator.component().app_id;
    assert!(emulator.push_ticket(component).await.unwrap().delivered);
    let merchant = emulator.add_merchant(Merchant::new().consenting());
    emulator.authorize(component, &merchant, [18, 49]).await.unwrap();
    assert_eq!(noted.recv().await.unwrap(), format!("{merchant} is ours now"));
    let opened = platform.authorizer(&merchant).account().open().await.unwrap();
    assert_eq!(opened, CloudUser::Opened);
}

#[tokio::test]
async fn a_push_under_another_key_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let other = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    let _served = serve(&emulator, Some(other)).await;
    assert!(!emulator.push_ticket(&emulator.component().app_id).await.unwrap().delivered);
}

#[tokio::test]
async fn pushes_under_the_old_key_are_read_while_it_is_the_previous_one() {
    let emulator = Emulator::start().await.unwrap();
    let credentials = emulator.component().clone();
    let new = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    let old = credentials.encoding_aes_key.expose();
    let token = credentials.callback_token.expose();
    let receiver = aes_key::receiver(credentials.app_id.as_str(), token, new, old).unwrap();
    let platform = platform(&emulator).await;
    let service = tcb_callback::CallbackService::new(receiver, platform.tokens().clone());
    let router = axum::Router::new().route("/events", tcb_callback::axum::endpoint(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    emulator.set_callback_url(&credentials.app_id, &url).unwrap();
    assert!(emulator.push_ticket(&credentials.app_id).await.unwrap().delivered);
}

#[tokio::test]
async fn the_service_passes_the_release_check() {
    let emulator = Emulator::start().await.unwrap();
    let served = serve(&emulator, None).await;
    let messages = served.url.replace("/events", "/$APPID$/messages");
    let check = ReleaseCheck::new(&served.url).messages(messages);
    let report = emulator.release_check(&emulator.component().app_id, &check).await.unwrap();
    assert!(report.is_passed(), "{report:?}");
}

#[tokio::test]
async fn stores_keep_what_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.db");
    let keys =
        ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="];
    let platform = store::with_cipher(&file, keys[0], keys[1]).unwrap();
    platform.tokens().restore("wx0123456789abcdef", "refreshtoken@@@x").await.unwrap();
    platform.close(Duration::from_secs(5)).await;
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"refreshtoken"));
    store::with_store(&folder.path().join("other.db")).unwrap();
}

#[tokio::test]
async fn a_source_of_ones_own_is_asked_once() {
    let emulator = Emulator::start().await.unwrap();
    let vault = std::sync::Arc::new(token_source::Vault { asked: 0.into() });
    let shop = token_source::client(vault.clone(), emulator.base_url()).unwrap();
    for _ in 0..3 {
        // The emulator does not know this token; the source is asked again after the refusal.
        shop.envs().list().await.unwrap_err();
    }
    assert!(vault.asked.load(std::sync::atomic::Ordering::Relaxed) <= 2);
}

#[tokio::test]
async fn a_journal_hears_of_each_request() {
    let emulator = Emulator::start().await.unwrap();
    let (lines, mut heard) = mpsc::unbounded_channel();
    let token = tcb_api::StaticToken::new("61_unknown_to_everybody");
    let shop = transport::client(emulator.base_url(), lines, token).unwrap();
    shop.envs().list().await.unwrap_err();
    assert_eq!(heard.recv().await.unwrap(), "getEnvInfo: 200 OK");
}

#[tokio::test]
async fn a_platform_that_is_told_to_stop_has_stored_everything() {
    let emulator = Emulator::start().await.unwrap();
    assert!(run::run(platform(&emulator).await, std::future::ready(())).await);
}

#[test]
fn the_page_of_settings_has_the_defaults_of_the_sdk() {
    let defaults = format!("{:?}", tcb_api::transport::HttpOptions::default());
    for page in [
        include_str!("../../../../docs/book/en/src/reference/configuration.md"),
        include_str!("../../../../docs/book/zh/src/reference/configuration.md"),
    ] {
        for name in ["connect_timeout", "timeout", "max_connections", "pool_idle_timeout"] {
            let (_, row) = page.split_once(&format!("| `HttpOptions::{name}` | ")).unwrap();
            let told = row.split(" |").next().unwrap().replace(" 秒", "s").replace(" s", "s");
            assert!(defaults.contains(&format!(" {name}: {told}")), "{name}: {told} in {defaults}");
        }
    }
}

#[test]
fn a_proxy_is_taken_with_its_password() {
    proxy::behind("http://name:password@proxy.example:3128").unwrap();
    assert!(proxy::behind("ftp://proxy.example").is_err());
}

#[tokio::test]
async fn an_environment_whose_answer_was_lost_is_found_again() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator).await;
    emulator.fault(Fault::commit_then_drop("/tcb/createenvandresource")).unwrap();
    let env = lost_answer::create(&shop, "shop-prod").await.unwrap().unwrap();
    assert!(env.as_str().starts_with("shop-prod"));
    assert_eq!(emulator.counters().executed("createEnv"), 1);
    assert_eq!(raw_call::environments(&shop).await.unwrap(), 1);
}

/// Each page about a code says how to provoke it; so the emulator has to take that fault.
#[tokio::test]
async fn every_code_that_has_a_page_can_be_provoked() {
    let emulator = Emulator::start().await.unwrap();
    for code in tcb_book::codes() {
        let fault = Fault::errcode(code.path().unwrap(), code.code);
        assert!(emulator.fault(fault).is_ok(), "{}: {}", code.code, code.operation);
    }
    assert_eq!(emulator.faults().len(), tcb_book::codes().len());
}
