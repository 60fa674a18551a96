//! How a call ends without an answer.

use tcb_emulator::NoAnswer;
use tcb_transport::{TransportError, TransportErrorKind};

/// What it means that no answer began.
pub(crate) fn no_answer(why: NoAnswer) -> TransportError {
    let kind = match why {
        NoAnswer::Closed => TransportErrorKind::Connect,
        _ => TransportErrorKind::Interrupted,
    };
    TransportError::new(kind).with_source(why)
}

/// A request that cannot be sent. `why` must not show the URL.
pub(crate) fn invalid(why: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::Invalid).with_source(why)
}
