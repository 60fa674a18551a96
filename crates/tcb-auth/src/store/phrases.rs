//! Texts without the phrases that all records have, for a store that keeps many in memory.

use tcb_types::Secret;
use zeroize::Zeroizing;

/// What records are full of, as they are written today. A text without these stays as it is.
const PHRASES: [&str; 11] = [
    r#"{"format":2,"#,
    r#""generation":"#,
    r#","nonce":"#,
    r#","fence":"#,
    r#""authorization":{"current":"refreshtoken@@@"#,
    r#"","previous":"refreshtoken@@@"#,
    r#"","changed":"#,
    r#","standing":"Active"}}"#,
    r#"{"token":""#,
    r#","expires_at":"#,
    r#","life":7200000}"#,
];

/// Stands for the first phrase, and those above for the next ones. UTF-8 has no such bytes, so that
/// any text comes back as it was.
const FIRST: u8 = 0xf5;

/// The text with each phrase in one byte.
pub(super) fn shorten(text: &Secret) -> Zeroizing<Vec<u8>> {
    let mut rest = text.expose().as_bytes();
    // The room for all of it: a buffer that grew would leave what it held behind.
    let mut short = Zeroizing::new(Vec::with_capacity(rest.len()));
    while let Some((byte, behind)) = rest.split_first() {
        let phrase = if b"{,\"".contains(byte) { phrase_at(rest) } else { None };
        let (byte, behind) = phrase.unwrap_or((*byte, behind));
        short.push(byte);
        rest = behind;
    }
    short
}

/// The byte of the phrase that the text begins with, and what is behind it.
fn phrase_at(text: &[u8]) -> Option<(u8, &[u8])> {
    let mut phrases = (FIRST..=u8::MAX).zip(PHRASES);
    phrases.find_map(|(byte, phrase)| Some((byte, text.strip_prefix(phrase.as_bytes())?)))
}

/// The text that was shortened to this.
pub(super) fn restore(short: &[u8]) -> Secret {
    let phrase = |byte: &u8| PHRASES.get(usize::from(byte.checked_sub(FIRST)?));
    let length = short.iter().map(|byte| phrase(byte).map_or(1, |phrase| phrase.len())).sum();
    let mut text = Vec::with_capacity(length);
    for byte in short {
        match phrase(byte) {
            Some(phrase) => text.extend_from_slice(phrase.as_bytes()),
            None => text.push(*byte),
        }
    }
    Secret::new(String::from_utf8(text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn length_and_text(text: &str) -> (usize, String) {
        let short = shorten(&text.into());
        (short.len(), restore(&short).expose().to_owned())
    }

    #[test]
    fn a_record_becomes_much_shorter() {
        let lasting = concat!(
            r#"{"format":2,"generation":7,"nonce":9,"fence":7,"authorization":{"current":"refreshtoken@@@a","#,
            r#""previous":"refreshtoken@@@b","changed":0,"heard":1763694000000,"standing":"Active"}}"#
        );
        assert_eq!(length_and_text(lasting), (37, lasting.to_owned()));
        let access = r#"{"token":"61_a","generation":7,"nonce":9,"expires_at":1763701200000,"life":7200000}"#;
        assert_eq!(length_and_text(access), (26, access.to_owned()));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(pieces in prop::collection::vec("\\PC{0,5}", 12)) {
            let text: String = pieces.iter().map(String::as_str).zip(PHRASES).flat_map(<[&str; 2]>::from).collect();
            prop_assert_eq!(length_and_text(&text).1, text);
        }
    }
}
