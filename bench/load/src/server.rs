//! The minimal server: one thread, kept-alive HTTP/1.1, one fixed answer to all but token calls.

use std::net::Ipv4Addr;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::account;

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

/// Serves until the standard input ends.
pub(crate) async fn serve(token_delay_millis: u64) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let tokens = Arc::new(AtomicU64::new(0));
    std::thread::spawn(|| {
        let _ = std::io::stdin().lines().next();
        exit(0);
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let tokens = Arc::clone(&tokens);
        tokio::spawn(async move {
            // A client that goes away ends its connection in the middle of anything.
            let _ = answer_all(stream, &tokens, Duration::from_millis(token_delay_millis)).await;
        });
    }
}

async fn answer_all(mut stream: TcpStream, minted: &AtomicU64, token_delay: Duration) -> std::io::Result<()> {
    let fixed = response(OK);
    let mut held = Vec::with_capacity(4096);
    loop {
        let length = loop {
            if let Some(length) = request_length(&held) {
                break length;
            }
            if stream.read_buf(&mut held).await? == 0 {
                return Ok(());
            }
        };
        let target = held[..length].split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        if target.starts_with(b"/cgi-bin/") {
            let answer = response(&tokens(target, minted.fetch_add(1, Ordering::Relaxed)));
            tokio::time::sleep(token_delay).await;
            stream.write_all(&answer).await?;
        } else {
            stream.write_all(&fixed).await?;
        }
        held.drain(..length);
    }
}

/// The length of the first request, when it is there as a whole.
fn request_length(held: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length:";
    let mut begin = 0;
    let mut body = 0;
    for line in held.split_inclusive(|byte| *byte == b'\n') {
        begin += line.len();
        if line == b"\r\n" {
            return (held.len() >= begin + body).then_some(begin + body);
        }
        if line.len() > LENGTH.len() && line[..LENGTH.len()].eq_ignore_ascii_case(LENGTH) {
            body = std::str::from_utf8(&line[LENGTH.len()..]).ok()?.trim().parse().ok()?;
        }
    }
    None
}

/// The answer to any token call.
fn tokens(target: &[u8], number: u64) -> String {
    let token = account::token(number);
    let name = if target.ends_with(b"api_component_token") {
        "component_access_token"
    } else {
        "authorizer_access_token"
    };
    format!(r#"{{"{name}":"{token}","expires_in":7200}}"#)
}

fn response(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::request_length;

    #[test]
    fn a_request_is_waited_for_until_its_body_is_there() {
        let request = b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET";
        assert_eq!(request_length(request), Some(request.len() - 3));
        assert_eq!(request_length(&request[..request.len() - 4]), None);
        assert_eq!(request_length(b"GET /x HTTP/1.1\r\nhost: x\r\n"), None);
    }
}
