use std::collections::HashSet;

use crate::Secret;

/// Longest text that is kept of what the server says, in bytes.
const LIMIT: usize = 512;

/// An unbroken run of this many key-like characters is taken for a secret: tokens, keys and app
/// secrets are longer, request ids and environment ids shorter.
const OPAQUE: usize = 32;

/// A piece of a known secret with this many characters is removed wherever it stands: servers show
/// the end of a token, or break it in two. Prefixes of secrets are shorter, even `refreshtoken@@@`.
const PIECE: usize = 16;

/// A known secret with fewer characters is removed only where it is a separate word, so that it
/// does not garble other words.
const SHORT: usize = 8;

/// A secret with fewer characters protects nothing, and is more often an article or a number.
const SHORTEST: usize = 4;

const REDACTED: &str = "[redacted]";

/// Removes secrets from text that comes from outside: `errmsg`, or the first bytes of a body that
/// is not JSON.
///
/// It removes
///
/// - the secrets it was given, and pieces of them from 16 characters on, even where blanks or line
///   ends break them. A secret of fewer than 8 characters is removed only where it is a separate
///   word, one of fewer than 4 stays;
/// - whatever looks like a secret: `ticket@@@…`, long runs of key characters, the value after a
///   name such as `access_token`;
/// - characters that cannot be seen: controls, and those that turn the direction of text.
///
/// It keeps at most 512 bytes.
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
/// A scrubber costs nothing until it is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrubber<'a> {
    secrets: &'a [&'a Secret],
    token: Option<&'a Secret>,
}

impl<'a> Scrubber<'a> {
    /// Creates a scrubber that knows these secrets.
    pub fn new(secrets: &'a [&'a Secret]) -> Self {
        Self { secrets, token: None }
    }

    /// Adds the token that was sent along.
    #[must_use]
    pub fn token(self, token: &'a Secret) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Returns `text` without secrets and control characters, at most 512 bytes long.
    pub fn clean(&self, text: &str) -> String {
        // Cutting first bounds the work. A secret that the cut splits is an opaque run or a known
        // prefix, so a margin is read and the end is cut again afterwards.
        let text = truncate(text, 4 * LIMIT);
        let secrets = self.secrets.iter().copied().chain(self.token).map(Secret::expose);
        let mut text = remove(text, secrets);
        // This comes before words are looked at: what these characters split is one word to the
        // reader.
        text.retain(|c| !is_invisible(c));
        let text = redact_lookalikes(&text);
        let text: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
        truncate(&text, LIMIT).to_owned()
    }

    /// Returns the first bytes of a body, cleaned, for an error that has to show what came instead
    /// of an answer.
    pub fn excerpt(&self, body: &[u8]) -> String {
        self.clean(&String::from_utf8_lossy(body.get(..4 * LIMIT).unwrap_or(body)))
    }
}

/// Removes `secrets` and pieces of them, also where they were escaped for a URL, for XML or for
/// JSON.
fn remove<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> String {
    let shown = shown(text);
    let mut hidden = vec![false; shown.len()];
    for secret in secrets {
        hide(&shown, &mut hidden, secret);
        let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let json = secret.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/");
        for escaped in [percent_encoded(secret), xml, json, secret.replace('&', "\\u0026")] {
            if escaped != secret {
                hide(&shown, &mut hidden, &escaped);
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    let (mut copied, mut looked) = (0, 0);
    while let Some(start) = (looked..hidden.len()).find(|&n| hidden[n]) {
        let end = (start..hidden.len()).find(|&n| !hidden[n]).unwrap_or(hidden.len());
        out.push_str(&text[copied..shown[start].0]);
        out.push_str(REDACTED);
        let (last, c) = shown[end - 1];
        (copied, looked) = (last + c.len_utf8(), end);
    }
    out.push_str(&text[copied..]);
    out
}

/// Returns the characters of `text` that carry meaning, with their places: a server may break a
/// secret with the others.
fn shown(text: &str) -> Vec<(usize, char)> {
    text.char_indices().filter(|&(_, c)| !c.is_whitespace() && !is_break(c) && !is_invisible(c)).collect()
}

/// Marks where `shown` holds `secret`, a piece of it, or its beginning at the very end.
fn hide(shown: &[(usize, char)], hidden: &mut [bool], secret: &str) {
    let chars = |shown: &[(usize, char)]| shown.iter().map(|&(_, c)| c).collect::<Vec<_>>();
    let (text, secret) = (chars(shown), chars(&self::shown(secret)));
    if secret.len() < SHORTEST {
        return;
    }
    let length = secret.len().min(PIECE);
    let pieces: HashSet<&[char]> = secret.windows(length).collect();
    for (start, piece) in text.windows(length).enumerate() {
        if pieces.contains(piece) && (length >= SHORT || is_apart(shown, start, length)) {
            hidden[start..start + length].fill(true);
        }
    }
    if let Some(cut) = (SHORT..secret.len()).rev().find(|&n| text.ends_with(&secret[..n])) {
        hidden[text.len() - cut..].fill(true);
    }
}

/// Returns whether the characters beside a run of `shown` belong to other words.
fn is_apart(shown: &[(usize, char)], start: usize, length: usize) -> bool {
    let joins = |&(place, c): &(usize, char), &(next, d): &(usize, char)| {
        place + c.len_utf8() == next && c.is_alphanumeric() && d.is_alphanumeric()
    };
    let end = start + length;
    !(start > 0 && joins(&shown[start - 1], &shown[start])
        || end < shown.len() && joins(&shown[end - 1], &shown[end]))
}

/// Returns whether `c` ends a line or controls a terminal.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns whether `c` takes no space but turns, joins or hides its neighbours.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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

/// Redacts the words of `text` that look like secrets, and the values of members and parameters
/// that are named like secrets.
fn redact_lookalikes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut value_is_secret = false;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            // Only these stand between a name and its value.
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

/// Returns whether the text after a name is that of a JSON member, a parameter or an XML element.
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
    fn pieces_of_a_token_go_as_the_whole_does() {
        let token = Secret::new("61_SuperSecretTokenThatMustNotShow-0123456789-ABCDEFGHIJKLMNOP");
        for text in [
            "invalid ...3456789-ABCDEFGHIJKLMNOP here",
            "invalid ...-ABCDEFGHIJKLMNOP here",
            "invalid 61_SuperSecretTokenThatMu stNotShow-0123456789-ABCDEFGHIJKLMNOP here",
            "invalid 61_SuperSecretTokenThatMu\r\nstNotShow-0123456789-ABCDEFGHIJKLMNOP here",
            "invalid 61_Super\u{202e}SecretTokenThatMustNotShow-01234\u{200b}56789-ABCDEFGHIJKLMNOP here",
            "invalid 6 1 _ S u p e r S e c r e t T o k e n T h a t here",
            "invalid SecretTokenThatMustNot here",
        ] {
            let cleaned = Scrubber::default().token(&token).clean(text);
            assert_eq!(cleaned.replace("...", ""), "invalid [redacted] here", "{text}");
        }
        let refresh = Secret::new("refreshtoken@@@abcdefghijklmnopqrstuvwxyz");
        let text = "the refreshtoken is old";
        assert_eq!(Scrubber::default().token(&refresh).clean(text), text);
    }

    #[test]
    fn a_short_secret_spoils_no_words() {
        let cleaned = |secret: &str, text: &str| Scrubber::default().token(&Secret::new(secret)).clean(text);
        for (secret, text) in [
            ("t", "Table exist"),
            ("t", "token t is old"),
            ("exist", "the table existed"),
            ("", "Table exist"),
            ("abcdefg", "abcdefgh"),
        ] {
            assert_eq!(cleaned(secret, text), text, "{secret}");
        }
        for (secret, text) in
            [("exist", "exist, table"), ("abcdefg", "=abcdefg&"), ("abcdefgh", "xabcdefghx")]
        {
            assert!(cleaned(secret, text).contains(REDACTED), "{secret}");
        }
    }

    #[test]
    fn what_is_not_seen_goes() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e"), "abcde");
        assert_eq!(clean("a\u{2028}b"), "a b");
        assert_eq!(clean("ticket@\u{200b}@@abc"), REDACTED);
        assert_eq!(clean(&format!("{0}\u{200d}{0}", "k".repeat(20))), REDACTED);
        assert_eq!(clean("环境 café"), "环境 café");
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
