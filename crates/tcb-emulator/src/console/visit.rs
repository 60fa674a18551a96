//! Who looks at a page: in which language, and at which one.

use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tcb_lang::Lang;

use crate::request::Request;
use crate::{Emulator, routes};

const COOKIE: &str = "emu_lang";
const PARAMETER: &str = "lang";

/// A request for a page, or by a form of it.
pub(super) struct Visit<'a> {
    pub(super) emulator: Emulator,
    pub(super) lang: Lang,
    /// The segments below the page's own.
    pub(super) rest: Vec<String>,
    pub(super) page: &'static str,
    request: &'a Request,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        emulator: Emulator,
        request: &'a Request,
        page: &'static str,
        rest: Vec<String>,
    ) -> Self {
        Self { emulator, lang: language(request), rest, page, request }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.request.parameter(name)
    }

    /// The path of the page itself, whatever lies below it.
    pub(super) fn home(&self) -> String {
        path(self.page)
    }

    /// Path and query of the same page.
    pub(super) fn here(&self) -> String {
        let others = self.request.query.iter().filter(|(name, _)| name != PARAMETER);
        with_query(&self.request.path, others.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The same page in another language.
    pub(super) fn here_in(&self, lang: Lang) -> String {
        let others = self.request.query.iter().filter(|(name, _)| name != PARAMETER);
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        with_query(&self.request.path, others.chain([(PARAMETER, lang.tag())]))
    }

    /// What a browser keeps when a language was asked for.
    pub(super) fn language_cookie(&self) -> Option<HeaderValue> {
        let asked = self.parameter(PARAMETER).and_then(Lang::of_tag)?;
        let cookie = format!("{COOKIE}={}; Path=/; SameSite=Strict; HttpOnly; Max-Age=31536000", asked.tag());
        cookie.parse().ok()
    }
}

/// The path of a page.
pub(super) fn path(page: &str) -> String {
    format!("{}/{page}", routes::CONSOLE)
}

/// The path of what lies below a page.
pub(super) fn path_below(page: &str, what: impl AsRef<str>) -> String {
    format!("{}/{}", path(page), utf8_percent_encode(what.as_ref(), NON_ALPHANUMERIC))
}

/// A segment of a path as it was before it was escaped.
pub(super) fn unescaped(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// A path with parameters.
pub(super) fn with_query<'a>(path: &str, query: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The language that was asked for, else the one that was asked for last, else the first of the
/// browser's that we speak.
fn language(request: &Request) -> Lang {
    let asked = request.parameter(PARAMETER).and_then(Lang::of_tag);
    let cookies = request.header("cookie").unwrap_or_default().split(';');
    let mut remembered = cookies.filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then(|| Lang::of_tag(value)).flatten()
    });
    let accepted = request.header("accept-language").unwrap_or_default().split(',');
    let mut accepted = accepted.filter_map(|tag| Lang::of_tag(tag.trim().split(';').next()?));
    asked.or_else(|| remembered.next()).or_else(|| accepted.next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_path() {
        for name in ["shop-1", "a b", "a+b", "图/?&=#%"] {
            let path = path_below("cloud", name);
            assert_eq!(unescaped(path.strip_prefix("/_emu/cloud/").unwrap()), name, "{path}");
        }
    }
}
