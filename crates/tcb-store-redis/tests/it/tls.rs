//! TLS.

use std::time::Duration;

use tcb_auth::store_conformance::numbered;
use tcb_auth::{StoreErrorKind, StoreTime, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::{RedisServer, ask};
use tempfile::TempDir;

use crate::shop;

/// A server that speaks TLS at this address, and its certificate.
struct Tls {
    server: RedisServer,
    url: String,
    root: String,
    _folder: TempDir,
}

fn start(more: &[&str]) -> Option<Tls> {
    let folder = TempDir::new().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate"), folder.path().join("key"));
    std::fs::write(&certificate, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let port = free_port();
    let options = [
        &["--tls-port", &port, "--tls-auth-clients", "no"],
        &["--tls-cert-file", certificate.to_str().unwrap()][..],
        &["--tls-ca-cert-file", certificate.to_str().unwrap()],
        &["--tls-key-file", key.to_str().unwrap()],
        more,
    ];
    let server = RedisServer::for_test(&options.concat())?;
    let (url, root) = (format!("rediss://localhost:{port}"), certified.cert.pem());
    Some(Tls { server, url, root, _folder: folder })
}

fn free_port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_trusted_root_is_used_and_another_is_not() {
    let Some(tls) = start(&[]) else { return };
    let options = || RedisOptions::new(&tls.url).unwrap();
    let trusting = options().roots_pem(&tls.root).unwrap();
    let store = RedisStore::connect(trusting).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());

    let error = RedisStore::connect(options()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    for pem in ["", "no certificate"] {
        assert!(options().roots_pem(pem).is_err());
    }
}

#[tokio::test]
async fn nodes_of_a_cluster_that_speaks_tls_are_reached_with_it() {
    let bus = free_port();
    let Some(tls) = start(&["--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-port", &bus])
    else {
        return;
    };
    ask(tls.server.port(), "CLUSTER ADDSLOTSRANGE 0 16383").unwrap();
    while !ask(tls.server.port(), "CLUSTER INFO").unwrap().contains("cluster_state:ok") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let options = || RedisOptions::cluster([tls.url.as_str()]).unwrap().timeout(Duration::from_secs(5));
    let store = RedisStore::connect(options().roots_pem(&tls.root).unwrap()).await.unwrap();
    assert!(store.swap(&shop(), None, &numbered(1, StoreTime::default())).await.unwrap().is_some());
    assert!(store.load(&shop()).await.unwrap().held.is_some());
    assert_eq!(RedisStore::connect(options()).await.unwrap_err().kind(), StoreErrorKind::Misconfigured);
}
