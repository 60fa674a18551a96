use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_types::{Clock, SystemClock};

use crate::crypto::{KeySlot, MessageCrypto, Sealed};
use crate::error::{CallbackError, Refusal};
use crate::event::PlatformEvent;
use crate::message::Message;
use crate::query::{CallbackQuery, VerificationQuery};
use crate::xml::{Element, XmlError};

/// Checks and reads what arrives at the callback URLs of one platform.
///
/// It does no I/O and keeps nothing: query and body go in, an event or a message comes out.
/// [`CallbackService`](crate::CallbackService) adds the [`EventSink`](crate::EventSink) and the answer.
///
/// The checks come in the order that gives an attacker the least: size, form of the query, envelope, signature, decryption,
/// appid, XML of the message. Nothing is decrypted before the signature is found to be right, and every failure is one and the
/// same refusal.
///
/// ```
/// use tcb_callback::{Delivery, EncodingAesKey, KeySlot, MessageCrypto, Receiver, Recipient};
///
/// let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
/// let receiver = Receiver::new(crypto.clone());
///
/// // WeChat's side.
/// let event = "<xml><CreateTime>1413192605</CreateTime><InfoType>something_new</InfoType></xml>";
/// let push = crypto.seal(event, 1_413_192_605, "1320562132", KeySlot::Current)?;
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
}

/// A push that passed all checks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// What was pushed.
    pub delivery: Delivery,
    /// What a reply with content needs to know.
    pub reply_to: ReplyTo,
}

/// What WeChat pushes. Which of the two it is shows in the content, so one receiver serves both URLs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// Something happened to the platform.
    Event(PlatformEvent),
    /// A message or an event of an authorised account.
    Message(Message),
}

/// The nonce and the key of a push, which its reply has to share.
#[derive(Clone, Debug)]
pub struct ReplyTo {
    nonce: String,
    key: KeySlot,
}

impl Receiver {
    /// Largest body that is looked at, in bytes.
    pub const MAX_BODY: usize = 64 * 1024;

    /// A receiver for the platform of `crypto`.
    pub fn new(crypto: MessageCrypto) -> Self {
        Self { crypto, clock: Arc::new(SystemClock) }
    }

    /// Takes the time from `clock`: of arrivals and of replies.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks and reads a push, from the query (the part of the URL after the question mark) and the body of its request.
    ///
    /// # Errors
    /// [`Refused`](crate::CallbackErrorKind::Refused), without a reason.
    pub fn receive(&self, query: &str, body: &[u8]) -> Result<Received, CallbackError> {
        if body.len() > Self::MAX_BODY {
            return Err(Refusal::Size.into());
        }
        let query = CallbackQuery::parse(query)?;
        let envelope = Element::parse(body).map_err(Refusal::Envelope)?;
        let encrypted = envelope.text_of("Encrypt").ok_or(Refusal::Envelope(XmlError::MissingField))?;

        let expected = self.crypto.msg_signature(query.timestamp(), query.nonce(), encrypted);
        if expected != query.msg_signature() {
            return Err(Refusal::Signature.into());
        }
        // Here, between signature and decryption, is the place of a check against replays.
        let opened = self.crypto.decrypt(encrypted)?;

        let arrived = self.clock.wall();
        let fields = Element::parse(opened.message.expose().as_bytes()).map_err(Refusal::Message)?;
        let delivery = if fields.child("ToUserName").is_some() {
            Delivery::Message(Message::from_fields(&fields, opened.message, arrived)?)
        } else {
            Delivery::Event(PlatformEvent::from_fields(&fields, opened.message, arrived)?)
        };
        Ok(Received { delivery, reply_to: ReplyTo { nonce: query.nonce().to_owned(), key: opened.key } })
    }

    /// Encrypts and signs a reply with content, with the nonce and the key of its request.
    pub fn reply(&self, to: &ReplyTo, message: &str) -> Result<Sealed, CallbackError> {
        let now = self.clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        self.crypto.seal(message, now.as_secs(), &to.nonce, to.key)
    }

    /// Checks the request that verifies a URL and gives the text to answer with.
    ///
    /// # Errors
    /// [`Refused`](crate::CallbackErrorKind::Refused), without a reason.
    #[doc(alias = "echostr")]
    pub fn verify_url(&self, query: &str) -> Result<String, CallbackError> {
        let query = VerificationQuery::parse(query)?;
        if self.crypto.signature(query.timestamp(), query.nonce()) != query.signature() {
            return Err(Refusal::Signature.into());
        }
        Ok(query.echostr().to_owned())
    }
}
