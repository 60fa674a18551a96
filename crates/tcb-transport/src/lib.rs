// The README's examples use every feature, so they are tests only when every feature is there.
#![cfg_attr(
    any(not(doctest), all(feature = "hyper", feature = "mock", feature = "reqwest")),
    doc = include_str!("../README.md")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod attempt;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod backend;
mod base_url;
mod body;
mod error;
mod link_target;
#[cfg(feature = "mock")]
mod mock;
mod query_token;
mod request;
mod response;
#[cfg_attr(not(feature = "hyper"), expect(dead_code, reason = "the hyper backend alone keeps targets"))]
mod targets;
#[cfg_attr(not(feature = "metrics"), path = "no_telemetry.rs")]
mod telemetry;

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

pub use async_trait::async_trait;
pub use attempt::{AttemptError, AttemptErrorKind, CheckedResponse, attempt, call_once, prepare};

#[cfg(feature = "hyper")]
#[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
pub use backend::hyper_transport::HyperTransport;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "hyper", feature = "reqwest"))))]
pub use backend::options::{HttpOptions, SetupError, SetupErrorKind};
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use backend::reqwest_transport::ReqwestTransport;
pub use base_url::BaseUrl;
pub use body::{Body, Chunks};
pub use error::{Phase, TransportError, TransportErrorKind, UrlError, UrlErrorKind};
pub use link_target::LinkTarget;
#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
pub use mock::MockTransport;
pub use query_token::QueryToken;
pub use request::Request;
pub use response::Response;
pub use targets::Targets;

/// Sends one request and brings its answer back. It neither repeats nor interprets: a status of 500
/// or a redirect is an answer like any other.
///
/// Implement it to put something around a backend (a rate limit, a journal, metrics) or to replace
/// the network altogether:
///
/// ```
/// use async_trait::async_trait;
/// use tcb_transport::{Request, Response, Transport, TransportError};
///
/// #[derive(Debug)]
/// struct Named<T>(&'static str, T);
///
/// #[async_trait]
/// impl<T: Transport> Transport for Named<T> {
///     async fn send(&self, request: Request) -> Result<Response, TransportError> {
///         tracing::debug!(transport = self.0, operation = request.operation());
///         self.1.send(request).await
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends `request` once.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] whose [phase](TransportError::phase) says whether the server may have
    /// executed the call.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Written out, because `async_trait` would box the future a second time.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send<'a, 'b>(
        &'a self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        (**self).send(request)
    }
}
