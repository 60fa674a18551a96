//! TLS.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_postgres::{PostgresOptions, PostgresStore};
use tcb_test_kit::postgres::PostgresServer;

use crate::shop;

#[tokio::test]
async fn a_server_with_a_certificate_of_a_trusted_root_is_used_and_another_is_not() {
    let Some(mut server) = PostgresServer::for_test(&[]) else { return };
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let data = server.folder().join("data");
    let owner = fs::metadata(&data).unwrap();
    let files = [("server.crt", certified.cert.pem()), ("server.key", certified.signing_key.serialize_pem())];
    for (name, pem) in files {
        let path = data.join(name);
        fs::write(&path, pem).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    server.tell("ALTER SYSTEM SET ssl = on");
    server.kill();
    server.start_again();

    let url = server.url().replace("127.0.0.1", "localhost") + "?sslmode=verify-full";
    let options = || PostgresOptions::new(&url).unwrap();
    let trusting = options().roots_pem(certified.cert.pem());
    let store = PostgresStore::connect(trusting).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());

    let error = PostgresStore::connect(options()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let error = PostgresStore::connect(options().roots_pem("no certificate")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
}
