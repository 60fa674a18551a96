//! What callers notice of a refresh ahead of a token's end: nothing, if all is well.

use std::time::Duration;

use serde_json::json;
use tcb_api::auth::CachePolicy;
use tcb_api::transport::{HttpOptions, HyperTransport};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_api::{Client, Platform};
use tcb_bench_counts::{Ahead, sample};
use tokio::task::JoinSet;

use crate::process::Server;
use crate::statistics::{Spread, micros, nanos_since};

const CALLERS: usize = 64;
const ROUNDS: usize = 30;

/// How long WeChat takes for a token: long against a call.
const TOKEN_DELAY: Duration = Duration::from_millis(40);

/// A token of two hours is refreshed when 15 to 25 minutes are left, and callers wait when 2 are.
const INTO_THE_WINDOW: Duration = Duration::from_secs(7200 - 10 * 60);

pub(crate) async fn compare() {
    let server = Server::start(1, TOKEN_DELAY);
    let clock = Ahead::default();
    let mut policy = CachePolicy::default();
    // A look into the store is another matter, and would come with each jump of the clock.
    policy.verify_after = Duration::from_secs(3 * 3600);
    policy.wait_after = Duration::from_secs(3 * 3600);
    let base_url = format!("http://{}", server.address).parse().unwrap();
    let platform = Platform::builder("wx_platform", "appsecret")
        .transport(HyperTransport::new(HttpOptions::new(base_url)).unwrap())
        .clock(clock.clone())
        .cache(policy)
        .build()
        .unwrap();
    let tokens = platform.tokens();
    tokens.ticket("ticket@@@0", clock.wall()).await.unwrap();
    tokens.restore(sample::APP_ID, "refreshtoken@@@abc").await.unwrap();
    let client = platform.authorizer(sample::APP_ID);
    call_for(&client, 3 * TOKEN_DELAY).await;

    let (mut ratios, mut fresh_p99, mut due_p99, mut calls) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        let fresh = call_for(&client, TOKEN_DELAY).await;
        // The platform's own token is as old, and its refresh needs a ticket that is not too old.
        clock.jump(INTO_THE_WINDOW);
        tokens.ticket(format!("ticket@@@{}", round + 1), clock.wall()).await.unwrap();
        let before = tokens.counters().mints;
        let due = call_for(&client, TOKEN_DELAY).await;
        // The next round begins when the refreshes are over.
        while tokens.counters().mints < before + 2 {
            call_for(&client, TOKEN_DELAY / 4).await;
        }
        calls += due.len();
        fresh_p99.push(micros(&fresh, 0.99));
        due_p99.push(micros(&due, 0.99));
        ratios.push(micros(&due, 0.99) / micros(&fresh, 0.99));
    }
    let (fresh, due) = (Spread::of(fresh_p99).median, Spread::of(due_p99).median);
    let (delay, Spread { low, median, high }) = (TOKEN_DELAY.as_millis(), Spread::of(ratios));
    println!(
        "Refresh under load: {CALLERS} callers of one merchant, {ROUNDS} rounds, a token call takes {delay} ms, {calls} calls while it does."
    );
    println!(
        "p99 with a fresh token {fresh:.0} µs, while it is refreshed {due:.0} µs: ratio {median:.2} ({low:.2}–{high:.2})."
    );
    println!("{}", json!({ "ratios": { "p99/refresh": median } }));
}

/// Lets all callers call for that long, and gives what each call took in nanoseconds, sorted.
async fn call_for(client: &Client, span: Duration) -> Vec<u64> {
    let until = SystemClock.monotonic() + span;
    let operation = sample::create_function();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (client, operation) = (client.clone(), operation.clone());
        callers.spawn(async move {
            let mut nanos = Vec::new();
            loop {
                let begun = SystemClock.monotonic();
                if begun >= until {
                    return nanos;
                }
                client.send(&operation).await.unwrap();
                nanos.push(nanos_since(begun));
            }
        });
    }
    let mut nanos = callers.join_all().await.concat();
    nanos.sort_unstable();
    nanos
}
