use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;

/// The end of a connection that takes requests. hyper keeps the other end in a task of its own.
pub(super) type Connection = SendRequest<Full<Bytes>>;
