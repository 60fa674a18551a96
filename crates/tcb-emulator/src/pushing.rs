//! Who pushes, and when.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tcb_types::Clock as _;
use tokio::sync::oneshot;

use crate::core::{Core, Event};
use crate::fault::rules::Subject;
use crate::fault::{ALL_PUSHES, FaultKind};
use crate::push::{Delivery, Push, SealedPush};
use crate::state::State;

/// The end of a span that is gone through step by step: 144 tickets for each platform.
const STEPWISE: Duration = Duration::from_secs(24 * 3600);

/// A push that only has to be sent, with its id.
type Ready = (u64, SealedPush);

/// What becomes of a push that has begun.
enum Begun {
    /// These are sent, one after the other; the first is the push itself.
    Sent(Vec<Ready>),
    /// Nothing is sent, or not yet; the log has it.
    PutOff(u64),
}

impl State {
    /// Begins a push: writes it into the log and decides what is sent. `None` when its platform has
    /// no callback URL.
    fn begin_push(&mut self, push: Push) -> Option<Begun> {
        self.components.get(&push.component)?.callback.as_ref()?;
        let (id, now) = (self.pushes.begin(&push, self.now()), self.now());
        let mut accounts = vec![push.component.as_str()];
        accounts.extend(push.account.as_deref());
        let subject = Subject { target: &push.event, all: ALL_PUSHES, accounts: &accounts };
        let fault = self.faults.take(&subject, now.seconds());
        if let Some(fault) = &fault {
            self.counters.faults += 1;
            self.pushes.entry(id)?.fault = Some(fault.as_str().to_owned());
        }
        let put_off = match fault {
            Some(FaultKind::Withhold) => "withheld by a fault rule",
            Some(FaultKind::Postpone { seconds }) => {
                self.pushes.postpone(now.plus(Duration::from_secs(seconds)), id, push);
                "postponed by a fault rule"
            }
            Some(FaultKind::Reorder) => {
                self.pushes.hold(id, push);
                "held back by a fault rule until the next push"
            }
            _ => return self.send(id, &push, fault.as_ref()).map(Begun::Sent),
        };
        self.pushes.entry(id)?.failure = Some(put_off.to_owned());
        Some(Begun::PutOff(id))
    }

    /// What is sent for a push: itself, perhaps twice, and those that waited for it.
    fn send(&mut self, id: u64, push: &Push, fault: Option<&FaultKind>) -> Option<Vec<Ready>> {
        let mut sealed = self.seal(push, fault == Some(&FaultKind::FormerKey))?;
        if fault == Some(&FaultKind::BadSignature) {
            sealed.forge();
        }
        self.note_sent(id, &sealed);
        let mut ready = vec![(id, sealed.clone())];
        if fault == Some(&FaultKind::Duplicate) {
            let again = self.pushes.begin(push, self.now());
            self.note_sent(again, &sealed);
            ready.push((again, sealed));
        }
        for (id, held) in self.pushes.take_held(&push.component) {
            let sealed = self.seal(&held, false)?;
            self.note_sent(id, &sealed);
            ready.push((id, sealed));
        }
        Some(ready)
    }

    fn seal(&mut self, push: &Push, with_former_key: bool) -> Option<SealedPush> {
        let (nonce, random, now) = (self.seed.nonce(), self.seed.message_random(), self.now());
        let component = self.components.get(&push.component)?;
        let url = component.callback.clone()?;
        let key = match (with_former_key, &component.former_key) {
            (false, _) => component.credentials.encoding_aes_key.clone(),
            (true, Some(former)) => former.clone().into(),
            (true, None) => self.seed.foreign_aes_key().into(),
        };
        push.seal(&component.credentials, &key, url, now, &nonce, random).ok()
    }

    fn note_sent(&mut self, id: u64, sealed: &SealedPush) {
        if let Some(entry) = self.pushes.entry(id) {
            sealed.url().clone_into(&mut entry.url);
            entry.query = sealed.query();
            sealed.body().clone_into(&mut entry.body);
            entry.failure = None;
        }
    }

    /// What is due: tickets, and what was postponed.
    fn begin_due_pushes(&mut self) -> Vec<Begun> {
        let now = self.now();
        let postponed = self.pushes.take_due(now);
        let mut begun: Vec<Begun> =
            postponed.iter().filter_map(|(id, push)| self.send(*id, push, None).map(Begun::Sent)).collect();
        let tickets = self.due_ticket_pushes();
        begun.extend(tickets.into_iter().filter_map(|push| self.begin_push(push)));
        begun
    }
}

impl Core {
    /// Sends a push if its platform has a callback URL, and waits until it was answered or given
    /// up. It goes on when the caller stops waiting.
    pub(crate) async fn push(self: &Arc<Self>, push: Push) -> Option<Delivery> {
        let begun = self.state().begin_push(push)?;
        let id = match begun {
            Begun::PutOff(id) => id,
            Begun::Sent(ready) => {
                let id = ready.first()?.0;
                self.send(ready).await.ok()?;
                id
            }
        };
        self.state().pushes.entry(id).cloned()
    }

    /// Sends pushes one after the other, and returns where it will be said that all were answered
    /// or given up, and whether no receiver hung.
    fn send(self: &Arc<Self>, ready: Vec<Ready>) -> oneshot::Receiver<bool> {
        let (sender, receiver) = oneshot::channel();
        let (core, world) = (Arc::clone(self), self.state().world);
        self.spawn(async move {
            let mut in_time = true;
            for (id, sealed) in ready {
                core.tell(Event::Push(id));
                let sending = sealed.deliver(core.push_timeout).await;
                in_time &= !sending.hung;
                let mut state = core.state();
                let is_known = state.world == world;
                if let Some(entry) = state.pushes.entry(id).filter(|_| is_known) {
                    entry.attempts = sending.attempts;
                    entry.delivered = sending.failure.is_none();
                    entry.answer = sending.answer;
                    entry.failure = sending.failure;
                }
                drop(state);
                core.tell(Event::Push(id));
            }
            // Nobody may be waiting any more; the log has it.
            let _ = sender.send(in_time);
        });
        receiver
    }

    /// Lets time pass at once, and does what comes due at its own moment, one after the other. Of a
    /// span that is longer than [`STEPWISE`], what lies before that comes due at once.
    pub(crate) async fn advance(self: &Arc<Self>, span: Duration) {
        let jump = span.saturating_sub(STEPWISE);
        if !jump.is_zero() {
            self.clock.advance(jump);
            self.do_what_is_due().await;
        }
        let span = span.min(STEPWISE);
        let end = self.clock.wall().checked_add(span).unwrap_or_else(|| self.clock.wall());
        // A receiver that hung once is not waited for at every step.
        let (mut hung, mut unanswered) = (false, Vec::new());
        let next = || self.state().next_event().filter(|due| due.wall() < end);
        while let Some(due) = next() {
            self.clock.set_forward(due);
            self.state().settle();
            let begun = self.begin_due_pushes();
            if hung {
                unanswered.extend(begun);
            } else {
                hung = !all_in_time(begun).await;
            }
        }
        self.clock.advance(end.duration_since(self.clock.wall()).unwrap_or_default());
        self.do_what_is_due().await;
        all_in_time(unanswered).await;
    }

    /// Does what has come due: delayed invocations, imports and exports, pushes. Waits until the
    /// receivers of the latter have answered or were given up.
    pub(crate) async fn do_what_is_due(self: &Arc<Self>) {
        self.state().settle();
        all_in_time(self.begin_due_pushes()).await;
        self.tickets.notify_one();
    }

    /// Pushes what is due, to all platforms at once.
    fn begin_due_pushes(self: &Arc<Self>) -> Vec<oneshot::Receiver<bool>> {
        let begun = self.state().begin_due_pushes();
        let sent = begun.into_iter().filter_map(|begun| match begun {
            Begun::Sent(ready) => Some(self.send(ready)),
            Begun::PutOff(_) => None,
        });
        sent.collect()
    }

    /// Pushes as time goes by, until the emulator closes. It does not wait for receivers: one that
    /// hangs holds up no later ticket.
    pub(crate) async fn keep_pushing(self: Arc<Self>) {
        loop {
            let wait = self.state().next_push();
            let due = async {
                match wait {
                    // What is left of a millisecond at a high speed must not make this loop spin.
                    Some(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = due => drop(self.begin_due_pushes()),
                () = self.tickets.notified() => {}
                () = self.closed() => return,
            }
        }
    }
}

/// Waits for the outcomes of pushes; whether no receiver hung. The log has the outcomes.
async fn all_in_time(sent: Vec<oneshot::Receiver<bool>>) -> bool {
    let mut in_time = true;
    for outcome in sent {
        in_time &= outcome.await.unwrap_or(true);
    }
    in_time
}
