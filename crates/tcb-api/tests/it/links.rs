//! The second step of uploads and downloads, without a socket.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use serde_json::json;
use tcb_api::transport::{
    Body, LinkTarget, MockTransport, Request, Response, Transport, TransportError, TransportErrorKind,
};
use tcb_api::types::{DownloadLink, ErrCode, FormUpload, Method, PutUpload};
use tcb_api::{Client, Content, ErrorKind, Links, RetryPolicy, StaticToken};
use tokio::runtime::Handle;

use crate::scripted::Wire;

const SIGNED: &str = "https://cos.example/b/a.png?sign=q-canary%3D1%26s";

fn form() -> FormUpload {
    FormUpload::new("https://cos.example/b/a.png?canary", "t-canary", "q-sign=canary", "cloud://e.b/a.png")
        .cos_file_id("meta-canary")
}

fn answer(status: u16, body: &'static str) -> Response {
    Response::new(StatusCode::from_u16(status).unwrap(), body)
}

/// Links over a wire that gives `answer` once, and checks the request.
fn links(check: impl Fn(&Request) + Send + 'static, answer: Result<Response, TransportErrorKind>) -> Links {
    let mut wire = MockTransport::new();
    wire.expect_send().times(1).returning(move |request| {
        check(&request);
        assert!(
            request.query_token().is_none()
                && request.query_pairs().next().is_none()
                && request.path().is_empty()
        );
        answer.clone().map_err(TransportError::new)
    });
    Links::new(wire).retry(RetryPolicy::never())
}

#[tokio::test]
async fn a_form_has_the_documented_fields_and_the_file_last() {
    let check = |request: &Request| {
        assert_eq!((request.method(), request.operation()), (Method::Post, "link.upload"));
        assert_eq!(request.link().unwrap().expose(), "https://cos.example/b/a.png?canary");
        let content_type = request.headers().unwrap()["content-type"].to_str().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = std::str::from_utf8(request.body_bytes()).unwrap();
        let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
        let part = |name: &str, value: &str| {
            format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\
                    Content-Type: image/png\r\n\r\nPNG\r\n";
        let expected = [
            "",
            &part("key", "a.png"),
            &part("Signature", "q-sign=canary"),
            &part("x-cos-security-token", "t-canary"),
            &part("x-cos-meta-fileid", "meta-canary"),
            file,
            "--\r\n",
        ];
        assert_eq!(parts, expected);
    };
    let content = Content::from("PNG").content_type("image/png");
    links(check, Ok(answer(204, ""))).upload(&form(), "a.png", content).await.unwrap();
}

#[tokio::test]
async fn a_put_has_the_security_token_as_a_header() {
    let check = |request: &Request| {
        assert_eq!(request.method(), Method::Put);
        assert_eq!(request.link().unwrap().expose(), SIGNED);
        assert_eq!(request.headers().unwrap()["x-cos-security-token"], "t-canary");
        assert_eq!(request.headers().unwrap()["content-type"], "text/html");
        assert_eq!(request.body_bytes(), "<p>");
    };
    let content = Content::from("<p>").content_type("text/html");
    let permission = PutUpload::new(SIGNED).token("t-canary");
    links(check, Ok(answer(200, ""))).put(&permission, content).await.unwrap();
}

#[tokio::test]
async fn a_download_brings_the_bytes() {
    let check = |request: &Request| {
        assert_eq!((request.method(), request.operation()), (Method::Get, "link.download"));
        assert_eq!(request.own_response_cap(), Some(2048));
        assert!(request.body_bytes().is_empty() && request.headers().is_none());
    };
    let content =
        links(check, Ok(answer(200, "\u{0}file"))).cap(2048).download(&SIGNED.into()).await.unwrap();
    assert_eq!(content, "\u{0}file");
}

#[tokio::test]
async fn a_refusal_of_the_storage_has_its_code() {
    let xml =
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let error = links(|_| {}, Ok(answer(403, xml))).download(&SIGNED.into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(!error.is_retryable() && !error.maybe_executed());
    let refusal = error.storage().unwrap();
    assert_eq!((refusal.status, refusal.code.as_deref()), (403, Some("AccessDenied")));
    assert_eq!(
        error.to_string(),
        "link.download: the object storage refused the link: HTTP status 403: AccessDenied: Request has expired; \
         ask for a new link, or look whether anything is there"
    );
}

#[tokio::test]
async fn what_goes_wrong_has_the_kinds_of_a_call() {
    for (result, kind, repeatable, executed) in [
        (Ok(answer(302, "")), ErrorKind::RedirectRefused, false, false),
        (Ok(answer(503, "<Error><Code>SlowDown</Code></Error>")), ErrorKind::Unavailable, true, true),
        (Ok(answer(429, "")), ErrorKind::RateLimited, true, false),
        (Err(TransportErrorKind::Connect), ErrorKind::Unavailable, true, false),
        (Err(TransportErrorKind::Timeout), ErrorKind::Unavailable, true, true),
        (Err(TransportErrorKind::TooLarge), ErrorKind::Malformed, false, true),
    ] {
        let error = links(|_| {}, result).put(&PutUpload::new(SIGNED), "x").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable(), error.maybe_executed()),
            (kind, repeatable, executed)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_repeated_like_an_idempotent_write() {
    let wire =
        Wire::default().then_fail(TransportErrorKind::Interrupted).then_status(503).then(answer(204, ""));
    wire.client().links().upload(&form(), "a.png", "x").await.unwrap();
    assert_eq!(wire.count(), 3);
}

#[tokio::test]
async fn a_link_to_somewhere_else_over_plain_http_is_not_used() {
    for link in ["http://cos.example/canary?canary", "canary", ""] {
        let wire = Wire::default();
        let error = wire.client().links().download(&DownloadLink::new(link)).await.unwrap_err();
        assert_eq!((error.kind(), wire.count()), (ErrorKind::Request, 0), "{link}");
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_a_header_is_not_sent() {
    let wire = Wire::default();
    let links = wire.client().links();
    let error = links.put(&PutUpload::new(SIGNED).token("a\r\nb"), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    let content = Content::from("x").content_type("text/html\r\nx: y");
    let error = links.upload(&form(), "a", content).await.unwrap_err();
    assert_eq!((error.kind(), wire.count()), (ErrorKind::Request, 0));
}

#[tokio::test]
async fn no_error_shows_a_link_that_the_storage_repeats() {
    let echo = "<Error><Code>SignatureDoesNotMatch</Code><Message>sign=q-canary%3D1%26s is not t-canary, q-sign=canary, \
                meta-canary</Message><Resource>https://cos.example/b/a.png?sign=q-canary%3D1%26s</Resource></Error>";
    let mut all = String::new();
    for status in [403, 500] {
        let wire = || links(|_| {}, Ok(answer(status, echo)));
        let put = PutUpload::new(SIGNED).token("t-canary");
        let long =
            FormUpload::new(SIGNED, "t-canary", "q-sign=canary", "cloud://e.b/a").cos_file_id("meta-canary");
        // Each is echoed secrets of the others too; only its own have to go.
        for error in
            [wire().upload(&long, "a", "x").await.unwrap_err(), wire().put(&put, "x").await.unwrap_err()]
        {
            let _ = write!(all, "{error} {error:?} {:?}", error.storage());
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                let _ = write!(all, " {error} {error:?}");
                cause = error.source();
            }
            assert!(!all.contains("q-canary") && !all.contains("t-canary"), "{all}");
        }
    }
    assert!(all.contains("SignatureDoesNotMatch"), "{all}");
}

#[tokio::test]
async fn both_steps_go_in_one_call() {
    let wire = Wire::default()
        .then_json(&json!({"url": SIGNED, "token": "t", "authorization": "a", "file_id": "cloud://e.b/a", "cos_file_id": "c"}))
        .then(answer(204, ""))
        .then_json(&json!({"file_list": [{"fileid": "cloud://e.b/a", "download_url": SIGNED, "status": 0}]}))
        .then(answer(200, "hello"));
    let client =
        Client::builder().token(StaticToken::new("token-canary")).transport(wire.clone()).build().unwrap();
    let files = client.env("e").files();
    let id = files.upload("a", "hello").await.unwrap();
    assert_eq!(files.download(id).await.unwrap(), "hello");
    let to: Vec<_> =
        wire.sent().iter().map(|sent| sent.link().map(LinkTarget::host).map(str::to_owned)).collect();
    assert_eq!(to, [None, Some("cos.example".to_owned()), None, Some("cos.example".to_owned())]);
}

#[tokio::test]
async fn a_file_that_is_gone_is_refused_before_any_download() {
    let gone = json!({"file_list": [{"fileid": "cloud://e.b/a", "status": -503_003, "errmsg": "gone"}]});
    let wire = Wire::default().then_json(&gone);
    let error = wire.client().env("e").files().download("cloud://e.b/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.api().unwrap().code(), ErrCode::new(-503_003));
    assert_eq!(wire.count(), 1);
}

#[tokio::test]
async fn code_is_signed_and_sent_byte_for_byte_the_same() {
    let headers = "Authorization:TC3-HMAC-SHA256 a-canary, b\r\nHost:scf.example\r\nContent-Type:application/json\r\nX-TC-Token:t-canary";
    let wire = Wire::default()
        .then_json(&json!({"codesecret": "code-canary"}))
        .then_json(&json!({ "headers": headers }))
        .then_json(&json!({"Response": {"RequestId": "1"}}));
    wire.client().env("e").functions().upload_code("f", b"zip").await.unwrap();
    let sent = wire.sent();
    let body = br#"{"CodeSecret":"code-canary","EnvId":"e","FunctionName":"f","Handler":"index.main","ZipFile":"emlw"}"#;
    assert_eq!(&sent[2].body_bytes()[..], body);
    let signed: serde_json::Value = serde_json::from_slice(sent[1].body_bytes()).unwrap();
    // sha256sum of the body.
    assert_eq!(signed["hashed_payload"], "cb7813fbf4dbff989aaf299c9d62d4805e07f20fdf28af0b624562d4592f52eb");
    assert_eq!(sent[2].link().unwrap().expose(), "https://scf.example/");
    assert!(sent[2].query_token().is_none());
    let names: Vec<_> = sent[2].headers().unwrap().keys().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(names, ["authorization", "content-type", "x-tc-token"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_upload_of_code_has_its_code_and_no_secret() {
    let refusal = json!({"Response": {"Error": {"Code": "AuthFailure.SignatureExpire",
        "Message": "TC3-HMAC-SHA256 a-canary and code-canary"}, "RequestId": "1"}});
    let headers = "Authorization:TC3-HMAC-SHA256 a-canary\r\nHost:scf.example";
    for (answer, kind) in [
        (Response::json(&refusal), ErrorKind::Storage),
        (Response::json(r#"{"Response":"#), ErrorKind::Malformed),
        (Response::json(r#"{"code-canary":1}"#), ErrorKind::Malformed),
    ] {
        let wire = Wire::default()
            .then_json(&json!({"codesecret": "code-canary"}))
            .then_json(&json!({ "headers": headers }))
            .then(answer.clone())
            // What cannot be read is asked for once more.
            .then(answer);
        let error = wire.client().env("e").functions().upload_code("f", b"zip").await.unwrap_err();
        assert_eq!((error.kind(), error.storage().is_some()), (kind, kind == ErrorKind::Storage));
        let code = error.storage().and_then(|refusal| refusal.code.as_deref());
        assert!(code.is_none_or(|code| code == "AuthFailure.SignatureExpire"));
        assert!(!format!("{error:?} {error} {:?}", error.storage()).contains("canary"), "{error:?}");
    }
}

/// A stream of these pieces, each of two bytes.
fn streamed(pieces: &[Result<&'static str, &'static str>]) -> Content {
    let length = 2 * pieces.len() as u64;
    let pieces: VecDeque<_> = pieces.iter().map(|piece| piece.map(Bytes::from)).collect();
    Content::stream(length, Pieces(pieces))
}

struct Pieces<E>(VecDeque<Result<Bytes, E>>);

impl<E: Unpin> Stream for Pieces<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_and_a_reader_go_up_as_bytes_do() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut wire = MockTransport::new();
    let seen = Arc::clone(&received);
    wire.expect_send().returning(move |request| {
        assert!(request.body_length().is_some());
        let body = tokio::task::block_in_place(|| Handle::current().block_on(request.into_body().collect()));
        seen.lock().unwrap().push(body?);
        Ok(answer(200, ""))
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = Arc::clone(&seen);
    let links = Links::new(wire)
        .retry(RetryPolicy::never())
        .on_progress(move |progress| watch.lock().unwrap().push((progress.done, progress.total)));
    let put = PutUpload::new(SIGNED);
    links.put(&put, "abcd").await.unwrap();
    links.put(&put, streamed(&[Ok("ab"), Ok("cd")])).await.unwrap();
    links.put(&put, Content::reader(4, &b"abcd"[..])).await.unwrap();
    links.upload(&form(), "a.png", streamed(&[Ok("ab"), Ok("cd")])).await.unwrap();
    let received = received.lock().unwrap().clone();
    assert!(received[..3].iter().all(|body| body == "abcd"), "{received:?}");
    assert!(received[3].ends_with(b"--\r\n") && received[3].windows(8).any(|part| part == b"\r\n\r\nabcd"));
    let in_one = [(4, Some(4))];
    let in_two = [(2, Some(4)), (4, Some(4))];
    assert_eq!(*seen.lock().unwrap(), [&in_one[..], &in_two, &in_one, &in_two].concat());

    for content in [streamed(&[Ok("ab"), Err("the disk is gone")]), Content::reader(5, &b"abcd"[..])] {
        let error = links.put(&put, content).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable(), error.maybe_executed()),
            (ErrorKind::Content, false, false)
        );
        assert!(Error::source(&error).is_some(), "{error:?}");
    }
}

/// Fails each attempt, and takes the body before if it is told so.
#[derive(Debug)]
struct Failing {
    takes: bool,
    attempts: Arc<Mutex<u32>>,
}

#[async_trait]
impl Transport for Failing {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        *self.attempts.lock().unwrap() += 1;
        if self.takes {
            let _ = request.into_body().into_chunks().next().await;
            return Err(TransportError::new(TransportErrorKind::Interrupted));
        }
        Err(TransportError::new(TransportErrorKind::Connect))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_repeated_until_somebody_has_begun_to_read_it() {
    for (takes, expected) in [(false, 3), (true, 1)] {
        let attempts = Arc::default();
        let links = Links::new(Failing { takes, attempts: Arc::clone(&attempts) });
        let error = links.put(&PutUpload::new(SIGNED), streamed(&[Ok("ab")])).await.unwrap_err();
        assert_eq!((error.kind(), *attempts.lock().unwrap()), (ErrorKind::Unavailable, expected), "{takes}");
        assert_eq!(error.maybe_executed(), takes);
    }
}

#[tokio::test]
async fn a_download_is_a_stream_of_pieces_or_written_somewhere() {
    let check = |request: &Request| assert!(request.streams_answer() && request.own_response_cap().is_none());
    let body = || Body::stream(None, Pieces::<TransportError>([Ok("ab".into()), Ok("c".into())].into()));
    let links = || links(check, Ok(Response::new(StatusCode::OK, body())));
    let mut download = links().download_stream(&SIGNED.into()).await.unwrap();
    assert_eq!(download.next().await.unwrap().unwrap(), "ab");
    assert_eq!(
        (download.next().await.unwrap().unwrap(), download.next().await.is_none()),
        ("c".into(), true)
    );

    let mut file = Vec::new();
    let written = links().download_stream(&SIGNED.into()).await.unwrap().write_to(&mut file).await.unwrap();
    assert_eq!((written, &file[..]), (3, &b"abc"[..]));
    let mut full = std::io::Cursor::new(vec![0; 2].into_boxed_slice());
    let error = links().download_stream(&SIGNED.into()).await.unwrap().write_to(&mut full).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Content);
}

#[tokio::test]
async fn a_download_that_breaks_off_may_be_asked_for_again() {
    let broken = Pieces([Ok("ab".into()), Err(TransportError::new(TransportErrorKind::Truncated))].into());
    let answer = Response::new(StatusCode::OK, Body::stream(5, broken));
    let mut download = links(|_| {}, Ok(answer)).download_stream(&SIGNED.into()).await.unwrap();
    assert_eq!(download.length(), Some(5));
    download.next().await.unwrap().unwrap();
    let error = download.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, "link.download"));
    assert!(error.is_retryable());
    assert!(download.next().await.is_none());
}
