//! HTTPS under WeChat's names, by way of the proxy and without it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tcb_emulator::{Emulator, EmulatorErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::*;

/// An emulator that speaks HTTPS, and the folder with its certificate.
async fn secured() -> (Emulator, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().tls(folder.path().join("ca.pem")).start().await.unwrap();
    (emulator, folder)
}

async fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.base_url().strip_prefix("http://").unwrap()).await.unwrap()
}

/// Asks the proxy for a way, and returns its status with the connection.
async fn through_proxy(emulator: &Emulator, target: &str) -> (u16, TcpStream) {
    let mut stream = connect(emulator).await;
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap();
    (status, stream)
}

/// One request over TLS, by a client that trusts the emulator's authority.
async fn ask(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    certificate: &Path,
    host: &'static str,
    path: &str,
) -> std::io::Result<(StatusCode, Bytes)> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let request = Request::post(path).header("host", host).body(Full::<Bytes>::from("{}")).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    driver.abort();
    Ok((status, body))
}

fn is_wechats(answer: &(StatusCode, Bytes)) -> bool {
    let body: Value = serde_json::from_slice(&answer.1).unwrap();
    answer.0 == StatusCode::OK && body["errcode"] == 41001
}

#[tokio::test]
async fn a_client_with_hard_coded_hosts_goes_by_the_proxy() {
    let (emulator, _folder) = secured().await;
    let certificate = emulator.certificate().unwrap();
    for host in ["api.weixin.qq.com", "sh.api.weixin.qq.com", "mp.weixin.qq.com"] {
        let (status, stream) = through_proxy(&emulator, &format!("{host}:443")).await;
        assert_eq!(status, 200, "{host}");
        let answer = ask(stream, certificate, host, OPEN_CLOUD).await.unwrap();
        assert!(is_wechats(&answer), "{host}: {answer:?}");
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn the_proxy_leads_nowhere_else() {
    let (emulator, _folder) = secured().await;
    for target in
        ["www.example.com:443", "api.weixin.qq.com:80", "127.0.0.1:443", "evil.api.weixin.qq.com:443"]
    {
        assert_eq!(through_proxy(&emulator, target).await.0, 403, "{target}");
    }
    let plain = Emulator::start().await.unwrap();
    assert_eq!(through_proxy(&plain, "api.weixin.qq.com:443").await.0, 403, "without TLS there is no proxy");
    assert_eq!(plain.certificate(), None);
}

#[tokio::test]
async fn names_that_lead_here_need_no_proxy() {
    let (emulator, _folder) = secured().await;
    let certificate = emulator.certificate().unwrap();
    let answer = ask(connect(&emulator).await, certificate, "api.weixin.qq.com", OPEN_CLOUD).await.unwrap();
    assert!(is_wechats(&answer), "{answer:?}");
    let other = ask(connect(&emulator).await, certificate, "www.example.com", OPEN_CLOUD).await;
    assert!(other.is_err(), "it has no certificate for that name");
    let plain = send(request(http::Method::POST, &format!("{}{OPEN_CLOUD}", emulator.base_url()), "{}"));
    assert_eq!(plain.await.unwrap().status, StatusCode::OK, "HTTP goes on beside it");
}

#[tokio::test]
async fn what_is_the_emulator_s_own_is_not_at_wechat_s_hosts() {
    let (emulator, _folder) = secured().await;
    let certificate = emulator.certificate().unwrap();
    for path in ["/_emu/v1/health", "/_emu/"] {
        let answer = ask(connect(&emulator).await, certificate, "api.weixin.qq.com", path).await.unwrap();
        assert_eq!(answer.0, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_certificate_is_everybody_s_to_read_and_has_to_be_written() {
    let (emulator, folder) = secured().await;
    let url = format!("{}/health", emulator.admin_url());
    let health = send(request(http::Method::GET, &url, "")).await.unwrap().json();
    assert_eq!(health["certificate"], emulator.certificate().unwrap().to_str().unwrap());
    let text = std::fs::read_to_string(emulator.certificate().unwrap()).unwrap();
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("ca.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
    let nowhere = Emulator::builder().tls(folder.path().join("no/folder/ca.pem")).start().await;
    assert_eq!(nowhere.unwrap_err().kind(), EmulatorErrorKind::Certificate);
}
