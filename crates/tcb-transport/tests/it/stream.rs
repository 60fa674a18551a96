//! Bodies that are streams, in both directions.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tcb_transport::{Body, Chunks, LinkTarget, Phase, Request, Transport, TransportErrorKind};
use tcb_types::{Method, Secret};

use crate::harness::{Backend, SOON, answer_of, failure_of, kind_of_failure, over_both_backends, patient};
use crate::server::{Server, Step, answer, write};

over_both_backends![
    a_stream_goes_out_with_its_length,
    a_stream_of_another_length_or_that_fails_is_told_apart,
    a_stream_that_was_begun_is_not_sent_again,
    a_stream_that_no_connection_took_may_be_sent_again,
    a_stream_comes_in_whatever_the_cap,
    what_is_no_success_is_no_stream,
    a_stream_that_breaks_off_is_truncated,
    a_stream_that_stands_still_is_a_timeout,
    a_stream_that_moves_takes_as_long_as_it_takes,
    a_streams_own_time_ends_it_although_it_moves,
];

/// Gives its pieces at once.
struct Pieces(VecDeque<io::Result<Bytes>>);

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn pieces<const N: usize>(length: u64, pieces: [Result<&'static str, io::ErrorKind>; N]) -> Body {
    let pieces = pieces.into_iter().map(|piece| piece.map(Bytes::from).map_err(io::Error::from));
    Body::stream(length, Pieces(pieces.collect()))
}

fn target(server: &Server) -> LinkTarget {
    LinkTarget::new(Secret::new(format!("http://{}/a?sign=Canary", server.address()))).unwrap()
}

fn put(server: &Server, body: Body) -> Request {
    Request::to_link(Method::Put, target(server), "link.upload").body(body)
}

fn get(server: &Server) -> Request {
    Request::to_link(Method::Get, target(server), "link.download").stream_answer()
}

async fn chunks_of(transport: &impl Transport, request: Request) -> Chunks {
    answer_of(transport, request).await.into_body().into_chunks()
}

/// How a stream ends, and how many bytes there were before.
async fn end_of(mut chunks: Chunks) -> (usize, Option<TransportErrorKind>) {
    let mut count = 0;
    loop {
        match chunks.next().await {
            Some(Ok(chunk)) => count += chunk.len(),
            Some(Err(error)) => {
                assert!(chunks.next().await.is_none(), "there is nothing behind an error");
                return (count, Some(error.kind()));
            }
            None => return (count, None),
        }
    }
}

async fn a_stream_goes_out_with_its_length<B: Backend>() {
    let server = Server::start(vec![vec![Step::Read, answer("")]; 2]).await;
    let transport = B::connect_to(patient(server.url()));
    let done = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&done);
    let body = pieces(5, [Ok("he"), Ok("llo")]).framed("<", ">");
    let body = body.on_progress(move |done| seen.lock().unwrap().push(done));
    assert_eq!(answer_of(&transport, put(&server, body)).await.status(), 200);
    answer_of(&transport, put(&server, pieces(0, []))).await;
    let requests = server.requests();
    assert!(requests[0].contains("content-length: 7\r\n") && requests[0].ends_with("\r\n\r\n<hello>"));
    assert!(!requests[0].contains("chunked"), "{}", requests[0]);
    assert!(requests[1].contains("content-length: 0\r\n"), "{}", requests[1]);
    assert_eq!(*done.lock().unwrap(), [2, 5]);
}

async fn a_stream_of_another_length_or_that_fails_is_told_apart<B: Backend>() {
    for (body, kind) in [
        (pieces(3, [Ok("ab")]), TransportErrorKind::Length),
        (pieces(3, [Ok("ab"), Ok("c"), Ok("d")]), TransportErrorKind::Length),
        (pieces(3, [Ok("ab"), Err(io::ErrorKind::NotFound)]), TransportErrorKind::Source),
    ] {
        let server = Server::start([vec![Step::Read, answer("")]]).await;
        let error = failure_of(&B::connect_to(patient(server.url())), put(&server, body)).await;
        assert_eq!((error.kind(), error.phase()), (kind, Phase::MaybeSent));
        assert!(server.requests().is_empty(), "the server got all of a request that is not complete");
    }
}

async fn a_stream_that_was_begun_is_not_sent_again<B: Backend>() {
    let server = Server::start([vec![Step::ReadBytes(100), Step::Reset], vec![Step::Read, answer("")]]).await;
    let transport = B::connect_to(patient(server.url()));
    let request = put(&server, pieces(2, [Ok("ab")]));
    let kind = kind_of_failure(&transport, request.clone()).await;
    assert_eq!((kind, request.is_sendable()), (TransportErrorKind::Interrupted, false));
    assert!(transport.send(request).await.is_err());
    assert!(server.requests().is_empty());
}

async fn a_stream_that_no_connection_took_may_be_sent_again<B: Backend>() {
    let server = Server::start([vec![Step::Read, answer("")]]).await;
    let gone = LinkTarget::new(Secret::new("http://127.0.0.1:9/a")).unwrap();
    let transport = B::connect_to(patient(server.url()));
    let body = pieces(2, [Ok("ab")]);
    let nowhere = Request::to_link(Method::Put, gone, "link.upload").body(body.clone());
    assert_eq!(kind_of_failure(&transport, nowhere).await, TransportErrorKind::Connect);
    assert!(!body.is_spent());
    answer_of(&transport, put(&server, body)).await;
    assert!(server.requests()[0].ends_with("ab"));
}

async fn a_stream_comes_in_whatever_the_cap<B: Backend>() {
    let large = "x".repeat(300_000);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let server = Server::start([vec![Step::Read, answer(&large)], vec![Step::Read, write(chunked)]]).await;
    let transport = B::connect_to(patient(server.url()).response_cap(10));
    let known = answer_of(&transport, get(&server)).await;
    assert!(known.body().is_empty());
    let known = known.into_body();
    assert_eq!(known.length(), Some(300_000));
    assert_eq!(end_of(known.into_chunks()).await, (300_000, None));
    let unknown = answer_of(&transport, get(&server)).await.into_body();
    assert_eq!((unknown.length(), unknown.collect().await.unwrap()), (None, Bytes::from("abcde")));
}

async fn what_is_no_success_is_no_stream<B: Backend>() {
    let refusal = write("HTTP/1.1 403 No\r\ncontent-length: 5\r\n\r\nwhy so");
    let server = Server::start([vec![Step::Read, refusal.clone()], vec![Step::Read, refusal]]).await;
    let transport = B::connect_to(patient(server.url()).response_cap(5));
    assert_eq!(answer_of(&transport, get(&server)).await.body(), "why s");
    let kind = kind_of_failure(&transport, get(&server).response_cap(4)).await;
    assert_eq!(kind, TransportErrorKind::TooLarge);
}

async fn a_stream_that_breaks_off_is_truncated<B: Backend>() {
    let half = write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab");
    let server = Server::start([vec![Step::Read, half]]).await;
    let chunks = chunks_of(&B::connect_to(patient(server.url())), get(&server)).await;
    assert_eq!(end_of(chunks).await, (2, Some(TransportErrorKind::Truncated)));
}

async fn a_stream_that_stands_still_is_a_timeout<B: Backend>() {
    let half = write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab");
    let scripts = [
        vec![Step::Read, half, Step::AwaitHangUp],
        vec![Step::Read, Step::AwaitHangUp],
        vec![Step::ReadBytes(100), Step::Idle],
    ];
    let server = Server::start(scripts).await;
    let transport = B::connect_to(patient(server.url()));
    let chunks = chunks_of(&transport, get(&server).idle_timeout(SOON)).await;
    assert_eq!(end_of(chunks).await, (2, Some(TransportErrorKind::Timeout)));
    let kind = kind_of_failure(&transport, get(&server).idle_timeout(SOON)).await;
    assert_eq!(kind, TransportErrorKind::Timeout);
    let endless = Body::stream(u64::MAX, Pieces(vec_of_large_pieces()));
    let kind = kind_of_failure(&transport, put(&server, endless).idle_timeout(SOON)).await;
    assert_eq!(kind, TransportErrorKind::Timeout);
}

/// More than the buffers of two sockets hold.
fn vec_of_large_pieces() -> VecDeque<io::Result<Bytes>> {
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    (0..64).map(|_| Ok(piece.clone())).collect()
}

async fn a_stream_that_moves_takes_as_long_as_it_takes<B: Backend>() {
    let pause = SOON / 4;
    let head = write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n");
    let server = Server::start([vec![Step::Read, head, Step::WriteForEver("x", pause)]]).await;
    // Longer than the time of other exchanges, which does not count here.
    let transport = B::connect_to(patient(server.url()).timeout(SOON));
    let chunks = chunks_of(&transport, get(&server).idle_timeout(Duration::from_secs(10))).await;
    assert_eq!(end_of(chunks).await, (10, None));
}

async fn a_streams_own_time_ends_it_although_it_moves<B: Backend>() {
    let head = write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
    let server = Server::start([vec![Step::Read, head, Step::WriteForEver("x", SOON / 20)]]).await;
    let chunks = chunks_of(&B::connect_to(patient(server.url())), get(&server).timeout(SOON)).await;
    assert_eq!(end_of(chunks).await.1, Some(TransportErrorKind::Timeout));
}
