use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tcb_transport::{
    BaseUrl, HttpOptions, HyperTransport, Phase, Request, ReqwestTransport, SetupErrorKind,
    TransportErrorKind,
};
use tcb_types::{Method, OperationSpec};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::harness::{
    Backend, SOON, answer_of, assert_no_secret_was_logged, failure_of, kind_of_failure, over_both_backends,
    patient, request, reqwest_builder, within_patience,
};
use crate::server::{Server, Step, answer, write};

over_both_backends![
    a_request_arrives_as_it_was_built,
    a_request_without_a_body_says_so,
    every_status_is_an_answer,
    html_is_an_answer,
    retry_after_reaches_the_caller,
    a_redirect_is_not_followed,
    a_cookie_is_not_kept,
    a_compressed_answer_stays_compressed,
    a_body_in_many_pieces_is_put_together,
    a_body_as_large_as_the_cap_is_read,
    a_body_over_the_cap_is_refused_by_its_length,
    a_body_over_the_cap_is_refused_while_it_is_read,
    an_operation_has_a_cap_of_its_own_until_the_user_sets_one,
    a_refusal_by_size_names_size_cap_and_setting,
    a_refused_connection_was_not_sent,
    a_reset_at_once_brings_no_answer,
    a_reset_after_half_a_request_is_an_interruption,
    a_reset_after_the_request_is_an_interruption,
    an_end_before_the_head_is_an_interruption,
    an_end_before_the_head_is_an_interruption_for_a_get_too,
    an_end_within_the_head_is_an_interruption,
    an_answer_that_is_not_http_is_an_interruption,
    a_body_that_ends_early_is_truncated,
    a_body_without_its_last_chunk_is_truncated,
    a_body_with_a_broken_chunk_is_truncated,
    a_server_that_says_nothing_is_a_timeout,
    a_body_that_drips_is_a_timeout,
    the_time_of_a_request_goes_before_the_time_of_the_options,
    a_time_that_runs_out_before_the_connection_is_there_means_not_sent,
    a_second_request_uses_the_connection_of_the_first,
    as_many_connections_as_calls_at_a_time,
    no_more_connections_than_there_may_be,
    who_waits_for_a_connection_until_the_time_is_over_was_not_sent,
    who_gives_up_waiting_for_a_connection_leaves_it_to_the_next,
    a_connection_whose_call_was_given_up_is_not_used_again,
    a_head_as_large_as_a_gateway_makes_it_is_read,
    a_connection_that_the_server_closed_is_not_used_again,
    a_connection_that_was_answered_before_it_had_sent_all_keeps_nobody_waiting,
    a_connection_that_idles_is_closed,
    a_request_lost_on_a_used_connection_is_not_repeated,
    nothing_secret_is_logged,
];

async fn a_request_arrives_as_it_was_built<B: Backend>() {
    let server = Server::start([vec![Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url_with_prefix("/wechat")));
    let response = answer_of(&transport, request().query("名", "a b&c")).await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"{}"[..]));

    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    // reqwest says that it accepts everything, which a request that says nothing does too.
    let mut lines: Vec<&str> = head.lines().filter(|line| *line != "accept: */*").collect();
    lines[1..].sort_unstable();
    let expected = [
        "POST /wechat/tcb/createfunction?secret=CanaryQuery&%E5%90%8D=a%20b%26c&access_token=CanaryToken HTTP/1.1",
        "accept-encoding: identity",
        "content-length: 20",
        "content-type: application/json",
        &format!("host: {}", server.address()),
        concat!("user-agent: tcb-transport/", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, r#"{"env":"CanaryBody"}"#);
}

async fn a_request_without_a_body_says_so<B: Backend>() {
    let exchange = [Step::Read, answer("{}")];
    let server = Server::start([[exchange.clone(), exchange].concat()]).await;
    let transport = B::connect_to(patient(server.url()));
    answer_of(&transport, Request::raw(Method::Get, "/get", "get")).await;
    answer_of(&transport, Request::raw(Method::Post, "/post", "post")).await;

    let requests = server.requests();
    assert!(requests[0].starts_with("GET /get HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(!requests[0].contains("content-"), "{}", requests[0]);
    assert!(requests[1].starts_with("POST /post HTTP/1.1\r\n"), "{}", requests[1]);
    assert!(requests[1].contains("content-length: 0\r\n"), "{}", requests[1]);
    assert!(!requests[1].contains("content-type"), "{}", requests[1]);
}

async fn every_status_is_an_answer<B: Backend>() {
    for status in [400, 404, 429, 500, 502, 503, 504] {
        let text = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 2\r\n\r\n{{}}");
        let server = Server::start([vec![Step::Read, write(text)]]).await;
        let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.retry_after(), None);
        assert_eq!(server.requests().len(), 1);
    }
}

async fn html_is_an_answer<B: Backend>() {
    let page = "<html>CanaryPage</html>";
    let server = Server::start([vec![Step::Read, answer(page)]]).await;
    let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!(response.body(), page);
    assert!(!format!("{response:?}").contains("Canary"));
}

async fn retry_after_reaches_the_caller<B: Backend>() {
    for status in [429, 503] {
        let text = format!("HTTP/1.1 {status} Later\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n");
        let server = Server::start([vec![Step::Read, write(text)]]).await;
        let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.retry_after(), Some(Duration::from_secs(7)));
    }
}

async fn a_redirect_is_not_followed<B: Backend>() {
    let target = Server::start([]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = target.url();
        let text =
            format!("HTTP/1.1 {status} There\r\nlocation: {location}/elsewhere\r\ncontent-length: 0\r\n\r\n");
        let server = Server::start([vec![Step::Read, write(text)]]).await;
        let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers().contains_key("location"));
    }
    assert_eq!(target.connections(), 0);
}

async fn a_cookie_is_not_kept<B: Backend>() {
    let cookie = write("HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n");
    let server = Server::start([vec![Step::Read, cookie, Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url()));
    answer_of(&transport, request()).await;
    answer_of(&transport, request()).await;
    assert!(!server.requests()[1].contains("cookie"));
}

async fn a_compressed_answer_stays_compressed<B: Backend>() {
    let text = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nnot a zip";
    let server = Server::start([vec![Step::Read, write(text)]]).await;
    let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!(response.body(), "not a zip");
}

async fn a_body_in_many_pieces_is_put_together<B: Backend>() {
    let text =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n3\r\nbcd\r\n2\r\nef\r\n0\r\n\r\n";
    let server = Server::start([vec![Step::Read, write(text)]]).await;
    let response = answer_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!(response.body(), "abcdef");
}

async fn a_body_as_large_as_the_cap_is_read<B: Backend>() {
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n012\r\n7\r\n3456789\r\n0\r\n\r\n";
    for text in [answer("0123456789"), write(chunked)] {
        let server = Server::start([vec![Step::Read, text]]).await;
        let transport = B::connect_to(patient(server.url()).response_cap(10));
        assert_eq!(answer_of(&transport, request()).await.body(), "0123456789");
    }
}

async fn a_body_over_the_cap_is_refused_by_its_length<B: Backend>() {
    // The body never comes, so a backend that waits for it ends in a time-out.
    let head = write("HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n");
    let server = Server::start([vec![Step::Read, head, Step::AwaitHangUp]]).await;
    let error = failure_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::TooLarge, Phase::AnswerBroken));
    server.client_hung_up().await;
}

async fn a_body_over_the_cap_is_refused_while_it_is_read<B: Backend>() {
    let head = write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    let endless = Step::WriteForEver("a\r\nCanary7890\r\n", Duration::ZERO);
    let server = Server::start([vec![Step::Read, head, endless]]).await;
    let transport = B::connect_to(patient(server.url()).response_cap(1000));
    assert_eq!(kind_of_failure(&transport, request()).await, TransportErrorKind::TooLarge);

    let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n012\r\n8\r\n3456789a\r\n0\r\n\r\n";
    let server = Server::start([vec![Step::Read, write(text)]]).await;
    let transport = B::connect_to(patient(server.url()).response_cap(10));
    assert_eq!(kind_of_failure(&transport, request()).await, TransportErrorKind::TooLarge);
}

async fn an_operation_has_a_cap_of_its_own_until_the_user_sets_one<B: Backend>() {
    const LARGE: OperationSpec = OperationSpec::post("large", "/large").response_cap(2 << 20);
    let large = "x".repeat(2 << 20);
    let exchange = vec![Step::Read, answer(&large)];
    let server = Server::start([exchange.clone(), exchange.clone(), exchange]).await;
    let transport = B::connect_to(patient(server.url()));
    assert_eq!(answer_of(&transport, Request::new(&LARGE)).await.body().len(), 2 << 20);
    let usual = Request::new(&OperationSpec::post("usual", "/usual"));
    assert_eq!(kind_of_failure(&transport, usual).await, TransportErrorKind::TooLarge);
    let transport = B::connect_to(patient(server.url()).response_cap(1 << 20));
    assert_eq!(kind_of_failure(&transport, Request::new(&LARGE)).await, TransportErrorKind::TooLarge);
}

async fn a_refusal_by_size_names_size_cap_and_setting<B: Backend>() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n";
    let exchanges = [vec![Step::Read, answer("0123456789a")], vec![Step::Read, write(chunked)]];
    let server = Server::start(exchanges).await;
    let transport = B::connect_to(patient(server.url()).response_cap(10));
    for size in ["it has 11 bytes", "it has more than 10 bytes"] {
        let error = failure_of(&transport, request()).await;
        let reason = error.source().unwrap().to_string();
        assert!(reason.starts_with(&format!("{size}, and the cap is 10 bytes")), "{reason}");
        assert!(reason.contains("HttpOptions::response_cap"), "{reason}");
    }
}

async fn a_refused_connection_was_not_sent<B: Backend>() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let transport = B::connect_to(patient(format!("http://{address}").parse().unwrap()));
    let error = failure_of(&transport, request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Connect, Phase::NotSent));
}

async fn a_reset_at_once_brings_no_answer<B: Backend>() {
    let server = Server::start([vec![Step::Reset]]).await;
    let kind = kind_of_failure(&B::connect_to(patient(server.url())), request()).await;
    // It depends on the moment whether the request was on its way.
    assert!(matches!(kind, TransportErrorKind::Connect | TransportErrorKind::Interrupted), "{kind:?}");
    assert_eq!(server.connections(), 1);
}

/// What a server that does `rest` once it has the request makes of it. Whatever that is, there must
/// be no second attempt.
async fn failure_after_the_request<B: Backend>(rest: &[Step]) -> (TransportErrorKind, Phase) {
    let server = Server::start([[&[Step::Read], rest].concat(), vec![Step::Read, answer("{}")]]).await;
    let error = failure_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!(server.connections(), 1);
    (error.kind(), error.phase())
}

const INTERRUPTED: (TransportErrorKind, Phase) = (TransportErrorKind::Interrupted, Phase::MaybeSent);
const TRUNCATED: (TransportErrorKind, Phase) = (TransportErrorKind::Truncated, Phase::AnswerBroken);

async fn a_reset_after_half_a_request_is_an_interruption<B: Backend>() {
    let server = Server::start([vec![Step::ReadBytes(20), Step::Reset]]).await;
    let error = failure_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!((error.kind(), error.phase()), INTERRUPTED);
    assert_eq!(server.connections(), 1);
}

async fn a_reset_after_the_request_is_an_interruption<B: Backend>() {
    assert_eq!(failure_after_the_request::<B>(&[Step::Reset]).await, INTERRUPTED);
}

async fn an_end_before_the_head_is_an_interruption<B: Backend>() {
    assert_eq!(failure_after_the_request::<B>(&[]).await, INTERRUPTED);
}

async fn an_end_before_the_head_is_an_interruption_for_a_get_too<B: Backend>() {
    let server = Server::start([vec![Step::Read]]).await;
    let transport = B::connect_to(patient(server.url()));
    let error = failure_of(&transport, Request::raw(Method::Get, "/get", "get")).await;
    assert_eq!((error.kind(), error.phase()), INTERRUPTED);
}

async fn an_end_within_the_head_is_an_interruption<B: Backend>() {
    assert_eq!(failure_after_the_request::<B>(&[write("HTTP/1.1 200 OK\r\nconten")]).await, INTERRUPTED);
}

async fn an_answer_that_is_not_http_is_an_interruption<B: Backend>() {
    assert_eq!(failure_after_the_request::<B>(&[write("CanaryNoise\r\n\r\n")]).await, INTERRUPTED);
}

async fn a_body_that_ends_early_is_truncated<B: Backend>() {
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"Canary\":";
    assert_eq!(failure_after_the_request::<B>(&[write(text)]).await, TRUNCATED);
}

async fn a_body_without_its_last_chunk_is_truncated<B: Backend>() {
    let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n";
    assert_eq!(failure_after_the_request::<B>(&[write(text)]).await, TRUNCATED);
}

async fn a_body_with_a_broken_chunk_is_truncated<B: Backend>() {
    let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\nCanary\r\n";
    assert_eq!(failure_after_the_request::<B>(&[write(text), Step::AwaitHangUp]).await, TRUNCATED);
}

async fn a_server_that_says_nothing_is_a_timeout<B: Backend>() {
    let server = Server::start([vec![Step::Read, Step::AwaitHangUp]]).await;
    let error = failure_of(&B::connect_to(patient(server.url()).timeout(SOON)), request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Timeout, Phase::MaybeSent));
    server.client_hung_up().await;
}

async fn a_body_that_drips_is_a_timeout<B: Backend>() {
    let head = write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    let drip = Step::WriteForEver("x", Duration::from_millis(10));
    let server = Server::start([vec![Step::Read, head, drip]]).await;
    let transport = B::connect_to(patient(server.url()).timeout(SOON));
    assert_eq!(kind_of_failure(&transport, request()).await, TransportErrorKind::Timeout);
}

async fn the_time_of_a_request_goes_before_the_time_of_the_options<B: Backend>() {
    let server = Server::start([vec![Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url()).timeout(Duration::ZERO));
    answer_of(&transport, request().timeout(Duration::from_secs(20))).await;

    let server = Server::start([vec![Step::Read, Step::AwaitHangUp]]).await;
    let transport = B::connect_to(patient(server.url()));
    let kind = kind_of_failure(&transport, request().timeout(SOON)).await;
    assert_eq!(kind, TransportErrorKind::Timeout);
}

async fn a_time_that_runs_out_before_the_connection_is_there_means_not_sent<B: Backend>() {
    // A server that accepts and then says nothing lets the TLS handshake hang.
    let server = Server::start([vec![Step::AwaitHangUp], vec![Step::AwaitHangUp]]).await;
    let options = patient(server.url_as_https());
    for options in [options.clone().connect_timeout(SOON), options.timeout(SOON)] {
        let error = within_patience(failure_of(&B::connect_to(options), request())).await;
        assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Connect, Phase::NotSent));
        server.client_hung_up().await;
    }
}

async fn a_second_request_uses_the_connection_of_the_first<B: Backend>() {
    let exchange = [Step::Read, answer("{}")];
    let server = Server::start([[exchange.clone(), exchange].concat()]).await;
    let transport = B::connect_to(patient(server.url()));
    answer_of(&transport, request()).await;
    answer_of(&transport, request()).await;
    assert_eq!(server.connections(), 1);
}

async fn as_many_connections_as_calls_at_a_time<B: Backend>() {
    const AT_A_TIME: usize = 8;
    const ROUNDS: usize = 5;
    let script = vec![[Step::Read, answer("{}")]; ROUNDS].concat();
    let server = Server::start(vec![script; AT_A_TIME]).await;
    let transport = Arc::new(B::connect_to(patient(server.url())));
    for _ in 0..ROUNDS {
        let mut calls = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let transport = Arc::clone(&transport);
            calls.spawn(async move { answer_of(&*transport, request()).await });
        }
        while let Some(answer) = calls.join_next().await {
            answer.unwrap();
        }
        assert_eq!(server.connections(), AT_A_TIME);
    }
}

async fn no_more_connections_than_there_may_be<B: Backend>() {
    const MOST: usize = 64;
    let server = Server::start(vec![vec![Step::AnswerAll("{}")]; 2 * MOST]).await;
    let transport = Arc::new(B::connect_to(patient(server.url()).max_connections(MOST)));
    let mut calls = JoinSet::new();
    for _ in 0..3_000 {
        let transport = Arc::clone(&transport);
        calls.spawn(async move { answer_of(&*transport, request()).await });
    }
    while let Some(answer) = calls.join_next().await {
        answer.unwrap();
    }
    assert!(server.connections() <= MOST, "{}", server.connections());
}

async fn who_waits_for_a_connection_until_the_time_is_over_was_not_sent<B: Backend>() {
    let server = Server::start([vec![Step::Read, Step::AwaitHangUp]]).await;
    let transport = Arc::new(B::connect_to(patient(server.url()).max_connections(1)));
    let busy = Arc::clone(&transport);
    let busy = tokio::spawn(async move { busy.send(request()).await.map(drop) });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let error = failure_of(&*transport, request().timeout(SOON)).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::AllBusy, Phase::NotSent));
    assert_eq!((server.connections(), server.requests().len()), (1, 1));
    busy.abort();
}

async fn who_gives_up_waiting_for_a_connection_leaves_it_to_the_next<B: Backend>() {
    let server = Server::start([vec![Step::Read, Step::AwaitHangUp], vec![Step::AnswerAll("{}")]]).await;
    let transport = Arc::new(B::connect_to(patient(server.url()).max_connections(1)));
    let call = || {
        let transport = Arc::clone(&transport);
        async move { transport.send(request()).await.map(drop) }
    };
    let busy = tokio::spawn(call());
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let (hasty, patient) = (tokio::spawn(call()), tokio::spawn(call()));
    tokio::task::yield_now().await;
    hasty.abort();
    busy.abort();
    within_patience(patient).await.unwrap().unwrap();
    assert_eq!(server.connections(), 2);
}

async fn a_connection_whose_call_was_given_up_is_not_used_again<B: Backend>() {
    let silent = vec![Step::Read, Step::AwaitHangUp];
    let server = Server::start([silent, vec![Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url()));
    let kind = kind_of_failure(&transport, request().timeout(SOON)).await;
    assert_eq!(kind, TransportErrorKind::Timeout);
    server.client_hung_up().await;
    answer_of(&transport, request()).await;
    assert_eq!(server.connections(), 2);
}

async fn a_head_as_large_as_a_gateway_makes_it_is_read<B: Backend>() {
    let head = format!("HTTP/1.1 200 OK\r\nx-trace: {}\r\ncontent-length: 2\r\n\r\n{{}}", "t".repeat(3_500));
    let server = Server::start([vec![Step::Read, write(head)]]).await;
    let answer = answer_of(&B::connect_to(patient(server.url())), request()).await;
    assert_eq!(answer.headers()["x-trace"].len(), 3_500);
}

async fn a_connection_that_the_server_closed_is_not_used_again<B: Backend>() {
    let script = [Step::Read, answer("{}"), Step::Finish, Step::AwaitHangUp];
    let server = Server::start([script.to_vec(), script.to_vec()]).await;
    let transport = B::connect_to(patient(server.url()));
    for connections in [1, 2] {
        answer_of(&transport, request()).await;
        assert_eq!(server.connections(), connections);
        server.client_hung_up().await;
    }
}

async fn a_connection_that_was_answered_before_it_had_sent_all_keeps_nobody_waiting<B: Backend>() {
    let refusal = write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n");
    let never_reads_on = vec![Step::ReadBytes(100), refusal, Step::AwaitHangUp];
    let server = Server::start([never_reads_on, vec![Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url()));
    let large = request().body(vec![b'x'; 32 * 1024 * 1024]);
    assert_eq!(answer_of(&transport, large).await.status(), 413);
    let soon = request().timeout(Duration::from_secs(5));
    assert_eq!(answer_of(&transport, soon).await.status(), 200);
    assert_eq!(server.connections(), 2);
}

async fn a_connection_that_idles_is_closed<B: Backend>() {
    let server = Server::start([vec![Step::Read, answer("{}"), Step::AwaitHangUp]]).await;
    let transport = B::connect_to(patient(server.url()).pool_idle_timeout(SOON));
    answer_of(&transport, request()).await;
    server.client_hung_up().await;
    drop(transport);
}

async fn a_request_lost_on_a_used_connection_is_not_repeated<B: Backend>() {
    let first = vec![Step::Read, answer("{}"), Step::Read];
    let server = Server::start([first, vec![Step::Read, answer("{}")]]).await;
    let transport = B::connect_to(patient(server.url()));
    answer_of(&transport, request()).await;
    let error = failure_of(&transport, request()).await;
    assert_eq!((error.kind(), error.phase()), INTERRUPTED);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

async fn nothing_secret_is_logged<B: Backend>() {
    a_request_arrives_as_it_was_built::<B>().await;
    html_is_an_answer::<B>().await;
    a_refused_connection_was_not_sent::<B>().await;
    a_reset_after_the_request_is_an_interruption::<B>().await;
    an_answer_that_is_not_http_is_an_interruption::<B>().await;
    a_body_that_ends_early_is_truncated::<B>().await;
    a_body_over_the_cap_is_refused_while_it_is_read::<B>().await;
    a_server_that_says_nothing_is_a_timeout::<B>().await;
    crate::tls::a_certificate_of_a_trusted_root_is_accepted::<B>().await;
    crate::tls::a_certificate_of_an_unknown_root_is_refused::<B>().await;
    for library in ["hyper_util", "rustls"] {
        assert_no_secret_was_logged(library);
    }
}

#[tokio::test]
async fn connections_are_opened_beforehand_and_replaced() {
    let idle_for = SOON;
    let server = Server::start(vec![vec![Step::AnswerAll("{}")]; 8]).await;
    let options = patient(server.url()).warm_connections(3).pool_idle_timeout(idle_for);
    let transport = HyperTransport::new(options).unwrap();
    answer_of(&transport, request()).await;
    let opened = async |connections: usize| {
        while server.connections() < connections {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    within_patience(opened(3)).await;
    within_patience(opened(6)).await;
}

fn outside_a_runtime<B: Backend>() {
    let transport = B::connect_to(HttpOptions::default());
    for request in [request(), request().stream_answer(), request().stream_answer().timeout(SOON)] {
        let mut sending = pin!(transport.send(request));
        let Poll::Ready(Err(error)) = sending.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for a runtime that is not there");
        };
        assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Invalid, Phase::NotSent));
    }
}

#[test]
fn outside_a_runtime_nothing_is_sent_and_nothing_panics() {
    outside_a_runtime::<ReqwestTransport>();
    outside_a_runtime::<HyperTransport>();
}

#[tokio::test]
async fn a_backend_goes_from_a_runtime_that_has_ended_to_the_next() {
    let server = Server::start(vec![vec![Step::AnswerAll("{}")]; 2]).await;
    let transport = HyperTransport::connect_to(patient(server.url()));
    let calls = tokio::task::spawn_blocking(move || {
        for _ in 0..2 {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                answer_of(&transport, request()).await;
                answer_of(&transport, request()).await;
            });
        }
    });
    within_patience(calls).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn debug_names_the_host_and_nothing_more() {
    let reqwest = ReqwestTransport::connect_to(HttpOptions::new(BaseUrl::fallback()));
    let hyper = HyperTransport::connect_to(HttpOptions::new(BaseUrl::fallback()));
    assert_eq!(format!("{reqwest:?}"), "ReqwestTransport(https://api2.weixin.qq.com)");
    assert_eq!(format!("{hyper:?}"), "HyperTransport(https://api2.weixin.qq.com)");
}

#[test]
fn a_host_that_no_certificate_can_name_is_refused_at_once() {
    for text in ["https://1.2.3.999", "https://a..b", "https://-a.example"] {
        let options = HttpOptions::new(text.parse().unwrap());
        let reqwest = ReqwestTransport::from_builder(reqwest_builder(None), options.clone()).unwrap_err();
        let hyper = HyperTransport::new(options).unwrap_err();
        assert_eq!(
            (reqwest.kind(), hyper.kind()),
            (SetupErrorKind::Client, SetupErrorKind::Client),
            "{text}"
        );
    }
}
