//! The store over real files, in this process and in others.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends at the first surprise")]

mod child;
mod conformance;
mod damage;
mod format;
mod group;
mod kill;
mod migration;
#[cfg(unix)]
mod privacy;
mod sealed;
mod sharing;

use std::path::PathBuf;

use rusqlite::Connection;
use tcb_auth::store_conformance::{number_of, numbered};
use tcb_auth::{StoreError, Subject, TokenKey, TokenStore};
use tcb_store_sqlite::SqliteStore;

/// A store of a platform with a token, of accounts in every state, and of codes, as the first
/// release wrote it: first version of the file, first format of records.
const FIRST_FORMAT: &str = include_str!("../fixtures/format-1.sql");

fn of_first_format(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE records; DROP TABLE IF EXISTS clock; VACUUM").unwrap();
    connection.execute_batch(FIRST_FORMAT).unwrap();
    path
}

fn account(app_id: &str) -> TokenKey {
    TokenKey::new("wx_platform", Subject::Authorizer(app_id.into()))
}

async fn number(store: &impl TokenStore, key: &TokenKey) -> Option<u64> {
    let (_, record) = store.load(key).await.unwrap().held?;
    Some(number_of(&record).expect("both parts are of one write"))
}

/// Counts the record of `key` on by one, however often somebody else is faster.
async fn count(store: &impl TokenStore, key: &TokenKey) {
    loop {
        let loaded = store.load(key).await.unwrap();
        let (version, number) = match &loaded.held {
            Some((version, record)) => (Some(*version), number_of(record).unwrap() + 1),
            None => (None, 1),
        };
        if store.swap(key, version, &numbered(number, loaded.now)).await.unwrap().is_some() {
            return;
        }
    }
}

/// All that a log could show of an error.
fn text_of(error: &StoreError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{} {error:?}", source.unwrap_or_default())
}
