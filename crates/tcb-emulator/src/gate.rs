//! Who may ask: this machine and its own pages, and with a token those whom somebody let in from
//! elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header, request};

use crate::core::{Core, Key};
use crate::hosts::is_wechat;
use crate::push::is_loopback;
use crate::reply::Reply;
use crate::{admin, console, routes};

/// Marks a request that came over TLS, by a name of WeChat's.
#[derive(Clone, Copy)]
pub(crate) struct Secured;

/// Whether a request carries the token.
fn carries(key: &Key, headers: &HeaderMap) -> bool {
    let given = text(headers, &header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    match given {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => key.opens(token),
        // What a browser asks a person for; the name does not matter.
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = STANDARD.decode(pair).ok().and_then(|pair| String::from_utf8(pair).ok());
            pair.is_some_and(|pair| pair.split_once(':').is_some_and(|(_, token)| key.opens(token)))
        }
        _ => false,
    }
}

/// Refuses what may not ask: pages from elsewhere that make a browser send something, and, on other
/// machines, who has no token.
pub(crate) fn refusal(core: &Core, head: &request::Parts) -> Option<Reply> {
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    let authority = authority.or_else(|| text(&head.headers, &header::HOST)).unwrap_or_default();
    if head.extensions.get::<Secured>().is_some() {
        // What is the emulator's own is not at WeChat's hosts.
        let is_wechats = is_wechat(without_port(authority)) && !head.uri.path().starts_with(routes::CONSOLE);
        let message = "under the names of WeChat the emulator answers WeChat's calls alone";
        return (!is_wechats).then(|| admin::failure(StatusCode::FORBIDDEN, "foreign_host", message));
    }
    if core.key.is_none() && !is_loopback(without_port(authority)) {
        let message = "the emulator only answers under a name of this machine";
        return Some(admin::failure(StatusCode::FORBIDDEN, "foreign_host", message));
    }
    if head.headers.contains_key(header::ORIGIN) && !is_own_origin(core, authority, &head.headers) {
        let message = "the emulator does not answer pages of another origin";
        return Some(admin::failure(StatusCode::FORBIDDEN, "foreign_origin", message));
    }
    let path = head.uri.path();
    let is_ours = admin::route(path).is_some() || console::is_meant(path);
    match &core.key {
        Some(key) if is_ours && !carries(key, &head.headers) => {
            let message = "this needs the token that the emulator was started with";
            let mut refusal = admin::failure(StatusCode::UNAUTHORIZED, "token", message);
            let ask = HeaderValue::from_static("Basic realm=\"tcb-emulator\", charset=\"UTF-8\"");
            refusal.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
            Some(refusal)
        }
        _ => None,
    }
}

/// Whether a page is one of the emulator's own: on this machine under any of its names, elsewhere
/// under the one that was asked for.
fn is_own_origin(core: &Core, authority: &str, headers: &HeaderMap) -> bool {
    let origin = text(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    let Some(origin) = origin else { return false };
    if core.key.is_some() {
        return origin == authority;
    }
    let host = without_port(origin);
    is_loopback(host) && origin[host.len()..] == format!(":{}", core.port)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host of `host:port`; the colons of IPv6 stand in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}
