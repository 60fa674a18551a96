//! Where a request goes: the only place where the token leaves the [`Request`].

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use rustls::pki_types::ServerName;

use super::BoxError;
use super::options::{SetupError, SetupErrorKind};
use crate::base_url::is_plain_path;
use crate::{BaseUrl, Request, TransportError, TransportErrorKind};

/// Everything but the characters that never mean anything else (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longer targets are refused by the `http` crate, and by servers long before.
const LIMIT: usize = u16::MAX as usize - 1;

/// Checks that a certificate can name the host: else each connection would fail as if it were only
/// unreachable.
pub(super) fn check_host(base: &BaseUrl) -> Result<(), SetupError> {
    match server_name(base.authority().host()) {
        Ok(_) => Ok(()),
        Err(error) => Err(SetupError::new(SetupErrorKind::Client, error)),
    }
}

/// A host of a URL as a certificate names it.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, BoxError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Ok(ServerName::try_from(bare.to_owned())?)
}

/// Path and query, as HTTP/1.1 sends them.
#[cfg(feature = "hyper")]
pub(super) fn path_and_query(
    base: &BaseUrl,
    request: &Request,
) -> Result<http::uri::PathAndQuery, TransportError> {
    if let Some(link) = request.link() {
        return link.expose().path_and_query().cloned().ok_or_else(|| invalid("the link has no path".into()));
    }
    let write = || {
        let text = write(&[base.prefix()], request)?;
        // `http` says what is wrong without showing it.
        http::uri::PathAndQuery::from_maybe_shared(bytes::Bytes::from(text))
            .map_err(|error| invalid(error.into()))
    };
    match request.kept_target() {
        Some((kept, path, token)) => kept.get(base.prefix(), path, token, write),
        None => write(),
    }
}

/// The whole URL.
#[cfg(feature = "reqwest")]
pub(super) fn url(base: &BaseUrl, request: &Request) -> Result<String, TransportError> {
    if let Some(link) = request.link() {
        return Ok(link.expose().to_string());
    }
    write(&[base.scheme().as_str(), "://", base.authority().as_str(), base.prefix()], request)
}

/// Writes the target of a request behind `start`, in one buffer.
fn write(start: &[&str], request: &Request) -> Result<String, TransportError> {
    if !request.path().starts_with('/') || !is_plain_path(request.path()) {
        return Err(invalid(
            "the path does not start with `/`, has a `.` or `..` segment, or holds what has to be escaped"
                .into(),
        ));
    }
    let pairs = request.query_pairs().map(|(name, value)| (name, value, false));
    let token =
        request.query_token().map(|token| (token.parameter(), token.value().expose(), token.is_unreserved()));
    // Exact for a token alone, as nearly all calls have it: a buffer without room to spare becomes
    // part of the URI without another.
    let room = pairs.clone().chain(token).map(|(name, value, _)| name.len() + value.len() + 2);
    let start = start.iter().copied().chain([request.path()]);
    let mut buffer = String::with_capacity(start.clone().map(str::len).chain(room).sum());
    buffer.extend(start);
    let mut separator = '?';
    for (name, value, is_unreserved) in pairs.chain(token) {
        buffer.push(separator);
        separator = '&';
        if is_unreserved {
            buffer.extend([name, "=", value]);
        } else {
            buffer.extend(
                utf8_percent_encode(name, RESERVED).chain(["="]).chain(utf8_percent_encode(value, RESERVED)),
            );
        }
    }
    if buffer.len() > LIMIT { Err(invalid("the URL is too long".into())) } else { Ok(buffer) }
}

/// A request that cannot be put on the wire. `why` must not show the URL.
pub(super) fn invalid(why: BoxError) -> TransportError {
    TransportError::new(TransportErrorKind::Invalid).with_source(why)
}

#[cfg(all(test, feature = "hyper", feature = "reqwest"))]
mod tests {
    use std::sync::Arc;

    use tcb_types::{AccessTokenValue, Method};

    use super::*;
    use crate::{QueryToken, Targets};

    fn get(path: &'static str) -> Request {
        Request::raw(Method::Get, path, "test")
    }

    #[test]
    fn the_token_comes_last_and_everything_is_escaped() {
        let base = "https://gateway.example:8443/wechat/".parse().unwrap();
        let request = get("/tcb/x")
            .query("env", "a&b=c d+é")
            .query("name", "")
            .token(QueryToken::new("access_token", Arc::new(AccessTokenValue::new("t/=#~"))));
        let target = "/wechat/tcb/x?env=a%26b%3Dc%20d%2B%C3%A9&name=&access_token=t%2F%3D%23~";
        assert_eq!(path_and_query(&base, &request).unwrap(), target);
        assert_eq!(url(&base, &request).unwrap(), format!("https://gateway.example:8443{target}"));
        assert_eq!(url(&base, &get("/tcb/x")).unwrap(), "https://gateway.example:8443/wechat/tcb/x");
    }

    #[test]
    fn a_target_is_kept_for_its_path_token_and_prefix() {
        let token = |text: &str| QueryToken::new("access_token", Arc::new(AccessTokenValue::new(text)));
        let (targets, one, two) = (Targets::default(), token("one"), token("two"));
        let gateway = "https://gateway.example/wechat".parse().unwrap();
        let read = |base: &BaseUrl, path, token: &QueryToken| {
            let mut request = get(path).token(token.clone());
            request.keep_target(&targets);
            path_and_query(base, &request).unwrap()
        };
        let general = BaseUrl::default();
        let first = read(&general, "/a", &one);
        let same = read(&general, "/a", &one);
        assert_eq!(
            (first.as_str(), first.as_str().as_ptr()),
            ("/a?access_token=one", same.as_str().as_ptr())
        );
        assert_eq!(read(&general, "/a", &two), "/a?access_token=two");
        assert_eq!(read(&general, "/b", &two), "/b?access_token=two");
        assert_eq!(read(&gateway, "/a", &two), "/wechat/a?access_token=two");
        let mut request = get("/a").token(two).query("x", "y");
        request.keep_target(&targets);
        assert_eq!(path_and_query(&general, &request).unwrap(), "/a?x=y&access_token=two");
        for path in ["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/10", "/11", "/12", "/13", "/14"]
        {
            assert_eq!(read(&general, path, &one), format!("{path}?access_token=one").as_str());
        }
        assert!(!format!("{targets:?}").contains("one"));
    }

    #[test]
    fn a_path_that_backends_would_read_differently_is_refused() {
        for path in [
            "", "tcb/x", "/a?b=c", "/a#b", "/a b", "/é", "/a/../b", "/a/.", "/%2E./b", "/a\\b", "/a\"b",
            "/{a}",
        ] {
            let error = url(&BaseUrl::default(), &get(path)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Invalid, "{path}");
        }
        for path in ["/", "/tcb/x", "//x", "/a.b/..c/%20", "/a:b@c/d;e=f,g"] {
            assert!(url(&BaseUrl::default(), &get(path)).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_target_that_is_too_long_is_refused_without_being_shown() {
        let error = url(&BaseUrl::default(), &get("/x").query("q", "canary".repeat(20_000))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Invalid);
        assert!(!format!("{error:?}").contains("canary"));
    }
}
