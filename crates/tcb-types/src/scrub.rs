use crate::Secret;

/// Longest text that is kept of what the server said, in bytes.
const LIMIT: usize = 512;

/// An unbroken run of this many key-like characters is taken for a secret: tokens, keys and app secrets are longer, request
/// ids and environment ids shorter.
const OPAQUE: usize = 32;

const REDACTED: &str = "[redacted]";

/// Cuts secrets out of text that comes from outside: `errmsg`, the first bytes of a body that is not JSON.
///
/// It removes the secrets it was given, whatever looks like one (`ticket@@@…`, long runs of key characters, the value after a
/// name such as `access_token`), and control characters, and keeps 512 bytes at most.
///
/// ```
/// use tcb_types::{Scrubber, Secret};
///
/// let token = Secret::new("t0ken");
/// let secrets = [&token];
/// let scrubber = Scrubber::new(&secrets);
/// assert_eq!(scrubber.clean("token t0ken is old"), "token [redacted] is old");
/// assert_eq!(scrubber.clean("GET /x?access_token=abc&y=1"), "GET /x?access_token=[redacted]&y=1");
/// ```
///
/// It costs nothing until it has to clean something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrubber<'a> {
    secrets: &'a [&'a Secret],
    token: Option<&'a Secret>,
}

impl<'a> Scrubber<'a> {
    /// A scrubber that knows these secrets.
    pub fn new(secrets: &'a [&'a Secret]) -> Self {
        Self { secrets, token: None }
    }

    /// The same, which also knows the token that was sent along.
    #[must_use]
    pub fn with_token(self, token: &'a Secret) -> Self {
        Self { token: Some(token), ..self }
    }

    /// `text` without secrets and control characters, 512 bytes at most.
    pub fn clean(&self, text: &str) -> String {
        // Cutting first bounds the work; a secret that the cut splits is an opaque run or a known prefix, so a margin is read
        // and the end is cut again afterwards.
        let mut text = truncate(text, 4 * LIMIT).to_owned();
        let mut secrets: Vec<&str> =
            self.secrets.iter().copied().chain(self.token).map(Secret::expose).collect();
        // One may be the beginning of another, whose rest would stay.
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            text = remove(&text, secret);
        }
        let text = redact_lookalikes(&text);
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        truncate(&text, LIMIT).to_owned()
    }

    /// The first bytes of a body, cleaned, for an error that has to show what came instead of an answer.
    pub fn excerpt(&self, body: &[u8]) -> String {
        self.clean(&String::from_utf8_lossy(body.get(..4 * LIMIT).unwrap_or(body)))
    }
}

/// Removes `secret`, also where it was escaped for a URL, for XML or for JSON, and a beginning of it at the very end of `text`.
fn remove(text: &str, secret: &str) -> String {
    let mut text = text.replace(secret, REDACTED);
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let json = secret.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/");
    for escaped in [percent_encoded(secret), xml, json, secret.replace('&', "\\u0026")] {
        if escaped != secret {
            text = text.replace(&escaped, REDACTED);
        }
    }
    let cut = (8..secret.len())
        .rev()
        .filter(|&n| secret.is_char_boundary(n))
        .find(|&n| text.ends_with(&secret[..n]));
    if let Some(cut) = cut {
        text.truncate(text.len() - cut);
        text.push_str(REDACTED);
    }
    text
}

fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;

    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Redacts the words of `text` that look like secrets, and the values of members and parameters that are named like them.
fn redact_lookalikes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut value_is_secret = false;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            // Between a name and its value stand only these.
            if !matches!(first, ':' | '=' | '"' | '\'' | '\\' | ' ' | '>' | '[' | '!' | '<') {
                value_is_secret = false;
            }
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, tail) = rest.split_at(length);
        if word == "redacted" || value_is_secret && word == "CDATA" {
            out.push_str(word);
            value_is_secret &= word == "CDATA";
        } else if value_is_secret || word.len() >= OPAQUE || word.contains("@@@") {
            out.push_str(REDACTED);
            value_is_secret = false;
        } else {
            out.push_str(word);
            value_is_secret = names_a_secret(word) && introduces_a_value(tail);
        }
        rest = tail;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '@' | '%' | '.' | '~')
}

fn names_a_secret(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    [
        "token",
        "secret",
        "ticket",
        "auth_code",
        "authorizationcode",
        "authorization_code",
        "preauthcode",
        "aeskey",
    ]
    .iter()
    .any(|name| word.ends_with(name))
}

/// Whether the text after a name is that of a JSON member, a parameter or an XML element.
fn introduces_a_value(tail: &str) -> bool {
    let tail = tail.trim_start_matches(['"', '\'', '\\', ' ']);
    tail.starts_with(['=', ':']) || tail.starts_with('>')
}

fn truncate(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        Scrubber::default().clean(text)
    }

    #[test]
    fn what_looks_like_a_secret_goes() {
        for text in [
            r#"{"component_access_token":"canary","expires_in":7200}"#,
            r#"{"authorizer_refresh_token" : "canary"}"#,
            r#"{\"access_token\":\"canary\"}"#,
            "<ComponentVerifyTicket><![CDATA[canary]]></ComponentVerifyTicket>",
            "component_appsecret=canary",
            "sent refreshtoken@@@canary to us",
            "ticket@@@canary",
            "hint: 61W3mEpU66027wgNZ_MhGHNQDHnFATkDa9-canary",
        ] {
            let cleaned = clean(text);
            assert!(!cleaned.contains("canary"), "{text} -> {cleaned}");
            assert!(cleaned.contains(REDACTED), "{text} -> {cleaned}");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "invalid credential, access_token is invalid or not latest rid: 617682e0-09059ac5-34a8e2ea",
            "access_token expired",
            "env shop-prod-8gu57so0bd9f9e8a not found",
            "环境不存在",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn known_secrets_go_in_every_spelling() {
        let secret = Secret::new("se/cret canary");
        let secrets = [&secret];
        let scrubber = Scrubber::new(&secrets);
        for text in
            ["a se/cret canary b", "a?x=se%2Fcret%20canary&b", "cut off se/cret c", r"a se\/cret canary b"]
        {
            let cleaned = scrubber.clean(text);
            assert!(!cleaned.contains("cret"), "{cleaned}");
        }
        let query = Secret::new("sign=short&tok=canary2");
        for text in ["<M>?sign=short&amp;tok=canary2</M>", r#"{"m": "?sign=short\u0026tok=canary2"}"#] {
            let cleaned = Scrubber::new(&[&query]).clean(text);
            assert!(!cleaned.contains("canary"), "{cleaned}");
        }
    }

    #[test]
    fn a_secret_that_begins_another_uncovers_nothing_of_it() {
        let (short, long) = (Secret::new("key-a"), Secret::new("key-a-canary"));
        let cleaned = Scrubber::new(&[&short, &long]).clean("bad key-a-canary here");
        assert_eq!(cleaned, "bad [redacted] here");
    }

    #[test]
    fn control_characters_and_length_are_bounded() {
        assert_eq!(clean("a\r\nb\u{1b}[31m"), "a  b [31m");
        assert!(clean(&"字 ".repeat(10_000)).len() <= LIMIT);
    }

    #[test]
    fn an_excerpt_takes_any_bytes() {
        assert_eq!(Scrubber::default().excerpt(b"<html>\xFF"), "<html>\u{fffd}");
    }
}
