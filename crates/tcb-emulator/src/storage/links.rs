//! The links that the operations hand out.

use std::time::Duration;

use super::{Bucket, Grant, Permits};
use crate::state::State;

/// How long a form may be sent, as in the official sample.
const FORM_LIFE: Duration = Duration::from_secs(900);

/// How long a file of a static website may be sent, as in the official sample.
const PUT_LIFE: Duration = Duration::from_secs(60);

/// A link of each kind, as the operations answer it.
pub(crate) struct FormLink {
    pub(crate) url: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) cos_file_id: String,
}

pub(crate) struct PutLink {
    pub(crate) url: String,
    pub(crate) token: String,
}

impl State {
    /// A permission to send a form for `key`.
    pub(crate) fn form_link(&mut self, bucket: &Bucket, key: &str) -> FormLink {
        let path = bucket.path(key);
        let (token, file) = (self.seed.security_token(), self.seed.security_token());
        let permits = Permits::Form { key: key.to_owned(), token: token.clone(), file: file.clone() };
        let url = format!("{}{path}", self.storage.base_url);
        let authorization = self.grant(path, FORM_LIFE, permits);
        FormLink { url, authorization, token, cos_file_id: file }
    }

    /// A permission to put `key`, with a security token.
    pub(crate) fn put_link(&mut self, bucket: &Bucket, key: &str) -> PutLink {
        let token = self.seed.security_token();
        let permits = Permits::Put { token: Some(token.clone()) };
        PutLink { url: self.signed(bucket.path(key), PUT_LIFE, permits), token }
    }

    /// A permission to put `key` that needs nothing but the link.
    pub(crate) fn open_put_link(&mut self, bucket: &Bucket, key: &str) -> String {
        self.signed(bucket.path(key), FORM_LIFE, Permits::Put { token: None })
    }

    /// A permission to get `key` for so long.
    pub(crate) fn get_link(&mut self, bucket: &Bucket, key: &str, life: Duration) -> String {
        self.signed(bucket.path(key), life, Permits::Get)
    }

    fn signed(&mut self, path: String, life: Duration, permits: Permits) -> String {
        let url = format!("{}{path}", self.storage.base_url);
        let signature = self.grant(path, life, permits);
        // The documented samples have the signature as one parameter, escaped.
        let sign: String = form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        format!("{url}?sign={sign}")
    }

    fn grant(&mut self, path: String, life: Duration, permits: Permits) -> String {
        let (now, until) = (self.now(), self.now().plus(life));
        let times = format!("{};{}", now.seconds(), until.seconds());
        let signature = format!(
            "q-sign-algorithm=sha1&q-ak=EMULATOR&q-sign-time={times}&q-key-time={times}&q-header-list=&q-url-param-list=\
             &q-signature={}",
            self.seed.signature()
        );
        self.storage.grants.insert(signature.clone(), Grant { path, until, permits });
        signature
    }
}
