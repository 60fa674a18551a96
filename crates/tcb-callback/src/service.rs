use std::fmt;
use std::sync::Arc;

use tcb_types::AuthorizerAppId;

use crate::answer::HttpAnswer;
use crate::crypto::BodyFormat;
use crate::receiver::{Delivery, Genuine, Receiver};
use crate::seen::Seen;
use crate::sink::EventSink;

/// Answers the requests at the callback URLs of one platform, for any HTTP server.
///
/// Clones share the sink and the memory of pushes that came before. With axum,
/// `axum::endpoint` makes a route of it.
///
/// ```
/// use tcb_callback::{CallbackService, EventSink, PlatformEvent, Receiver, SinkError};
/// # use tcb_callback::{EncodingAesKey, KeySlot, MessageCrypto, Recipient};
/// # use tcb_types::{Clock, SystemClock};
///
/// struct Printer; // a real one writes the event down
///
/// #[async_trait::async_trait]
/// impl EventSink for Printer {
///     async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
///         println!("{} at {:?}", event.info_type, event.created);
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// # let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
/// # let now = SystemClock.wall().duration_since(std::time::UNIX_EPOCH)?.as_secs();
/// # let event = "<xml><CreateTime>1413192605</CreateTime><InfoType>something_new</InfoType></xml>";
/// # let push = crypto.seal(event, now, "1320562132", KeySlot::Current)?;
/// # let query = push.push_query();
/// # let body = push.push_body(Recipient::Platform(crypto.app_id()), Default::default());
/// let service = CallbackService::new(Receiver::new(crypto), Printer);
/// let answer = service.push(&query, body.as_bytes(), None).await; // the URL's query, the body
/// assert_eq!((answer.status, answer.body.as_str()), (200, "success"));
/// # Ok(()) }
/// ```
///
/// # A push that comes again
///
/// WeChat sends a push again when the answer does not come in time, and so can anybody who recorded
/// it. A push is known by its signature for as long as the [replay window](Receiver::replay_window)
/// lets its timestamp pass:
///
/// - If it was recorded, the answer is the same and the sink is not called.
/// - If the sink still has it, the duplicate waits. `success` is never answered before the sink has
///   recorded the push.
/// - If the sink failed or panicked, or the first request was dropped halfway, the duplicate is
///   handled like the first.
///
/// The memory belongs to this process and is bounded: at most [`REMEMBERED`](Self::REMEMBERED)
/// pushes (about 5 MiB), with replies of up to 4 KiB each; for a longer reply the sink is asked
/// again. When it is full, the push with the earliest timestamp is forgotten; no push is ever
/// refused for lack of room. WeChat may also repeat an event under a new timestamp, and so under a
/// new signature. Therefore a sink has to be idempotent nevertheless.
#[derive(Clone)]
pub struct CallbackService {
    receiver: Receiver,
    sink: Arc<dyn EventSink>,
    seen: Arc<Seen>,
}

/// Longest body of an answer that is kept for a duplicate; a push with a longer reply goes to the
/// sink again.
const LONGEST_KEPT: usize = 4096;

impl CallbackService {
    /// How many pushes are remembered: a minute at 270 a second, the whole window of ten minutes at
    /// 27.
    pub const REMEMBERED: usize = 16_384;

    /// A service that checks pushes with `receiver` and hands them on to `sink`.
    pub fn new(receiver: Receiver, sink: impl EventSink + 'static) -> Self {
        Self { receiver, sink: Arc::new(sink), seen: Arc::new(Seen::new(Self::REMEMBERED)) }
    }

    /// Answers a `POST`: a push. `success` is the answer once the sink has recorded the push, and
    /// never before.
    ///
    /// `account` is the appid in the URL's path, where the URL has `$APPID$`.
    pub async fn push(&self, query: &str, body: &[u8], account: Option<AuthorizerAppId>) -> HttpAnswer {
        let genuine = match self.receiver.authenticate(query, body) {
            Ok(genuine) => genuine,
            Err(reason) => return HttpAnswer::failed(&reason.into()),
        };
        let outcome = self.seen.outcome(genuine.signature(), genuine.timestamp, genuine.oldest);
        // Held until the push is dealt with, so that of two that come at once the second one waits.
        let mut outcome = outcome.lock().await;
        if let Some(answer) = &*outcome {
            tracing::debug!("a push that was taken in before came again");
            return answer.clone();
        }
        let answer = self.handle(&genuine, account).await;
        if answer.status == 200 && answer.body.len() <= LONGEST_KEPT {
            *outcome = Some(answer.clone());
        }
        answer
    }

    async fn handle(&self, genuine: &Genuine, account: Option<AuthorizerAppId>) -> HttpAnswer {
        let received = match self.receiver.open(genuine) {
            Ok(received) => received,
            Err(reason) => return HttpAnswer::failed(&reason.into()),
        };
        let taken_in = match received.delivery {
            Delivery::Event(event) => self.sink.platform_event(event).await.map(|()| None),
            Delivery::Message(mut message) => {
                message.account = account;
                self.sink.account_message(message).await
            }
        };
        match taken_in {
            Ok(None) => HttpAnswer::text(200, "success"),
            Ok(Some(reply)) => match self.receiver.reply(&received.reply_to, &reply) {
                Ok(reply) => HttpAnswer::xml(reply.reply_body(BodyFormat::Xml)),
                Err(error) => HttpAnswer::failed(&error),
            },
            Err(error) => HttpAnswer::not_recorded(&error),
        }
    }

    /// Answers a `GET`: the verification of a URL.
    pub fn verify_url(&self, query: &str) -> HttpAnswer {
        match self.receiver.verify_url(query) {
            Ok(echostr) => HttpAnswer::text(200, echostr),
            Err(error) => HttpAnswer::failed(&error),
        }
    }
}

impl fmt::Debug for CallbackService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackService").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}
