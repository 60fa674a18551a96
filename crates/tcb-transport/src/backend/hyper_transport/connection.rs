use hyper::client::conn::http1::SendRequest;

use super::super::outgoing::Outgoing;

/// The end of a connection that takes requests. hyper keeps the other end in a task of its own.
pub(super) type Connection = SendRequest<Outgoing>;
