use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tcb_callback::{EncodingAesKey, MessageCrypto, Signature};
use tcb_emulator::{
    ClockMode, Credentials, Emulator, EmulatorErrorKind, Fault, FaultKind, Merchant, ReleaseCheck, Reset,
};
use tcb_types::{Clock, SystemClock};
use tokio::net::TcpListener;

use crate::support::*;

/// A receiver of pushes that answers from a script, and `success` when the script is over.
struct Receiver {
    url: String,
    pushes: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    async fn start(script: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/event?from=wechat", listener.local_addr().unwrap());
        let pushes = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script.to_vec()));
        let seen = Arc::clone(&pushes);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                    async move {
                        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/event"));
                        let query = request.uri().query().unwrap().to_owned();
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        seen.lock().unwrap().push((query, String::from_utf8(body.to_vec()).unwrap()));
                        let mut script = script.lock().unwrap();
                        let (status, text) =
                            if script.is_empty() { (200, "success") } else { script.remove(0) };
                        let mut response = Response::new(Full::<Bytes>::from(text));
                        *response.status_mut() = StatusCode::from_u16(status).unwrap();
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, pushes }
    }

    fn taken(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.pushes.lock().unwrap())
    }
}

fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {xml}"));
    let (value, _) = rest.split_once(&format!("</{name}>")).unwrap();
    value.strip_prefix("<![CDATA[").and_then(|value| value.strip_suffix("]]>")).unwrap_or(value)
}

/// Checks the signatures of a push and decrypts it.
fn open(credentials: &Credentials, (query, body): &(String, String)) -> String {
    let query: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(query["from"], "wechat");
    assert_eq!(query["encrypt_type"], "aes");
    assert_eq!(element(body, "AppId"), credentials.app_id.as_str());
    let key = EncodingAesKey::parse(credentials.encoding_aes_key.expose()).unwrap();
    let crypto = MessageCrypto::new(credentials.app_id.clone(), credentials.callback_token.clone(), key);
    let encrypted = element(body, "Encrypt");
    let (timestamp, nonce) = (&query["timestamp"], &query["nonce"]);
    let expected = crypto.msg_signature(timestamp, nonce, encrypted);
    assert!(Signature::parse(&query["msg_signature"]).unwrap() == expected);
    assert!(Signature::parse(&query["signature"]).unwrap() == crypto.signature(timestamp, nonce));
    crypto.decrypt(encrypted).unwrap().message.expose().to_owned()
}

#[tokio::test]
async fn a_ticket_is_pushed_encrypted_and_signed() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let receiver = Receiver::start(&[]).await;
    let component = emulator.component();
    emulator.set_callback_url(&component.app_id, &receiver.url).unwrap();
    let delivery = bounded(emulator.push_ticket(&component.app_id)).await.unwrap();
    assert!(delivery.delivered);
    assert_eq!((delivery.attempts, delivery.event.as_str()), (1, "component_verify_ticket"));

    let xml = open(component, &receiver.taken()[0]);
    assert_eq!(element(&xml, "AppId"), component.app_id.as_str());
    assert_eq!(element(&xml, "CreateTime"), "1700000000");
    assert_eq!(element(&xml, "InfoType"), "component_verify_ticket");
    let ticket = emulator.ticket(&component.app_id).unwrap();
    assert_eq!(element(&xml, "ComponentVerifyTicket"), ticket.expose());
}

#[tokio::test]
async fn authorisations_are_pushed_when_they_change() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let receiver = Receiver::start(&[]).await;
    let component = emulator.component();
    emulator.set_callback_url(&component.app_id, &receiver.url).unwrap();
    let token = component_token(&emulator).await;
    let body = serde_json::json!({"component_appid": component.app_id});
    let link = text(&call(&emulator, PRE_AUTH_CODE, &token, body).await, "/pre_auth_code");

    let shop = emulator.add_merchant(Merchant::new());
    let code = bounded(emulator.authorize(&component.app_id, &shop, [49])).await.unwrap();
    let xml = open(component, &receiver.taken()[0]);
    assert_eq!(element(&xml, "InfoType"), "authorized");
    assert_eq!(element(&xml, "AuthorizerAppid"), shop.as_str());
    assert_eq!(element(&xml, "AuthorizationCode"), code.expose());
    assert_eq!(element(&xml, "AuthorizationCodeExpiredTime"), "1700003600");
    assert_eq!(element(&xml, "PreAuthCode"), link);

    bounded(emulator.authorize(&component.app_id, &shop, [49])).await.unwrap();
    assert!(receiver.taken().is_empty());
    bounded(emulator.authorize(&component.app_id, &shop, [49, 18])).await.unwrap();
    assert_eq!(element(&open(component, &receiver.taken()[0]), "InfoType"), "updateauthorized");
    bounded(emulator.unauthorize(&component.app_id, &shop)).await.unwrap();
    let xml = open(component, &receiver.taken()[0]);
    assert_eq!(element(&xml, "InfoType"), "unauthorized");
    assert_eq!(element(&xml, "AuthorizerAppid"), shop.as_str());
    let error = bounded(emulator.unauthorize(&component.app_id, &shop)).await.unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::NotAuthorized);
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_three_times() {
    let emulator = Emulator::start().await.unwrap();
    let component = &emulator.component().app_id;
    let receiver = Receiver::start(&[(500, "success"), (200, "success\n")]).await;
    emulator.set_callback_url(component, &receiver.url).unwrap();
    let delivery = bounded(emulator.push_ticket(component)).await.unwrap();
    assert_eq!((delivery.attempts, delivery.delivered), (3, true));
    assert_eq!(receiver.taken().len(), 3);

    let receiver = Receiver::start(&[(500, ""), (500, ""), (500, "")]).await;
    emulator.set_callback_url(component, &receiver.url).unwrap();
    let delivery = bounded(emulator.push_ticket(component)).await.unwrap();
    assert_eq!((delivery.attempts, delivery.delivered), (3, false));
    assert_eq!(delivery.failure.as_deref(), Some("HTTP 500"));
    assert_eq!(emulator.callbacks().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_given_up() {
    let emulator = Emulator::builder().push_timeout(Duration::from_millis(20)).start().await.unwrap();
    let component = &emulator.component().app_id;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    emulator.set_callback_url(component, &format!("http://{}", silent.local_addr().unwrap())).unwrap();
    let delivery = bounded(emulator.push_ticket(component)).await.unwrap();
    assert_eq!((delivery.attempts, delivery.delivered), (3, false));
    assert!(delivery.failure.unwrap().contains("no answer"));
}

#[tokio::test]
async fn a_receiver_that_hangs_is_not_waited_for_at_every_step() {
    let builder = Emulator::builder().push_timeout(Duration::from_millis(20));
    let emulator = builder.clock(clock()).start().await.unwrap();
    let component = &emulator.component().app_id;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    emulator.set_callback_url(component, &format!("http://{}", silent.local_addr().unwrap())).unwrap();
    bounded(emulator.advance(Duration::from_secs(24 * 3600))).await;
    let log = emulator.callbacks();
    assert_eq!((log.len(), log.iter().all(|one| one.attempts == 3)), (144, true));
}

#[tokio::test]
async fn tickets_can_be_off_from_the_start() {
    let emulator = Emulator::builder().clock(clock()).pushing(false).start().await.unwrap();
    let (_, receiver) = listening(&emulator).await;
    bounded(emulator.advance(Duration::from_secs(600))).await;
    assert!(receiver.taken().is_empty());
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_no_other_ticket() {
    let builder = Emulator::builder().push_timeout(Duration::from_secs(3600));
    let emulator = Arc::new(builder.start().await.unwrap());
    let (first, second) = (emulator.component().app_id.clone(), emulator.add_component().app_id);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = Receiver::start(&[]).await;
    for (platform, hanging) in [(&first, false), (&second, true)] {
        let url =
            if hanging { format!("http://{}", silent.local_addr().unwrap()) } else { receiver.url.clone() };
        emulator.set_callback_url(platform, &url).unwrap();
    }
    let mut waiting = Vec::new();
    for round in 1..=2 {
        let moved = Arc::clone(&emulator);
        waiting.push(tokio::spawn(async move { moved.advance(Duration::from_secs(600)).await }));
        bounded(async {
            while receiver.pushes.lock().unwrap().len() < round {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    // Whoever moves the time waits for all receivers; a test of its own then has a short time-out
    // or goes on without.
    assert!(waiting.iter().all(|moving| !moving.is_finished()));
}

#[tokio::test]
async fn tickets_come_every_ten_minutes_of_the_emulators_time() {
    let emulator = Emulator::builder().clock(clock()).clock_mode(ClockMode::Frozen).start().await.unwrap();
    let component = emulator.component();
    let receiver = Receiver::start(&[]).await;
    emulator.set_callback_url(&component.app_id, &receiver.url).unwrap();
    bounded(emulator.advance(Duration::from_secs(590))).await;
    assert!(receiver.taken().is_empty());
    bounded(emulator.advance(Duration::from_secs(10))).await;
    assert_eq!(receiver.taken().len(), 1);
    bounded(emulator.advance(Duration::from_secs(13 * 3600))).await;
    let times = receiver
        .taken()
        .iter()
        .map(|push| element(&open(component, push), "CreateTime").parse().unwrap())
        .collect::<Vec<u64>>();
    assert_eq!(times.len(), 13 * 6);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 600), "each at its time: {times:?}");
    // Of a longer span only the last day is gone through.
    bounded(emulator.advance(Duration::from_secs(7 * 86_400))).await;
    assert_eq!(receiver.taken().len(), 1 + 24 * 6);

    emulator.set_ticket_pushing(&component.app_id, false).unwrap();
    bounded(emulator.advance(Duration::from_secs(600))).await;
    assert!(receiver.taken().is_empty());
    emulator.clear_callback_url(&component.app_id).unwrap();
    let error = bounded(emulator.push_ticket(&component.app_id)).await.unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::NoCallback);
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_release_check_harms_nobody() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let shop = shop(&emulator, Merchant::new()).await;
    let message = serde_json::json!({"touser": "o1", "msgtype": "text", "text": {"content": "hi"}});
    assert_code(&call(&emulator, "/cgi-bin/message/custom/send", &shop.token, message).await, 0);
    let receiver = Receiver::start(&[]).await;
    let check = ReleaseCheck::new(&receiver.url).messages(&receiver.url).patience(Duration::from_millis(100));
    let reset = async {
        // A ticket, two authorisations, a text, and the code that a message has to come for.
        while receiver.pushes.lock().unwrap().len() < 5 {
            tokio::task::yield_now().await;
        }
        emulator.reset(&Reset::Seed).unwrap();
    };
    let (checked, ()) =
        bounded(async { tokio::join!(emulator.release_check(&component, &check), reset) }).await;
    // The accounts of the check are gone.
    checked.unwrap_err();
    call_bare(&emulator, COMPONENT_TOKEN, serde_json::json!({})).await;
}

/// A wall clock that goes with tokio's.
#[derive(Debug)]
struct Paused(tokio::time::Instant);

impl Clock for Paused {
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + self.0.elapsed()
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}

#[tokio::test(start_paused = true)]
async fn tickets_come_by_themselves() {
    #[expect(clippy::disallowed_methods, reason = "the time is paused and this is what moves it")]
    let clock = Paused(tokio::time::Instant::now());
    let emulator = Emulator::builder().clock(clock).start().await.unwrap();
    let component = &emulator.component().app_id;
    emulator.set_callback_url(component, "http://127.0.0.1:9/").unwrap();
    tokio::time::sleep(Duration::from_secs(599)).await;
    assert!(emulator.callbacks().is_empty());
    // Whether the receiver is there is not the point; three attempts take at most fifteen seconds.
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(emulator.callbacks().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fast_emulator_pushes_tickets_more_often() {
    #[expect(clippy::disallowed_methods, reason = "the time is paused and this is what moves it")]
    let clock = Paused(tokio::time::Instant::now());
    let emulator = Emulator::builder().clock(clock).speed(100).start().await.unwrap();
    let component = &emulator.component().app_id;
    // A receiver that hangs does not stop the tickets either.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    emulator.set_callback_url(component, &format!("http://{}", silent.local_addr().unwrap())).unwrap();
    tokio::time::sleep(Duration::from_millis(5990)).await;
    assert!(emulator.callbacks().is_empty());
    // Ten tickets in a minute, each given up after fifteen seconds.
    tokio::time::sleep(Duration::from_secs(60 + 15)).await;
    assert!(emulator.callbacks().len() >= 10, "{}", emulator.callbacks().len());
}

/// A platform with a receiver.
async fn listening(emulator: &Emulator) -> (Credentials, Receiver) {
    let (component, receiver) = (emulator.component().clone(), Receiver::start(&[]).await);
    emulator.set_callback_url(&component.app_id, &receiver.url).unwrap();
    (component, receiver)
}

/// The tickets in pushes.
fn tickets(credentials: &Credentials, pushes: &[(String, String)]) -> Vec<String> {
    pushes.iter().map(|push| element(&open(credentials, push), "ComponentVerifyTicket").to_owned()).collect()
}

#[tokio::test]
async fn a_push_is_shown_as_it_was_and_can_be_made_again() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (component, receiver) = listening(&emulator).await;
    let delivery = bounded(emulator.push_ticket(&component.app_id)).await.unwrap();
    let (query, body) = receiver.taken().remove(0);
    assert_eq!((delivery.id, delivery.time, &delivery.body), (1, 1_700_000_000, &body));
    assert_eq!(format!("from=wechat&{}", delivery.query), query);
    assert_eq!(open(&component, &(query, body)), delivery.message);
    assert_eq!(delivery.answer.as_deref(), Some("success"));
    assert!(!format!("{delivery:?}").contains("ticket@@@"));

    let again = bounded(emulator.redeliver(1)).await.unwrap();
    assert_eq!((again.id, &again.message, again.delivered), (2, &delivery.message, true));
    assert_ne!(again.query, delivery.query);
    assert_eq!(emulator.callbacks(), [delivery, again]);
    let error = bounded(emulator.redeliver(3)).await.unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::UnknownPush);
}

#[tokio::test]
async fn a_push_can_come_twice_or_after_the_next() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (component, receiver) = listening(&emulator).await;
    let push = async || bounded(emulator.push_ticket(&component.app_id)).await.unwrap();
    emulator.fault(Fault::new("callbacks", FaultKind::Duplicate)).unwrap();
    push().await;
    let pushes = receiver.taken();
    assert_eq!((pushes.len(), &pushes[0]), (2, &pushes[1]));

    emulator.fault(Fault::new("component_verify_ticket", FaultKind::Reorder)).unwrap();
    let held = push().await;
    assert_eq!((held.attempts, held.fault.as_deref()), (0, Some("reorder")));
    assert!(receiver.taken().is_empty());
    push().await;
    let messages = tickets(&component, &receiver.taken());
    let log: Vec<_> = emulator.callbacks();
    assert_eq!(
        log.iter().map(|one| (one.id, one.delivered)).collect::<Vec<_>>(),
        [(1, true), (2, true), (3, true), (4, true)]
    );
    assert!(log[3].message.contains(&messages[0]) && log[2].message.contains(&messages[1]));
    assert_eq!(emulator.counters().faults, 2);
}

#[tokio::test]
async fn a_push_can_be_forged_or_under_the_former_key() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (component, receiver) = listening(&emulator).await;
    let push = async || {
        bounded(emulator.push_ticket(&component.app_id)).await.unwrap();
        receiver.taken().remove(0)
    };
    emulator.fault(Fault::new("callbacks", FaultKind::BadSignature)).unwrap();
    let forged = push().await;
    assert!(catch_unwind(AssertUnwindSafe(|| open(&component, &forged))).is_err());

    let changed = emulator.change_aes_key(&component.app_id).unwrap();
    assert_eq!(element(&open(&changed, &push().await), "AppId"), component.app_id.as_str());
    emulator.fault(Fault::new("callbacks", FaultKind::FormerKey)).unwrap();
    assert_eq!(element(&open(&component, &push().await), "AppId"), component.app_id.as_str());
}

#[tokio::test]
async fn a_push_can_be_late_or_not_come_at_all() {
    let machine = clock();
    let emulator = Emulator::builder().clock(machine.clone()).start().await.unwrap();
    emulator.set_clock_mode(ClockMode::Frozen).unwrap();
    let (component, receiver) = listening(&emulator).await;
    emulator.set_ticket_pushing(&component.app_id, false).unwrap();
    emulator.fault(Fault::new("authorized", FaultKind::Postpone { seconds: 90 })).unwrap();
    let shop = emulator.add_merchant(Merchant::new());
    bounded(emulator.authorize(&component.app_id, &shop, [49])).await.unwrap();
    assert!(receiver.taken().is_empty());
    let due = bounded(emulator.advance_to_next_event()).await.unwrap();
    assert_eq!(due, UNIX_EPOCH + Duration::from_secs(1_700_000_090));
    assert_eq!(element(&open(&component, &receiver.taken()[0]), "InfoType"), "authorized");

    emulator.set_ticket_pushing(&component.app_id, true).unwrap();
    let ticket = emulator.ticket(&component.app_id).unwrap();
    let now = 1_700_000_090;
    emulator.fault(Fault::withhold("component_verify_ticket").between(now, now + 13 * 3600)).unwrap();
    for _ in 0..13 * 6 {
        bounded(emulator.advance(Duration::from_secs(599))).await;
    }
    assert!(receiver.taken().is_empty());
    let body = serde_json::json!({
        "component_appid": component.app_id,
        "component_appsecret": component.secret.expose(),
        "component_verify_ticket": ticket.expose(),
    });
    assert_code(&call_bare(&emulator, COMPONENT_TOKEN, body).await, 61005);
    bounded(emulator.advance(Duration::from_secs(600))).await;
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test]
async fn nothing_is_pushed_to_another_machine() {
    let emulator = Emulator::start().await.unwrap();
    let component = &emulator.component().app_id;
    for (url, kind) in [
        ("http://192.0.2.1/", EmulatorErrorKind::NotLoopback),
        ("http://localhost.example.com/", EmulatorErrorKind::NotLoopback),
        ("http://127.0.0.1@example.com/", EmulatorErrorKind::NotLoopback),
        ("https://127.0.0.1/", EmulatorErrorKind::Invalid),
        ("127.0.0.1", EmulatorErrorKind::Invalid),
        ("", EmulatorErrorKind::Invalid),
    ] {
        assert_eq!(emulator.set_callback_url(component, url).unwrap_err().kind(), kind, "{url}");
    }
    emulator.set_callback_url(component, "http://[::1]:80/a").unwrap();
    emulator.set_callback_url(component, "http://LOCALHOST").unwrap();
}
