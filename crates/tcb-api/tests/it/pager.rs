use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use serde_json::{Value, json};
use tcb_api::transport::TransportErrorKind;
use tcb_api::types::authorization::ListAuthorizers;
use tcb_api::types::cloudbase_batch::{ListFiles, ListStaticFiles};
use tcb_api::types::cloudbase_common::{GetSmsOverview, ListCollections, ListFunctions};
use tcb_api::{Client, Error, ErrorKind, Paged, Pager, StaticToken};

use crate::scripted::Wire;

async fn all<O: Paged>(mut pager: Pager<O>) -> Result<Vec<O::Item>, Error> {
    let mut items = Vec::new();
    while let Some(item) = pager.next().await {
        items.push(item?);
    }
    Ok(items)
}

fn functions(names: &[&str], total: Option<u64>) -> Value {
    let functions: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"functions": functions, "total_count": total})
}

/// A client whose token may be the platform's.
fn own(wire: &Wire) -> Client {
    Client::builder().token(StaticToken::new("t")).transport(wire.clone()).build().unwrap()
}

/// Member `member` of the bodies in the order in which they were sent.
fn sent(wire: &Wire, member: &str) -> Vec<Value> {
    wire.bodies().iter().map(|body| body[member].clone()).collect()
}

#[tokio::test]
async fn a_stream_ends_at_the_total() {
    let wire =
        Wire::default().then_json(&functions(&["a", "b"], Some(3))).then_json(&functions(&["c"], Some(3)));
    let listed = all(wire.client().env("e").functions().stream()).await.unwrap();
    let names: Vec<_> = listed.into_iter().map(|function| function.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(sent(&wire, "offset"), [Value::Null, json!(2)]);
    assert_eq!(sent(&wire, "limit"), [100, 100]);
}

#[tokio::test]
async fn without_a_total_a_stream_ends_at_an_empty_page() {
    let wire = Wire::default()
        .then_json(&functions(&["a"], None))
        .then_json(&functions(&["b"], None))
        .then_json(&functions(&[], None));
    let listed = all(wire.client().stream(ListFunctions::new("e").limit(1).offset(4))).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(sent(&wire, "offset"), [4, 5, 6]);
    assert_eq!(sent(&wire, "limit"), [1, 1, 1]);
}

#[tokio::test]
async fn a_total_that_is_never_reached_ends_at_an_empty_page() {
    let wire = Wire::default()
        .then_json(&json!({"collections": [{"name": "c"}], "pager": {"Total": 9}}))
        .then_json(&json!({"collections": [], "pager": {"Total": 9}}));
    assert_eq!(all(wire.client().stream(ListCollections::new("e"))).await.unwrap().len(), 1);
    assert_eq!(wire.count(), 2);
}

#[tokio::test]
async fn an_error_ends_a_stream() {
    let wire = Wire::default().then_json(&functions(&["a"], Some(2))).then_code(40066);
    let mut pager = wire.client().env("e").functions().stream();
    assert!(pager.next().await.unwrap().is_ok());
    assert_eq!(pager.next().await.unwrap().unwrap_err().kind(), ErrorKind::Refused);
    assert!(pager.next().await.is_none() && pager.next().await.is_none());
    assert_eq!(wire.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_a_read_and_repeated_as_one() {
    let wire =
        Wire::default().then_fail(TransportErrorKind::Truncated).then_json(&functions(&["a"], Some(1)));
    assert_eq!(all(wire.client().env("e").functions().stream()).await.unwrap().len(), 1);
    assert_eq!(sent(&wire, "offset"), [Value::Null, Value::Null]);
}

#[tokio::test]
async fn a_pager_is_a_stream_that_can_be_moved_between_tasks() {
    async fn next<S: Stream + Unpin + Send + 'static>(mut stream: S) -> Option<S::Item>
    where
        S::Item: Send,
    {
        tokio::spawn(async move { poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await })
            .await
            .unwrap()
    }
    let wire = Wire::default().then_json(&functions(&["a"], Some(1)));
    assert!(next(wire.client().env("e").functions().stream()).await.unwrap().is_ok());
}

#[tokio::test]
async fn nothing_is_sent_before_an_item_is_asked_for() {
    let wire = Wire::default().then_json(&functions(&["a", "b"], Some(4)));
    let mut pager = wire.client().env("e").functions().stream();
    assert_eq!(wire.count(), 0);
    for _ in 0..2 {
        pager.next().await.unwrap().unwrap();
    }
    assert_eq!(wire.count(), 1);
}

#[tokio::test]
async fn a_file_at_the_marker_is_given_once() {
    let wire = Wire::default()
        .then_json(&json!({"contents": [{"key": "a"}, {"key": "b"}], "is_truncated": true}))
        .then_json(&json!({"contents": [{"key": "b"}, {"key": "c"}], "is_truncated": true}))
        .then_json(&json!({"contents": [{"key": "d"}], "is_truncated": false}));
    let listed = all(own(&wire).stream(ListFiles::new("e").prefix("p"))).await.unwrap();
    let keys: Vec<_> = listed.into_iter().map(|file| file.key).collect();
    assert_eq!(keys, ["a", "b", "c", "d"]);
    assert_eq!(sent(&wire, "marker"), [Value::Null, json!("b"), json!("c")]);
    assert_eq!(sent(&wire, "prefix"), ["p", "p", "p"]);
}

#[tokio::test]
async fn the_file_at_a_marker_of_the_callers_own_is_given() {
    let wire = Wire::default().then_json(&json!({"contents": [{"key": "m"}]}));
    assert_eq!(all(own(&wire).stream(ListFiles::new("e").marker("m"))).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_marker_that_stands_still_ends_a_stream() {
    let page = json!({"contents": [{"key": "a"}, {"key": "b"}], "is_truncated": true});
    let wire = Wire::default().then_json(&page).then_json(&page);
    all(own(&wire).stream(ListStaticFiles::new("e"))).await.unwrap();
    assert_eq!(wire.count(), 2);
}

#[tokio::test]
async fn text_messages_are_counted_by_pages() {
    let page = json!({"Response": {"SmsRecords": [{"Mobile": "1"}, {"Mobile": "2"}], "TotalCount": 4}});
    let wire = Wire::default().then_json(&page).then_json(&page);
    let listed = all(wire.client().env("e").sms().stream("2021-01-01", "2021-01-02")).await.unwrap();
    assert_eq!(listed.len(), 4);
    let post_data = |page: u32| json!({"EnvId": "e", "StartDate": "2021-01-01", "EndDate": "2021-01-02", "PageNumber": page, "PageSize": 100});
    assert_eq!(sent(&wire, "PostData"), [post_data(1), post_data(2)]);
}

#[tokio::test]
async fn authorizers_and_rows_of_statistics_are_streamed() {
    let page = |app_id: &str| json!({"total_count": 2, "list": [{"authorizer_appid": app_id}]});
    let wire = Wire::default().then_json(&page("a")).then_json(&page("b"));
    assert_eq!(all(own(&wire).stream(ListAuthorizers::new("p", 0, 1))).await.unwrap().len(), 2);
    assert_eq!(sent(&wire, "offset"), [0, 1]);

    let page = json!({"data_value": [{"data_value": ["7"]}], "total_num": 2});
    let wire = Wire::default().then_json(&page).then_json(&page);
    assert_eq!(all(wire.client().stream(GetSmsOverview::new(1, 2, 0, 1))).await.unwrap().len(), 2);
    assert_eq!(sent(&wire, "page_offset"), [0, 1]);
}
