use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Scheme};

/// Where the API lives: scheme, host, port and, behind a gateway, a path prefix.
///
/// `https` may go to any host; `http` only to this machine, where an emulator or a test listens, because the token travels in
/// the URL.
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
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let parts = text.parse::<Uri>().map_err(|_| BaseUrlError::NotAUrl)?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(BaseUrlError::NotAUrl);
        };
        if authority.as_str().contains('@') {
            return Err(BaseUrlError::UserInfo);
        }
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(BaseUrlError::Scheme);
        }
        if scheme == Scheme::HTTP && !is_loopback(authority.host()) {
            return Err(BaseUrlError::PlainHttp);
        }
        let path = parts.path_and_query;
        if path.as_ref().is_some_and(|path| path.query().is_some()) || text.contains('#') {
            return Err(BaseUrlError::QueryOrFragment);
        }
        if !path.as_ref().is_none_or(|path| is_plain_path(path.path())) {
            return Err(BaseUrlError::Path);
        }
        let prefix = path.as_ref().map_or("", |path| path.path()).trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, prefix })
    }
}

/// Whether HTTP clients agree about this path: nothing in it has to be escaped, and it has no `.` or `..` segment, which some
/// of them resolve and some send as it is.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/%-._~!$&'()*+,;=:@".contains(&byte);
    let dots =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.bytes().all(plain) && !path.split('/').any(dots)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a text is no base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// Not an absolute URL.
    NotAUrl,
    /// Neither `https` nor `http`.
    Scheme,
    /// `http` to another machine.
    PlainHttp,
    /// A user name or password stands before the host.
    UserInfo,
    /// A query or a fragment stands behind the path.
    QueryOrFragment,
    /// The path has a `.` or `..` segment or holds a character that has to be escaped.
    Path,
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "the base URL is not an absolute URL",
            Self::Scheme => "the base URL is neither https nor http",
            Self::PlainHttp => "the base URL uses http to another machine; only loopback may go without TLS",
            Self::UserInfo => "the base URL holds a user name or password",
            Self::QueryOrFragment => "the base URL holds a query or a fragment",
            Self::Path => "the base URL's path has a dot segment or a character that has to be escaped",
        })
    }
}

impl Error for BaseUrlError {}

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
            ("http://localhost.evil.example", Err(BaseUrlError::PlainHttp)),
            ("http://127.0.0.1.evil.example", Err(BaseUrlError::PlainHttp)),
            ("http://10.0.0.1", Err(BaseUrlError::PlainHttp)),
            ("https://user:pass@host", Err(BaseUrlError::UserInfo)),
            ("http://127.0.0.1@evil.example", Err(BaseUrlError::UserInfo)),
            ("ftp://host", Err(BaseUrlError::Scheme)),
            ("https://host/?a=b", Err(BaseUrlError::QueryOrFragment)),
            ("https://host/a/../b", Err(BaseUrlError::Path)),
            ("https://host/{a}", Err(BaseUrlError::Path)),
            ("/only/a/path", Err(BaseUrlError::NotAUrl)),
            ("api.weixin.qq.com", Err(BaseUrlError::NotAUrl)),
            ("", Err(BaseUrlError::NotAUrl)),
        ] {
            let parsed = text.parse::<BaseUrl>();
            assert_eq!(parsed.as_ref().map(BaseUrl::prefix).map_err(|error| *error), expected, "{text}");
        }
    }
}
