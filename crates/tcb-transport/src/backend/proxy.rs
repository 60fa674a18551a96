use std::fmt;

use http::Uri;
use tcb_types::Secret;

use super::BoxError;

/// A proxy that opens tunnels, and what it wants to see before it does.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Scheme, host and port.
    pub(super) uri: Uri,
    /// `name:password`, decoded.
    #[cfg_attr(
        not(feature = "hyper"),
        expect(dead_code, reason = "the reqwest backend takes no proxy of ours")
    )]
    pub(super) credentials: Option<Secret>,
}

impl Proxy {
    /// Reads an address. The errors do not show it.
    pub(super) fn read(url: &Secret) -> Result<Self, BoxError> {
        let parts = url.expose().parse::<Uri>().map_err(|_| "it is no URL")?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err("it is no absolute URL".into());
        };
        if !["http", "https"].contains(&scheme.as_str()) {
            return Err("it is neither http nor https".into());
        }
        if parts.path_and_query.is_some_and(|path| path != "/") || url.expose().contains('#') {
            return Err("it has a path, a query or a fragment".into());
        }
        let (credentials, host) = match authority.as_str().rsplit_once('@') {
            Some((credentials, host)) => (Some(decode(credentials)?), host),
            None => (None, authority.as_str()),
        };
        if authority.host().is_empty() || (host != authority.host() && authority.port_u16().is_none()) {
            return Err("it has no host, or a port that is none".into());
        }
        let uri = Uri::builder().scheme(scheme).authority(host).path_and_query("/").build()?;
        Ok(Self { uri, credentials })
    }
}

/// `name:password` of a URL as they are meant. A name without a password has an empty one.
fn decode(userinfo: &str) -> Result<Secret, BoxError> {
    let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8();
    let (name, password) = (decode(name), decode(password));
    let (Ok(name), Ok(password)) = (name, password) else {
        return Err("its name or password is no UTF-8".into());
    };
    // What stands before the first colon is the name (RFC 7617).
    if name.contains(':') {
        return Err("its name holds a colon".into());
    }
    Ok(Secret::new(format!("{name}:{password}")))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, Option<String>), String> {
        let proxy = Proxy::read(&Secret::new(url)).map_err(|error| error.to_string())?;
        Ok((proxy.uri.to_string(), proxy.credentials.map(|credentials| credentials.expose().to_owned())))
    }

    #[test]
    fn an_address_may_hold_credentials() {
        for (url, uri, credentials) in [
            ("http://proxy.example:3128", "http://proxy.example:3128/", None),
            ("http://proxy.example:3128/", "http://proxy.example:3128/", None),
            ("https://[::1]:8443", "https://[::1]:8443/", None),
            ("http://proxy.example", "http://proxy.example/", None),
            ("http://name:word@proxy.example:1", "http://proxy.example:1/", Some("name:word")),
            ("http://name@proxy.example:1", "http://proxy.example:1/", Some("name:")),
            ("http://n%40me:w%3Ar%2Fd%25@proxy.example:1", "http://proxy.example:1/", Some("n@me:w:r/d%")),
            ("http://%E5%90%8D:a:b@proxy.example:1", "http://proxy.example:1/", Some("名:a:b")),
        ] {
            assert_eq!(read(url).unwrap(), (uri.to_owned(), credentials.map(str::to_owned)), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in [
            "",
            "proxy.example:3128",
            "/canary",
            "socks5://canary:canary@proxy.example:1080",
            "http://canary@proxy.example:1/path",
            "http://canary@proxy.example:1?query",
            "http://canary@proxy.example:1#fragment",
            "http://canary:canary@proxy.example:port",
            "http://canary@proxy.example:99999",
            "http://canary@",
            "http://canary%3A:canary@proxy.example:1",
            "http://canary:%FF@proxy.example:1",
            "http://cana ry@proxy.example:1",
        ] {
            let error = Proxy::read(&Secret::new(url)).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{url}: {error}");
        }
    }

    #[test]
    fn debug_shows_no_credentials() {
        let proxy = Proxy::read(&Secret::new("http://canary:canary@proxy.example:1")).unwrap();
        assert_eq!(format!("{proxy:?} {proxy:#?}"), "http://proxy.example:1/ http://proxy.example:1/");
    }
}
