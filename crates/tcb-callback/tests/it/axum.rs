use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tcb_callback::Receiver;
use tcb_callback::axum::endpoint;
use tower::ServiceExt as _;

use crate::service::{MESSAGE, NONCE, Recorder, TIMESTAMP, platform, push_of, service};
use crate::vectors::TICKET_XML;

fn app(sink: &Arc<Recorder>) -> Router {
    let service = service(sink);
    Router::new()
        .route("/events", endpoint(service.clone()))
        .nest("/wechat", Router::new().route("/{appid}/messages", endpoint(service)))
}

async fn send(app: Router, method: &str, uri: &str, body: impl Into<Body>) -> (StatusCode, HeaderMap, Bytes) {
    let request = Request::builder().method(method).uri(uri).body(body.into()).unwrap();
    let (head, body) = app.oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap())
}

#[tokio::test]
async fn a_push_is_taken_in() {
    let sink = Arc::default();
    let (query, body) = push_of(TICKET_XML);
    let (status, headers, answer) = send(app(&sink), "POST", &format!("/events?{query}"), body).await;
    assert_eq!((status, &answer[..]), (StatusCode::OK, &b"success"[..]));
    assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(*sink.taken.lock().unwrap(), [TICKET_XML]);
}

#[tokio::test]
async fn the_appid_in_the_path_is_handed_on() {
    let sink = Arc::default();
    let (query, body) = push_of(MESSAGE);
    let uri = format!("/wechat/wx134c8103faa5a59e/messages?{query}");
    let (status, _, answer) = send(app(&sink), "POST", &uri, body.clone()).await;
    assert_eq!((status, &answer[..]), (StatusCode::OK, &b"success"[..]));
    // A service of its own, which has not seen the push.
    send(app(&sink), "POST", &format!("/events?{query}"), body).await;
    assert_eq!(*sink.accounts.lock().unwrap(), [Some("wx134c8103faa5a59e".to_owned()), None]);
}

#[tokio::test]
async fn refusals_of_the_server_and_of_the_checks_are_the_same() {
    let sink: Arc<Recorder> = Arc::default();
    let (query, body) = push_of(TICKET_XML);
    let uri = format!("/events?{query}");
    let expected = send(app(&sink), "POST", "/events", body.clone()).await;
    assert_eq!((expected.0, &expected.2[..]), (StatusCode::FORBIDDEN, &b"refused"[..]));

    let too_large = format!("{body}{}", " ".repeat(Receiver::MAX_BODY));
    for refused in [
        send(app(&sink), "POST", &uri, too_large).await,
        send(app(&sink), "POST", &uri, "").await,
        send(app(&sink), "POST", &uri.replace("msg_signature=", "msg_signature=0"), body.clone()).await,
        send(app(&sink), "GET", &uri, "").await,
    ] {
        assert_eq!(refused, expected);
    }
    assert!(sink.taken.lock().unwrap().is_empty());
}

/// A body of a thousand chunks that counts how many of them are read.
struct Chunks(Arc<AtomicUsize>);

const CHUNK: usize = 1024;

impl futures_core::Stream for Chunks {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let read = self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready((read < 1000).then(|| Ok(Bytes::from_static(&[b' '; CHUNK]))))
    }
}

#[tokio::test]
async fn a_body_is_not_read_beyond_the_cap() {
    let read = Arc::default();
    let (query, _) = push_of(TICKET_XML);
    let body = Body::from_stream(Chunks(Arc::clone(&read)));
    let (status, _, _) = send(app(&Arc::default()), "POST", &format!("/events?{query}"), body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(read.load(Ordering::Relaxed) <= Receiver::MAX_BODY / CHUNK + 1);
}

#[tokio::test]
async fn a_failing_sink_is_a_server_error() {
    let sink = Arc::new(Recorder { failure: Some("disk full"), ..Recorder::default() });
    let (query, body) = push_of(TICKET_XML);
    let (status, _, answer) = send(app(&sink), "POST", &format!("/events?{query}"), body).await;
    assert_eq!((status, &answer[..]), (StatusCode::INTERNAL_SERVER_ERROR, &b"failure"[..]));
}

#[tokio::test]
async fn a_url_is_verified() {
    let sink = Arc::default();
    let signature = platform().signature(&TIMESTAMP.to_string(), NONCE);
    let uri = format!(
        "/events?signature={signature}&echostr=4375120948345356249&timestamp={TIMESTAMP}&nonce={NONCE}"
    );
    let (status, _, answer) = send(app(&sink), "GET", &uri, "").await;
    assert_eq!((status, &answer[..]), (StatusCode::OK, &b"4375120948345356249"[..]));
}

#[tokio::test]
async fn other_methods_are_not_served() {
    let (status, _, _) = send(app(&Arc::default()), "PUT", "/events", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}
