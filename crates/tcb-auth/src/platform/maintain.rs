//! What a service needs at its start and every day.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tcb_types::scaled;
use tokio::runtime::Handle;

use super::manager::Manager;
use crate::cache::Now;
use crate::observer::TokenEvent;
use crate::{AuthError, AuthErrorKind};

/// How long it is at least until the next look, whatever the policy says.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// WeChat pushes a ticket every ten minutes, so asking for one more often brings nothing.
const BETWEEN_TICKETS: Duration = Duration::from_secs(600);

/// When something is to be done again.
#[derive(Clone, Copy)]
struct Chore {
    done: Now,
    again_in: Duration,
}

impl Chore {
    /// How long until it is due. One that was never done is due at once.
    fn due_in(chore: Option<Self>, now: Now) -> Duration {
        chore.map_or(Duration::ZERO, |chore| chore.again_in.saturating_sub(now.since(chore.done)))
    }
}

impl Manager {
    /// Does what is due until the tokens are closed.
    pub(super) async fn maintain(self: Arc<Self>) {
        if Handle::try_current().is_err() {
            // Without a runtime there is no timer to wait by.
            let error = AuthError::new(AuthErrorKind::NoRuntime);
            self.context.note(&TokenEvent::MaintenanceFailed { error: &error, retry_in: None });
            return;
        }
        let mut closed = pin!(self.refreshes.closed());
        let mut chores = pin!(self.do_chores());
        poll_fn(|context| match closed.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => chores.as_mut().poll(context),
        })
        .await;
    }

    async fn do_chores(self: &Arc<Self>) {
        let began = self.context.now();
        let (mut alarm, mut reconcile) = (None, None);
        let mut failures = 0;
        loop {
            // The store says itself that it has failed.
            let age = self.ticket_age().await;
            let now = self.context.now();
            if let Ok(age) = age
                && Chore::due_in(alarm, now).is_zero()
                && self.raise_alarm(age, now.since(began)).await
            {
                alarm = Some(Chore { done: now, again_in: self.between_alarms() });
            }
            let usable = age.is_ok_and(|age| age.is_some_and(|age| age < self.context.policy.ticket_life));
            if usable && Chore::due_in(reconcile, now).is_zero() {
                let again_in = self.reconcile_now(&mut failures).await;
                reconcile = Some(Chore { done: self.context.now(), again_in });
            }
            let next_look = if usable {
                (self.context.policy.ticket_old / 6).min(Chore::due_in(reconcile, self.context.now()))
            } else {
                self.context.policy.store_pause
            };
            // A timer stands still while the machine sleeps, so it is never set for a whole day.
            tokio::time::sleep(next_look.max(LEAST_PAUSE)).await;
        }
    }

    fn between_alarms(&self) -> Duration {
        self.context.policy.ticket_old.max(BETWEEN_TICKETS)
    }

    /// Says so when tickets have stopped coming, and asks WeChat to push them. Returns whether they
    /// have.
    async fn raise_alarm(&self, age: Option<Duration>, waited: Duration) -> bool {
        let event = match age {
            Some(age) if age >= self.context.policy.ticket_old => TokenEvent::TicketOld { age },
            None if waited >= self.context.policy.ticket_old => TokenEvent::TicketMissing { waited },
            _ => return false,
        };
        self.context.note(&event);
        let asked = async { self.upstream.start_push_ticket().await };
        if let Err(error) = caught(asked).await {
            let retry_in = Some(self.between_alarms());
            self.context.note(&TokenEvent::MaintenanceFailed { error: &error, retry_in });
        }
        true
    }

    /// Compares the store with WeChat's list, and says when to do so again.
    async fn reconcile_now(self: &Arc<Self>, failures: &mut u32) -> Duration {
        // Boxed, because it is large and mostly not on.
        match caught(Box::pin(self.reconcile())).await {
            Ok(report) => {
                *failures = 0;
                self.context.note(&TokenEvent::Reconciled { report: &report });
                scaled(self.context.policy.reconcile_after, 0.9 + 0.2 * fastrand::f64())
            }
            Err(error) => {
                *failures = failures.saturating_add(1);
                let policy = &self.context.policy;
                let times = 1_u32.checked_shl(*failures - 1).unwrap_or(u32::MAX);
                let pause = policy.refusal_pause.saturating_mul(times).min(policy.refusal_pause_limit);
                let pause = scaled(pause, 0.5 + fastrand::f64() / 2.0);
                let pause = error.retry_after().map_or(pause, |after| after.max(pause));
                self.context.note(&TokenEvent::MaintenanceFailed { error: &error, retry_in: Some(pause) });
                pause
            }
        }
    }
}

/// What `work` brings. A transport that panics must not end what is to go on for ever.
async fn caught<T>(work: impl Future<Output = Result<T, AuthError>>) -> Result<T, AuthError> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(AuthError::new(AuthErrorKind::Unavailable))))
    })
    .await
}
