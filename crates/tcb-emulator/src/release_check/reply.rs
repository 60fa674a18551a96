//! Reading the reply of a service.

use tcb_callback::{MessageCrypto, Signature};

use super::report::ReleaseProblem;

/// Decrypts a reply, if it is signed.
pub(super) fn open(crypto: &MessageCrypto, body: &str) -> Result<String, ReleaseProblem> {
    let encrypted = element(body, "Encrypt").ok_or(ReleaseProblem::NotEncrypted)?;
    let part = |name| element(body, name).ok_or(ReleaseProblem::Signature);
    let right = crypto.msg_signature(part("TimeStamp")?, part("Nonce")?, encrypted);
    if Signature::parse(part("MsgSignature")?).ok_or(ReleaseProblem::Signature)? != right {
        return Err(ReleaseProblem::Signature);
    }
    let opened = crypto.decrypt(encrypted).map_err(|_| ReleaseProblem::NotEncrypted)?;
    Ok(opened.message.expose().to_owned())
}

/// The text of an element, with or without the marks around it.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.trim();
    Some(text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text))
}
