//! Text of the server that ends up in errors, and a header.

use std::time::Duration;

use http::{HeaderValue, header};
use tcb_transport::Response;
use tcb_types::{Scrubber, Secret};

/// A secret in the first line, a text with it in the others: it is not in what is left of the text,
/// which is short and of one line.
pub fn scrubber(data: &[u8]) {
    let (secret, body) = match data.iter().position(|&byte| byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (&[][..], data),
    };
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(byte);
    // Secrets of WeChat are made of these. A shorter one, or a part of the mark itself, may be
    // found in any text.
    let secret = str::from_utf8(secret).unwrap_or_default();
    let is_secret = (8..=512).contains(&secret.len())
        && secret.as_bytes().iter().all(is_token)
        && !"[redacted]".contains(secret);
    let known = Secret::new(if is_secret { secret } else { "" });

    let cleaned = Scrubber::new(&[&known]).excerpt(body);
    assert!(cleaned.len() <= 512);
    assert!(!cleaned.chars().any(char::is_control));
    assert!(!is_secret || !cleaned.contains(secret), "{cleaned}");
    // These words are secrets wherever they stand.
    assert!(!cleaned.contains("@@@"), "{cleaned}");
    assert!(!cleaned.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() >= 32), "{cleaned}");
}

/// A `Retry-After` header: whole seconds, a day at most, or nothing.
pub fn retry_after(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let answer = http::Response::builder().header(header::RETRY_AFTER, value.clone()).body("");
    let answer = Response::from(answer.unwrap());
    let text = value.to_str().unwrap_or_default().trim();
    match answer.retry_after() {
        Some(after) => assert_eq!(after, Duration::from_secs(text.parse::<u64>().unwrap().min(86_400))),
        None => assert!(text.parse::<u64>().is_err()),
    }
    assert!(!format!("{answer:?}").contains("retry"));
}
