//! The flight map of tcb-auth, compiled against shuttle's locks, channels and tasks in place of the real ones, and run under many
//! thousand orders of steps: at random, and by priorities that are changed three times a run.
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

#[path = "../../../crates/tcb-auth/src/cache/flights.rs"]
mod flights;

use flights::{Flights, Outcome};

const LIMIT: Duration = Duration::from_secs(60);

/// Runs `scene` under 2,000 random orders and 2,000 with three changes of priority.
fn under_all_orders(scene: fn()) {
    shuttle::check_random(scene, 2_000);
    shuttle::check_pct(scene, 2_000, 3);
}

/// Counts how many flights were on, and how many at once.
#[derive(Default)]
struct Sky {
    flying: AtomicUsize,
    flown: AtomicUsize,
}

impl Sky {
    async fn fly(self: Arc<Self>) {
        assert_eq!(self.flying.fetch_add(1, Ordering::SeqCst), 0, "two flights of one key at once");
        tokio::task::yield_now().await;
        self.flying.fetch_sub(1, Ordering::SeqCst);
        self.flown.fetch_add(1, Ordering::SeqCst);
    }

    fn land(landed: Option<()>) -> Outcome {
        landed.map(|()| AccessToken::new("t")).ok_or_else(|| AuthError::new(AuthErrorKind::Unavailable))
    }
}

fn board(flights: &Arc<Flights>, sky: &Arc<Sky>) -> Result<flights::Flight, AuthError> {
    flights.board(&Subject::Platform, || Arc::clone(sky).fly(), Sky::land)
}

#[test]
fn a_key_has_one_flight_at_a_time_and_nobody_waits_for_ever() {
    under_all_orders(|| {
        block_on(async {
            let (flights, sky) = (Arc::new(Flights::default()), Arc::new(Sky::default()));
            let callers: Vec<_> = (0..3)
                .map(|_| {
                    let (flights, sky) = (Arc::clone(&flights), Arc::clone(&sky));
                    tokio::spawn(async move { board(&flights, &sky).unwrap().landed().await })
                })
                .collect();
            for caller in callers {
                assert!(caller.await.unwrap().is_ok());
            }
            assert!((1..=3).contains(&sky.flown.load(Ordering::SeqCst)));
            // A flight that has landed is out of the way of the next one.
            board(&flights, &sky).unwrap().landed().await.unwrap();
        });
    });
}

#[test]
fn what_nobody_waits_for_runs_to_its_end() {
    under_all_orders(|| {
        block_on(async {
            let (flights, sky) = (Arc::new(Flights::default()), Arc::new(Sky::default()));
            drop(board(&flights, &sky).unwrap());
            let errand = Arc::clone(&sky);
            let work = async move { _ = errand.flown.fetch_add(10, Ordering::SeqCst) };
            flights.spawn(work).unwrap();
            assert!(flights.close(LIMIT).await);
            assert_eq!(sky.flown.load(Ordering::SeqCst), 11, "the flight and the errand have ended");
        });
    });
}

#[test]
fn who_waits_for_the_end_hears_of_it() {
    under_all_orders(|| {
        block_on(async {
            let flights = Arc::new(Flights::default());
            let waiting: Vec<_> = (0..2)
                .map(|_| {
                    let flights = Arc::clone(&flights);
                    tokio::spawn(async move { flights.closed().await })
                })
                .collect();
            assert!(flights.close(LIMIT).await);
            for waiting in waiting {
                waiting.await.unwrap();
            }
            flights.closed().await;
        });
    });
}

#[test]
fn closing_waits_for_the_rest_of_what_is_on() {
    under_all_orders(|| {
        block_on(async {
            let (flights, sky) = (Arc::new(Flights::default()), Arc::new(Sky::default()));
            let (inner, errand) = (Arc::clone(&flights), Arc::clone(&sky));
            let work = async move {
                tokio::task::yield_now().await;
                let rest = async move { _ = errand.flown.fetch_add(10, Ordering::SeqCst) };
                inner.carry_on(rest).unwrap();
            };
            flights.spawn(work).unwrap();
            assert!(flights.close(LIMIT).await);
            assert_eq!(sky.flown.load(Ordering::SeqCst), 10, "the rest has ended");
        });
    });
}

#[test]
fn closing_waits_for_what_is_on_and_lets_nothing_more_begin() {
    under_all_orders(|| {
        block_on(async {
            let (flights, sky) = (Arc::new(Flights::default()), Arc::new(Sky::default()));
            let callers: Vec<_> = (0..2)
                .map(|_| {
                    let (flights, sky) = (Arc::clone(&flights), Arc::clone(&sky));
                    tokio::spawn(async move {
                        match board(&flights, &sky) {
                            Ok(flight) => flight.landed().await.map(drop),
                            Err(error) => Err(error),
                        }
                    })
                })
                .collect();
            assert!(flights.close(LIMIT).await);
            assert_eq!(sky.flying.load(Ordering::SeqCst), 0, "a flight is on although closing has ended");
            let flown = sky.flown.load(Ordering::SeqCst);
            for caller in callers {
                if let Err(error) = caller.await.unwrap() {
                    assert_eq!(error.kind(), AuthErrorKind::Closed);
                }
            }
            assert_eq!(sky.flown.load(Ordering::SeqCst), flown, "a flight began after closing had ended");
            assert_eq!(board(&flights, &sky).unwrap_err().kind(), AuthErrorKind::Closed);
        });
    });
}
