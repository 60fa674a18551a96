//! The emulator's time: how fast it runs, and who else can go by it.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tcb_emulator::{Emulator, Merchant};
use tcb_test_kit::HandClock;

use crate::support::*;

const SECOND: Duration = Duration::from_secs(1);

/// An emulator a hundred times as fast as the clock, which a test moves.
async fn fast() -> (Emulator, HandClock) {
    let clock = clock();
    let emulator = Emulator::builder().clock(clock.clone()).speed(100).start().await.unwrap();
    (emulator, clock)
}

#[tokio::test]
async fn tokens_and_their_overlap_follow_the_speed() {
    let (emulator, clock) = fast().await;
    let body = json!({"component_appid": emulator.component().app_id});
    let ask = async |token: &str| call(&emulator, PRE_AUTH_CODE, token, body.clone()).await;
    let older = component_token(&emulator).await;
    let newer = component_token(&emulator).await;
    clock.passes(Duration::from_millis(2999));
    assert_code(&ask(&older).await, 0);
    clock.passes(Duration::from_millis(1));
    assert_code(&ask(&older).await, 40001);
    clock.passes(Duration::from_millis(68_999));
    assert_code(&ask(&newer).await, 0);
    clock.passes(Duration::from_millis(1));
    assert_code(&ask(&newer).await, 42001);
}

#[tokio::test]
async fn codes_tickets_and_graces_follow_the_speed() {
    let (emulator, clock) = fast().await;
    emulator.assume("A-008", "grace").unwrap();
    let component = emulator.component().app_id.clone();
    let ticket = emulator.ticket(&component).unwrap();

    let shop = shop(&emulator, Merchant::new()).await;
    refresh(&emulator, &shop, &shop.refresh_token).await;
    clock.passes(2 * SECOND);
    assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 0);
    clock.passes(SECOND);
    assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 61023);

    let code = emulator.authorize(&component, &shop.app_id, [49]).await.unwrap();
    clock.passes(36 * SECOND);
    let body = json!({"component_appid": component, "authorization_code": code.expose()});
    let token = component_token(&emulator).await;
    assert_code(&call(&emulator, QUERY_AUTH, &token, body).await, 61010);

    clock.passes((432 - 39 - 1) * SECOND);
    assert_eq!(emulator.ticket(&component).unwrap(), ticket);
    clock.passes(SECOND);
    assert_ne!(emulator.ticket(&component).unwrap(), ticket);
}

#[tokio::test]
async fn the_speed_changes_without_a_jump() {
    let (emulator, clock) = fast().await;
    let begun = emulator.now();
    assert_eq!(begun, UNIX_EPOCH + 1_700_000_000 * SECOND);
    clock.passes(SECOND);
    assert_eq!(emulator.now(), begun + 100 * SECOND);
    emulator.set_speed(1).unwrap();
    assert_eq!(emulator.now(), begun + 100 * SECOND);
    clock.passes(SECOND);
    assert_eq!(emulator.now(), begun + 101 * SECOND);
    assert!(emulator.set_speed(0).is_err());
    assert_eq!(emulator.speed(), 1);
}

#[tokio::test]
async fn the_emulators_clock_can_be_given_away() {
    let (emulator, clock) = fast().await;
    let given = emulator.clock();
    let (wall, monotonic) = (given.wall(), given.monotonic());
    clock.passes(SECOND);
    emulator.advance(SECOND).await;
    assert_eq!(given.wall(), wall + 101 * SECOND);
    assert_eq!(given.wall(), emulator.now());
    assert!(given.monotonic().duration_since(monotonic) >= SECOND);
    emulator.set_now(UNIX_EPOCH).await;
    assert_eq!(given.wall(), UNIX_EPOCH);
    assert!(given.monotonic().duration_since(monotonic) >= SECOND);
    drop(emulator);
    assert_eq!(given.wall(), UNIX_EPOCH, "it goes on when the emulator has ended");
}
