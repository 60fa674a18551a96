//! What is kept, and how.

use tcb_auth::store_conformance::{Suite, numbered};
use tcb_auth::{CodeDigest, Encoded, StoreErrorKind, StoreTime, Subject, TokenKey, TokenStore as _};
use tcb_store_postgres::PostgresStore;

use crate::{fresh, options, schema, server, shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_conforms() {
    let Some(server) = server() else { return };
    Suite::new(async || fresh(server).await).run().await;
}

#[tokio::test]
async fn two_stores_of_one_schema_are_one() {
    let Some(server) = server() else { return };
    let options = options(server).schema(schema()).unwrap();
    let one = PostgresStore::connect(options.clone()).await.unwrap();
    let other = PostgresStore::connect(options).await.unwrap();
    let version = one.swap(&shop(), None, &numbered(1, StoreTime::default())).await.unwrap();
    let (held, _) = other.load(&shop()).await.unwrap().held.unwrap();
    assert_eq!(Some(held), version);
    assert!(other.swap(&shop(), None, &numbered(2, StoreTime::default())).await.unwrap().is_none());
}

#[tokio::test]
async fn records_that_have_ended_leave_the_table_with_the_next_new_ones() {
    let Some(server) = server() else { return };
    let schema = schema();
    let store = PostgresStore::connect(options(server).schema(&schema).unwrap()).await.unwrap();
    let rows = || server.tell(&format!("SELECT count(*) FROM {schema}.tcb_records"));
    let now = store.load(&shop()).await.unwrap().now;
    let ends_at = Some(StoreTime::from_millis(now.as_millis() + 600_000));
    for code in 0..20 {
        let digest = CodeDigest::of(&format!("code-{code}").into());
        let key = TokenKey::new("wxplatform", Subject::Code(digest));
        store.swap(&key, None, &Encoded { ends_at, ..numbered(code, now) }).await.unwrap().unwrap();
    }
    assert_eq!(rows(), "20");
    server.tell(&format!("UPDATE {schema}.tcb_records SET ends_at = 1"));
    for (shop, left) in [("wxone", "13"), ("wxtwo", "6"), ("wxthree", "3")] {
        let key = TokenKey::new("wxplatform", Subject::Authorizer(shop.into()));
        store.swap(&key, None, &numbered(1, now)).await.unwrap().unwrap();
        assert_eq!(rows(), left);
    }
}

#[tokio::test]
async fn a_statement_that_waits_for_another_ends_with_the_time_out() {
    let Some(server) = server() else { return };
    let schema = schema();
    let store = PostgresStore::connect(options(server).schema(&schema).unwrap()).await.unwrap();
    let lock = format!("BEGIN; LOCK TABLE {schema}.tcb_records; SELECT pg_sleep(5); COMMIT");
    let other = std::thread::spawn(move || server.tell(&lock));
    while server.tell("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted") == "0" {
    }
    let error = store.load(&shop()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    other.join().unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
}

#[tokio::test]
async fn what_is_no_record_is_corrupt_and_stays_out_of_the_error() {
    let Some(server) = server() else { return };
    let schema = schema();
    let store = PostgresStore::connect(options(server).schema(&schema).unwrap()).await.unwrap();
    for column in ["lasting", "access"] {
        let version = store.load(&shop()).await.unwrap().held.map(|(version, _)| version);
        store.swap(&shop(), version, &numbered(1, StoreTime::default())).await.unwrap().unwrap();
        server.tell(&format!("UPDATE {schema}.tcb_records SET {column} = 'canary\\377'"));
        let error = store.load(&shop()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!format!("{error:?}").contains("canary"));
        server.tell(&format!("DELETE FROM {schema}.tcb_records"));
    }
}
