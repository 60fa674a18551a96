use tcb_api::transport::{MockTransport, Response, TransportError, TransportErrorKind};
use tcb_api::{Client, CreateFunction, ErrorKind, StaticToken};

// ANCHOR: answer
#[tokio::test]
async fn a_function_is_created() {
    let mut wire = MockTransport::new();
    wire.expect_send()
        .withf(|request| request.operation() == "createFunction")
        .times(1)
        .returning(|_| Ok(Response::json(r#"{"errcode": 0}"#)));
    let shop = Client::builder().token(StaticToken::new("61_abc")).transport(wire).build().unwrap();
    shop.send(CreateFunction::new("env-1a2b", "hello")).await.unwrap();
}
// ANCHOR_END: answer

// ANCHOR: lost
#[tokio::test]
async fn a_lost_answer_is_not_taken_for_a_failure() {
    let mut wire = MockTransport::new();
    wire.expect_send().times(1).returning(|_| Err(TransportError::new(TransportErrorKind::Timeout)));
    let shop = Client::builder().token(StaticToken::new("61_abc")).transport(wire).build().unwrap();
    let error = shop.send(CreateFunction::new("env-1a2b", "hello")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Indeterminate);
    assert!(error.maybe_executed());
}
// ANCHOR_END: lost
