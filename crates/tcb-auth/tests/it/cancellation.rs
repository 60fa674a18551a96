//! Callers who go away at every point at which they can, runtimes that end, observers that panic.

use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tcb_auth::{AuthErrorKind, CachePolicy, MemoryStore, Observer, PlatformTokens, TokenEvent, TokenSource};
use tcb_types::Clock;
use tokio::runtime::{Builder, Runtime};

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Line, PLATFORM, Process, SimClock, TestStore};

const COMPONENT: &str = "getComponentAccessToken";
const REFRESH: &str = "getAuthorizerAccessToken";
const EXCHANGE: &str = "getAuthorizerRefreshToken";

/// Polls a future so many times and then drops it.
struct UpTo<F> {
    future: Pin<Box<F>>,
    left: u32,
}

impl<F: Future> Future for UpTo<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.left -= 1;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The output, if it came within so many polls.
async fn dropped_after<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    UpTo { future: Box::pin(future), left: polls }.await
}

/// A process with a ticket and a merchant, whose store takes a while, so that there are many points
/// at which to go away.
async fn stage() -> (WeChat, Process) {
    let (wechat, store) = (WeChat::default(), TestStore::new(SimClock::new()));
    let process = Process::start("a", &wechat, &store, CachePolicy::default());
    process.tokens.ticket("ticket", process.clock.wall()).await.unwrap();
    process.tokens.restore("wx_shop", "r0").await.unwrap();
    process.store.set(Line::Slow(Duration::from_millis(100)));
    (wechat, process)
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Runs `test` for one poll, two polls and so on, until it says that the future came to its end.
fn at_every_poll<F: Future<Output = bool>>(test: impl Fn(u32) -> F) {
    for polls in 1..100 {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        if runtime.block_on(test(polls)) {
            assert!(polls > 1, "it never waited, so this proves nothing");
            return;
        }
    }
    panic!("it never ended");
}

#[test]
fn a_token_call_that_is_dropped_leaves_one_mint_whose_result_everybody_gets() {
    at_every_poll(|polls| async move {
        let (wechat, process) = stage().await;
        let source = process.tokens.authorizer("wx_shop");
        let other = tokio::spawn({
            let source = source.clone();
            async move { source.token().await }
        });
        let outcome = dropped_after(polls, source.token()).await;
        let token = tokio::time::timeout(Duration::from_secs(60), other).await.unwrap().unwrap().unwrap();
        assert_eq!(source.cached().unwrap(), token);
        assert_eq!(process.store.look("wx_shop").await["access"]["token"], token.value().expose());
        assert_eq!((wechat.calls(COMPONENT).len(), wechat.calls(REFRESH).len()), (1, 1));
        outcome.is_some()
    });
}

#[test]
fn an_exchange_that_is_dropped_is_made_once_and_stored() {
    at_every_poll(|polls| async move {
        let (wechat, process) = stage().await;
        let outcome = dropped_after(polls, process.tokens.exchange_code("code-1")).await;
        pass(10).await;
        assert_eq!(wechat.calls(EXCHANGE).len(), 1);
        let record = process.store.look("wx_shop").await;
        assert_eq!(record["authorization"]["exchanged"], "code-1");
        assert!(process.tokens.authorizer("wx_shop").cached().is_some());
        outcome.is_some()
    });
}

#[test]
fn an_event_that_is_dropped_has_happened_or_not_and_may_come_again() {
    at_every_poll(|polls| async move {
        let (wechat, process) = stage().await;
        let created = process.clock.wall();
        let first = dropped_after(polls, process.tokens.authorized("wx_shop", "code-1", created)).await;
        pass(10).await;
        process.tokens.authorized("wx_shop", "code-1", created).await.unwrap();
        pass(10).await;
        assert_eq!(wechat.calls(EXCHANGE).len(), 1);
        let record = process.store.look("wx_shop").await;
        assert_eq!(record["authorization"]["exchanged"], "code-1");
        assert_eq!(record["authorization"]["code"], serde_json::Value::Null);
        first.is_some()
    });
    at_every_poll(|polls| async move {
        let (_, process) = stage().await;
        process.tokens.authorizer("wx_shop").token().await.unwrap();
        let created = process.clock.wall();
        let first = dropped_after(polls, process.tokens.unauthorized("wx_shop", created)).await;
        process.tokens.unauthorized("wx_shop", created).await.unwrap();
        assert_eq!(process.store.look("wx_shop").await["authorization"]["standing"], "Revoked");
        let error = process.tokens.authorizer("wx_shop").token().await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::NotAuthorized);
        first.is_some()
    });
    at_every_poll(|polls| async move {
        let (_, process) = stage().await;
        let created = process.clock.wall() + Duration::from_secs(1);
        let first = dropped_after(polls, process.tokens.ticket("next", created)).await;
        process.tokens.ticket("next", created).await.unwrap();
        assert_eq!(process.store.look("").await["ticket"]["ticket"], "next");
        first.is_some()
    });
}

#[test]
fn a_reconcile_that_is_dropped_can_be_made_again() {
    at_every_poll(|polls| async move {
        let (wechat, process) = stage().await;
        wechat.keeps_books(Rotation::Stable, process.clock.clone());
        wechat.has_account("wx_new", "r-new");
        let first = dropped_after(polls, process.tokens.reconcile()).await;
        process.tokens.reconcile().await.unwrap();
        assert_eq!(process.store.look("wx_new").await["authorization"]["current"], "r-new");
        assert_eq!(process.store.look("wx_shop").await["authorization"]["standing"], "Revoked");
        first.is_some()
    });
}

#[test]
fn a_close_that_is_dropped_has_closed_and_a_second_one_waits() {
    at_every_poll(|polls| async move {
        let (wechat, process) = stage().await;
        let source = process.tokens.authorizer("wx_shop");
        process.tokens.component().token().await.unwrap();
        assert!(dropped_after(1, source.token()).await.is_none());
        let closed = dropped_after(polls, process.tokens.close(Duration::from_secs(30))).await;
        let error = process.tokens.authorizer("wx_other").token().await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::Closed);
        assert!(process.tokens.close(Duration::from_secs(30)).await);
        assert!(source.cached().is_some());
        assert_eq!(wechat.calls(REFRESH).len(), 1);
        closed.is_some()
    });
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_longer_than_it_was_told_to() {
    let (wechat, process) = stage().await;
    process.tokens.component().token().await.unwrap();
    wechat.script(REFRESH, Script::Hang);
    assert!(dropped_after(1, process.tokens.authorizer("wx_shop").token()).await.is_none());
    let began = process.clock.elapsed();
    assert!(!process.tokens.close(Duration::from_secs(7)).await);
    assert_eq!(process.clock.elapsed(), began + Duration::from_secs(7));
    assert!(!process.tokens.close(Duration::ZERO).await);
    // A refresh that never ends is cut off, and then all have ended.
    assert!(process.tokens.close(Duration::from_secs(200)).await);
    assert!(process.tokens.close(Duration::ZERO).await);
}

/// Real time, a hundred times as fast.
fn hurried() -> (WeChat, PlatformTokens, Runtime) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let wechat = WeChat::default();
    wechat.answers_after(Duration::from_millis(5));
    let tokens = PlatformTokens::builder(PLATFORM, "secret")
        .transport(wechat.clone())
        .store(MemoryStore::new())
        .policy(CachePolicy::default().scaled_down(100))
        .build();
    runtime.block_on(async {
        tokens.ticket("ticket", tcb_types::SystemClock.wall()).await.unwrap();
        for number in 0..20 {
            tokens.restore(format!("wx_{number}"), "r0").await.unwrap();
        }
    });
    (wechat, tokens, runtime)
}

/// Fails when `work` takes longer than a test may.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = send.send(work());
    });
    match receive.recv_timeout(Duration::from_secs(20)) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => std::panic::resume_unwind(worker.join().unwrap_err()),
    }
}

fn ends_with_refreshes_on(end: impl FnOnce(Runtime) + Send + 'static) {
    in_time(move || {
        let (wechat, tokens, first) = hurried();
        let second = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        first.block_on(tokens.component().token()).unwrap();
        for _ in 0..20 {
            wechat.script(REFRESH, Script::Hang);
        }
        let sources: Vec<_> = (0..20).map(|number| tokens.authorizer(format!("wx_{number}"))).collect();
        for source in &sources {
            let source = source.clone();
            first.spawn(async move { source.token().await });
        }
        // All refreshes are on before the runtime that carries them ends, and somebody of another
        // runtime waits for each of them.
        while wechat.calls(REFRESH).len() < 20 {
            thread::yield_now();
        }
        let waiting: Vec<_> = sources
            .iter()
            .map(|source| {
                let source = source.clone();
                second.spawn(async move { source.token().await })
            })
            .collect();
        end(first);
        for waiter in waiting {
            // Either it was on the refresh that was cut off, or it came after it and ran itself.
            match second.block_on(waiter).unwrap() {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), AuthErrorKind::Unavailable),
            }
        }
        for source in &sources {
            let mut tries = 0;
            while second.block_on(source.token()).is_err() {
                tries += 1;
                assert!(tries < 1000, "the key is dead");
                thread::sleep(Duration::from_millis(5));
            }
        }
        assert!(second.block_on(tokens.close(Duration::from_secs(5))));
    });
}

#[test]
fn a_runtime_that_is_shut_down_in_the_background_takes_its_refreshes_along_and_no_more() {
    ends_with_refreshes_on(Runtime::shutdown_background);
}

#[test]
fn a_runtime_that_is_dropped_takes_its_refreshes_along_and_no_more() {
    ends_with_refreshes_on(drop);
}

#[test]
fn a_runtime_that_ends_first_leaves_nothing_to_close() {
    in_time(|| {
        let (wechat, tokens, first) = hurried();
        wechat.script(COMPONENT, Script::Hang);
        let source = tokens.component();
        first.spawn(async move { source.token().await });
        while wechat.calls(COMPONENT).is_empty() {
            thread::yield_now();
        }
        first.shutdown_timeout(Duration::from_secs(1));
        let second = Builder::new_current_thread().enable_time().build().unwrap();
        assert!(second.block_on(tokens.close(Duration::from_secs(1))));
    });
}

/// An observer with a fault of its own.
#[derive(Debug)]
struct Panics;

impl Observer for Panics {
    fn on(&self, event: &TokenEvent<'_>) {
        panic!("cannot stand {event:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_stops_no_refresh() {
    let (wechat, clock) = (WeChat::default(), SimClock::new());
    let tokens = PlatformTokens::builder(PLATFORM, "secret")
        .transport(wechat.clone())
        .clock(clock.clone())
        .observer(Panics)
        .build();
    tokens.ticket("ticket", clock.wall()).await.unwrap();
    wechat.script(COMPONENT, Script::Panic);
    assert_eq!(tokens.component().token().await.unwrap_err().kind(), AuthErrorKind::Unavailable);
    pass(20).await;
    let token = tokens.component().token().await.unwrap();
    tokens.component().reject(&token).await;
    assert_ne!(tokens.component().token().await.unwrap(), token);
    assert_eq!(tokens.counters().mints, 2);
}
