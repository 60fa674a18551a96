//! What people ask afterwards: what was called, what was decided and why.

use tokio::sync::broadcast;

use crate::core::Event;
use crate::{Emulator, EmulatorError, EmulatorErrorKind, Trace};

impl Emulator {
    /// The last requests to WeChat's API and to the storage, the newest first: at most `most`, and
    /// with `before` those alone whose number is lower, for the next page. One that is being
    /// answered is among them, without an answer.
    ///
    /// This is where the request id of a call that succeeded is found, for its answer has none.
    pub fn trace(&self, before: Option<u64>, most: usize) -> Vec<Trace> {
        self.core.traces().list(before, most)
    }

    /// What was decided about a request and why. As text it is an explanation for people.
    ///
    /// # Errors
    /// [`UnknownRequest`](EmulatorErrorKind::UnknownRequest) for one that the emulator did not take
    /// or has forgotten; see [`Builder::traced`](crate::Builder::traced).
    pub fn explain(&self, rid: &str) -> Result<Trace, EmulatorError> {
        self.core.traces().find(rid).ok_or_else(|| {
            let message = format!("the trace has no request {rid:?}");
            EmulatorError::new(EmulatorErrorKind::UnknownRequest, message)
        })
    }

    /// What happens from now on, for pages that show it.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.core.listen()
    }
}
