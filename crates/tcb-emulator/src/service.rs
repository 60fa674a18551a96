//! The emulator without a socket: a function from requests to answers.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use tower_service::Service;

use crate::Emulator;
use crate::core::Core;
use crate::reply::Dropped;
use crate::server;

impl Emulator {
    /// The emulator as a service that answers what a server would: WeChat's calls, the object
    /// storage and the admin API. It takes requests as they arrive at a server, with the path or
    /// the whole URL, and with a `Host` of this machine unless the URL has one.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tcb_emulator::Emulator;
    /// use tower_service::Service;
    ///
    /// let emulator = Emulator::builder().in_process()?;
    /// let health = http::Request::get(format!("{}/health", emulator.admin_url())).body(String::new())?;
    /// let answer = emulator.service().call(health).await?;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn service(&self) -> EmulatorService {
        EmulatorService { core: Arc::clone(&self.core) }
    }
}

/// An [`Emulator`] as a `tower` service. Cheap to clone; all clones are the same emulator, and none
/// keeps it going when it is dropped.
#[derive(Clone)]
pub struct EmulatorService {
    core: Arc<Core>,
}

impl fmt::Debug for EmulatorService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorService").field("base_url", &self.core.base_url).finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for EmulatorService
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Response = Response<AnswerBody>;
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<Response<AnswerBody>, NoAnswer>> + Send>>;

    /// It is always ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoAnswer>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let core = Arc::clone(&self.core);
        Box::pin(async move {
            if core.is_closing() {
                return Err(NoAnswer::Closed);
            }
            let answer = server::serve(core, request).await?;
            Ok(answer.map(|body| AnswerBody(body.map_err(NoAnswer::from).boxed())))
        })
    }
}

/// Why a request to the [service](Emulator::service) got no answer, or only a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoAnswer {
    /// A [fault](crate::Fault) would have closed the connection. The call may have been carried
    /// out.
    Dropped,
    /// The emulator has ended. The call was not carried out.
    Closed,
}

impl From<Dropped> for NoAnswer {
    fn from(_: Dropped) -> Self {
        Self::Dropped
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "a fault rule dropped the connection",
            Self::Closed => "the emulator has ended",
        })
    }
}

impl Error for NoAnswer {}

/// The body of an answer of the [service](Emulator::service).
pub struct AnswerBody(BoxBody<Bytes, NoAnswer>);

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerBody").field("size", &self.0.size_hint()).finish_non_exhaustive()
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
