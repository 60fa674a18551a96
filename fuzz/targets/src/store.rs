//! What a store holds.

use tcb_auth::{Record, RecordError};

use crate::assert_hidden;

/// A stored record, its two parts in two lines: what can be read can be written and read again, and shows no secret.
pub fn store_record(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (lasting, access) = match text.split_once('\n') {
        Some((lasting, access)) => (lasting, Some(access)),
        None => (text, None),
    };
    match Record::decode(lasting, access) {
        Ok(record) => {
            assert_hidden(&format!("{record:?}"));
            let written = record.encode().unwrap();
            assert_hidden(&format!("{written:?}"));
            let access = written.access.as_ref().map(|(text, _)| text.expose());
            let again = Record::decode(written.lasting.expose(), access).unwrap();
            assert!(again == record, "it changes when it is written and read");
            assert_eq!(again.encode().unwrap().lasting.expose(), written.lasting.expose());
        }
        Err(error) => assert_eq!(error, RecordError),
    }
}
