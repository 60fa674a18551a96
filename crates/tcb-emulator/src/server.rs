//! The wire: connections, and who answers what.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use http::StatusCode;
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite as _;
use tokio::net::{TcpListener, TcpStream};

use crate::core::Core;
use crate::reply::{Dropped, Sent, whole};
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
    let dropped = AtomicBool::new(false);
    let service = service_fn(|request| {
        let (core, dropped) = (Arc::clone(&core), &dropped);
        Box::pin(async move { serve(core, request).await.inspect_err(|_| dropped.store(true, Relaxed)) })
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
    // A rule that drops a connection resets it. Where that fails, it is closed.
    if !dropped.load(Relaxed) || stream.set_zero_linger().is_err() {
        let _ = poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await;
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
