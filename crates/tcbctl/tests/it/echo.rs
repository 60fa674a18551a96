//! A server that repeats to its caller whatever the caller sent, which is the worst that an error
//! text can do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

/// How the server answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Everything with an errcode.
    Refuse,
    /// Token calls with tokens, everything else with an errcode.
    GiveTokens,
    /// Everything with HTML and HTTP 500.
    Break,
}

/// Access token that the server gives out.
pub(crate) const TOKEN: &str = "canary-minted";

/// Starts the server, which lives as long as the test process, and answers its base URL.
pub(crate) fn start(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A caller may give up; the next one is served all the same.
            let _ = answer(stream.unwrap(), manner);
        }
    });
    url
}

fn answer(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    let mut length = 0;
    loop {
        let start = request.len();
        reader.read_line(&mut request)?;
        let line = request[start..].trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));

    let token_call = request.contains("api_component_token") && matches!(manner, Manner::GiveTokens);
    let (status, answer) = match manner {
        _ if token_call => {
            ("200 OK", json!({"component_access_token": TOKEN, "expires_in": 7200}).to_string())
        }
        Manner::Break => ("500 Oops", format!("<html><body>{request}</body></html>")),
        _ => ("200 OK", json!({"errcode": 40097, "errmsg": format!("you sent {request}")}).to_string()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
}
