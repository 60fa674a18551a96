use tcb_types::AuthorizationCode;

use crate::message::Message;
use crate::release_account::ReleaseAccount;

const TEXT: &str = "TESTCOMPONENT_MSG_TYPE_TEXT";
const API: &str = "QUERY_AUTH_CODE:";

/// What WeChat's release check wants by a message of one of its test accounts.
///
/// A platform with permission sets for messages is released only when it reacts as wanted, within
/// five seconds; one that has none of these sets meets no such message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReleaseTest {
    /// Answer the message with this reply, the XML that [`EventSink`](crate::EventSink) returns.
    Reply(String),
    /// Answer without a reply, and then send a message through the API.
    Send(ReleaseMessage),
}

/// What to send through the API: exchange [`code`](Self::code) for the tokens of its account, and
/// with its access token call `/cgi-bin/message/custom/send`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReleaseMessage {
    /// The code to exchange. Nothing that is stored for the account will do.
    pub code: AuthorizationCode,
    /// Whom to send to (`touser`): who sent the message.
    pub to: String,
    text: tcb_types::Secret,
}

impl ReleaseMessage {
    /// What to send (`content` of a message of type `text`). It holds the code.
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// The body of the call.
    pub fn body(&self) -> serde_json::Value {
        serde_json::json!({"touser": self.to, "msgtype": "text", "text": {"content": self.text()}})
    }
}

impl Message {
    /// What WeChat's release check wants by this message, if it is one of the check's.
    ///
    /// Only messages of the [test accounts](ReleaseAccount) count: otherwise any user of a
    /// merchant's could make the platform exchange codes and answer in a fixed way.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tcb_callback::{Message, ReleaseTest};
    ///
    /// # fn main() -> Result<(), tcb_callback::CallbackError> {
    /// let xml = "<xml><ToUserName>gh_3c884a361561</ToUserName><FromUserName>o1</FromUserName>\
    ///     <MsgType>text</MsgType><Content>TESTCOMPONENT_MSG_TYPE_TEXT</Content></xml>";
    /// let message = Message::from_xml(xml, SystemTime::UNIX_EPOCH)?;
    /// let Some(ReleaseTest::Reply(reply)) = message.release_test() else { panic!() };
    /// assert!(reply.contains("TESTCOMPONENT_MSG_TYPE_TEXT_callback"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn release_test(&self) -> Option<ReleaseTest> {
        ReleaseAccount::of(&self.to)?;
        if let Some(event) = &self.event {
            return self.text_reply(&format!("{event}from_callback")).map(ReleaseTest::Reply);
        }
        let text = self.text()?;
        if text == TEXT {
            return self.text_reply(&format!("{TEXT}_callback")).map(ReleaseTest::Reply);
        }
        let code = text.strip_prefix(API)?;
        Some(ReleaseTest::Send(ReleaseMessage {
            code: code.into(),
            to: self.from.clone()?,
            text: format!("{code}_from_api").into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn message(to: &str, rest: &str) -> Message {
        let xml = format!(
            "<xml><ToUserName>{to}</ToUserName><FromUserName>o1</FromUserName><CreateTime>7</CreateTime>{rest}</xml>"
        );
        Message::from_xml(xml, SystemTime::UNIX_EPOCH + Duration::from_secs(9)).unwrap()
    }

    fn reply(message: &Message) -> String {
        match message.release_test() {
            Some(ReleaseTest::Reply(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    const GROUPS: [[ReleaseAccount; 2]; 5] = ReleaseAccount::GROUPS;

    #[test]
    fn each_test_account_is_answered_as_the_check_wants() {
        for account in GROUPS.as_flattened() {
            let text = message(
                account.user_name,
                "<MsgType>text</MsgType><Content>TESTCOMPONENT_MSG_TYPE_TEXT</Content>",
            );
            assert_eq!(
                reply(&text),
                format!(
                    "<xml><ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[{}]]></FromUserName>\
                     <CreateTime>7</CreateTime><MsgType><![CDATA[text]]></MsgType>\
                     <Content><![CDATA[TESTCOMPONENT_MSG_TYPE_TEXT_callback]]></Content></xml>",
                    account.user_name
                )
            );
            let event = message(account.user_name, "<MsgType>event</MsgType><Event>LOCATION</Event>");
            assert!(reply(&event).contains("<![CDATA[LOCATIONfrom_callback]]>"));
        }
    }

    #[test]
    fn the_code_in_a_message_is_exchanged_and_sent_back() {
        let asked = message(
            GROUPS[2][1].user_name,
            "<MsgType>text</MsgType><Content>QUERY_AUTH_CODE:queryauthcode@@@x4</Content>",
        );
        let Some(ReleaseTest::Send(wanted)) = asked.release_test() else { panic!() };
        assert_eq!(wanted.code.expose(), "queryauthcode@@@x4");
        assert_eq!(
            wanted.body(),
            serde_json::json!({"touser": "o1", "msgtype": "text", "text": {"content": "queryauthcode@@@x4_from_api"}})
        );
        assert!(!format!("{wanted:?}").contains("queryauthcode"));
    }

    #[test]
    fn others_cannot_ask_for_it() {
        for rest in [
            "<MsgType>text</MsgType><Content>TESTCOMPONENT_MSG_TYPE_TEXT</Content>",
            "<MsgType>text</MsgType><Content>QUERY_AUTH_CODE:code</Content>",
            "<MsgType>event</MsgType><Event>LOCATION</Event>",
        ] {
            assert!(message("gh_0000000000aa", rest).release_test().is_none());
        }
        let else_asked = message(GROUPS[0][0].user_name, "<MsgType>text</MsgType><Content>hello</Content>");
        assert!(else_asked.release_test().is_none());
    }
}
