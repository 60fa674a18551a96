//! What is behind the second step of uploads and downloads: the object storage with its links, and
//! the service that takes the code of functions. They are not WeChat's and answer in their own
//! ways.

pub(crate) mod code;
mod form;
pub(crate) mod links;
pub(crate) mod service;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderValue;

use crate::routes;
use crate::time::UnixTime;

/// Files and links. Both are found by the path that stands in the URL, escaped as it is.
#[derive(Default)]
pub(crate) struct Storage {
    base_url: String,
    files: BTreeMap<String, File>,
    grants: BTreeMap<String, Grant>,
    /// Uploads of code, by their header `Authorization`.
    signed: BTreeMap<String, Signed>,
}

struct File {
    content: Bytes,
    content_type: HeaderValue,
}

/// What a signature permits.
struct Grant {
    path: String,
    until: UnixTime,
    permits: Permits,
}

enum Permits {
    Form { key: String, token: String, file: String },
    Put { token: String },
    Get,
}

/// An upload of code that was signed.
struct Signed {
    authorizer: String,
    hash: String,
    token: String,
    until: UnixTime,
}

/// The path of `key` in the bucket of `env`.
fn path(env: &str, key: &str) -> String {
    let escaped = |segment: &str| form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>();
    let key: Vec<String> = key.trim_start_matches('/').split('/').map(escaped).collect();
    format!("{}/{}/{}", routes::STORAGE, escaped(env), key.join("/"))
}

impl Storage {
    pub(crate) fn at(base_url: String) -> Self {
        Self { base_url, ..Self::default() }
    }

    pub(crate) fn content(&self, env: &str, key: &str) -> Option<Bytes> {
        self.files.get(&path(env, key)).map(|file| file.content.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_escaped_segment_by_segment() {
        assert_eq!(path("e-1", "/图/a b?.png"), "/_emu/storage/e-1/%E5%9B%BE/a+b%3F.png");
    }
}
