use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

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
    text: Option<Secret>,
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
            text: fields.text_of("Content").map(Secret::from),
            xml,
        })
    }

    /// What a user wrote (`Content`), in a message of type `text`. Do not log it.
    #[doc(alias = "Content")]
    pub fn text(&self) -> Option<&str> {
        self.text.as_ref().filter(|_| self.msg_type == "text").map(Secret::expose)
    }

    /// A reply with this text, as XML for an [`EventSink`](crate::EventSink) to return; `None` when
    /// the message does not say whom it is from. Its time is that of the message. Characters that
    /// XML cannot carry are left out.
    pub fn text_reply(&self, text: &str) -> Option<String> {
        let to = self.from.as_deref()?;
        let created = self.created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Some(format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{created}</CreateTime>\
             <MsgType><![CDATA[text]]></MsgType><Content>{}</Content></xml>",
            cdata(to),
            cdata(&self.to),
            cdata(text)
        ))
    }

    /// The message as it was sent, byte for byte. It is what a user wrote: do not log it.
    pub fn xml(&self) -> &str {
        self.xml.expose()
    }
}

/// Text that stands for itself in XML.
fn cdata(text: &str) -> String {
    let text: String = text.chars().filter(|letter| is_in_xml(*letter)).collect();
    // What would end the section is cut in two.
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

fn is_in_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_carries_any_text() {
        let xml = "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>a</Content></xml>";
        let message = Message::from_xml(xml, UNIX_EPOCH).unwrap();
        assert_eq!(message.text(), Some("a"));
        for text in ["好 <b>&amp;", "a]]>b", "]]]]>>", "a\r\n\u{1f600}"] {
            let reply = message.text_reply(text).unwrap();
            let read = Element::parse(reply.as_bytes()).unwrap();
            assert_eq!(read.text_of("Content"), Some(text));
            assert_eq!(
                (read.text_of("ToUserName"), read.text_of("FromUserName")),
                (Some("o1"), Some("gh_1"))
            );
        }
        assert!(message.text_reply("a\0b\u{ffff}").unwrap().contains("<![CDATA[ab]]>"));
    }

    #[test]
    fn who_is_not_named_is_not_answered() {
        let xml = "<xml><ToUserName>gh_1</ToUserName><MsgType>event</MsgType><Content>a</Content></xml>";
        let message = Message::from_xml(xml, UNIX_EPOCH).unwrap();
        assert_eq!((message.text(), message.text_reply("b")), (None, None));
    }
}
