//! The wire: connections, the local-only rule, and who answers what.

use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header, request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::call;
use crate::core::Core;
use crate::fault::FaultKind;
use crate::operations::Build;
use crate::push::is_loopback;
use crate::record::FindingKind;
use crate::refusal::refusal;
use crate::reply::{Reply, json, reply};
use crate::request::Request;
use crate::storage::{code, service};
use crate::{admin, operations, routes};

/// Longest request body that is read.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// Makes hyper close the connection without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault rule dropped the connection")
    }
}

impl Error for Dropped {}

/// Takes connections in until the emulator closes.
pub(crate) async fn listen(core: Arc<Core>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = core.closed() => return,
        };
        match accepted {
            Ok((stream, _)) => core.spawn(connection(Arc::clone(&core), stream)),
            // The machine is out of sockets or the like; that passes, and a pause keeps this loop
            // from spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(core: Arc<Core>, stream: TcpStream) {
    let service = service_fn(|request| serve(Arc::clone(&core), request));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // How a connection ends, whether by the client, a fault rule or a broken request, is nobody's
    // concern here.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = core.closed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn serve(core: Arc<Core>, request: http::Request<Incoming>) -> Result<Reply, Dropped> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = foreign(&core, &head) {
        return Ok(refusal);
    }
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(admin::failure(
            StatusCode::BAD_REQUEST,
            "invalid",
            "the body cannot be read or is too long",
        ));
    };
    let body = body.to_bytes();
    if let Some(route) = admin::route(head.uri.path()) {
        return Ok(admin::answer(core, &head.method, route, body).await);
    }
    let query =
        form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let path = head.uri.path().to_owned();
    let request = Request { method: head.method, path, query, headers: head.headers, body };
    if request.path.starts_with(routes::STORAGE) {
        let answer = || service::answer(&mut core.state(), request);
        return under_faults(&core, routes::STORAGE, answer).await;
    }
    if code::is_meant(&request) {
        return under_faults(&core, routes::STORAGE, || code::answer(&mut core.state(), &request)).await;
    }
    wechat(&core, request).await
}

/// Refuses what a web page from elsewhere could make a browser send here.
fn foreign(core: &Core, head: &request::Parts) -> Option<Reply> {
    let host = head.uri.host().or_else(|| text(&head.headers, &header::HOST).map(without_port));
    if !host.is_some_and(is_loopback) {
        let message = "the emulator only answers under a name of this machine";
        return Some(admin::failure(StatusCode::FORBIDDEN, "foreign_host", message));
    }
    if head.headers.contains_key(header::ORIGIN) && !is_own_origin(core, &head.headers) {
        let message = "the emulator does not answer pages of another origin";
        return Some(admin::failure(StatusCode::FORBIDDEN, "foreign_origin", message));
    }
    None
}

fn is_own_origin(core: &Core, headers: &HeaderMap) -> bool {
    let Some(authority) = text(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"))
    else {
        return false;
    };
    let host = without_port(authority);
    is_loopback(host) && authority[host.len()..] == format!(":{}", core.port)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host of `host:port`; the colons of IPv6 stand in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Answers in WeChat's place.
async fn wechat(core: &Core, request: Request) -> Result<Reply, Dropped> {
    let known = operations::at(&request.path);
    let Some((operation, run)) = known.and_then(|(operation, route)| Some((operation, route.build.run()?)))
    else {
        return Ok(not_built(core, &request));
    };
    under_faults(core, &request.path, || {
        json(StatusCode::OK, &call::execute(&mut core.state(), operation, run, &request))
    })
    .await
}

/// Carries a request out as the next fault rule for `path` allows.
async fn under_faults(
    core: &Core,
    path: &str,
    carry_out: impl FnOnce() -> Reply + Send,
) -> Result<Reply, Dropped> {
    let fault = core.state().take_fault(path).map(|fault| fault.kind);
    match fault {
        Some(FaultKind::Errcode { code }) => {
            let (answer, _) = refusal(code).write(&mut core.state().seed);
            return Ok(json(StatusCode::OK, &answer));
        }
        Some(FaultKind::DropBefore) => return Err(Dropped),
        Some(FaultKind::Http { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return Ok(reply(status, HeaderValue::from_static("text/html; charset=utf-8"), body));
        }
        Some(FaultKind::Delay { millis }) => tokio::time::sleep(Duration::from_millis(millis)).await,
        Some(FaultKind::CommitThenDrop) | None => {}
    }
    let answer = carry_out();
    if fault == Some(FaultKind::CommitThenDrop) { Err(Dropped) } else { Ok(answer) }
}

/// Says that something is missing in a way that nobody takes for an answer of WeChat.
fn not_built(core: &Core, request: &Request) -> Reply {
    let detail = format!("{} is not built", request.method);
    call::record(&mut core.state(), FindingKind::NotBuilt, request, detail);
    let why = operations::at(&request.path).and_then(|(_, route)| match route.build {
        Build::NotBuilt(why) => Some(format!(": {why}")),
        _ => None,
    });
    let body = format!(
        "tcb-emulator: {} {} is not built{}. This text does not come from WeChat and says nothing about it.\n",
        request.method,
        request.path,
        why.unwrap_or_default()
    );
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    let mut reply = reply(StatusCode::NOT_IMPLEMENTED, content_type, body);
    reply.headers_mut().insert("x-tcb-emulator", HeaderValue::from_static("not-built"));
    reply
}
