//! What is behind the second step of uploads and downloads: the object storage with its links, and
//! the service that takes the code of functions. They are not WeChat's and answer in their own
//! ways.

pub(crate) mod code;
mod form;
pub(crate) mod links;
pub(crate) mod service;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderValue;
use sha2::{Digest as _, Sha256};

use crate::time::UnixTime;
use crate::{PromptId, routes};

/// A place for files. Each environment has several.
#[derive(Clone)]
pub(crate) struct Bucket(String);

impl Bucket {
    /// The cloud storage of an environment.
    pub(crate) fn files(env: &str) -> Self {
        Self(env.to_owned())
    }

    /// The static website of an environment.
    pub(crate) fn site(env: &str) -> Self {
        Self(format!("static-{env}"))
    }

    /// The code of an environment's functions.
    pub(crate) fn code(env: &str) -> Self {
        Self(format!("code-{env}"))
    }

    /// Files of extensions that an account uploads.
    pub(crate) fn extensions(account: &str) -> Self {
        Self(format!("extension-{account}"))
    }

    /// What was exported from databases.
    pub(crate) fn exports() -> Self {
        Self("tcb-mongodb-data".to_owned())
    }

    /// The path of a file, as it stands in URLs.
    fn path(&self, key: &str) -> String {
        let escaped = |segment: &str| form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>();
        let key: Vec<String> = key.trim_start_matches('/').split('/').map(escaped).collect();
        format!("{}/{}/{}", routes::STORAGE, escaped(&self.0), key.join("/"))
    }
}

/// Files and links. Both are found by the path that stands in the URL, escaped as it is.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Storage {
    /// Where this emulator is, and no part of a snapshot.
    #[serde(skip)]
    base_url: String,
    files: BTreeMap<String, File>,
    grants: BTreeMap<String, Grant>,
    /// Uploads of code, by their header `Authorization`.
    signed: BTreeMap<String, Signed>,
}

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(with = "crate::serial::base64")]
    content: Bytes,
    #[serde(with = "crate::serial::header")]
    content_type: HeaderValue,
    modified: UnixTime,
}

/// A file in a list.
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) modified: UnixTime,
    pub(crate) size: usize,
    /// Hexadecimal.
    pub(crate) hash: String,
}

/// What a signature permits.
#[derive(Serialize, Deserialize)]
struct Grant {
    path: String,
    until: UnixTime,
    permits: Permits,
}

#[derive(Serialize, Deserialize)]
enum Permits {
    Form {
        key: String,
        token: String,
        file: String,
    },
    /// With this security token, if there is one.
    Put {
        token: Option<String>,
    },
    Get,
}

/// An upload of code that was signed.
#[derive(Serialize, Deserialize)]
struct Signed {
    authorizer: String,
    hash: String,
    token: String,
    until: UnixTime,
}

impl Storage {
    pub(crate) fn at(base_url: String) -> Self {
        Self { base_url, ..Self::default() }
    }

    /// The same files and links at another place.
    pub(crate) fn moved_to(self, place: Self) -> Self {
        Self { base_url: place.base_url, ..self }
    }

    /// Where an administrator confirms what a prompt asks.
    pub(crate) fn confirmation_link(&self, prompt: PromptId) -> String {
        format!("{}{}/prompts/{prompt}", self.base_url, routes::CONSOLE)
    }

    pub(crate) fn content(&self, bucket: &Bucket, key: &str) -> Option<Bytes> {
        self.files.get(&bucket.path(key)).map(|file| file.content.clone())
    }

    pub(crate) fn put(&mut self, bucket: &Bucket, key: &str, content: Bytes, now: UnixTime) {
        let file = File { content, content_type: form::OCTETS, modified: now };
        self.files.insert(bucket.path(key), file);
    }

    /// Whether there was such a file.
    pub(crate) fn delete(&mut self, bucket: &Bucket, key: &str) -> bool {
        self.files.remove(&bucket.path(key)).is_some()
    }

    /// Deletes all files of a bucket.
    pub(crate) fn empty(&mut self, bucket: &Bucket) {
        let folder = bucket.path("");
        self.files.retain(|path, _| !path.starts_with(&folder));
    }

    /// The files of a bucket in the order of their keys.
    pub(crate) fn list(&self, bucket: &Bucket) -> Vec<Listed> {
        let folder = bucket.path("");
        let of_bucket = self.files.range(folder.clone()..).take_while(|(path, _)| path.starts_with(&folder));
        let listed = of_bucket.map(|(path, file)| Listed {
            key: unescaped(&path[folder.len()..]),
            modified: file.modified,
            size: file.content.len(),
            hash: hex::encode(&Sha256::digest(&file.content)[..16]),
        });
        let mut listed: Vec<Listed> = listed.collect();
        listed.sort_by(|one, other| one.key.cmp(&other.key));
        listed
    }
}

fn unescaped(path: &str) -> String {
    form_urlencoded::parse(path.as_bytes()).map(|(key, _)| key.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_escaped_segment_by_segment() {
        let path = Bucket::files("e-1").path("/图/a b?.png");
        assert_eq!(path, "/_emu/storage/e-1/%E5%9B%BE/a+b%3F.png");
        assert_eq!(unescaped(&path["/_emu/storage/e-1/".len()..]), "图/a b?.png");
    }
}
