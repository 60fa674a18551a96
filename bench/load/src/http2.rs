//! HTTP/2 beside HTTP/1.1, both with TLS and hyper alone on either side.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::server::conn as server;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::account;
use crate::clients::{self, Body, Caller, check};
use crate::process::{Client, Process, on_core, ourselves};
use crate::protocol::{Measure, Sample};
use crate::statistics::Spread;

const LEVELS: [usize; 2] = [1, 64];
const ROUNDS: usize = 9;
const CLIENT_CORE: usize = 0;
const SERVER_CORE: usize = 1;

/// A version of HTTP, by its name in ALPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Version {
    #[value(name = "http/1.1")]
    Http1,
    #[value(name = "h2")]
    Http2,
}

impl Version {
    fn alpn(self) -> &'static str {
        match self {
            Self::Http1 => "http/1.1",
            Self::Http2 => "h2",
        }
    }
}

/// What the server says first.
#[derive(Serialize, Deserialize)]
struct Place {
    address: String,
    root_pem: String,
}

/// Serves until the standard input ends. The client chooses the version.
pub(crate) async fn serve() {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.alpn_protocols = [Version::Http2, Version::Http1].map(|version| version.alpn().into()).to_vec();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let place = Place { address: listener.local_addr().unwrap().to_string(), root_pem: authority.pem() };
    println!("{}", serde_json::to_string(&place).unwrap());
    std::thread::spawn(|| {
        // Nothing is said; it ends with whoever started this.
        let _ = std::io::read_to_string(std::io::stdin());
        std::process::exit(0);
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(Version::Http2.alpn().as_bytes());
            let stream = TokioIo::new(stream);
            // A client that goes away ends its connection in the middle of anything.
            let _ = if is_http2 {
                let builder = server::http2::Builder::new(TokioExecutor::new());
                builder.serve_connection(stream, service_fn(answer)).await
            } else {
                server::http1::Builder::new().serve_connection(stream, service_fn(answer)).await
            };
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut response = Response::new(Full::new(Bytes::from_static(br#"{"errcode":0,"errmsg":"ok"}"#)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Makes calls as it is told; see [`crate::protocol`].
pub(crate) async fn drive(version: Version, root_pem: &Path, address: &str) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root_pem).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![version.alpn().into()];
    let connector = TlsConnector::from(Arc::new(config));
    let is = format!("hyper {}, {}", clients::version("hyper"), version.alpn());
    match version {
        Version::Http1 => {
            let open = async || {
                let stream = TokioIo::new(connect(&connector, address).await);
                let (sender, connection) = http1::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                OverHttp1 { sender, host: address.parse().unwrap() }
            };
            clients::serve(is, open).await;
        }
        Version::Http2 => {
            let stream = TokioIo::new(connect(&connector, address).await);
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            // All callers share the one connection.
            let caller = OverHttp2 { sender, base_url: format!("https://{address}") };
            clients::serve(is, async || caller.clone()).await;
        }
    }
}

async fn connect(connector: &TlsConnector, address: &str) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    connector.connect(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), stream).await.unwrap()
}

struct OverHttp1 {
    sender: http1::SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

#[derive(Clone)]
struct OverHttp2 {
    sender: http2::SendRequest<Full<Bytes>>,
    base_url: String,
}

impl Caller for OverHttp1 {
    async fn call(&mut self) {
        let mut request = request("");
        request.headers_mut().insert(header::HOST, self.host.clone());
        self.sender.ready().await.unwrap();
        read(self.sender.send_request(request).await.unwrap()).await;
    }
}

impl Caller for OverHttp2 {
    async fn call(&mut self) {
        let request = request(&self.base_url);
        self.sender.ready().await.unwrap();
        read(self.sender.send_request(request).await.unwrap()).await;
    }
}

fn request(base_url: &str) -> Request<Full<Bytes>> {
    let target = format!("{base_url}{}?access_token={}", account::PATH, account::token(0));
    let mut request = Request::new(Full::new(Bytes::from(Body::encode())));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

async fn read(mut answer: Response<Incoming>) {
    assert!(answer.status().is_success());
    let frame = answer.body_mut().frame().await.unwrap().unwrap();
    check(frame.data_ref().unwrap());
    assert!(answer.body_mut().frame().await.is_none());
}

pub(crate) fn compare() {
    let folder = TempDir::new().unwrap();
    let root_pem = folder.path().join("root.pem");
    let mut serving = Process::start(on_core(SERVER_CORE, &ourselves(&["serve-tls"]))).unwrap();
    let place: Place = serde_json::from_str(&serving.hear().unwrap()).unwrap();
    fs::write(&root_pem, &place.root_pem).unwrap();
    let mut drivers = [Version::Http1, Version::Http2].map(|version| {
        let words = ourselves(&["drive-tls", version.alpn(), &root_pem.to_string_lossy(), &place.address]);
        Client::start(on_core(CLIENT_CORE, &words)).unwrap()
    });
    println!(
        "HTTP/2 beside HTTP/1.1 over TLS 1.3, hyper alone on either side; ÷ is HTTP/2 to HTTP/1.1 in the same round.\n"
    );
    println!(
        "| in flight | HTTP/1.1: CPU µs | calls/s | p50 µs | HTTP/2: CPU µs | calls/s | p50 µs | CPU ÷ | calls/s ÷ | p50 ÷ |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut ratios = BTreeMap::new();
    for in_flight in LEVELS {
        let calls = if in_flight == 1 { 2_000 } else { 12_800 };
        let mut samples = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let mut order = [0, 1];
            fastrand::shuffle(&mut order);
            for index in order {
                samples[index].push(drivers[index].run(in_flight, calls).unwrap());
            }
        }
        print!("| {in_flight}");
        for samples in &samples {
            for (_, measure) in MEASURES {
                print!(" | {:.2}", Spread::of(samples.iter().map(measure).collect()).median);
            }
        }
        for (name, measure) in MEASURES {
            let pairs = samples[1].iter().zip(&samples[0]);
            let ratio = Spread::of(pairs.map(|(http2, http1)| measure(http2) / measure(http1)).collect());
            print!(" | {:.2} ({:.2}–{:.2})", ratio.median, ratio.low, ratio.high);
            ratios.insert(format!("{name}/http2/{in_flight}"), ratio.median);
        }
        println!(" |");
    }
    println!("{}", json!({ "ratios": ratios }));
}

const MEASURES: [(&str, Measure); 3] = [
    ("cpu", Sample::cpu_micros),
    ("throughput", Sample::calls_per_second),
    ("p50", |sample| sample.p50_micros),
];
