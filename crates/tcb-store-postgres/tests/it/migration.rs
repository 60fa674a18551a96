//! How the tables come to be.

use std::error::Error as _;

use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_postgres::{PostgresOptions, PostgresStore};
use tcb_test_kit::postgres::PostgresServer;

use crate::{options, schema, server, shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_find_no_tables_make_them_together() {
    let Some(server) = server() else { return };
    let options = options(server).schema(schema()).unwrap();
    let stores: Vec<_> = (0..8).map(|_| tokio::spawn(PostgresStore::connect(options.clone()))).collect();
    for store in stores {
        assert!(store.await.unwrap().unwrap().load(&shop()).await.unwrap().held.is_none());
    }
}

#[tokio::test]
async fn tables_of_a_later_version_are_refused() {
    let Some(server) = server() else { return };
    let schema = schema();
    let options = options(server).schema(&schema).unwrap();
    PostgresStore::connect(options.clone()).await.unwrap();
    server.tell(&format!("UPDATE {schema}.tcb_version SET version = 9"));
    let error = PostgresStore::connect(options).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(error.source().unwrap().to_string().contains("version 9"), "{error:?}");
}

/// Somebody who may log in, and no more.
fn guest(server: &PostgresServer, schema: &str) -> (String, PostgresOptions) {
    let guest = format!("guest_{schema}");
    server.tell(&format!("CREATE ROLE {guest} LOGIN PASSWORD 'word'"));
    let url = format!("postgres://{guest}:word@127.0.0.1:{}/tcb", server.port());
    (guest, PostgresOptions::new(&url).unwrap().schema(schema).unwrap())
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_uses_those_that_are_there() {
    let Some(server) = server() else { return };
    let schema = schema();
    let (guest, as_guest) = guest(server, &schema);
    let refused = PostgresStore::connect(as_guest.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Misconfigured);

    PostgresStore::connect(options(server).schema(&schema).unwrap()).await.unwrap();
    server.tell(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO {guest}; GRANT SELECT ON {schema}.tcb_version TO {guest};
         GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.tcb_records TO {guest}"
    ));
    let store = PostgresStore::connect(as_guest).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
}

#[tokio::test]
async fn a_user_who_may_not_make_a_schema_makes_tables_in_one_that_is_there() {
    let Some(server) = server() else { return };
    let schema = schema();
    let (guest, as_guest) = guest(server, &schema);
    server.tell(&format!("CREATE SCHEMA {schema} AUTHORIZATION {guest}"));
    let store = PostgresStore::connect(as_guest).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
}
