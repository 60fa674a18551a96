//! What the backends have in common. A backend itself is a client that moves bytes, nothing more:
//! everything that a caller can notice (target, headers, time limits, size cap, kinds of error) is
//! decided here, once.

mod arriving;
#[cfg(feature = "hyper")]
pub(crate) mod hyper_transport;
pub(crate) mod options;
mod outgoing;
pub(crate) mod proxy;
#[cfg(feature = "reqwest")]
pub(crate) mod reqwest_transport;
mod sending;
mod target;
#[cfg(feature = "hyper")]
mod tls;
mod wire;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
