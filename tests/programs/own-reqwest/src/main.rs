//! Uses its own reqwest beside the SDK. `cargo xtask programs` runs it with several sets of
//! features; it panics where one changes what the other does.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use tcb_transport::{HttpOptions, Request, Transport};
use tcb_types::Method;

/// `{"errcode":0}`, compressed.
const GZIP: [u8; 33] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 45, 42, 74, 206, 79, 73, 85, 178, 50, 168, 5, 0, 234, 86,
    49, 152, 13, 0, 0, 0,
];

fn main() {
    let own = reqwest::Client::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = serve();
        let json: serde_json::Value =
            own.get(format!("{server}/plain")).send().await.unwrap().json().await.unwrap();
        assert_eq!(json["errcode"], 0);
        let bytes = own.get(format!("{server}/gzip")).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(bytes.starts_with(b"{"), cfg!(feature = "gzip"), "the program's own client");

        for transport in transports(&server) {
            let answer = transport.send(Request::raw(Method::Get, "/plain", "plain")).await.unwrap();
            assert_eq!(&answer.body()[..], br#"{"errcode":0}"#, "{transport:?}");
            let answer = transport.send(Request::raw(Method::Get, "/gzip", "gzip")).await.unwrap();
            assert_eq!(&answer.body()[..], GZIP, "{transport:?}");
        }
        without_tls().await;
    });
    println!("{} backends beside a reqwest of its own", transports("http://127.0.0.1:9").len());
}

/// Every backend that is compiled in.
fn transports(base_url: &str) -> Vec<Box<dyn Transport>> {
    let options = HttpOptions::new(base_url.parse().unwrap());
    let mut transports: Vec<Box<dyn Transport>> = Vec::new();
    #[cfg(feature = "api")]
    {
        use tcb_api::transport::HyperTransport;
        use tcb_api::{Client, StaticToken};

        // There is a default backend, and it can be made.
        let _client: Client = Client::builder().token(StaticToken::new("61_abc")).build().unwrap();
        transports.push(Box::new(HyperTransport::new(options.clone()).unwrap()));
    }
    #[cfg(feature = "reqwest-backend")]
    {
        let builder = reqwest::Client::builder().referer(true);
        let transport = tcb_transport::ReqwestTransport::from_builder(builder, options.clone());
        transports.push(Box::new(transport.unwrap()));
    }
    assert!(!transports.is_empty(), "no backend for {options:?}");
    transports
}

/// This program's reqwest has no TLS: what is to go to an `https` host stays here, and is not sent
/// in the clear.
async fn without_tls() {
    #[cfg(feature = "reqwest-backend")]
    {
        use tcb_transport::{Phase, TransportErrorKind};

        let (heard, requests) = std::sync::mpsc::channel();
        let server = listen(move |mut stream| {
            let mut line = String::new();
            let _ = BufReader::new(&mut stream).read_line(&mut line);
            heard.send(line).unwrap();
        });
        let base_url = server.replace("http:", "https:").parse().unwrap();
        let builder = reqwest::Client::builder();
        let transport =
            tcb_transport::ReqwestTransport::from_builder(builder, HttpOptions::new(base_url)).unwrap();
        let error = transport.send(Request::raw(Method::Get, "/plain", "plain")).await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Connect, Phase::NotSent), "{error:?}");
        assert_eq!(requests.try_iter().collect::<String>(), "");
    }
}

/// Answers `/gzip` compressed, and everything else plainly.
fn serve() -> String {
    listen(|mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        lines.take_while(|line| !line.is_empty()).for_each(drop);
        let (encoding, body): (_, &[u8]) = if first.contains("/gzip") {
            ("content-encoding: gzip\r\n", &GZIP)
        } else {
            ("", br#"{"errcode":0}"#)
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\n{encoding}connection: close\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).unwrap();
    })
}

/// Gives each connection to `answer`; answers the URL.
fn listen(answer: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(answer));
    url
}
