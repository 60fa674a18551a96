//! Pushes that come again: late, twice, at once, and after a sink that failed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use tcb_callback::{
    BodyFormat, CallbackService, EventSink, HttpAnswer, KeySlot, Message, PlatformEvent, Receiver, Recipient,
    SinkError,
};
use tcb_test_kit::HandClock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::service::{MESSAGE, NONCE, Recorder, TIMESTAMP, answer, platform, push_of, receiver, service};
use crate::vectors::TICKET_XML;

fn success(answer: &HttpAnswer) -> bool {
    (answer.status, answer.body.as_str()) == (200, "success")
}

fn push_at(timestamp: u64, nonce: &str) -> (String, String) {
    let sealed = platform().seal(TICKET_XML, timestamp, nonce, KeySlot::Current).unwrap();
    (sealed.push_query(), sealed.push_body(Recipient::Platform(platform().app_id()), BodyFormat::Xml))
}

/// What a sink does with the next event.
#[derive(Clone, Copy)]
enum Turn {
    Record,
    Fail,
    Panic,
}

/// A sink that stops at a gate and then does what it is told.
struct Gate {
    turns: Mutex<Vec<Turn>>,
    begun: AtomicUsize,
    recorded: AtomicUsize,
    inside: AtomicBool,
    overlapped: AtomicBool,
    open: Semaphore,
}

impl Gate {
    /// The turns come in this order; after the last one everything is recorded.
    fn closed(turns: &[Turn]) -> Arc<Self> {
        Arc::new(Self {
            turns: Mutex::new(turns.iter().rev().copied().collect()),
            begun: AtomicUsize::new(0),
            recorded: AtomicUsize::new(0),
            inside: AtomicBool::new(false),
            overlapped: AtomicBool::new(false),
            open: Semaphore::new(0),
        })
    }

    fn open(turns: &[Turn]) -> Arc<Self> {
        let gate = Self::closed(turns);
        gate.open.add_permits(1000);
        gate
    }

    fn counts(&self) -> (usize, usize) {
        (self.begun.load(Ordering::SeqCst), self.recorded.load(Ordering::SeqCst))
    }
}

/// Says that a call has left the sink, however it did.
struct Inside<'a>(&'a AtomicBool);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

#[async_trait]
impl EventSink for Gate {
    async fn platform_event(&self, _: PlatformEvent) -> Result<(), SinkError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let was_inside = self.inside.swap(true, Ordering::SeqCst);
        self.overlapped.fetch_or(was_inside, Ordering::SeqCst);
        let _inside = Inside(&self.inside);
        self.open.acquire().await?.forget();
        let turn = self.turns.lock().unwrap().pop().unwrap_or(Turn::Record);
        match turn {
            Turn::Record => self.recorded.fetch_add(1, Ordering::SeqCst),
            Turn::Fail => return Err("disk full".into()),
            Turn::Panic => panic!("a sink that panics"),
        };
        Ok(())
    }
}

fn service_of(gate: &Arc<Gate>) -> CallbackService {
    CallbackService::new(receiver(platform()), Arc::clone(gate))
}

#[tokio::test]
async fn a_push_that_comes_again_is_answered_alike_and_takes_effect_once() {
    let sink: Arc<Recorder> = Arc::default();
    let service = service(&sink);
    let push = push_of(TICKET_XML);
    let first = answer(&service, &push).await;
    assert!(success(&first));
    for _ in 0..3 {
        assert_eq!(answer(&service.clone(), &push).await, first);
    }
    assert_eq!(sink.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_event_under_a_new_timestamp_or_nonce_is_a_matter_of_the_sink() {
    let gate = Gate::open(&[]);
    let service = service_of(&gate);
    for push in [push_at(TIMESTAMP, NONCE), push_at(TIMESTAMP + 5, NONCE), push_at(TIMESTAMP, "42")] {
        assert!(success(&answer(&service, &push).await));
    }
    assert_eq!(gate.counts(), (3, 3));
}

#[tokio::test]
async fn a_swapped_timestamp_and_nonce_is_the_same_push() {
    let gate = Gate::open(&[]);
    let service = service_of(&gate);
    let nonce = (TIMESTAMP + 60).to_string();
    let (query, body) = push_at(TIMESTAMP, &nonce);
    let swapped = query
        .replace(&format!("timestamp={TIMESTAMP}"), &format!("timestamp={nonce}"))
        .replace(&format!("&nonce={nonce}"), &format!("&nonce={TIMESTAMP}"));
    assert_ne!(swapped, query);
    assert!(success(&answer(&service, &(query, body.clone())).await));
    assert!(success(&answer(&service, &(swapped, body)).await));
    assert_eq!(gate.counts(), (1, 1));
}

#[tokio::test]
async fn a_reply_is_sent_again_as_it_was() {
    let sink = Arc::new(Recorder { reply: Some("<xml><a>1</a></xml>"), ..Recorder::default() });
    let service = service(&sink);
    let push = push_of(MESSAGE);
    let first = answer(&service, &push).await;
    assert!(first.content_type.starts_with("text/xml"));
    assert_eq!(answer(&service, &push).await, first);
    assert_eq!(sink.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reply_too_long_to_be_kept_is_made_again() {
    struct Talker(AtomicUsize);
    #[async_trait]
    impl EventSink for Talker {
        async fn platform_event(&self, _: PlatformEvent) -> Result<(), SinkError> {
            Err("not an event".into())
        }

        async fn account_message(&self, _: Message) -> Result<Option<String>, SinkError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Some("x".repeat(4096)))
        }
    }
    let talker = Arc::new(Talker(AtomicUsize::new(0)));
    let service = CallbackService::new(receiver(platform()), Arc::clone(&talker));
    let push = push_of(MESSAGE);
    for _ in 0..2 {
        assert!(answer(&service, &push).await.content_type.starts_with("text/xml"));
    }
    assert_eq!(talker.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_the_sink_did_not_record_is_handed_over_again() {
    let gate = Gate::open(&[Turn::Fail, Turn::Fail]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    assert_eq!(answer(&service, &push).await.status, 500);
    assert_eq!(answer(&service, &push).await.status, 500);
    assert!(success(&answer(&service, &push).await));
    assert!(success(&answer(&service, &push).await));
    assert_eq!(gate.counts(), (3, 1));
}

#[tokio::test]
async fn a_push_that_is_refused_stays_refused() {
    let sink: Arc<Recorder> = Arc::default();
    let service = service(&sink);
    let push = push_of("<xml/>");
    let first = answer(&service, &push).await;
    assert_eq!(first.status, 403);
    assert_eq!(answer(&service, &push).await, first);
}

#[tokio::test]
async fn success_is_not_answered_before_the_first_delivery_is_recorded() {
    let gate = Gate::closed(&[]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    let mut first = Box::pin(answer(&service, &push));
    let mut duplicate = Box::pin(answer(&service, &push));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    for _ in 0..10 {
        assert!(duplicate.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(gate.counts(), (1, 0), "the duplicate waits outside of the sink");

    gate.open.add_permits(1);
    assert!(matches!(first.as_mut().poll(&mut context), Poll::Ready(answer) if success(&answer)));
    assert!(matches!(duplicate.as_mut().poll(&mut context), Poll::Ready(answer) if success(&answer)));
    assert_eq!(gate.counts(), (1, 1));
}

#[tokio::test]
async fn a_duplicate_takes_over_when_the_first_delivery_fails() {
    let gate = Gate::closed(&[Turn::Fail]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    let mut first = Box::pin(answer(&service, &push));
    let mut duplicate = Box::pin(answer(&service, &push));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(duplicate.as_mut().poll(&mut context).is_pending());
    gate.open.add_permits(2);
    assert!(matches!(first.as_mut().poll(&mut context), Poll::Ready(answer) if answer.status == 500));
    assert!(matches!(duplicate.as_mut().poll(&mut context), Poll::Ready(answer) if success(&answer)));
    assert_eq!(gate.counts(), (2, 1));
}

#[tokio::test]
async fn a_duplicate_takes_over_when_the_first_request_is_dropped() {
    let gate = Gate::closed(&[]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    let mut first = Box::pin(answer(&service, &push));
    let mut duplicate = Box::pin(answer(&service, &push));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(duplicate.as_mut().poll(&mut context).is_pending());
    // WeChat hangs up after five seconds, and the server drops the request.
    drop(first);
    gate.open.add_permits(1);
    assert!(matches!(duplicate.as_mut().poll(&mut context), Poll::Ready(answer) if success(&answer)));
    assert_eq!(gate.counts(), (2, 1));
}

#[tokio::test]
async fn a_duplicate_takes_over_when_the_sink_panics() {
    let gate = Gate::open(&[Turn::Panic]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    let (panicking, request) = (service.clone(), push.clone());
    let first = tokio::spawn(async move { answer(&panicking, &request).await });
    assert!(first.await.unwrap_err().is_panic());
    assert!(success(&answer(&service, &push).await));
    assert_eq!(gate.counts(), (2, 1));
}

#[tokio::test]
async fn a_storm_of_duplicates_takes_effect_once() {
    // The first three attempts fail, so that waiting requests take over from each other as well.
    let gate = Gate::open(&[Turn::Fail, Turn::Panic, Turn::Fail]);
    let service = service_of(&gate);
    let push = push_of(TICKET_XML);
    let mut storm = JoinSet::new();
    for _ in 0..200 {
        let (service, push) = (service.clone(), push.clone());
        storm.spawn(async move { answer(&service, &push).await });
    }
    let done = tokio::time::timeout(Duration::from_secs(30), storm_results(storm)).await;
    let answers = done.expect("nobody waits for ever");
    let successes = answers.iter().flatten().filter(|answer| success(answer)).count();
    assert_eq!((answers.len(), successes), (200, 197));
    assert_eq!(gate.counts(), (4, 1));
    assert!(!gate.overlapped.load(Ordering::SeqCst), "two requests were in the sink at once");
}

/// The answers; `None` for a request that panicked.
async fn storm_results(mut storm: JoinSet<HttpAnswer>) -> Vec<Option<HttpAnswer>> {
    let mut answers = Vec::new();
    while let Some(answer) = storm.join_next().await {
        answers.push(answer.ok());
    }
    answers
}

#[tokio::test]
async fn a_replay_is_answered_for_as_long_as_the_window_lets_it_pass() {
    let gate = Gate::open(&[]);
    let clock = HandClock::at(TIMESTAMP);
    let receiver = Receiver::new(platform()).clock(Arc::new(clock.clone()));
    let service = CallbackService::new(receiver, Arc::clone(&gate));
    let push = push_of(TICKET_XML);
    assert!(success(&answer(&service, &push).await));
    clock.set_wall(TIMESTAMP + 600);
    // Another push cleans up; the first one is still remembered.
    assert!(success(&answer(&service, &push_at(TIMESTAMP + 600, "42")).await));
    assert!(success(&answer(&service, &push).await));
    clock.set_wall(TIMESTAMP + 601);
    assert_eq!(answer(&service, &push).await.status, 403);
    // Set back, the clock lets it pass again, and it is a duplicate still.
    clock.set_wall(TIMESTAMP);
    assert!(success(&answer(&service, &push).await));
    assert_eq!(gate.counts(), (2, 2));
}

#[tokio::test]
async fn one_push_does_not_wait_for_another() {
    let gate = Gate::closed(&[]);
    let service = service_of(&gate);
    let (one, other) = (push_at(TIMESTAMP, "1"), push_at(TIMESTAMP, "2"));
    let mut first = Box::pin(answer(&service, &one));
    let mut second = Box::pin(answer(&service, &other));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    assert_eq!(gate.counts(), (2, 0));
}

#[tokio::test]
async fn services_of_two_platforms_remember_apart() {
    let (one, other) = (Gate::open(&[]), Gate::open(&[]));
    let push = push_of(TICKET_XML);
    assert!(success(&answer(&service_of(&one), &push).await));
    assert!(success(&answer(&service_of(&other), &push).await));
    assert_eq!((one.counts(), other.counts()), ((1, 1), (1, 1)));
}
