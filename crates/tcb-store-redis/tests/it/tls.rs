//! TLS.

use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::RedisServer;

use crate::shop;

#[tokio::test]
async fn a_server_with_a_certificate_of_a_trusted_root_is_used_and_another_is_not() {
    let folder = tempfile::TempDir::new().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate"), folder.path().join("key"));
    std::fs::write(&certificate, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let socket_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = socket_port.to_string();
    let Some(_server) = RedisServer::for_test(&[
        "--tls-port",
        &port,
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        certificate.to_str().unwrap(),
        "--tls-key-file",
        key.to_str().unwrap(),
    ]) else {
        return;
    };

    let options = || RedisOptions::new(&format!("rediss://localhost:{port}")).unwrap();
    let trusting = options().roots_pem(certified.cert.pem()).unwrap();
    let store = RedisStore::connect(trusting).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());

    let error = RedisStore::connect(options()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    for pem in ["", "no certificate"] {
        assert!(options().roots_pem(pem).is_err());
    }
}
