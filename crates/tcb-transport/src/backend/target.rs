use bytes::Bytes;
use http::Uri;
use http::uri::{Parts, PathAndQuery};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::BoxError;
use crate::base_url::is_plain_path;
use crate::{BaseUrl, Request, TransportError, TransportErrorKind};

/// Everything but the characters that never mean anything else (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Builds the URL of a request in one buffer. This is the only place where the token leaves the [`Request`].
pub(super) fn target(base: &BaseUrl, request: &Request) -> Result<Uri, TransportError> {
    let refuse = |why: BoxError| TransportError::new(TransportErrorKind::Invalid).with_source(why);
    if !request.path().starts_with('/') || !is_plain_path(request.path()) {
        return Err(refuse(
            "the path does not start with `/`, has a `.` or `..` segment, or holds what has to be escaped"
                .into(),
        ));
    }

    let token = request.token().map(|token| (token.parameter(), token.value().expose()));
    let pairs = request.query().chain(token);
    let mut buffer = String::with_capacity(base.prefix().len() + request.path().len() + 256);
    buffer.push_str(base.prefix());
    buffer.push_str(request.path());
    for (separator, (name, value)) in std::iter::once('?').chain(std::iter::repeat('&')).zip(pairs) {
        buffer.push(separator);
        buffer.extend(utf8_percent_encode(name, RESERVED));
        buffer.push('=');
        buffer.extend(utf8_percent_encode(value, RESERVED));
    }

    // `http` refuses a target that is too long, and says so without showing it.
    let path_and_query =
        PathAndQuery::from_maybe_shared(Bytes::from(buffer)).map_err(|error| refuse(error.into()))?;
    let mut parts = Parts::default();
    parts.scheme = Some(base.scheme().clone());
    parts.authority = Some(base.authority().clone());
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).map_err(|error| refuse(error.into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tcb_types::{AccessTokenValue, Method};

    use super::*;
    use crate::QueryToken;

    fn get(path: &'static str) -> Request {
        Request::raw(Method::Get, path, "test")
    }

    #[test]
    fn the_token_comes_last_and_everything_is_escaped() {
        let base = "https://gateway.example:8443/wechat/".parse().unwrap();
        let request = get("/tcb/x")
            .with_query("env", "a&b=c d+é")
            .with_query("name", "")
            .with_token(QueryToken::new("access_token", Arc::new(AccessTokenValue::new("t/=#~"))));
        assert_eq!(
            target(&base, &request).unwrap(),
            "https://gateway.example:8443/wechat/tcb/x?env=a%26b%3Dc%20d%2B%C3%A9&name=&access_token=t%2F%3D%23~",
        );
        assert_eq!(target(&base, &get("/tcb/x")).unwrap(), "https://gateway.example:8443/wechat/tcb/x");
    }

    #[test]
    fn a_path_that_backends_would_read_differently_is_refused() {
        for path in [
            "", "tcb/x", "/a?b=c", "/a#b", "/a b", "/é", "/a/../b", "/a/.", "/%2E./b", "/a\\b", "/a\"b",
            "/{a}",
        ] {
            let error = target(&BaseUrl::default(), &get(path)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Invalid, "{path}");
        }
        for path in ["/", "/tcb/x", "//x", "/a.b/..c/%20", "/a:b@c/d;e=f,g"] {
            assert!(target(&BaseUrl::default(), &get(path)).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_target_that_is_too_long_is_refused_without_being_shown() {
        let error =
            target(&BaseUrl::default(), &get("/x").with_query("q", "canary".repeat(20_000))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Invalid);
        assert!(!format!("{error:?}").contains("canary"));
    }
}
