//! Where a request goes.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tcb_transport::{BaseUrl, Request, TransportError, TransportErrorKind};

use crate::failure::invalid;

/// Everything but the characters that never mean anything else (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The whole URL. It holds the token, so no error shows it.
pub(crate) fn of(base: &str, request: &Request) -> Result<Uri, TransportError> {
    match request.link() {
        Some(link) => own_link(base, link.expose()),
        None => api(base, request),
    }
}

/// A link, if it leads to the emulator: there is no way to anywhere else.
fn own_link(base: &str, link: &Uri) -> Result<Uri, TransportError> {
    let authority = base.strip_prefix("http://");
    if link.authority().map(http::uri::Authority::as_str) == authority {
        return Ok(link.clone());
    }
    Err(TransportError::new(TransportErrorKind::Connect)
        .with_source("the link does not lead to the emulator"))
}

fn api(base: &str, request: &Request) -> Result<Uri, TransportError> {
    let path = format!("{base}{}", request.path());
    // What a backend refuses as a path is what a base URL may not have either.
    if !request.path().starts_with('/') || path.parse::<BaseUrl>().is_err() {
        return Err(invalid("the path is not one that a backend would send"));
    }
    let token = request.query_token().map(|token| (token.parameter(), token.value().expose()));
    let escaped = |text| utf8_percent_encode(text, RESERVED);
    let pairs = request.query_pairs().chain(token);
    let pairs: Vec<String> =
        pairs.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let question = if pairs.is_empty() { "" } else { "?" };
    let url = format!("{path}{question}{}", pairs.join("&"));
    Uri::try_from(url).map_err(|_| invalid("the URL cannot be written or is too long"))
}
