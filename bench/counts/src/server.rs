//! The smallest server that can answer: a thread per connection, each answer made beforehand.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::{Result, sample};

/// Writes its address and answers until it is killed, each call and each token call after a pause.
pub fn serve(pause: Duration, token_pause: Duration) -> Result {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    for connection in listener.incoming() {
        let connection = connection?;
        // A connection ends in an error when the client goes away.
        thread::spawn(move || answer(connection, pause, token_pause));
    }
    Ok(())
}

fn answer(mut connection: TcpStream, pause: Duration, token_pause: Duration) -> Result {
    connection.set_nodelay(true)?;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let mut last = (String::new(), sample::answer(""));
    loop {
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        received.extend_from_slice(&buffer[..count]);
        let Some(path) = finished(&received) else { continue };
        let pause = if path.starts_with("/cgi-bin/") { token_pause } else { pause };
        if last.0 != path {
            last = (path.to_owned(), sample::answer(path));
        }
        received.clear();
        thread::sleep(pause);
        connection.write_all(&last.1)?;
    }
}

/// The path of the request, once all of it is there.
fn finished(received: &[u8]) -> Option<&str> {
    let (head, body) = str::from_utf8(received).ok()?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let target = head.split(' ').nth(1)?;
    (body.len() >= length.unwrap_or(0)).then(|| target.split('?').next())?
}
