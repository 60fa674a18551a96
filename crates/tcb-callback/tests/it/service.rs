use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tcb_callback::{
    BodyFormat, CallbackService, EventSink, HttpAnswer, KeySlot, Message, MessageCrypto, PlatformEvent,
    Receiver, Recipient, SinkError,
};
use tcb_test_kit::HandClock;
use tcb_types::AuthorizerAppId;

use crate::vectors::{K1, K2, TICKET_XML, V13_ENCRYPT, crypto, key};

pub(crate) const TIMESTAMP: u64 = 1_413_192_605;
pub(crate) const NONCE: &str = "1320562132";

/// Keeps what it is given, or fails with a text.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) taken: Mutex<Vec<String>>,
    pub(crate) accounts: Mutex<Vec<Option<String>>>,
    pub(crate) failure: Option<&'static str>,
    pub(crate) reply: Option<&'static str>,
}

impl Recorder {
    fn take(&self, xml: &str) -> Result<(), SinkError> {
        if let Some(text) = self.failure {
            return Err(text.into());
        }
        self.taken.lock().unwrap().push(xml.to_owned());
        Ok(())
    }
}

#[async_trait]
impl EventSink for Recorder {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        self.take(event.xml())
    }

    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        self.take(message.xml())?;
        self.accounts.lock().unwrap().push(message.account.map(AuthorizerAppId::into_string));
        Ok(self.reply.map(str::to_owned))
    }
}

pub(crate) fn platform() -> MessageCrypto {
    crypto("wxb11529c136998cb6", "pamtest", K1)
}

pub(crate) fn service(sink: &Arc<Recorder>) -> CallbackService {
    CallbackService::new(receiver(platform()), Arc::clone(sink))
}

/// A receiver whose clock stands at the time of the pushes.
pub(crate) fn receiver(crypto: MessageCrypto) -> Receiver {
    Receiver::new(crypto).clock(Arc::new(HandClock::at(TIMESTAMP)))
}

/// Query and body of a push, from WeChat's side.
pub(crate) fn push_of(message: &str) -> (String, String) {
    let sealed = platform().seal(message, TIMESTAMP, NONCE, KeySlot::Current).unwrap();
    (sealed.push_query(), sealed.push_body(Recipient::Account("gh_1"), BodyFormat::Xml))
}

/// A push of any ciphertext, with a genuine signature.
fn push_of_ciphertext(encrypted: &str) -> (String, String) {
    let signature = platform().msg_signature("1413192605", NONCE, encrypted);
    (
        format!("timestamp={TIMESTAMP}&nonce={NONCE}&encrypt_type=aes&msg_signature={signature}"),
        format!("<xml><Encrypt>{encrypted}</Encrypt></xml>"),
    )
}

pub(crate) async fn answer(service: &CallbackService, (query, body): &(String, String)) -> HttpAnswer {
    service.push(query, body.as_bytes(), None).await
}

pub(crate) const MESSAGE: &str = "<xml><ToUserName>gh_1</ToUserName><MsgType>text</MsgType></xml>";

#[tokio::test]
async fn success_is_answered_once_the_sink_has_the_event() {
    let sink = Arc::default();
    let answer = answer(&service(&sink), &push_of_ciphertext(V13_ENCRYPT)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "success"));
    assert!(answer.content_type.starts_with("text/plain"));
    assert_eq!(*sink.taken.lock().unwrap(), [TICKET_XML]);
}

#[tokio::test]
async fn an_unknown_event_is_answered_with_success_and_handed_on() {
    let sink = Arc::default();
    let xml = "<xml><InfoType>never_heard_of</InfoType><a><b>1</b></a></xml>";
    assert_eq!(answer(&service(&sink), &push_of(xml)).await.body, "success");
    assert_eq!(*sink.taken.lock().unwrap(), [xml]);
}

#[tokio::test]
async fn a_sink_that_fails_makes_wechat_send_again() {
    let sink = Arc::new(Recorder { failure: Some("disk full"), ..Recorder::default() });
    for message in [TICKET_XML, MESSAGE] {
        let answer = answer(&service(&sink), &push_of(message)).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("success") && !answer.body.contains("disk"));
    }
}

#[tokio::test]
async fn a_reply_to_a_message_is_encrypted_and_signed() {
    let sink = Arc::new(Recorder { reply: Some("<xml><a>1</a></xml>"), ..Recorder::default() });
    let answer = answer(&service(&sink), &push_of(MESSAGE)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.starts_with("text/xml"));

    let part = |from: &str, to: &str| {
        answer.body.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap().0.to_owned()
    };
    let encrypted = part("<Encrypt><![CDATA[", "]]>");
    assert_eq!(platform().decrypt(&encrypted).unwrap().message.expose(), "<xml><a>1</a></xml>");
    assert_eq!(part("<Nonce><![CDATA[", "]]>"), NONCE);
    assert_eq!(
        part("<MsgSignature><![CDATA[", "]]>"),
        platform().msg_signature(&part("<TimeStamp>", "</TimeStamp>"), NONCE, &encrypted).to_string()
    );
}

#[tokio::test]
async fn messages_are_ignored_by_a_sink_that_does_not_ask_for_them() {
    struct Events;
    #[async_trait]
    impl EventSink for Events {
        async fn platform_event(&self, _: PlatformEvent) -> Result<(), SinkError> {
            Err("not an event".into())
        }
    }
    let service = CallbackService::new(receiver(platform()), Events);
    assert_eq!(answer(&service, &push_of(MESSAGE)).await.body, "success");
}

#[tokio::test]
async fn both_keys_live_during_a_change() {
    let sink: Arc<Recorder> = Arc::default();
    let before = crypto("wxb11529c136998cb6", "pamtest", K2);
    let receiver = receiver(platform().previous_key(key(K2)));
    let during = CallbackService::new(receiver, Arc::clone(&sink));
    for sender in [before, platform()] {
        let push = sender.seal(TICKET_XML, TIMESTAMP, NONCE, KeySlot::Current).unwrap();
        let body = push.push_body(Recipient::Platform(sender.app_id()), BodyFormat::Xml);
        assert_eq!(answer(&during, &(push.push_query(), body)).await.body, "success");
    }
    assert_eq!(sink.taken.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn every_refusal_is_answered_alike_and_nothing_is_stored() {
    let sink: Arc<Recorder> = Arc::default();
    let service = service(&sink);
    let (query, body) = push_of(TICKET_XML);
    let other_appid = crypto("wx134c8103faa5a59e", "pamtest", K1);
    let foreign = other_appid.encrypt(TICKET_XML, KeySlot::Current, [1; 16]).unwrap();

    let stale = platform().seal(TICKET_XML, TIMESTAMP - 601, NONCE, KeySlot::Current).unwrap();
    let stale = (stale.push_query(), stale.push_body(Recipient::Account("gh_1"), BodyFormat::Xml));
    let mut pushes = vec![
        (String::new(), body.clone()),
        (query.clone(), String::new()),
        (query.clone(), " ".repeat(Receiver::MAX_BODY + 1)),
        (query.replace("nonce=1", "nonce=2"), body.clone()),
        (query.replace("timestamp=1", "timestamp=11"), body.clone()),
        stale,
        (query.replace("msg_signature", "signature"), body.clone()),
        (query.clone(), format!("<!DOCTYPE xml>{body}")),
        push_of_ciphertext(&foreign),
        push_of_ciphertext("no base64"),
        push_of_ciphertext("AAAA"),
        push_of("<xml/>"),
        push_of("<!DOCTYPE xml><xml><InfoType>a</InfoType></xml>"),
    ];
    // Each bit of the last two blocks of the cipher, and each value of the byte that becomes the
    // last of the padding. The signature is made anew, for only so the decryption runs at all.
    let ciphertext = STANDARD.decode(V13_ENCRYPT).unwrap();
    let end = ciphertext.len();
    let bits = (end - 32..end).flat_map(|index| (0..8).map(move |bit| (index, 1 << bit)));
    let last_byte = (1..=255).map(|mask| (end - 17, mask));
    for (index, mask) in bits.chain(last_byte) {
        let mut flipped = ciphertext.clone();
        flipped[index] ^= mask;
        pushes.push(push_of_ciphertext(&STANDARD.encode(flipped)));
    }

    let first = answer(&service, &pushes[0]).await;
    assert_eq!(first.status, 403);
    for push in &pushes {
        assert_eq!(answer(&service, push).await, first, "{push:?}");
    }
    assert_eq!(service.verify_url("echostr=1"), first);
    assert!(sink.taken.lock().unwrap().is_empty());
}

/// Collects what the thread that made it logs.
#[derive(Clone)]
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    thread: ThreadId,
}

impl Log {
    /// A subscriber of one thread would miss what another test logs first, for tracing remembers
    /// that nobody was interested there. So this one is global, and the test that installs it is
    /// the only one.
    fn install() -> Self {
        let log = Self { text: Arc::default(), thread: std::thread::current().id() };
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        tracing::callsite::rebuild_interest_cache();
        log
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if std::thread::current().id() == self.thread {
            self.text.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_secret_is_logged_and_the_reason_of_a_refusal_is() {
    const TOKEN: &str = "canarytoken";
    let log = Log::install();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let crypto = crypto("wxb11529c136998cb6", TOKEN, K1).previous_key(key(K2));
    let sink = Recorder { failure: Some("cannot store ticket@@@canary"), ..Recorder::default() };
    let service = CallbackService::new(receiver(crypto.clone()), sink);
    for message in [
        "<xml><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>ticket@@@canary</ComponentVerifyTicket></xml>",
        "<xml><InfoType>authorized</InfoType><AuthorizationCode>canary</AuthorizationCode></xml>",
        "<xml><ToUserName>canary</ToUserName></xml>",
        "<xml>canary",
    ] {
        let push = crypto.seal(message, TIMESTAMP, NONCE, KeySlot::Current).unwrap();
        let body = push.push_body(Recipient::Account("canary"), BodyFormat::Xml);
        runtime.block_on(service.push(&push.push_query(), body.as_bytes(), None));
        runtime.block_on(service.push(
            &push.push_query().replace("nonce=1", "nonce=2"),
            body.as_bytes(),
            None,
        ));
    }
    let stale = crypto.seal("canary", TIMESTAMP + 601, NONCE, KeySlot::Current).unwrap();
    let body = stale.push_body(Recipient::Account("canary"), BodyFormat::Xml);
    runtime.block_on(service.push(&stale.push_query(), body.as_bytes(), None));
    runtime.block_on(service.push("nonce=canary", b"canary", None));
    service.verify_url("echostr=canary");
    tracing::trace!(?service, "shown");
    let log = String::from_utf8(log.text.lock().unwrap().clone()).unwrap();
    for secret in ["canary", K1, K2] {
        assert!(!log.contains(secret), "{log}");
    }
    let warned = |reason: &str| log.lines().any(|line| line.contains("WARN") && line.contains(reason));
    for reason in ["Signature", "Query", "Window", "Message(MissingField)", "Message(Syntax)"] {
        assert!(warned(reason), "{reason} is no warning in {log}");
    }
    assert!(log.contains("cannot store [redacted]"), "{log}");
}
