//! What the operations that send text messages share.

use serde::Deserialize;

use crate::{EncodeError, Partial, partial};

/// What became of the messages.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[must_use = "messages may have failed although the call succeeded"]
pub struct SendSmsResponse {
    /// The messages that were sent, and those that were not.
    #[serde(default, rename = "send_status_list", with = "partial::Items::<SentSmsWire>")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<SentSmsWire>"))]
    pub messages: Partial<Vec<SentSms>, FailedSms>,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SentSms {
    /// Its serial number.
    pub serial_no: Option<String>,
    /// The number it went to.
    pub phone_number: Option<String>,
    /// Country or region of the number; may be empty.
    pub iso_code: Option<String>,
}

/// A message that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FailedSms {
    /// The number it was for.
    pub phone_number: Option<String>,
    /// Why, as a code of the text message service; empty when it gave none.
    pub code: String,
    /// Why, in words; may be empty.
    pub message: String,
}

/// One result, as the wire has it.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SentSmsWire {
    serial_no: Option<String>,
    phone_number: Option<String>,
    code: Option<String>,
    #[serde(default, deserialize_with = "crate::partial::reason")]
    message: Option<String>,
    iso_code: Option<String>,
}

impl From<SentSmsWire> for Result<SentSms, FailedSms> {
    fn from(item: SentSmsWire) -> Self {
        let code = item.code.unwrap_or_default();
        if code.eq_ignore_ascii_case("ok") {
            let SentSmsWire { serial_no, phone_number, iso_code, .. } = item;
            return Ok(SentSms { serial_no, phone_number, iso_code });
        }
        let message = item.message.unwrap_or_default();
        Err(FailedSms { phone_number: item.phone_number, code, message })
    }
}

impl From<Result<SentSms, FailedSms>> for SentSmsWire {
    fn from(message: Result<SentSms, FailedSms>) -> Self {
        match message {
            Ok(SentSms { serial_no, phone_number, iso_code }) => {
                Self { serial_no, phone_number, code: Some("Ok".to_owned()), message: None, iso_code }
            }
            Err(FailedSms { phone_number, code, message }) => Self {
                serial_no: None,
                phone_number,
                code: Some(code),
                message: Some(message),
                iso_code: None,
            },
        }
    }
}

/// Checks the documented number of phone numbers in one call.
pub(super) fn validate_numbers(numbers: &[String]) -> Result<(), EncodeError> {
    if numbers.len() <= 1000 {
        return Ok(());
    }
    Err(EncodeError::limit("phone_number_list", "at most 1000 numbers"))
}

#[cfg(test)]
mod tests {
    use super::super::{SendSms, SendSmsWithLink};
    use crate::{Operation, Scrubber, read_response};

    #[test]
    fn each_message_has_its_own_result() {
        let body = br#"{"errcode":0,"send_status_list":[
            {"serial_no":"8:a","phone_number":"+861","code":"Ok","message":"send success","iso_code":""},
            {"phone_number":"+862","code":"LimitExceeded","message":"too many"},
            {"phone_number":"+863"}
        ]}"#;
        let answer = read_response::<SendSms>(body, &Scrubber::default()).unwrap();
        let (sent, failed) = answer.messages.into_parts();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].serial_no.as_deref(), Some("8:a"));
        assert_eq!((failed[0].code.as_str(), failed[0].message.as_str()), ("LimitExceeded", "too many"));
        assert_eq!((failed[1].phone_number.as_deref(), failed[1].code.as_str()), (Some("+863"), ""));
    }

    #[test]
    fn one_number_too_many_is_not_sent() {
        let numbers = |n: usize| std::iter::repeat_n("+8612345678910", n);
        let link = |n| SendSmsWithLink::new("e", numbers(n), "844110", ["x"], "https://wxaurl.cn/x").body();
        let site = |n| SendSms::marketing("e", numbers(n), "x", "/index.html").body();
        assert!(link(1000).is_ok() && site(1000).is_ok());
        assert!(link(1001).is_err() && site(1001).is_err());
    }
}
