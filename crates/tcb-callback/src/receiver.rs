use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_types::{Clock, SystemClock};

use crate::crypto::{KeySlot, MessageCrypto, Sealed, Signature};
use crate::error::{CallbackError, Refusal, XmlError};
use crate::event::PlatformEvent;
use crate::message::Message;
use crate::query::{CallbackQuery, VerificationQuery};
use crate::xml::{self, Element};

/// Checks and reads what arrives at the callback URLs of one platform.
///
/// It does no I/O and has no state: query and body go in, an event or a message comes out.
/// [`CallbackService`](crate::CallbackService) adds the [`EventSink`](crate::EventSink), the memory
/// of pushes that came before, and the answer.
///
/// The checks come in the order that gives an attacker the least: size, form of the query,
/// envelope, signature, timestamp, decryption, appid, XML of the message. Nothing is decrypted
/// before the signature is found to be right, and every failure is the same refusal.
///
/// ```
/// use std::time::UNIX_EPOCH;
/// use tcb_callback::{Delivery, EncodingAesKey, KeySlot, MessageCrypto, Receiver, Recipient};
/// use tcb_types::{Clock, SystemClock};
///
/// let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
/// let receiver = Receiver::new(crypto.clone());
///
/// // WeChat's side.
/// let event = "<xml><CreateTime>1413192605</CreateTime><InfoType>something_new</InfoType></xml>";
/// let now = SystemClock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
/// let push = crypto.seal(event, now, "1320562132", KeySlot::Current)?;
/// let body = push.push_body(Recipient::Platform(crypto.app_id()), Default::default());
///
/// // Ours.
/// let received = receiver.receive(&push.push_query(), body.as_bytes())?;
/// match received.delivery {
///     Delivery::Event(event) => assert_eq!(event.info_type, "something_new"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Receiver {
    crypto: MessageCrypto,
    clock: Arc<dyn Clock>,
    replay_window: Duration,
}

/// A push that WeChat signed lately, still encrypted.
pub(crate) struct Genuine {
    query: CallbackQuery,
    encrypted: String,
    /// Unix seconds of the push.
    pub(crate) timestamp: u64,
    /// The earliest timestamp that the window lets pass now, in Unix seconds.
    pub(crate) oldest: u64,
}

/// A push that passed all checks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// What was pushed.
    pub delivery: Delivery,
    /// What a reply with content needs.
    pub reply_to: ReplyTo,
}

/// What WeChat pushes. The content says which of the two it is, so one receiver serves both URLs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// Something happened to the platform.
    Event(PlatformEvent),
    /// A message or an event of an authorised account.
    Message(Message),
}

/// The nonce and the key of a push, which its reply has to use.
#[derive(Clone, Debug)]
pub struct ReplyTo {
    nonce: String,
    key: KeySlot,
}

impl Receiver {
    /// Largest body that is read, in bytes.
    pub const MAX_BODY: usize = xml::LENGTH;

    /// How far the timestamp of a request may be from the receiver's clock, unless
    /// [`replay_window`](Self::replay_window) says otherwise: ten minutes.
    pub const REPLAY_WINDOW: Duration = Duration::from_secs(600);

    /// A receiver for the platform of `crypto`.
    pub fn new(crypto: MessageCrypto) -> Self {
        Self { crypto, clock: Arc::new(SystemClock), replay_window: Self::REPLAY_WINDOW }
    }

    /// How far the timestamp of a request may lie in the past or the future of the receiver's
    /// clock; [`REPLAY_WINDOW`](Self::REPLAY_WINDOW) by default. A request outside is refused like
    /// any other wrong one.
    ///
    /// Whoever records a request can send it again for this long, so make it as small as the clocks
    /// allow. It has to be larger than the error of this machine's clock plus the time for which
    /// WeChat repeats a push: when genuine pushes are refused with the reason `Window`, set the
    /// clock right, and widen the window only if that cannot be done. `Duration::MAX` switches the
    /// check off.
    #[must_use]
    pub fn replay_window(mut self, window: Duration) -> Self {
        self.replay_window = window;
        self
    }

    /// Takes the time from `clock`: of arrivals, of replies and for the replay window.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks and reads a push, from the query (the part of the URL after the question mark) and
    /// the body of its request.
    ///
    /// A push that comes twice passes twice here; [`CallbackService`](crate::CallbackService)
    /// recognises the second one.
    ///
    /// # Errors
    /// [`Refused`](crate::CallbackErrorKind::Refused), without a reason.
    pub fn receive(&self, query: &str, body: &[u8]) -> Result<Received, CallbackError> {
        Ok(self.authenticate(query, body).and_then(|genuine| self.open(&genuine))?)
    }

    /// Everything up to the decryption.
    pub(crate) fn authenticate(&self, query: &str, body: &[u8]) -> Result<Genuine, Refusal> {
        if body.len() > Self::MAX_BODY {
            return Err(Refusal::Size);
        }
        let query = CallbackQuery::read(query)?;
        let envelope = Element::parse(body).map_err(Refusal::Envelope)?;
        let encrypted = envelope.text_of("Encrypt").ok_or(Refusal::Envelope(XmlError::MissingField))?;
        if self.crypto.msg_signature(query.timestamp(), query.nonce(), encrypted) != query.msg_signature() {
            return Err(Refusal::Signature);
        }
        let (timestamp, oldest) = self.check_window(query.timestamp())?;
        Ok(Genuine { encrypted: encrypted.to_owned(), query, timestamp, oldest })
    }

    /// Decrypts and reads.
    pub(crate) fn open(&self, genuine: &Genuine) -> Result<Received, Refusal> {
        let opened = self.crypto.open(&genuine.encrypted)?;
        let arrived = self.clock.wall();
        let fields = Element::parse(opened.message.expose().as_bytes()).map_err(Refusal::Message)?;
        let delivery = if fields.child("ToUserName").is_some() {
            Delivery::Message(Message::from_fields(&fields, opened.message, arrived)?)
        } else {
            Delivery::Event(PlatformEvent::from_fields(&fields, opened.message, arrived)?)
        };
        Ok(Received {
            delivery,
            reply_to: ReplyTo { nonce: genuine.query.nonce().to_owned(), key: opened.key },
        })
    }

    /// The timestamp and the earliest one that would pass, in Unix seconds.
    fn check_window(&self, timestamp: &str) -> Result<(u64, u64), Refusal> {
        let timestamp = timestamp.parse().map_err(|_| Refusal::Query("timestamp"))?;
        let now = self.now();
        if now.abs_diff(Duration::from_secs(timestamp)) > self.replay_window {
            return Err(Refusal::Window);
        }
        Ok((timestamp, now.saturating_sub(self.replay_window).as_secs()))
    }

    /// The time since 1970.
    fn now(&self) -> Duration {
        self.clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO)
    }

    /// Encrypts and signs a reply with content, with the nonce and the key of its request.
    pub fn reply(&self, to: &ReplyTo, message: &str) -> Result<Sealed, CallbackError> {
        self.crypto.seal(message, self.now().as_secs(), &to.nonce, to.key)
    }

    /// Checks the request that verifies a URL and returns the text to answer with.
    ///
    /// # Errors
    /// [`Refused`](crate::CallbackErrorKind::Refused), without a reason.
    #[doc(alias = "echostr")]
    pub fn verify_url(&self, query: &str) -> Result<String, CallbackError> {
        let query = VerificationQuery::read(query)?;
        if self.crypto.signature(query.timestamp(), query.nonce()) != query.signature() {
            return Err(Refusal::Signature.into());
        }
        self.check_window(query.timestamp())?;
        Ok(query.echostr().to_owned())
    }
}

impl Genuine {
    pub(crate) fn signature(&self) -> Signature {
        self.query.msg_signature()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::crypto::{BodyFormat, EncodingAesKey, Recipient};

    const NOW: u64 = 1_413_192_605;

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
        }

        fn monotonic(&self) -> Instant {
            SystemClock.monotonic()
        }
    }

    fn platform(app_id: &str) -> MessageCrypto {
        let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
        MessageCrypto::new(app_id, "pamtest", key)
    }

    /// What can be wrong with a push, in the order in which it is to be found.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fault {
        TooLong,
        Query,
        Envelope,
        Signature,
        Window,
        Ciphertext,
        AppId,
        Message,
    }

    const FAULTS: [(Fault, Refusal); 8] = [
        (Fault::TooLong, Refusal::Size),
        (Fault::Query, Refusal::Query("encrypt_type")),
        (Fault::Envelope, Refusal::Envelope(XmlError::Doctype)),
        (Fault::Signature, Refusal::Signature),
        (Fault::Window, Refusal::Window),
        (Fault::Ciphertext, Refusal::Base64),
        (Fault::AppId, Refusal::AppId),
        (Fault::Message, Refusal::Message(XmlError::MissingField)),
    ];

    fn refusal(faults: &[Fault]) -> Option<Refusal> {
        let has = |fault| faults.contains(&fault);
        let sender = platform(if has(Fault::AppId) { "wx134c8103faa5a59e" } else { "wxb11529c136998cb6" });
        let message = if has(Fault::Message) { "<xml/>" } else { "<xml><InfoType>a</InfoType></xml>" };
        let timestamp = if has(Fault::Window) { NOW + 601 } else { NOW };
        let mut encrypted = sender.encrypt(message, KeySlot::Current, [7; 16]).unwrap();
        if has(Fault::Ciphertext) {
            encrypted.push('!');
        }
        let mut signature = sender.msg_signature(&timestamp.to_string(), "42", &encrypted).to_string();
        if has(Fault::Signature) {
            signature = "0".repeat(40);
        }
        let mut query = format!("timestamp={timestamp}&nonce=42&msg_signature={signature}");
        if has(Fault::Query) {
            query.push_str("&encrypt_type=raw");
        }
        let mut body = format!("<xml><Encrypt>{encrypted}</Encrypt></xml>");
        if has(Fault::Envelope) {
            body.insert_str(0, "<!DOCTYPE xml>");
        }
        if has(Fault::TooLong) {
            body.push_str(&" ".repeat(Receiver::MAX_BODY));
        }
        let receiver = Receiver::new(platform("wxb11529c136998cb6")).clock(Arc::new(Still));
        let genuine = receiver.authenticate(&query, body.as_bytes());
        genuine.and_then(|genuine| receiver.open(&genuine)).err()
    }

    #[test]
    fn the_checks_come_in_the_order_that_gives_an_attacker_the_least() {
        assert_eq!(refusal(&[]), None);
        for (at, (fault, expected)) in FAULTS.iter().enumerate() {
            assert_eq!(refusal(&[*fault]), Some(*expected));
            for (later, _) in &FAULTS[at + 1..] {
                assert_eq!(refusal(&[*fault, *later]), Some(*expected), "before {later:?}");
            }
        }
    }

    #[test]
    fn a_genuine_push_knows_when_it_may_be_forgotten() {
        let crypto = platform("wxb11529c136998cb6");
        let push = crypto.seal("<xml/>", NOW - 600, "42", KeySlot::Current).unwrap();
        let body = push.push_body(Recipient::Account("gh_1"), BodyFormat::Xml);
        let oldest = |window| {
            let receiver = Receiver::new(crypto.clone()).clock(Arc::new(Still)).replay_window(window);
            let genuine = receiver.authenticate(&push.push_query(), body.as_bytes()).ok().unwrap();
            assert_eq!(genuine.timestamp, NOW - 600);
            genuine.oldest
        };
        assert_eq!(oldest(Receiver::REPLAY_WINDOW), NOW - 600);
        assert_eq!(oldest(Duration::MAX), 0);
    }
}
