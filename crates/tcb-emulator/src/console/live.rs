//! Tells pages that something has happened. What it was, they find out by loading themselves again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::channel::{Channel, Sender};
use http_body_util::combinators::BoxBody;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::Emulator;
use crate::core::{Core, Event};
use crate::reply::{Dropped, Sent};

/// Below `/_emu/`.
pub(super) const PATH: &str = "live";

/// The least time from one word to the next, so that a burst of requests is one.
const PAUSE: Duration = Duration::from_millis(300);

/// How long it may be silent. Writing is how it finds out that a page is gone.
const SILENCE: Duration = Duration::from_secs(15);

/// A stream of server-sent events that ends with the emulator.
pub(super) fn stream(core: &Arc<Core>) -> Sent {
    let (sender, body) = Channel::<Bytes, Dropped>::new(1);
    let (events, watched) = (Emulator::view(Arc::clone(core)).events(), Arc::clone(core));
    core.spawn(async move {
        tokio::select! {
            () = tell(events, sender) => {}
            () = watched.closed() => {}
        }
    });
    let mut stream = Response::new(BoxBody::new(body));
    let kind = HeaderValue::from_static("text/event-stream");
    stream.headers_mut().insert(header::CONTENT_TYPE, kind);
    stream
}

/// Says a word for each event, until the page is gone.
async fn tell(mut events: Receiver<Event>, mut page: Sender<Bytes, Dropped>) {
    let mut word = ": here\n\n";
    while page.send_data(Bytes::from_static(word.as_bytes())).await.is_ok() {
        word = match tokio::time::timeout(SILENCE, events.recv()).await {
            Ok(Err(RecvError::Closed)) => return,
            Ok(Ok(_) | Err(RecvError::Lagged(_))) => {
                tokio::time::sleep(PAUSE).await;
                // What has come meanwhile is told as well.
                events = events.resubscribe();
                "data: changed\n\n"
            }
            Err(_) => ": still here\n\n",
        };
    }
}
