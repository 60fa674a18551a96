//! Records on their way into the store and out of it.

use tcb_types::Secret;

use super::sealed::{Sealed, Unsealed};
use super::{Cipher, Encoded, StoreError};
use crate::{Subject, TokenKey};

/// The record as it goes into the store.
pub(crate) fn seal(cipher: Option<&Cipher>, key: &TokenKey, record: Encoded) -> Result<Encoded, StoreError> {
    let Some(cipher) = cipher else { return Ok(record) };
    each_part(record, |part, text| cipher.seal(&text, &name(key, part)))
}

/// The record as it was before it went into the store.
pub(crate) fn open(cipher: Option<&Cipher>, key: &TokenKey, record: Encoded) -> Result<Encoded, StoreError> {
    each_part(record, |part, text| match (Sealed::of(text.expose()), cipher) {
        (Some(sealed), Some(cipher)) => Ok(cipher.open(&sealed, &name(key, part))?),
        (Some(_), None) => Err(Unsealed::NoCipher.into()),
        (None, Some(cipher)) => cipher.pass_clear(text),
        (None, None) => Ok(text),
    })
}

fn each_part(
    record: Encoded,
    change: impl Fn(&str, Secret) -> Result<Secret, StoreError>,
) -> Result<Encoded, StoreError> {
    let lasting = change("lasting", record.lasting)?;
    let access = match record.access {
        Some((text, end)) => Some((change("access", text)?, end)),
        None => None,
    };
    Ok(Encoded { lasting, access, ends_at: record.ends_at })
}

/// What a text is bound to: no two parts of records have the same, since lengths go before what may
/// be any text. It is never stored, and must never change.
fn name(key: &TokenKey, part: &str) -> String {
    let (kind, subject) = match key.subject() {
        Subject::Platform => ("platform", ""),
        Subject::Authorizer(app_id) => ("account", app_id.as_str()),
        Subject::Code(digest) => ("code", digest.as_str()),
    };
    let component = key.component().as_str();
    format!("{part} {kind} {} {component} {} {subject}", component.len(), subject.len())
}

#[cfg(test)]
#[cfg(feature = "cipher")]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::{CodeDigest, StoreErrorKind, StoreTime};

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn cipher() -> Cipher {
        Cipher::new("one", ONE).unwrap()
    }

    fn shop() -> TokenKey {
        TokenKey::new("wx_platform", Subject::Authorizer("wx_shop".into()))
    }

    fn record() -> Encoded {
        let access = Some(("{\"token\":\"canary\"}".into(), StoreTime::from_millis(7)));
        Encoded {
            lasting: "{\"refresh\":\"canary\"}".into(),
            access,
            ends_at: Some(StoreTime::from_millis(8)),
        }
    }

    /// What the error says, of a record that cannot be read.
    fn unreadable(outcome: Result<Encoded, StoreError>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unreadable);
        let text = error.source().unwrap().to_string();
        assert!(!format!("{text}{error:?}{error}").contains("canary"));
        text
    }

    #[test]
    fn what_was_sealed_is_opened_and_hides_what_it_was() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        for text in [&sealed.lasting, &sealed.access.as_ref().unwrap().0] {
            assert!(text.expose().starts_with("aes-256-gcm:one:") && !text.expose().contains("canary"));
        }
        assert_eq!(sealed.ends_at, record().ends_at);
        assert_eq!(sealed.access.as_ref().unwrap().1, StoreTime::from_millis(7));
        assert!(cipher().is_current(&sealed) && !cipher().is_current(&record()));
        let again = seal(Some(&cipher()), &shop(), record()).unwrap();
        assert!(again.lasting != sealed.lasting, "a nonce was used twice");
        assert!(open(Some(&cipher()), &shop(), sealed).unwrap() == record());
    }

    #[test]
    fn a_text_of_the_first_release_is_opened() {
        let lasting = "aes-256-gcm:one:KCkqKywtLi8wMTIzm5ANoZ0KE+S0ADVmBZW5nqAFtMIfJxDp+XwfmqeMzcs=";
        let stored = Encoded { lasting: lasting.into(), access: None, ends_at: None };
        let opened = open(Some(&cipher()), &shop(), stored).unwrap();
        assert_eq!(opened.lasting.expose(), "{\"generation\":3}");
    }

    #[test]
    fn a_text_does_not_fit_another_record_or_part() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        let swapped = Encoded {
            lasting: sealed.access.as_ref().unwrap().0.clone(),
            access: Some((sealed.lasting.clone(), StoreTime::from_millis(7))),
            ends_at: None,
        };
        assert!(unreadable(open(Some(&cipher()), &shop(), swapped)).contains("moved here"));
        let digest = CodeDigest::of(&"code".into());
        for other in [
            TokenKey::new("wx_platform", Subject::Platform),
            TokenKey::new("wx_platform", Subject::Authorizer("wx_shop2".into())),
            TokenKey::new("wx_platform2", Subject::Authorizer("wx_shop".into())),
            TokenKey::new("wx_platform", Subject::Code(digest.clone())),
        ] {
            assert!(
                unreadable(open(Some(&cipher()), &other, sealed.clone())).contains("moved here"),
                "{other}"
            );
        }
        // Ids may be any text, so these could be taken for each other.
        let names = [
            name(&TokenKey::new("a 1 b", Subject::Authorizer("c".into())), "lasting"),
            name(&TokenKey::new("a", Subject::Authorizer("1 b 1 c".into())), "lasting"),
            name(&TokenKey::new("a", Subject::Authorizer(digest.as_str().into())), "lasting"),
            name(&TokenKey::new("a", Subject::Code(digest)), "lasting"),
        ];
        for (one, text) in names.iter().enumerate() {
            assert!(!names[..one].contains(text), "{text}");
        }
    }

    #[test]
    fn a_text_that_was_changed_anywhere_is_refused() {
        let sealed = Encoded { access: None, ..seal(Some(&cipher()), &shop(), record()).unwrap() };
        let text = sealed.lasting.expose();
        for at in "aes-256-gcm:one:".len()..text.len() {
            let mut changed = text.to_owned();
            changed.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            for text in [&changed, &text[..at]] {
                let stored = Encoded { lasting: text.into(), ..sealed.clone() };
                unreadable(open(Some(&cipher()), &shop(), stored));
            }
        }
    }

    #[test]
    fn the_error_says_which_key_is_missing_or_wrong() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        let none = unreadable(open(None, &shop(), sealed.clone()));
        assert_eq!(none, "the record is encrypted, and no cipher is set");
        let ring = Cipher::new("two", OTHER).unwrap().also_reads("three", OTHER).unwrap();
        let unknown = unreadable(open(Some(&ring), &shop(), sealed.clone()));
        assert_eq!(
            unknown,
            r#"the record is encrypted with the key "one", and the cipher has "two", "three""#
        );
        let wrong = Cipher::new("one", OTHER).unwrap();
        let wrong = unreadable(open(Some(&wrong), &shop(), sealed));
        assert!(wrong.contains("the key is another one"), "{wrong}");
    }

    #[test]
    fn an_old_key_reads_and_the_new_one_writes() {
        let old = seal(Some(&cipher()), &shop(), record()).unwrap();
        let ring = Cipher::new("two", OTHER).unwrap().also_reads("one", ONE).unwrap();
        let opened = open(Some(&ring), &shop(), old.clone()).unwrap();
        assert!(opened == record() && !ring.is_current(&old));
        let new = seal(Some(&ring), &shop(), opened).unwrap();
        assert!(ring.is_current(&new));
        assert!(open(Some(&Cipher::new("two", OTHER).unwrap()), &shop(), new).unwrap() == record());
    }

    #[test]
    fn a_record_in_the_clear_is_read_unless_that_is_forbidden() {
        assert!(open(Some(&cipher()), &shop(), record()).unwrap() == record());
        let strict = cipher().require_encrypted();
        let clear = unreadable(open(Some(&strict), &shop(), record()));
        assert_eq!(clear, "the record is not encrypted, and the cipher requires it");
        let half = Encoded { access: record().access, ..seal(Some(&strict), &shop(), record()).unwrap() };
        assert_eq!(unreadable(open(Some(&strict), &shop(), half)), clear);
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_showing_it() {
        let short = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==";
        for (id, key) in
            [("one", ""), ("one", short), ("one", "canary"), ("", ONE), ("a:b", ONE), ("ключ", ONE)]
        {
            let error = Cipher::new(id, key).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
            assert!(!format!("{error:?}").contains("canary"));
        }
        assert!(Cipher::new("one", format!("{ONE}\n")).is_ok(), "a file ends with a line break");
        assert!(cipher().also_reads("one", OTHER).is_err());
        assert!(!format!("{:?}", cipher()).contains("AAEC"));
    }
}
