//! A server that does byte for byte what a test says.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tcb_transport::BaseUrl;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::harness::within_patience;

/// One thing that the server does on a connection. After the last one it closes the connection.
#[derive(Clone)]
pub(crate) enum Step {
    /// Reads a request with its body, and keeps it for [`Server::requests`].
    Read,
    /// Reads this many bytes of a request and forgets them.
    ReadBytes(usize),
    Write(String),
    /// Reads requests and answers each with this, until the client hangs up.
    AnswerAll(&'static str),
    /// Writes this again and again, after a pause each time, until the client hangs up.
    WriteForEver(&'static str, Duration),
    /// Does nothing until the client hangs up, which [`Server::client_hung_up`] reports.
    AwaitHangUp,
    /// Reads nothing and waits.
    Idle,
    /// Stops writing, and goes on.
    Finish,
    /// Breaks the connection off with a reset.
    Reset,
}

pub(crate) fn write(text: impl Into<String>) -> Step {
    Step::Write(text.into())
}

/// A whole 200 that keeps the connection open.
pub(crate) fn answer(body: &str) -> Step {
    write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
}

struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    hang_ups: Semaphore,
}

impl Server {
    /// The n-th connection gets the n-th script; those without one are counted and closed.
    pub(crate) async fn start(scripts: impl Into<Vec<Vec<Step>>>) -> Self {
        Self::run(scripts.into(), None).await
    }

    pub(crate) async fn start_tls(config: rustls::ServerConfig, scripts: impl Into<Vec<Vec<Step>>>) -> Self {
        Self::run(scripts.into(), Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn run(scripts: Vec<Vec<Step>>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let seen = Arc::new(Seen {
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
            hang_ups: Semaphore::new(0),
        });
        let server = Self { address, scheme, seen: seen.clone() };
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let script = scripts.get(seen.connections.fetch_add(1, Ordering::SeqCst)).cloned();
                let (seen, tls) = (seen.clone(), tls.clone());
                tokio::spawn(async move {
                    // A client that hangs up early is part of many tests, and what it then got is
                    // the test's affair.
                    let script = script.unwrap_or_default();
                    let _: io::Result<()> = match tls {
                        Some(tls) => match tls.accept(socket).await {
                            Ok(stream) => play(stream, script, &seen).await,
                            Err(error) => Err(error),
                        },
                        None => play(socket, script, &seen).await,
                    };
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> BaseUrl {
        self.url_with_prefix("")
    }

    pub(crate) fn url_with_prefix(&self, prefix: &str) -> BaseUrl {
        format!("{}://{}{prefix}", self.scheme, self.address).parse().unwrap()
    }

    /// The same port under `https`, whatever the server speaks there.
    pub(crate) fn url_as_https(&self) -> BaseUrl {
        format!("https://{}", self.address).parse().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// Waits for one more [`Step::AwaitHangUp`] to end.
    pub(crate) async fn client_hung_up(&self) {
        within_patience(self.seen.hang_ups.acquire()).await.unwrap().forget();
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn play(mut stream: impl Stream, script: Vec<Step>, seen: &Seen) -> io::Result<()> {
    for step in script {
        match step {
            Step::Read => {
                let request = read_request(&mut stream).await?;
                seen.requests.lock().unwrap().push(request);
            }
            Step::ReadBytes(count) => {
                stream.read_exact(&mut vec![0; count]).await?;
            }
            Step::Write(text) => {
                stream.write_all(text.as_bytes()).await?;
                stream.flush().await?;
            }
            Step::AnswerAll(body) => loop {
                read_request(&mut stream).await?;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all((head + body).as_bytes()).await?;
                stream.flush().await?;
            },
            Step::WriteForEver(text, pause) => loop {
                stream.write_all(text.as_bytes()).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            },
            Step::AwaitHangUp => {
                // Reading ends with the client's end of stream or with an error; both mean that it
                // hung up.
                let _: io::Result<u64> = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                seen.hang_ups.add_permits(1);
            }
            Step::Idle => std::future::pending().await,
            Step::Finish => stream.shutdown().await?,
            Step::Reset => {
                stream.tcp().set_zero_linger()?;
                return Ok(());
            }
        }
    }
    stream.shutdown().await
}

async fn read_request(stream: &mut impl Stream) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text[..head].lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if request.len() >= head + 4 + length {
                return Ok(text.into_owned());
            }
        }
        if stream.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
