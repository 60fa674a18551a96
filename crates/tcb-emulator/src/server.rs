//! The wire: connections, and who answers what.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite as _;
use tokio::net::{TcpListener, TcpStream};

use crate::core::Core;
use crate::hosts::is_wechat;
use crate::reply::{Dropped, Reply, Sent, whole};
use crate::request::Request;
use crate::{admin, console, exchange, gate};

/// Longest request body that is read.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

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
    // A record of TLS begins with a byte that begins no request.
    if core.tls.is_some() && begins_tls(&stream).await {
        return secure(core, stream).await;
    }
    let (dropped, tunnelled) = (AtomicBool::new(false), AtomicBool::new(false));
    let service = service_fn(|request| {
        let (core, dropped, tunnelled) = (Arc::clone(&core), &dropped, &tunnelled);
        Box::pin(async move {
            if core.tls.is_some() && request.method() == Method::CONNECT {
                let answer = tunnel(request.uri());
                tunnelled.store(answer.status().is_success(), Relaxed);
                return Ok(whole(answer));
            }
            serve(core, request).await.inspect_err(|_| dropped.store(true, Relaxed))
        })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How a connection ends, whether by the client, a fault rule or a broken request, is nobody's
    // concern here.
    tokio::select! {
        _ = poll_fn(|context| connection.poll_without_shutdown(context)) => {}
        () = core.closed() => {
            Pin::new(&mut connection).graceful_shutdown();
            let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
        }
    }
    let mut stream = connection.into_parts().io.into_inner();
    if tunnelled.load(Relaxed) {
        return secure(core, stream).await;
    }
    // A rule that drops a connection resets it. Where that fails, it is closed.
    if !dropped.load(Relaxed) || stream.set_zero_linger().is_err() {
        let _ = poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await;
    }
}

async fn begins_tls(stream: &TcpStream) -> bool {
    let mut first = [0];
    stream.peek(&mut first).await.is_ok() && first == [0x16]
}

/// Opens a way to one of WeChat's hosts, which leads back here.
fn tunnel(target: &Uri) -> Reply {
    let is_wechats = target.host().is_some_and(is_wechat) && target.port_u16() == Some(443);
    if is_wechats {
        return Reply::default();
    }
    let message = "the proxy of the emulator leads to WeChat's hosts alone, on port 443";
    admin::failure(StatusCode::FORBIDDEN, "foreign_host", message)
}

/// Answers in the place of one of WeChat's hosts, over TLS.
async fn secure(core: Arc<Core>, stream: TcpStream) {
    let Some(tls) = &core.tls else { return };
    // A client that does not trust the certificate knows why, and it is nobody's concern here.
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(|mut request| {
        request.extensions_mut().insert(gate::Secured);
        serve(Arc::clone(&core), request)
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => {}
        () = core.closed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

pub(crate) async fn serve<B: Body>(core: Arc<Core>, request: http::Request<B>) -> Result<Sent, Dropped>
where
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    if let Some(refusal) = gate::refusal(&core, &head) {
        return Ok(whole(refusal));
    }
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(whole(admin::failure(
            StatusCode::BAD_REQUEST,
            "invalid",
            "the body cannot be read or is too long",
        )));
    };
    let body = body.to_bytes();
    if let Some(route) = admin::route(head.uri.path()) {
        return Ok(whole(admin::answer(core, &head.method, route, body).await));
    }
    let query =
        form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let path = head.uri.path().to_owned();
    let request = Request { method: head.method, path, query, headers: head.headers, body };
    if console::is_meant(&request.path) {
        return Ok(console::answer(core, &request).await);
    }
    exchange::answer(&core, request).await
}
