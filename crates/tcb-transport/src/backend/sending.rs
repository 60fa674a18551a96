use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::BoxError;
use crate::{TransportError, TransportErrorKind};

/// How far a request has got. It decides whether the call can have been executed.
#[derive(Default)]
pub(super) struct Sending(AtomicU8);

impl Sending {
    /// No connection has taken it.
    const UNSENT: u8 = 0;
    /// As many connections as there may be are busy.
    const IN_LINE: u8 = 1;
    /// A connection has taken it.
    const BEGUN: u8 = 2;

    pub(super) fn begin(&self) {
        self.0.store(Self::BEGUN, Ordering::Release);
    }

    /// All connections are busy, and it waits for one of them.
    pub(super) fn queue(&self) {
        self.0.store(Self::IN_LINE, Ordering::Release);
    }

    /// It waits no longer, or the connection gave the request back.
    pub(super) fn revoke(&self) {
        self.0.store(Self::UNSENT, Ordering::Release);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::BEGUN
    }

    /// What it means that the time is over.
    pub(super) fn timed_out(&self) -> TransportError {
        match self.0.load(Ordering::Acquire) {
            Self::UNSENT => TransportError::new(TransportErrorKind::Connect)
                .with_source("the time ran out before there was a connection"),
            Self::IN_LINE => TransportError::new(TransportErrorKind::AllBusy),
            _ => TransportError::new(TransportErrorKind::Timeout),
        }
    }
}

/// What a stream on its way out tells of itself.
#[derive(Default)]
pub(super) struct Flow {
    /// Pieces that a connection has taken.
    moved: AtomicUsize,
    /// Why the stream ended early.
    failure: Mutex<Option<TransportError>>,
}

impl Flow {
    pub(super) fn moved(&self) -> usize {
        self.moved.load(Ordering::Relaxed)
    }

    /// Why the stream ended early, for whoever asks first.
    pub(super) fn failure(&self) -> Option<TransportError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes that a connection asked for a piece, and how the stream ended if it was early.
    pub(super) fn note(&self, chunk: Result<Bytes, TransportError>) -> Result<Bytes, BoxError> {
        self.moved.fetch_add(1, Ordering::Relaxed);
        chunk.map_err(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            "the body broke off".into()
        })
    }
}
