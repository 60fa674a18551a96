use serde_json::Value;
use tcb_types::ComponentAppId;

use super::Signature;

/// A message, encrypted and signed: all the parts of a push, or of a reply to one.
///
/// ```
/// use tcb_callback::{BodyFormat, EncodingAesKey, KeySlot, MessageCrypto, Recipient};
///
/// let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
/// let random = *b"0123456789abcdef";
/// let sealed = crypto.seal_with_random("<xml><a>01234567</a></xml>", 1_600_000_000, "42", KeySlot::Current, random)?;
///
/// // What WeChat sends …
/// assert_eq!(
///     sealed.push_query(),
///     "signature=45e619d56db3bb7d448e3d697e969b6747910a7b&timestamp=1600000000&nonce=42\
///      &encrypt_type=aes&msg_signature=f0a78523a644d77f7cc148c37dc5b91e47ecd732",
/// );
/// let body = sealed.push_body(Recipient::Platform(crypto.app_id()), BodyFormat::Xml);
/// assert!(body.starts_with("<xml>\n    <AppId><![CDATA[wxb11529c136998cb6]]></AppId>\n    <Encrypt><![CDATA[Q3st"));
///
/// // … and what a platform answers.
/// assert!(sealed.reply_body(BodyFormat::Json).starts_with(r#"{"Encrypt":"Q3st"#));
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sealed {
    pub(super) encrypted: String,
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) msg_signature: Signature,
    pub(super) signature: Signature,
}

/// How a body is written. Third-party platforms have XML; JSON is for accounts of other types that
/// chose it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// `<xml>…</xml>`
    #[default]
    Xml,
    /// `{…}`
    Json,
}

/// Whom a push is for, which its body names beside the ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The platform itself (`AppId`), on the authorisation-event URL.
    Platform(&'a ComponentAppId),
    /// An account by its original id, `gh_…` (`ToUserName`), on the message-and-event URL.
    Account(&'a str),
}

impl Sealed {
    /// The text of `Encrypt`: base64 of the ciphertext.
    pub fn encrypted(&self) -> &str {
        &self.encrypted
    }

    /// Unix seconds, as they were signed.
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// The nonce, as it was signed.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The signature over the ciphertext.
    pub fn msg_signature(&self) -> Signature {
        self.msg_signature
    }

    /// The old signature, which does not cover the ciphertext.
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// The query string of a push, without the question mark. A nonce is digits and letters;
    /// nothing is escaped.
    pub fn push_query(&self) -> String {
        let Self { timestamp, nonce, msg_signature, signature, .. } = self;
        format!(
            "signature={signature}&timestamp={timestamp}&nonce={nonce}&encrypt_type=aes&msg_signature={msg_signature}"
        )
    }

    /// The body of a push.
    pub fn push_body(&self, recipient: Recipient<'_>, format: BodyFormat) -> String {
        let (name, id) = match recipient {
            Recipient::Platform(app_id) => ("AppId", app_id.as_str()),
            Recipient::Account(original_id) => ("ToUserName", original_id),
        };
        match format {
            BodyFormat::Xml => format!(
                "<xml>\n    <{name}>{}</{name}>\n    <Encrypt>{}</Encrypt>\n</xml>",
                cdata(id),
                cdata(&self.encrypted)
            ),
            BodyFormat::Json => {
                format!(r#"{{"{name}":{},"Encrypt":{}}}"#, Value::from(id), self.json_encrypted())
            }
        }
    }

    /// The body of a reply with content.
    pub fn reply_body(&self, format: BodyFormat) -> String {
        let Self { timestamp, nonce, msg_signature, .. } = self;
        match format {
            BodyFormat::Xml => format!(
                "<xml>\n    <Encrypt>{}</Encrypt>\n    <MsgSignature>{}</MsgSignature>\n    \
                 <TimeStamp>{timestamp}</TimeStamp>\n    <Nonce>{}</Nonce>\n</xml>",
                cdata(&self.encrypted),
                cdata(&msg_signature.to_string()),
                cdata(nonce)
            ),
            BodyFormat::Json => format!(
                r#"{{"Encrypt":{},"MsgSignature":"{msg_signature}","TimeStamp":{timestamp},"Nonce":{}}}"#,
                self.json_encrypted(),
                Value::from(nonce.as_str())
            ),
        }
    }

    fn json_encrypted(&self) -> Value {
        Value::from(self.encrypted.as_str())
    }
}

/// Wraps text so that XML keeps it as it is. The end mark is the one thing that CDATA cannot hold,
/// so it is split.
fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdata_holds_its_own_end_mark() {
        assert_eq!(cdata("gh_1"), "<![CDATA[gh_1]]>");
        assert_eq!(cdata("a]]>b"), "<![CDATA[a]]]]><![CDATA[>b]]>");
    }
}
