//! A socket of tokio and a request written by hand.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::drive::Caller;
use crate::{Result, sample};

pub(crate) struct Tokio {
    socket: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

pub(crate) async fn callers(server: SocketAddr, tasks: usize) -> Result<Vec<Tokio>> {
    let mut callers = Vec::new();
    for _ in 0..tasks {
        let socket = TcpStream::connect(server).await?;
        socket.set_nodelay(true)?;
        callers.push(Tokio { socket, host: server.to_string(), buffer: Vec::with_capacity(4096) });
    }
    Ok(callers)
}

impl Caller for Tokio {
    async fn call(&mut self) -> Result {
        let body = sample::body()?;
        self.buffer.clear();
        self.buffer.extend_from_slice(b"POST ");
        self.buffer.extend_from_slice(sample::target("").as_bytes());
        self.buffer.extend_from_slice(b" HTTP/1.1\r\nHost: ");
        self.buffer.extend_from_slice(self.host.as_bytes());
        self.buffer.extend_from_slice(b"\r\nContent-Type: application/json\r\nContent-Length: ");
        self.buffer.extend_from_slice(body.len().to_string().as_bytes());
        self.buffer.extend_from_slice(b"\r\n\r\n");
        self.buffer.extend_from_slice(&body);
        self.socket.write_all(&self.buffer).await?;

        self.buffer.clear();
        loop {
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection ended".into());
            }
            let text = str::from_utf8(&self.buffer)?;
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.rsplit_once("Content-Length: ").ok_or("no length")?.1;
            if body.len() == length.parse::<usize>()? {
                return sample::check(body.as_bytes());
            }
        }
    }
}
