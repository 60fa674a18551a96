use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use tcb_transport::{HttpOptions, LinkTarget, QueryToken, Request, TransportErrorKind};
use tcb_types::{AccessTokenValue, Method, Secret};

use crate::harness::{Backend, answer_of, kind_of_failure, over_both_backends, patient};
use crate::server::{Server, Step, answer, write};

over_both_backends![
    a_link_is_followed_to_its_own_host_without_a_token,
    a_download_has_no_body_and_says_nothing_of_one,
    the_cap_of_a_request_goes_before_the_cap_of_the_options,
    a_redirect_of_a_link_is_not_followed,
    a_link_that_nobody_answers_was_not_sent,
    a_link_does_not_take_the_connection_of_a_call,
];

fn target(server: &Server, path: &str) -> LinkTarget {
    LinkTarget::new(Secret::new(format!("http://{}{path}", server.address()))).unwrap()
}

/// Settings of a transport whose API host is not the one that a link leads to.
fn elsewhere() -> HttpOptions {
    patient("http://127.0.0.1:9".parse().unwrap())
}

async fn a_link_is_followed_to_its_own_host_without_a_token<B: Backend>() {
    let storage = Server::start([vec![Step::Read, answer("")]]).await;
    let transport = B::connect_to(elsewhere());
    let request =
        Request::to_link(Method::Put, target(&storage, "/b/Canary.png?sign=q%3D1%26Canary&x"), "link.upload")
            .token(QueryToken::new("access_token", AccessTokenValue::new("CanaryToken").into()))
            .query("access_token", "CanaryQuery")
            .header(HeaderName::from_static("x-cos-security-token"), HeaderValue::from_static("CanaryHeader"))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("image/png"))
            .body("CanaryBody");
    assert_eq!(answer_of(&transport, request).await.status(), 200);

    let requests = storage.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    // reqwest says that it accepts everything, which a request that says nothing does too.
    let mut lines: Vec<&str> = head.lines().filter(|line| *line != "accept: */*").collect();
    lines[1..].sort_unstable();
    let expected = [
        "PUT /b/Canary.png?sign=q%3D1%26Canary&x HTTP/1.1",
        "accept-encoding: identity",
        "content-length: 10",
        "content-type: image/png",
        &format!("host: {}", storage.address()),
        concat!("user-agent: tcb-transport/", env!("CARGO_PKG_VERSION")),
        "x-cos-security-token: CanaryHeader",
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, "CanaryBody");
}

async fn a_download_has_no_body_and_says_nothing_of_one<B: Backend>() {
    let exchange = [Step::Read, answer("")];
    let storage = Server::start([exchange.to_vec(), exchange.to_vec()]).await;
    let transport = B::connect_to(elsewhere());
    let get = Request::to_link(Method::Get, target(&storage, "/a"), "link.download");
    answer_of(&transport, get).await;
    let empty = Request::to_link(Method::Put, target(&storage, "/a"), "link.upload");
    answer_of(&transport, empty).await;
    let requests = storage.requests();
    assert!(
        requests[0].starts_with("GET /a HTTP/1.1\r\n") && !requests[0].contains("content-"),
        "{}",
        requests[0]
    );
    assert!(requests[1].contains("content-length: 0\r\n"), "{}", requests[1]);
    assert!(!requests[1].contains("content-type"), "{}", requests[1]);
}

async fn the_cap_of_a_request_goes_before_the_cap_of_the_options<B: Backend>() {
    let large = "x".repeat(3000);
    let exchange = vec![Step::Read, answer(&large)];
    let storage = Server::start([exchange.clone(), exchange.clone(), exchange]).await;
    let transport = B::connect_to(elsewhere().response_cap(1000));
    let get = || Request::to_link(Method::Get, target(&storage, "/a"), "link.download");
    assert_eq!(kind_of_failure(&transport, get()).await, TransportErrorKind::TooLarge);
    assert_eq!(answer_of(&transport, get().response_cap(3000)).await.body(), large.as_str());
    let kind = kind_of_failure(&transport, get().response_cap(2999)).await;
    assert_eq!(kind, TransportErrorKind::TooLarge);
}

async fn a_redirect_of_a_link_is_not_followed<B: Backend>() {
    let other = Server::start([]).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n", other.address());
    let storage = Server::start([vec![Step::Read, write(redirect)]]).await;
    let get = Request::to_link(Method::Get, target(&storage, "/a"), "link.download");
    assert_eq!(answer_of(&B::connect_to(elsewhere()), get).await.status(), 302);
    assert_eq!(other.connections(), 0);
}

async fn a_link_that_nobody_answers_was_not_sent<B: Backend>() {
    let gone = LinkTarget::new(Secret::new("http://127.0.0.1:9/Canary?sign=Canary")).unwrap();
    let get = Request::to_link(Method::Get, gone, "link.download").timeout(Duration::from_secs(10));
    assert_eq!(kind_of_failure(&B::connect_to(elsewhere()), get).await, TransportErrorKind::Connect);
}

async fn a_link_does_not_take_the_connection_of_a_call<B: Backend>() {
    let api = Server::start([vec![Step::Read, answer("{}"), Step::AwaitHangUp]]).await;
    let storage = Server::start([vec![Step::Read, answer("file")]]).await;
    let transport = B::connect_to(patient(api.url()));
    answer_of(&transport, Request::raw(Method::Post, "/tcb/x", "x")).await;
    let get = Request::to_link(Method::Get, target(&storage, "/a"), "link.download");
    assert_eq!(answer_of(&transport, get).await.body(), "file");
    assert_eq!((api.requests().len(), storage.requests().len()), (1, 1));
}
