use std::fmt;

use http::Uri;
use tcb_types::Secret;

use crate::base_url::{has_dot_segment, may_carry_secrets};
use crate::error::{UrlError, UrlErrorKind};

/// Where a request to a pre-signed link goes: an address of any host, whose query is its own
/// permission.
///
/// The address is a secret: `Debug` shows the host alone, and only [`expose`](Self::expose) gives
/// all of it. `https` may go to any host; `http` only to this machine, where an emulator or a test
/// listens.
///
/// ```
/// use tcb_transport::{LinkTarget, UrlErrorKind};
/// use tcb_types::Secret;
///
/// let target = LinkTarget::new(Secret::new("https://cos.example/a.png?sign=abc"))?;
/// assert_eq!(target.host(), "cos.example");
/// assert_eq!(format!("{target:?}"), "LinkTarget(https://cos.example/..)");
/// assert_eq!(LinkTarget::new(Secret::new("http://cos.example/a.png")).unwrap_err().kind(), UrlErrorKind::PlainHttp);
/// # Ok::<_, tcb_transport::UrlError>(())
/// ```
#[derive(Clone)]
pub struct LinkTarget(Uri);

impl LinkTarget {
    /// Reads a link. It is used as it is, except that characters which no URL may hold, or which
    /// HTTP clients escape differently, are escaped, and that a fragment, which is never sent, is
    /// cut off.
    ///
    /// # Errors
    ///
    /// A [`UrlError`], which never shows the link.
    pub fn new(link: impl AsRef<Secret>) -> Result<Self, UrlError> {
        let link = link.as_ref().expose();
        let link = &link[..link.find('#').unwrap_or(link.len())];
        let uri = escape(link).parse::<Uri>().map_err(|_| UrlError::new(UrlErrorKind::NotAUrl))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(UrlError::new(UrlErrorKind::NotAUrl));
        };
        may_carry_secrets(scheme, authority)?;
        if has_dot_segment(uri.path()) {
            return Err(UrlError::new(UrlErrorKind::Path));
        }
        Ok(Self(uri))
    }

    /// The host, which is no secret.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    /// Scheme, host and port alone, which are no secret.
    #[cfg(feature = "hyper")]
    pub(crate) fn host_uri(&self) -> Result<Uri, http::Error> {
        let (scheme, authority) = (self.0.scheme_str().unwrap_or_default(), self.0.authority());
        let authority = authority.map_or("", http::uri::Authority::as_str);
        Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build()
    }

    /// The whole address. Only a backend has a reason to read it. Do not log it.
    pub fn expose(&self) -> &Uri {
        &self.0
    }
}

impl fmt::Debug for LinkTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        write!(f, "LinkTarget({scheme}://{}/..)", self.host())
    }
}

/// Escapes what may not stand in a URL (RFC 3986), and the apostrophe, which some clients escape in
/// a query and some do not.
fn escape(link: &str) -> String {
    use std::fmt::Write as _;

    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/%-._~!$&()*+,;=:@?[]".contains(&byte);
    link.bytes().fold(String::with_capacity(link.len()), |mut escaped, byte| {
        if plain(byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(link: &str) -> Result<String, UrlErrorKind> {
        LinkTarget::new(Secret::new(link))
            .map(|target| target.expose().to_string())
            .map_err(|error| error.kind())
    }

    #[test]
    fn a_link_is_used_as_it_is() {
        for link in [
            "https://cos.example/a/b.zip?sign=q-sign-algorithm%3Dsha1%26q-ak%3DAK&response-content-type=application/octet-stream",
            "https://cos.example:8443/a?sign=q-sign-time=1;2&q-key-time=1;2",
            "https://cos.example//a/b//c",
            "http://127.0.0.1:9000/a",
            "http://[::1]:9000/a",
        ] {
            assert_eq!(read(link).as_deref(), Ok(link));
        }
    }

    #[test]
    fn what_no_url_may_hold_is_escaped_and_a_fragment_cut_off() {
        assert_eq!(
            read("https://h/图 a.png?x='{y}'#z").unwrap(),
            "https://h/%E5%9B%BE%20a.png?x=%27%7By%7D%27"
        );
    }

    #[test]
    fn what_may_not_be_a_link() {
        for (link, expected) in [
            ("http://cos.example/a", UrlErrorKind::PlainHttp),
            ("http://127.0.0.1@cos.example/a", UrlErrorKind::UserInfo),
            ("ftp://cos.example/a", UrlErrorKind::Scheme),
            ("https://h/a/../b?x", UrlErrorKind::Path),
            ("https://h/a/%2e%2E/b", UrlErrorKind::Path),
            ("cos.example/a", UrlErrorKind::NotAUrl),
            ("/a", UrlErrorKind::NotAUrl),
            ("", UrlErrorKind::NotAUrl),
            ("https://ho\r\nst/a", UrlErrorKind::NotAUrl),
        ] {
            assert_eq!(read(link), Err(expected), "{link}");
        }
    }
}
