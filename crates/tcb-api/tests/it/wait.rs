use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::auth::TestClock;
use tcb_api::types::JobId;
use tcb_api::types::cloudbase_common::EnvStatus;
use tcb_api::wait::{Target, Wait, WaitError, WaitErrorKind};
use tcb_api::{Client, StaticToken};
use tokio::time::Instant;

use crate::scripted::Wire;

fn env(status: &str) -> Value {
    json!({"info_list": [{"env": "shop-1", "status": status}]})
}

fn functions(status: &str) -> Value {
    json!({"total_count": 1, "functions": [{"name": "hello", "status": status}]})
}

/// Waits over `answers`, all of which have to be asked for.
async fn wait<T: Target>(wait: Wait<T>, answers: &[Value]) -> Result<T::State, WaitError<T::State>> {
    let wire = answers.iter().fold(Wire::default(), Wire::then_json);
    // A token whose kind is not known: batch mode takes the platform's, the rest the merchant's.
    let client = Client::builder().token(StaticToken::new("token")).transport(wire.clone());
    let ended = client.clock(TestClock::default()).build().unwrap().wait(wait).await;
    assert_eq!(wire.count(), answers.len());
    ended
}

#[tokio::test(start_paused = true)]
async fn one_looks_until_it_is_ready_and_ever_more_slowly() {
    let begun = tokio_now();
    let answers = [env("UNAVAILABLE"), env("INITIALIZING"), json!({"info_list": []}), env("NORMAL")];
    let found = wait(Wait::for_env("shop-1"), &answers).await.unwrap();
    assert_eq!(found.status, Some(EnvStatus::Normal));
    // Pauses of 2, 3 and 4.5 seconds, each a fifth longer or shorter.
    let took = begun.elapsed().as_secs_f64();
    assert!((7.5..11.5).contains(&took), "{took}");
}

#[expect(clippy::disallowed_methods, reason = "tokio's paused time is what the waits go by")]
fn tokio_now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn what_has_failed_ends_the_wait_at_once() {
    let begun = tokio_now();
    let error = wait(Wait::for_env("shop-1"), &[env("HALTED")]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.last().unwrap().status.clone()),
        (WaitErrorKind::Failed, Some(EnvStatus::Halted))
    );
    for status in ["CreateFailed", "UpdateFailed"] {
        let error = wait(Wait::for_function("e", "hello"), &[functions(status)]).await.unwrap_err();
        assert_eq!((error.kind(), error.looks()), (WaitErrorKind::Failed, 1));
        let error = wait(Wait::for_batch_function("e", "hello"), &[functions(status)]).await.unwrap_err();
        assert_eq!(error.kind(), WaitErrorKind::Failed);
    }
    let failed = json!({"status": "fail", "error_msg": "no such file"});
    for error in [
        wait(Wait::for_migration("e", JobId::new(1)), std::slice::from_ref(&failed)).await.unwrap_err(),
        wait(Wait::for_batch_migration("e", JobId::new(1)), &[failed]).await.unwrap_err(),
    ] {
        assert_eq!(error.last().unwrap().message.as_deref(), Some("no such file"));
        assert!(error.to_string().contains("has failed"), "{error}");
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_over_the_last_state_is_told() {
    let minute = Duration::from_secs(60);
    let second = Duration::from_secs(1);
    let begun = tokio_now();
    let creating = || functions("Creating");
    // 61 looks at least: one at first, and one after each of 60 pauses, the last of which is
    // shorter.
    let wire = (0..100).fold(Wire::default(), |wire, _| wire.then_json(&creating()));
    let active = Wait::for_function("e", "hello").pace(second, second).deadline(minute);
    let error = wire.client().wait(active).await.unwrap_err();
    assert_eq!((error.kind(), begun.elapsed()), (WaitErrorKind::TimedOut, minute));
    assert_eq!((error.waited(), error.looks() as usize), (minute, wire.count()));
    assert_eq!(error.last().unwrap().name, "hello");
    assert!(error.to_string().contains("after 60 s"), "{error}");

    let once = Wait::for_function("e", "hello").deadline(Duration::ZERO);
    let error = wait(once, &[json!({"functions": []})]).await.unwrap_err();
    assert!(error.last().is_none() && error.to_string().contains("no look showed it"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_for_a_while_ends_nothing() {
    // Each look is tried three times by the client itself.
    let wire = (0..3).fold(Wire::default(), |wire, _| wire.then_code(-1)).then_json(&env("NORMAL"));
    wire.client().wait(Wait::for_env("shop-1")).await.unwrap();

    let wire = Wire::default().then_json(&env("UNAVAILABLE")).then_code(85088);
    let error = wire.client().wait(Wait::for_env("shop-1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error().unwrap().api().unwrap().code().get()),
        (WaitErrorKind::Look, 85088)
    );
    assert_eq!(
        error.last().unwrap().status,
        Some(EnvStatus::Unavailable),
        "what was seen before is still told"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_dropped_and_looks_no_more() {
    let wire = (0..9).fold(Wire::default(), |wire, _| wire.then_json(&env("UNAVAILABLE")));
    let client = wire.client();
    let waiting = client.wait(Wait::for_env("shop-1"));
    tokio::time::timeout(Duration::from_secs(3), waiting).await.unwrap_err();
    let looks = wire.count();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!((looks, wire.count()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn no_length_of_time_is_too_long() {
    let wait_ =
        Wait::for_batch_env("shop-1").pace(Duration::MAX, Duration::MAX).deadline(Duration::from_secs(5));
    let error = wait(wait_, &[env("UNAVAILABLE"), env("UNAVAILABLE")]).await.unwrap_err();
    assert_eq!(error.waited(), Duration::from_secs(5));
}
