//! The emulator's time: how fast it runs, and who else can go by it.

use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use serde_json::{Value, json};
use tcb_emulator::{ClockMode, Emulator, Merchant};
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

#[tokio::test]
async fn time_that_is_frozen_moves_from_event_to_event() {
    let machine = clock();
    let emulator = Emulator::builder().clock(machine.clone()).start().await.unwrap();
    emulator.set_clock_mode(ClockMode::Frozen).unwrap();
    let begun = emulator.now();
    machine.passes(3600 * SECOND);
    assert_eq!((emulator.now(), emulator.clock_mode()), (begun, ClockMode::Frozen));
    assert_eq!(emulator.advance_to_next_event().await, None);

    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let function = json!({"env": id, "function_name": "f"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, function).await, 0);
    let later = |delay: u64| json!({"env": id, "function_name": "f", "data": "{}", "delay_time": delay});
    for delay in [700, 20] {
        assert_code(&call(&emulator, "/tcb/adddelayedfunctiontask", &shop.token, later(delay)).await, 0);
    }
    // Nobody listens there; the push is given up, and with it the event is over.
    emulator.set_callback_url(&emulator.component().app_id, "http://127.0.0.1:9/").unwrap();
    let mut times = Vec::new();
    for _ in 0..3 {
        let time = emulator.advance_to_next_event().await.unwrap();
        times.push((
            time.duration_since(begun).unwrap().as_secs(),
            emulator.invocations().len(),
            emulator.callbacks().len(),
        ));
    }
    assert_eq!(times, [(20, 1, 0), (600, 1, 1), (700, 2, 1)]);
    emulator.set_clock_mode(ClockMode::Scaled(10)).unwrap();
    machine.passes(SECOND);
    assert_eq!(emulator.now(), begun + 710 * SECOND);
    emulator.set_clock_mode(ClockMode::Real).unwrap();
    assert!(emulator.set_clock_mode(ClockMode::Scaled(0)).is_err());
    assert_eq!(emulator.clock_mode(), ClockMode::Real);
    emulator.assert_clean();
}

#[tokio::test]
async fn another_process_moves_the_clock() {
    let machine = clock();
    let emulator = Emulator::builder().clock(machine.clone()).start().await.unwrap();
    let ask = async |method: Method, route: &str, body: Value| {
        let url = format!("{}/{route}", emulator.admin_url());
        let answer = send(request(method, &url, body.to_string())).await.unwrap();
        (answer.status.as_u16(), answer.json())
    };
    let frozen = |now: u64| (200, json!({"now": now, "speed": 0, "mode": "frozen"}));
    assert_eq!(ask(Method::PUT, "clock", json!({"mode": "frozen"})).await, frozen(1_700_000_000));
    machine.passes(SECOND);
    assert_eq!(ask(Method::POST, "clock:advance", json!({"by": 60})).await, frozen(1_700_000_060));
    assert_eq!(ask(Method::POST, "clock:advance", json!({"to": 1_700_000_100})).await, frozen(1_700_000_100));
    assert_eq!(ask(Method::POST, "clock:advance", json!({"next_event": true})).await, frozen(1_700_000_100));
    for (method, route, body) in [
        (Method::POST, "clock:advance", json!({"to": 1_700_000_099})),
        (Method::POST, "clock:advance", json!({"by": u64::MAX})),
        (Method::POST, "clock:advance", json!({"next_event": false})),
        (Method::POST, "clock:advance", json!({"by": 1, "to": 2})),
        (Method::POST, "clock:advance", json!({})),
        (Method::PUT, "clock", json!({"mode": "scaled"})),
        (Method::PUT, "clock", json!({"mode": "real", "speed": 2})),
        (Method::PUT, "clock", json!({"mode": "fast"})),
        (Method::PUT, "clock", json!({"mode": "real", "now": 5})),
    ] {
        assert_eq!(ask(method, route, body.clone()).await.0, 400, "{body}");
        assert_eq!(ask(Method::GET, "clock", json!({})).await, frozen(1_700_000_100));
    }
    let scaled = json!({"now": 1_700_000_100, "speed": 5, "mode": "scaled"});
    assert_eq!(ask(Method::PUT, "clock", json!({"mode": "scaled", "speed": 5})).await, (200, scaled));
}
