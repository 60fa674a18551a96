//! An API host that speaks HTTP/1.1 by hand, so that it can break off at any byte, and that counts
//! what it would have executed.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// What the server does in place of a good answer.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Nobody listens.
    Refuse,
    /// Breaks a connection off before a request comes.
    ResetBeforeRequest,
    /// Breaks the connection off when a request comes, after this many bytes of it.
    ResetAfter(usize),
    /// Breaks the connection off when the request is read.
    ResetWhenRead,
    /// Never answers.
    Stall,
    /// Answers with these bytes and closes the connection.
    Write(String),
    /// Answers with these bytes and then, byte for byte, one a second.
    Drip(String),
    /// Answers with these bytes and then with others without end.
    Pour(String),
    /// A whole answer. `{echo}` in its body becomes the secrets of the request, which shows what
    /// the client does to them.
    Answer { status: &'static str, headers: &'static str, body: Vec<u8> },
}

/// What a test tells the server.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) act: Act,
    /// Calls of this path meet the fault; those of others get good answers.
    pub(super) path: &'static str,
    /// How many of them.
    pub(super) times: u32,
    /// Whether the fault leaves open that the request was executed. Otherwise the answer says that
    /// it was not.
    pub(super) executes: bool,
    /// Whether the connection stays open after the answers that come before the fault.
    pub(super) keep_alive: bool,
}

/// What the server has seen since it was [armed](Server::arm).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Requests of the path, read or not.
    pub(super) requests: u32,
    /// Those that it executed: it had read them whole and did not refuse them.
    pub(super) executed: u32,
    /// Bytes of endless answers that it could write.
    pub(super) poured: u64,
    /// Whether the first request came over a connection that had been used before.
    pub(super) reused: bool,
    /// Requests of paths that nobody was to call.
    pub(super) strangers: u32,
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    host: Arc<Host>,
    accepting: JoinHandle<Infallible>,
}

#[derive(Debug)]
struct Host {
    orders: Orders,
    armed: tokio::sync::watch::Sender<bool>,
    left: AtomicU32,
    requests: AtomicU32,
    executed: AtomicU32,
    poured: AtomicU64,
    reused: AtomicBool,
    strangers: AtomicU32,
    tokens: AtomicU32,
}

impl Server {
    pub(super) async fn start(orders: Orders) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let host = Arc::new(Host {
            left: AtomicU32::new(orders.times),
            orders,
            armed: tokio::sync::watch::Sender::new(false),
            requests: AtomicU32::new(0),
            executed: AtomicU32::new(0),
            poured: AtomicU64::new(0),
            reused: AtomicBool::new(false),
            strangers: AtomicU32::new(0),
            tokens: AtomicU32::new(0),
        });
        let serving = Arc::clone(&host);
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let host = Arc::clone(&serving);
                // A client that hangs up is part of many cases; what it made of that is the case's
                // affair.
                tokio::spawn(async move { host.serve(stream).await });
            }
        });
        Self { address, host, accepting }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the fault is on.
    pub(super) fn arm(&self) {
        self.host.armed.send_replace(true);
    }

    pub(super) fn seen(&self) -> Seen {
        let host = &self.host;
        Seen {
            requests: host.requests.load(SeqCst),
            executed: host.executed.load(SeqCst),
            poured: host.poured.load(SeqCst),
            reused: host.reused.load(SeqCst),
            strangers: host.strangers.load(SeqCst),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A port that nobody listens on, and that nobody else is given while this lives.
pub(super) fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A request that was read whole.
struct Request {
    target: String,
    body: String,
}

impl Request {
    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Where the secrets stand: the target, and the body of a token call. As a part of a JSON text.
    fn secrets(&self) -> String {
        let is_token_call = self.path().starts_with("/cgi-bin/component/");
        let body = if is_token_call { &*self.body } else { "" };
        format!("{} {body}", self.target).replace('\\', "\\\\").replace('"', "\\\"")
    }
}

impl Host {
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut used = false;
        loop {
            if matches!(self.orders.act, Act::ResetBeforeRequest) {
                let mut armed = self.armed.subscribe();
                tokio::select! {
                    biased;
                    _ = armed.wait_for(|armed| *armed), if self.has_faults_left() => {
                        self.takes_fault();
                        return stream.set_zero_linger();
                    }
                    ready = stream.readable() => ready?,
                }
            }
            if let Act::ResetAfter(bytes) = self.orders.act {
                stream.peek(&mut [0]).await?;
                if self.is_armed() && self.takes_fault() {
                    self.note_request(used);
                    stream.read_exact(&mut vec![0; bytes]).await?;
                    return stream.set_zero_linger();
                }
            }
            let request = read_request(&mut stream).await?;
            let is_meant = self.is_armed() && request.path() == self.orders.path;
            if is_meant {
                self.note_request(used);
            }
            let stays_open = if is_meant && self.takes_fault() {
                if self.orders.executes {
                    self.executed.fetch_add(1, SeqCst);
                }
                self.act(&mut stream, &request).await?
            } else {
                if is_meant {
                    self.executed.fetch_add(1, SeqCst);
                }
                self.answer_well(&mut stream, &request).await?
            };
            if !stays_open {
                return stream.shutdown().await;
            }
            used = true;
        }
    }

    fn is_armed(&self) -> bool {
        *self.armed.borrow()
    }

    fn has_faults_left(&self) -> bool {
        self.left.load(SeqCst) > 0
    }

    fn takes_fault(&self) -> bool {
        self.left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn note_request(&self, reused: bool) {
        if self.requests.fetch_add(1, SeqCst) == 0 {
            self.reused.store(reused, SeqCst);
        }
    }

    /// Does what it was told. Returns whether the connection stays open.
    async fn act(&self, stream: &mut TcpStream, request: &Request) -> io::Result<bool> {
        match &self.orders.act {
            Act::Refuse | Act::ResetBeforeRequest | Act::ResetAfter(_) => Ok(true),
            Act::ResetWhenRead => {
                stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Act::Stall => until_hang_up(stream).await,
            Act::Write(bytes) => {
                stream.write_all(bytes.as_bytes()).await?;
                Ok(false)
            }
            Act::Drip(head) => {
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(b" ").await?;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            Act::Pour(head) => {
                stream.write_all(head.as_bytes()).await?;
                // The size of a chunk, its end, and a header line of a head that does not end.
                let piece = format!("1000\r\n{}\r\n", "a: b\r\n  ".repeat(512));
                loop {
                    stream.write_all(piece.as_bytes()).await?;
                    self.poured.fetch_add(piece.len() as u64, SeqCst);
                }
            }
            Act::Answer { status, headers, body } => {
                let body = match str::from_utf8(body) {
                    Ok(text) => text.replace("{echo}", &request.secrets()).into_bytes(),
                    Err(_) => body.clone(),
                };
                write_answer(stream, status, headers, &body).await?;
                Ok(true)
            }
        }
    }

    async fn answer_well(&self, stream: &mut TcpStream, request: &Request) -> io::Result<bool> {
        let token = self.tokens.fetch_add(1, SeqCst);
        let body = match request.path() {
            "/cgi-bin/component/api_component_token" => {
                json!({"component_access_token": format!("CanaryPlatformToken-{token}"), "expires_in": 7200})
            }
            "/cgi-bin/component/api_authorizer_token" => json!({
                "authorizer_access_token": format!("CanaryAccountToken-{token}"),
                "expires_in": 7200,
                "authorizer_refresh_token": "refreshtoken@@@CanaryNext",
            }),
            "/tcb/getenvinfo" => json!({"errcode": 0, "errmsg": "ok", "info_list": []}),
            "/tcb/createenvandresource" => json!({"errcode": 0, "errmsg": "ok", "envid": "shop-1a2b"}),
            "/tcb/anything" => json!({"errcode": 0, "errmsg": "ok"}),
            _ => {
                self.strangers.fetch_add(1, SeqCst);
                json!({"errcode": 404, "errmsg": "nobody was to call this"})
            }
        };
        let stays_open = self.orders.keep_alive || self.is_armed();
        let headers = if stays_open { "" } else { "connection: close\r\n" };
        write_answer(stream, "200 OK", headers, body.to_string().as_bytes()).await?;
        Ok(stays_open)
    }
}

async fn write_answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).await
}

async fn until_hang_up(stream: &mut TcpStream) -> io::Result<bool> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await?;
    Ok(false)
}

async fn read_request(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                return Ok(Request { target, body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
