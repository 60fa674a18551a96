//! What attempts and connections tell the recorder of the crate `metrics`, by the names of
//! OpenTelemetry's conventions for HTTP clients.

use std::time::Instant;

#[cfg(feature = "hyper")]
use metrics::gauge;
use metrics::{Label, histogram};
use tcb_types::{Clock as _, SystemClock};

use crate::{Request, Response, TransportError};

/// One attempt, from its beginning.
pub(crate) struct Attempt {
    begun: Instant,
    labels: Vec<Label>,
}

impl Attempt {
    pub(crate) fn begin(request: &Request) -> Self {
        let labels = vec![
            Label::new("http.request.method", request.method().as_str()),
            Label::new("tcb.operation", request.operation().to_owned()),
        ];
        Self { begun: SystemClock.monotonic(), labels }
    }

    pub(crate) fn end(mut self, outcome: &Result<Response, TransportError>) {
        self.labels.push(match outcome {
            Ok(response) => Label::new("http.response.status_code", response.status().as_str().to_owned()),
            Err(error) => Label::new("error.type", format!("{:?}", error.kind())),
        });
        let took = SystemClock.monotonic().saturating_duration_since(self.begun);
        histogram!("http.client.request.duration", self.labels).record(took);
    }
}

/// Counts a connection while its work goes on.
#[cfg(feature = "hyper")]
pub(crate) async fn counted<W: Future>(work: W) -> W::Output {
    let _open = Open::count();
    work.await
}

#[cfg(feature = "hyper")]
struct Open;

#[cfg(feature = "hyper")]
impl Open {
    fn count() -> Self {
        gauge!("http.client.open_connections").increment(1);
        Self
    }
}

#[cfg(feature = "hyper")]
impl Drop for Open {
    fn drop(&mut self) {
        gauge!("http.client.open_connections").decrement(1);
    }
}
