//! What goes back over the wire.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

/// An answer as it is decided.
pub(crate) type Reply = Response<Bytes>;

/// An answer as it is sent, which may come in pieces or break off.
pub(crate) type Sent = Response<BoxBody<Bytes, Dropped>>;

/// Makes hyper close the connection without an answer, or in the middle of one.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault rule dropped the connection")
    }
}

impl Error for Dropped {}

pub(crate) fn reply(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, content_type);
    reply
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Reply {
    reply(status, HeaderValue::from_static("application/json; encoding=utf-8"), body.to_string())
}

/// The whole answer at once.
pub(crate) fn whole(reply: Reply) -> Sent {
    reply.map(|body| Full::new(body).map_err(|never| match never {}).boxed())
}
