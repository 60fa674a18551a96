//! Records of the journal as values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::FleetError;
use crate::journal::{Body, Journal, Swap, Table};

/// Reads a record.
pub(crate) fn decode<T: DeserializeOwned>(key: &str, body: &[u8]) -> Result<T, FleetError> {
    serde_json::from_slice(body)
        .map_err(|error| FleetError::Corrupt(format!("the record {key:?} as {error}")))
}

/// A record as it is written.
pub(crate) fn encode(value: &impl Serialize) -> Body {
    // A map with keys that are no texts is what JSON cannot hold, and there is none.
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// Changes a record, which is made if there is none. Returns what it holds then.
pub(crate) async fn change<T>(
    journal: &dyn Journal,
    table: Table,
    key: &str,
    change: impl Fn(&mut T),
) -> Result<T, FleetError>
where
    T: Clone + Default + PartialEq + Serialize + DeserializeOwned,
{
    loop {
        let found = journal.load(table, key).await?;
        let before: T = found.as_ref().map(|(_, body)| decode(key, body)).transpose()?.unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(after);
        }
        let expected = found.map(|(version, _)| version);
        let (key, body) = (key.to_owned(), encode(&after));
        if journal.swap(Swap { table, key, expected, body, entries: Vec::new() }).await?.is_some() {
            return Ok(after);
        }
    }
}
