//! Outgoing proxies: the hyper backend's own, and those of a builder of reqwest.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tcb_transport::{
    HttpOptions, HyperTransport, LinkTarget, Phase, Request, ReqwestTransport, SetupErrorKind,
    TransportErrorKind,
};
use tcb_types::{Method, Secret};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::harness::{
    Backend, SOON, answer_of, failure_of, patient, request, reqwest_builder, within_patience,
};
use crate::server::{Server, Step, answer, write};
use crate::tls::{Authority, for_this_server};

/// A proxy that opens every tunnel that it is asked for.
pub(crate) struct Tunneller {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunneller {
    pub(crate) fn start() -> Self {
        Self::run("HTTP/1.1", None)
    }

    fn run(version: &'static str, tls: Option<TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), heads: Arc::default() };
        let listener = TcpListener::from_std(listener).unwrap();
        let heads = Arc::clone(&proxy.heads);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (tls, heads) = (tls.clone(), Arc::clone(&heads));
                tokio::spawn(async move {
                    // A client that hangs up early is part of many tests.
                    let _: std::io::Result<()> = match tls {
                        Some(tls) => match tls.accept(socket).await {
                            Ok(stream) => tunnel(stream, version, &heads).await,
                            Err(error) => Err(error),
                        },
                        None => tunnel(socket, version, &heads).await,
                    };
                });
            }
        });
        proxy
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked, request by request.
    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn tunnel(
    mut client: impl AsyncRead + AsyncWrite + Unpin + Send,
    version: &str,
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let server = TcpStream::connect(target).await;
    heads.lock().unwrap().push(head);
    let Ok(mut server) = server else {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    };
    client.write_all(format!("{version} 200 Connection established\r\n\r\n").as_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// An API host with TLS that answers two requests on one connection.
async fn api(authority: &Authority) -> Server {
    let exchange = [Step::Read, answer("{}")];
    Server::start_tls(authority.issue(&for_this_server()), [[exchange.clone(), exchange].concat()]).await
}

#[tokio::test]
async fn calls_go_through_one_tunnel_and_the_proxy_sees_no_token() {
    let authority = Authority::new();
    let server = api(&authority).await;
    let proxy = Tunneller::start();
    let url = format!("http://na%6De:CanaryWord%21@{}", proxy.address());
    let options = patient(server.url()).proxy(url).unwrap();
    let transport = HyperTransport::connect_trusting(&authority.pem(), options);
    for _ in 0..2 {
        assert_eq!(answer_of(&transport, request()).await.body(), "{}");
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    let mut lines: Vec<&str> = heads[0].trim_end().lines().collect();
    lines[1..].sort_unstable();
    let host = server.address();
    let expected = [
        &format!("CONNECT {host} HTTP/1.1"),
        &format!("host: {host}"),
        // `name:CanaryWord!`
        "proxy-authorization: Basic bmFtZTpDYW5hcnlXb3JkIQ==",
        concat!("user-agent: tcb-transport/", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_proxy_may_speak_http_1_0() {
    let authority = Authority::new();
    let server = api(&authority).await;
    let proxy = Tunneller::run("HTTP/1.0", None);
    let options = patient(server.url()).proxy(format!("http://{}", proxy.address())).unwrap();
    let transport = HyperTransport::connect_trusting(&authority.pem(), options);
    for _ in 0..2 {
        answer_of(&transport, request()).await;
    }
    assert_eq!(proxy.heads().len(), 1);
}

#[tokio::test]
async fn a_proxy_may_be_reached_by_tls() {
    let authority = Authority::new();
    let server = api(&authority).await;
    let proxy =
        Tunneller::run("HTTP/1.1", Some(TlsAcceptor::from(Arc::new(authority.issue(&for_this_server())))));
    let url = format!("https://{}", proxy.address());
    let options = patient(server.url()).proxy(url).unwrap();
    answer_of(&HyperTransport::connect_trusting(&authority.pem(), options.clone()), request()).await;
    assert_eq!((proxy.heads().len(), server.requests().len()), (1, 1));

    let error = failure_of(&HyperTransport::connect_to(options), request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Certificate, Phase::NotSent));
    assert_eq!((proxy.heads().len(), server.requests().len()), (1, 1));
}

#[tokio::test]
async fn what_a_proxy_refuses_was_not_sent_and_says_why() {
    for (status, kind, text) in [
        (407, TransportErrorKind::Proxy, "credentials"),
        (403, TransportErrorKind::Proxy, "forbids"),
        (405, TransportErrorKind::Proxy, "(405)"),
        (302, TransportErrorKind::Connect, "(302)"),
        (502, TransportErrorKind::Connect, "(502)"),
        (503, TransportErrorKind::Connect, "(503)"),
    ] {
        let refusal =
            format!("HTTP/1.1 {status} CanaryReason\r\nx: Canary\r\ncontent-length: 6\r\n\r\nCanary");
        let proxy = Server::start([vec![Step::Read, write(refusal), Step::AwaitHangUp]]).await;
        let url = format!("http://CanaryName:CanaryWord@{}", proxy.address());
        let transport =
            HyperTransport::connect_to(patient("https://127.0.0.1:9".parse().unwrap()).proxy(url).unwrap());
        let error = failure_of(&transport, request()).await;
        assert_eq!((error.kind(), error.phase()), (kind, Phase::NotSent), "{status}");
        assert!(format!("{error:?}").contains(&status.to_string()), "{error:?}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(text), "{source}");
        // The connection is of no more use.
        proxy.client_hung_up().await;
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_was_sent_nothing_but_the_question() {
    let noise = vec![Step::Read, write("CanaryNoise\r\n\r\n"), Step::AwaitHangUp];
    let endless =
        vec![Step::Read, write("HTTP/1.1 200 OK\r\nx: "), Step::WriteForEver("Canary", Duration::ZERO)];
    let silent = vec![Step::Read, Step::AwaitHangUp];
    for script in [vec![], vec![Step::Read], vec![Step::Read, Step::Reset], noise, endless, silent] {
        let proxy = Server::start([script]).await;
        let options = patient("https://127.0.0.1:9".parse().unwrap()).connect_timeout(SOON * 5);
        let options = options.proxy(format!("http://{}", proxy.address())).unwrap();
        let error = within_patience(failure_of(&HyperTransport::connect_to(options), request())).await;
        assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Connect, Phase::NotSent));
        assert!(proxy.requests().iter().all(|request| request.starts_with("CONNECT ")));
    }
}

#[tokio::test]
async fn a_link_goes_through_the_proxy_too() {
    let storage = Server::start([vec![Step::Read, answer("file")]]).await;
    let proxy = Tunneller::start();
    let options = patient("http://127.0.0.1:9".parse().unwrap());
    let options = options.proxy(format!("http://{}", proxy.address())).unwrap();
    let link = Secret::new(format!("http://{}/a?sign=Canary", storage.address()));
    let get = Request::to_link(Method::Get, LinkTarget::new(link).unwrap(), "link.download");
    assert_eq!(answer_of(&HyperTransport::connect_to(options), get).await.body(), "file");
    assert!(proxy.heads()[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", storage.address())));
}

#[tokio::test]
async fn what_has_no_tls_does_not_leave_this_machine() {
    const ELSEWHERE: &str = "http://CanaryName:CanaryWord@proxy.example:3128";
    let plain = HttpOptions::new("http://127.0.0.1:9".parse().unwrap()).proxy(ELSEWHERE).unwrap();
    let error = HyperTransport::new(plain).unwrap_err();
    assert_eq!(error.kind(), SetupErrorKind::Proxy);
    assert!(!format!("{error:?}").contains("Canary"));

    let options = patient("https://api.example".parse().unwrap()).proxy(ELSEWHERE).unwrap();
    let link = LinkTarget::new(Secret::new("http://127.0.0.1:9/a?sign=Canary")).unwrap();
    let get = Request::to_link(Method::Get, link, "link.download");
    let error = failure_of(&HyperTransport::connect_to(options), get).await;
    assert_eq!(error.kind(), TransportErrorKind::Invalid);
}

#[test]
fn what_is_no_proxy_is_refused_without_being_shown() {
    for url in ["", "socks5://Canary@proxy.example:1080", "http://Canary:Canary@proxy.example/path"] {
        let error = HttpOptions::default().proxy(url).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::Proxy, "{url}");
        assert!(!format!("{error:?}").contains("Canary"), "{error:?}");
    }
}

#[tokio::test]
async fn the_proxies_of_a_builder_are_used_for_https_and_not_for_this_machine() {
    let authority = Authority::new();
    let server = api(&authority).await;
    let proxy = Tunneller::start();
    let builder = |pem: &str| {
        let all = reqwest::Proxy::all(format!("http://{}", proxy.address())).unwrap();
        reqwest_builder(Some(pem)).proxy(all)
    };
    let transport = ReqwestTransport::from_builder(builder(&authority.pem()), patient(server.url())).unwrap();
    answer_of(&transport, request()).await;
    assert_eq!(proxy.heads().len(), 1);
    assert!(proxy.heads()[0].starts_with(&format!("CONNECT {} ", server.address())));

    let plain = Server::start([vec![Step::Read, answer("{}")]]).await;
    let transport = ReqwestTransport::from_builder(builder(""), patient(plain.url())).unwrap();
    answer_of(&transport, request()).await;
    assert_eq!((proxy.heads().len(), plain.requests().len()), (1, 1));
}

#[test]
fn what_a_builder_has_itself_or_cannot_have_is_refused_in_the_options() {
    let with_root = HttpOptions::default().extra_roots_pem(Authority::new().pem()).unwrap();
    let with_proxy = HttpOptions::default().proxy("http://127.0.0.1:9").unwrap();
    let with_warmth = HttpOptions::default().warm_connections(1);
    for options in [with_root, with_proxy, with_warmth] {
        let error = ReqwestTransport::from_builder(reqwest_builder(None), options).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::ForBuilder);
    }
}
