use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::error::{UrlError, UrlErrorKind};

/// Where the API lives: scheme, host, port and, behind a gateway, a path prefix.
///
/// `https` may go to any host; `http` only to this machine, where an emulator or a test listens,
/// because the token travels in the URL.
///
/// ```
/// use tcb_transport::BaseUrl;
///
/// assert_eq!(BaseUrl::default().to_string(), "https://api.weixin.qq.com");
/// assert!("http://127.0.0.1:8080".parse::<BaseUrl>().is_ok());
/// assert!("http://api.weixin.qq.com".parse::<BaseUrl>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
}

impl BaseUrl {
    /// The general host, `api.weixin.qq.com`, which leads to the nearest region. It is the default.
    pub fn general() -> Self {
        Self::official("api.weixin.qq.com")
    }

    /// `api2.weixin.qq.com`, for when the general host cannot be reached.
    pub fn fallback() -> Self {
        Self::official("api2.weixin.qq.com")
    }

    /// `sh.api.weixin.qq.com`, Shanghai.
    pub fn shanghai() -> Self {
        Self::official("sh.api.weixin.qq.com")
    }

    /// `sz.api.weixin.qq.com`, Shenzhen.
    pub fn shenzhen() -> Self {
        Self::official("sz.api.weixin.qq.com")
    }

    /// `hk.api.weixin.qq.com`, Hong Kong.
    pub fn hong_kong() -> Self {
        Self::official("hk.api.weixin.qq.com")
    }

    /// Whether it is `http`, and so this machine.
    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn is_plain(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    fn official(host: &'static str) -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static(host), prefix: String::new() }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Host and port.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What stands before every path: empty, or it starts with `/` and does not end with one.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::general()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let parts = text.parse::<Uri>().map_err(|_| UrlError::new(UrlErrorKind::NotAUrl))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(UrlError::new(UrlErrorKind::NotAUrl));
        };
        may_carry_secrets(&scheme, &authority)?;
        let path = parts.path_and_query;
        if path.as_ref().is_some_and(|path| path.query().is_some()) || text.contains('#') {
            return Err(UrlError::new(UrlErrorKind::QueryOrFragment));
        }
        if !path.as_ref().is_none_or(|path| is_plain_path(path.path())) {
            return Err(UrlError::new(UrlErrorKind::Path));
        }
        let prefix = path.as_ref().map_or("", |path| path.path()).trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, prefix })
    }
}

/// Host and port of `url` as the header `Host` has them: without the port that the scheme implies.
#[cfg(feature = "hyper")]
pub(crate) fn host_header(url: &Uri) -> Result<http::HeaderValue, http::header::InvalidHeaderValue> {
    let implied = if url.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let is_implied = url.port_u16().is_none_or(|port| port == implied);
    let authority = url.authority().map_or("", Authority::as_str);
    http::HeaderValue::from_str(if is_implied { url.host().unwrap_or_default() } else { authority })
}

/// Checks that secrets may travel there: `https` to any host, `http` to this machine.
pub(crate) fn may_carry_secrets(scheme: &Scheme, authority: &Authority) -> Result<(), UrlError> {
    if authority.as_str().contains('@') {
        return Err(UrlError::new(UrlErrorKind::UserInfo));
    }
    // A port that is no port would be passed over by some clients, which then use the default one.
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && authority.port_u16().is_none() {
        return Err(UrlError::new(UrlErrorKind::NotAUrl));
    }
    if *scheme != Scheme::HTTPS && *scheme != Scheme::HTTP {
        return Err(UrlError::new(UrlErrorKind::Scheme));
    }
    if *scheme == Scheme::HTTP && !is_loopback(authority.host()) {
        return Err(UrlError::new(UrlErrorKind::PlainHttp));
    }
    Ok(())
}

/// Whether HTTP clients agree about this path: nothing in it has to be escaped, and it has no `.`
/// or `..` segment, which some of them resolve and some send as it is.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/%-._~!$&'()*+,;=:@".contains(&byte);
    // Nearly all paths are as simple as this.
    path.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'/' | b'_'))
        || path.bytes().all(plain) && !has_dot_segment(path)
}

pub(crate) fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(is_dot_segment)
}

/// `.` and `..`, however they are written.
fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        let escaped = rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2e"));
        match rest.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if escaped => rest = &rest[3..],
            None => return false,
        }
        dots += 1;
    }
    dots == 1 || dots == 2
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_base_url() {
        for (text, expected) in [
            ("https://api.weixin.qq.com", Ok("")),
            ("https://gateway.example/wechat/", Ok("/wechat")),
            ("http://127.0.0.1:9000", Ok("")),
            ("http://[::1]:9000/x", Ok("/x")),
            ("http://localhost:1", Ok("")),
            ("http://localhost.evil.example", Err(UrlErrorKind::PlainHttp)),
            ("http://127.0.0.1.evil.example", Err(UrlErrorKind::PlainHttp)),
            ("http://10.0.0.1", Err(UrlErrorKind::PlainHttp)),
            ("https://user:pass@host", Err(UrlErrorKind::UserInfo)),
            ("http://127.0.0.1@evil.example", Err(UrlErrorKind::UserInfo)),
            ("ftp://host", Err(UrlErrorKind::Scheme)),
            ("https://host/?a=b", Err(UrlErrorKind::QueryOrFragment)),
            ("https://host/a/../b", Err(UrlErrorKind::Path)),
            ("https://host/{a}", Err(UrlErrorKind::Path)),
            ("/only/a/path", Err(UrlErrorKind::NotAUrl)),
            ("http://127.0.0.1:99999", Err(UrlErrorKind::NotAUrl)),
            ("http://127.0.0.1:abc", Err(UrlErrorKind::NotAUrl)),
            ("http://[::1]:", Err(UrlErrorKind::NotAUrl)),
            ("api.weixin.qq.com", Err(UrlErrorKind::NotAUrl)),
            ("", Err(UrlErrorKind::NotAUrl)),
        ] {
            let parsed = text.parse::<BaseUrl>();
            assert_eq!(parsed.as_ref().map(BaseUrl::prefix).map_err(UrlError::kind), expected, "{text}");
        }
    }
}
