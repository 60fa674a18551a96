use std::time::Duration;

use serde_json::json;
use tcb_auth::{CachePolicy, PlatformTokens, TokenSource};
use tcb_types::Clock;
use tokio::task::JoinHandle;

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Ear, Line, Process, SimClock, TestStore};

const LIST: &str = "getAuthorizerList";
const START: &str = "startPushTicket";
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// A process that maintains its tokens and has no ticket yet. WeChat lists one account, of which
/// nothing is stored.
fn stage() -> (WeChat, Process, JoinHandle<()>) {
    stage_with(CachePolicy::default())
}

fn stage_with(policy: CachePolicy) -> (WeChat, Process, JoinHandle<()>) {
    let (wechat, store) = (WeChat::default(), TestStore::new(SimClock::new()));
    wechat.keeps_books(Rotation::Stable, store.clock());
    wechat.has_account("wx_shop", "r0");
    let process = Process::start("a", &wechat, &store, policy);
    let maintaining = tokio::spawn(process.tokens.maintain());
    (wechat, process, maintaining)
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn push_ticket(a: &Process) {
    let ticket = format!("ticket-{}", a.clock.elapsed().as_secs());
    a.tokens.ticket(ticket, a.clock.wall()).await.unwrap();
}

/// Time passes, and a ticket is pushed every ten minutes.
async fn pass_with_pushes(a: &Process, seconds: u64) {
    for _ in 0..seconds / (10 * MINUTE) {
        push_ticket(a).await;
        pass(10 * MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_the_first_ticket_and_reconciles_then_and_every_day() {
    let (wechat, a, maintaining) = stage();
    pass(9 * MINUTE).await;
    assert_eq!((wechat.calls(LIST).len(), a.ear.all().len()), (0, 0), "{:?}", a.ear.all());
    push_ticket(&a).await;
    pass(10).await;
    assert_eq!(a.ear.heard("Reconciled"), 1);
    a.tokens.authorizer("wx_shop").token().await.unwrap();

    pass_with_pushes(&a, 21 * HOUR).await;
    assert_eq!(a.ear.heard("Reconciled"), 1);
    wechat.has_account("wx_new", "r1");
    pass_with_pushes(&a, 6 * HOUR).await;
    assert_eq!(a.ear.heard("Reconciled"), 2);
    a.tokens.authorizer("wx_new").token().await.unwrap();
    assert_eq!(a.ear.heard("MaintenanceFailed"), 0);
    assert_eq!(wechat.calls(START).len(), 0);
    assert!(!maintaining.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_that_fails_is_reported_and_tried_again_after_growing_pauses() {
    let (wechat, a, _maintaining) = stage();
    for _ in 0..4 {
        wechat.script(LIST, Script::Status(503));
    }
    wechat.script(LIST, Script::Panic);
    push_ticket(&a).await;
    pass(10).await;
    assert_eq!((a.ear.heard("MaintenanceFailed"), a.ear.heard("Reconciled")), (1, 0));
    pass(2 * MINUTE).await;
    assert!((2..=3).contains(&a.ear.heard("MaintenanceFailed")), "{:?}", a.ear.all());
    pass_with_pushes(&a, HOUR).await;
    assert_eq!((a.ear.heard("MaintenanceFailed"), a.ear.heard("Reconciled")), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn tickets_that_have_stopped_are_reported_and_asked_for() {
    let (wechat, a, _maintaining) = stage();
    push_ticket(&a).await;
    pass(29 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketOld"), wechat.calls(START).len()), (0, 0));
    pass(7 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketOld"), wechat.calls(START).len()), (1, 1));
    pass(34 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketOld"), wechat.calls(START).len()), (2, 2));
    pass_with_pushes(&a, 2 * HOUR).await;
    assert_eq!((a.ear.heard("TicketOld"), wechat.calls(START).len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_first_ticket_that_does_not_come_is_reported_and_asked_for() {
    let (wechat, a, _maintaining) = stage();
    wechat.script(START, Script::Answer(json!({"errcode": 40125, "errmsg": "invalid appsecret"})));
    pass(29 * MINUTE).await;
    assert_eq!(a.ear.all().len(), 0);
    pass(2 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketMissing"), wechat.calls(START).len()), (1, 1));
    assert_eq!(a.ear.heard("MaintenanceFailed"), 1);
    pass(30 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketMissing"), wechat.calls(START).len()), (2, 2));
    push_ticket(&a).await;
    pass(10).await;
    assert_eq!(a.ear.heard("Reconciled"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_policy_without_patience_neither_turns_in_a_circle_nor_storms_wechat() {
    let mut policy = CachePolicy::default();
    (policy.ticket_old, policy.store_pause, policy.reconcile_after) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (wechat, a, _maintaining) = stage_with(policy);
    pass(5).await;
    push_ticket(&a).await;
    pass(9 * MINUTE).await;
    assert_eq!((a.ear.heard("TicketMissing"), wechat.calls(START).len()), (1, 1));
    assert!(wechat.calls(LIST).len() <= 545, "{}", wechat.calls(LIST).len());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_is_reported_and_holds_nothing_up_for_good() {
    let (_wechat, a, _maintaining) = stage();
    push_ticket(&a).await;
    a.store.set(Line::Down);
    pass(MINUTE).await;
    assert!(a.ear.heard("StoreFailed") > 0);
    a.store.set(Line::Panics);
    pass(MINUTE).await;
    a.store.set(Line::Up);
    pass(MINUTE).await;
    assert_eq!(a.ear.heard("Reconciled"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_for_a_day_reconciles_soon() {
    let (_wechat, a, _maintaining) = stage();
    push_ticket(&a).await;
    pass(10).await;
    a.clock.jump(27 * 3600);
    push_ticket(&a).await;
    pass(6 * MINUTE).await;
    assert_eq!(a.ear.heard("Reconciled"), 2);
}

#[tokio::test(start_paused = true)]
async fn closing_ends_it_in_whatever_it_does() {
    for (ticket, seconds) in [(false, 1), (true, 0), (true, 1), (true, 2), (true, HOUR)] {
        let (wechat, a, maintaining) = stage();
        wechat.answers_after(Duration::from_secs(2));
        if ticket {
            push_ticket(&a).await;
        }
        pass(seconds).await;
        a.tokens.close(Duration::from_secs(30)).await;
        tokio::time::timeout(Duration::from_secs(1), maintaining).await.unwrap().unwrap();
        a.tokens.maintain().await;
    }
}

#[test]
fn without_a_runtime_it_says_so_and_ends() {
    let ear = Ear::default();
    let tokens = PlatformTokens::builder("wx_platform", "secret")
        .transport(WeChat::default())
        .observer(ear.clone())
        .build();
    let mut maintaining = std::pin::pin!(tokens.maintain());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(maintaining.as_mut().poll(&mut context).is_ready());
    assert_eq!(ear.heard("MaintenanceFailed"), 1);
}
