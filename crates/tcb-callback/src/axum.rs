//! Receiving callbacks in an [axum](https://docs.rs/axum) server.

use std::convert::Infallible;

use ::axum::body::{Body, to_bytes};
use ::axum::extract::{RawPathParams, State};
use ::axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use ::axum::http::{HeaderValue, Request, StatusCode, Uri};
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::{MethodRouter, post};
use tcb_types::AuthorizerAppId;

use crate::answer::HttpAnswer;
use crate::receiver::Receiver;
use crate::service::CallbackService;

/// A route for a callback URL: `POST` takes pushes in, `GET` verifies the URL.
///
/// One service serves both URLs of a platform. A parameter `{appid}` in the path, where the
/// message-and-event URL has `$APPID$`, becomes [`Message::account`](crate::Message::account).
///
/// No more than [`Receiver::MAX_BODY`] bytes of a body are read. How long a sender may take for
/// them is the server's to limit.
///
/// ```
/// use axum::Router;
/// # use tcb_callback::{CallbackService, EncodingAesKey, EventSink, MessageCrypto, PlatformEvent, Receiver, SinkError};
/// # struct Sink;
/// # #[async_trait::async_trait]
/// # impl EventSink for Sink {
/// #     async fn platform_event(&self, _: PlatformEvent) -> Result<(), SinkError> { Ok(()) }
/// # }
/// # let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// # let receiver = Receiver::new(MessageCrypto::new("wxb11529c136998cb6", "pamtest", key));
/// # let sink = Sink;
/// use tcb_callback::axum::endpoint;
///
/// let service = CallbackService::new(receiver, sink);
/// let app: Router = Router::new()
///     .route("/wechat/events", endpoint(service.clone()))
///     .route("/wechat/messages/{appid}", endpoint(service));
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
pub fn endpoint<S: Clone + Send + Sync + 'static>(service: CallbackService) -> MethodRouter<S, Infallible> {
    post(push).get(verify_url).with_state(service)
}

async fn push(
    State(service): State<CallbackService>,
    path: RawPathParams,
    request: Request<Body>,
) -> Response {
    let account =
        path.iter().find(|(name, _)| *name == "appid").map(|(_, value)| AuthorizerAppId::from(value));
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, Receiver::MAX_BODY).await else {
        tracing::warn!(reason = "body", "callback refused");
        return HttpAnswer::refused().into_response();
    };
    service.push(head.uri.query().unwrap_or_default(), &body, account).await.into_response()
}

async fn verify_url(State(service): State<CallbackService>, uri: Uri) -> Response {
    service.verify_url(uri.query().unwrap_or_default()).into_response()
}

impl IntoResponse for HttpAnswer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // An `echostr` is reflected, so no browser may take it for anything else than text.
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (status, headers, self.body).into_response()
    }
}
