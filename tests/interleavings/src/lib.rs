//! tcb-auth's single flight, compiled against shuttle's locks, channels and tasks in place of the
//! real ones, and run under many thousand orders of steps: at random, and by priorities that are
//! changed three times a run. It catches an order in which callers of one refresh hang, or two run.
#![cfg(test)]

use shuttle::future::block_on;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tcb_auth::{AccessToken, AuthError, AuthErrorKind, Subject};

/// What the file under test takes for `std::sync`.
mod sync {
    pub(crate) use shuttle::sync::{Arc, Mutex};
    pub(crate) use std::sync::PoisonError;
}

#[path = "../../../crates/tcb-auth/src/cache/single_flight.rs"]
mod single_flight;

use single_flight::{SingleFlight, TokenResult, Waiter};

const LIMIT: Duration = Duration::from_secs(60);

/// Runs `scene` under 2,000 random orders and 2,000 with three changes of priority.
fn under_all_orders(scene: fn()) {
    shuttle::check_random(scene, 2_000);
    shuttle::check_pct(scene, 2_000, 3);
}

/// Counts how many refreshes were on, and how many at once.
#[derive(Default)]
struct Counters {
    running: AtomicUsize,
    ended: AtomicUsize,
}

impl Counters {
    async fn refresh(self: Arc<Self>) {
        assert_eq!(self.running.fetch_add(1, Ordering::SeqCst), 0, "two refreshes of one key at once");
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    fn complete(ended: Option<()>) -> TokenResult {
        ended.map(|()| AccessToken::new("t")).ok_or_else(|| AuthError::new(AuthErrorKind::Unavailable))
    }
}

fn join(refreshes: &Arc<SingleFlight>, counters: &Arc<Counters>) -> Result<Waiter, AuthError> {
    join_as(refreshes, counters, &Subject::Platform)
}

fn join_as(
    refreshes: &Arc<SingleFlight>,
    counters: &Arc<Counters>,
    subject: &Subject,
) -> Result<Waiter, AuthError> {
    let counters = Arc::clone(counters);
    refreshes.join(subject, |_| counters.refresh(), Counters::complete)
}

#[test]
fn a_key_has_one_refresh_at_a_time_and_nobody_waits_for_ever() {
    under_all_orders(|| {
        block_on(async {
            let (refreshes, counters) = (Arc::new(SingleFlight::new(1)), Arc::new(Counters::default()));
            let callers: Vec<_> = (0..3)
                .map(|_| {
                    let (refreshes, counters) = (Arc::clone(&refreshes), Arc::clone(&counters));
                    tokio::spawn(async move { join(&refreshes, &counters).unwrap().outcome().await })
                })
                .collect();
            for caller in callers {
                assert!(caller.await.unwrap().is_ok());
            }
            assert!((1..=3).contains(&counters.ended.load(Ordering::SeqCst)));
            // A refresh that has ended is out of the way of the next one.
            join(&refreshes, &counters).unwrap().outcome().await.unwrap();
        });
    });
}

#[test]
fn one_after_the_other_leaves_the_line_and_nobody_waits_for_ever() {
    under_all_orders(|| {
        block_on(async {
            let (refreshes, counters) = (Arc::new(SingleFlight::new(1)), Arc::new(Counters::default()));
            let callers: Vec<_> = (0..5)
                .map(|number| {
                    let (refreshes, counters) = (Arc::clone(&refreshes), Arc::clone(&counters));
                    let subject = Subject::Authorizer(format!("wx{}", number % 3).into());
                    tokio::spawn(async move {
                        let refresh = join_as(&refreshes, &counters, &subject).unwrap();
                        match number {
                            // Two go away, of whom one wants it all the same.
                            0 => drop(refresh),
                            1 => refreshes.keep(&subject, refresh),
                            _ => drop(refresh.outcome().await.unwrap()),
                        }
                    })
                })
                .collect();
            for caller in callers {
                caller.await.unwrap();
            }
            // What is kept in line may still be on, and then closing ends it.
            assert!(refreshes.close(LIMIT).await);
            assert!((3..=5).contains(&counters.ended.load(Ordering::SeqCst)));
            assert_eq!(refreshes.counts(), (0, 0));
            assert!(!refreshes.is_queued(&Subject::Authorizer("wx0".into())));
        });
    });
}

#[test]
fn what_nobody_waits_for_runs_to_its_end() {
    under_all_orders(|| {
        block_on(async {
            let (refreshes, counters) = (Arc::new(SingleFlight::new(1)), Arc::new(Counters::default()));
            drop(join(&refreshes, &counters).unwrap());
            let task = Arc::clone(&counters);
            let work = async move { _ = task.ended.fetch_add(10, Ordering::SeqCst) };
            refreshes.spawn(work).unwrap();
            assert!(refreshes.close(LIMIT).await);
            assert_eq!(counters.ended.load(Ordering::SeqCst), 11, "the refresh and the task have ended");
        });
    });
}

#[test]
fn who_waits_for_the_end_hears_of_it() {
    under_all_orders(|| {
        block_on(async {
            let refreshes = Arc::new(SingleFlight::new(1));
            let waiting: Vec<_> = (0..2)
                .map(|_| {
                    let refreshes = Arc::clone(&refreshes);
                    tokio::spawn(async move { refreshes.closed().await })
                })
                .collect();
            assert!(refreshes.close(LIMIT).await);
            for waiting in waiting {
                waiting.await.unwrap();
            }
            refreshes.closed().await;
        });
    });
}

#[test]
fn closing_waits_for_the_rest_of_what_is_on() {
    under_all_orders(|| {
        block_on(async {
            let (refreshes, counters) = (Arc::new(SingleFlight::new(1)), Arc::new(Counters::default()));
            let (inner, task) = (Arc::clone(&refreshes), Arc::clone(&counters));
            let work = async move {
                tokio::task::yield_now().await;
                let rest = async move { _ = task.ended.fetch_add(10, Ordering::SeqCst) };
                inner.carry_on(rest).unwrap();
            };
            refreshes.spawn(work).unwrap();
            assert!(refreshes.close(LIMIT).await);
            assert_eq!(counters.ended.load(Ordering::SeqCst), 10, "the rest has ended");
        });
    });
}

#[test]
fn closing_waits_for_what_is_on_and_lets_nothing_more_begin() {
    under_all_orders(|| {
        block_on(async {
            let (refreshes, counters) = (Arc::new(SingleFlight::new(1)), Arc::new(Counters::default()));
            let callers: Vec<_> = (0..2)
                .map(|_| {
                    let (refreshes, counters) = (Arc::clone(&refreshes), Arc::clone(&counters));
                    tokio::spawn(async move {
                        match join(&refreshes, &counters) {
                            Ok(refresh) => refresh.outcome().await.map(drop),
                            Err(error) => Err(error),
                        }
                    })
                })
                .collect();
            assert!(refreshes.close(LIMIT).await);
            assert_eq!(
                counters.running.load(Ordering::SeqCst),
                0,
                "a refresh is on although closing has ended"
            );
            let ended = counters.ended.load(Ordering::SeqCst);
            for caller in callers {
                if let Err(error) = caller.await.unwrap() {
                    assert_eq!(error.kind(), AuthErrorKind::Closed);
                }
            }
            assert_eq!(
                counters.ended.load(Ordering::SeqCst),
                ended,
                "a refresh began after closing had ended"
            );
            assert_eq!(join(&refreshes, &counters).unwrap_err().kind(), AuthErrorKind::Closed);
        });
    });
}
