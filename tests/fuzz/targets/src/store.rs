//! What a store holds.

use tcb_auth::{Encoded, Record, StoreTime};

use crate::canary::assert_hidden;

/// A stored record, its two parts in two lines: what can be read can be written and read again, and
/// shows no secret.
pub fn store_record(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (lasting, access) = match text.split_once('\n') {
        Some((lasting, access)) => (lasting, Some((access.into(), StoreTime::from_millis(1)))),
        None => (text, None),
    };
    match Record::decode(&Encoded { lasting: lasting.into(), access, ends_at: None }) {
        Ok(record) => {
            assert_hidden(&format!("{record:?}"));
            let written = record.encode().unwrap();
            assert_hidden(&format!("{written:?}"));
            let again = Record::decode(&written).unwrap();
            assert!(again == record, "it changes when it is written and read");
            assert!(again.encode().unwrap() == written);
        }
        Err(error) => {
            assert_hidden(&format!("{error:?} {error}"));
            assert!(error.newer_format().is_none_or(|format| format > 2), "{error}");
        }
    }
}
