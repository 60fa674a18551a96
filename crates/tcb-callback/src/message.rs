use std::fmt;
use std::time::SystemTime;

use tcb_types::{AuthorizerAppId, Secret};

use crate::error::{CallbackError, Refusal, XmlError};
use crate::event::created;
use crate::xml::Element;

/// A message or an event of an authorised account, from the message-and-event URL.
///
/// Only what all of them have is typed; the rest is in [`xml`](Self::xml). Repeated deliveries
/// share their `MsgId`, those of events sender, time and event name.
#[derive(Clone)]
#[non_exhaustive]
pub struct Message {
    /// Original id of the account, `gh_…`.
    #[doc(alias = "ToUserName")]
    pub to: String,
    /// Appid of the account as it stood in the URL, when the URL has `$APPID$` and the route names
    /// it. The signature does not cover it: rely on [`to`](Self::to) where it matters.
    pub account: Option<AuthorizerAppId>,
    /// Openid of the sender; of WeChat's own for some events.
    #[doc(alias = "FromUserName")]
    pub from: Option<String>,
    /// When it was sent (`CreateTime`); when it arrived, if the message does not say.
    pub created: SystemTime,
    /// What kind of message it is, such as `text` or `event`.
    #[doc(alias = "MsgType")]
    pub msg_type: String,
    /// Name of the event, when it is one.
    #[doc(alias = "Event")]
    pub event: Option<String>,
    xml: Secret,
}

impl Message {
    /// Reads a decrypted message. [`Receiver`](crate::Receiver) does it for a push; a test of an
    /// [`EventSink`](crate::EventSink) makes its messages like this.
    ///
    /// # Errors
    /// The usual refusal when the text is not XML of the kind that WeChat sends or has no
    /// `ToUserName` or no `MsgType`.
    pub fn from_xml(xml: impl Into<Secret>, arrived: SystemTime) -> Result<Self, CallbackError> {
        let xml = xml.into();
        let fields = Element::parse(xml.expose().as_bytes()).map_err(Refusal::Message)?;
        Ok(Self::from_fields(&fields, xml, arrived)?)
    }

    pub(crate) fn from_fields(fields: &Element, xml: Secret, arrived: SystemTime) -> Result<Self, Refusal> {
        let required = |name| fields.text_of(name).ok_or(Refusal::Message(XmlError::MissingField));
        Ok(Self {
            to: required("ToUserName")?.to_owned(),
            account: None,
            from: fields.text_of("FromUserName").map(str::to_owned),
            created: created(fields, arrived),
            msg_type: required("MsgType")?.to_owned(),
            event: fields.text_of("Event").map(str::to_owned),
            xml,
        })
    }

    /// The message as it was sent, byte for byte. It is what a user wrote: do not log it.
    pub fn xml(&self) -> &str {
        self.xml.expose()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("to", &self.to)
            .field("account", &self.account)
            .field("created", &self.created)
            .field("msg_type", &self.msg_type)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
