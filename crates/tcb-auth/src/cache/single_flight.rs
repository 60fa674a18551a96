use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::sync::{Arc, Mutex, PoisonError};
use crate::{AccessToken, AuthError, AuthErrorKind, Subject};

/// How a refresh ended, for those who wait.
pub(crate) type TokenResult = Result<AccessToken, AuthError>;

/// The refreshes that are on, one per key at most.
///
/// Each is a task of its own: a caller who goes away neither stops it nor takes its result along.
/// So many of them run at once; the others wait in line, first come, first served, and leave it
/// when nobody wants them any more.
///
/// The platform's own refresh never waits: those that run wait for it.
#[derive(Debug)]
pub(crate) struct SingleFlight {
    flights: Mutex<HashMap<Subject, Flight>>,
    slots: Arc<Semaphore>,
    queued: AtomicUsize,
    tasks: watch::Sender<Tasks>,
}

#[derive(Debug)]
struct Flight {
    progress: watch::Sender<Progress>,
    /// Keeps it in line although nobody waits for it.
    kept: Option<watch::Receiver<Progress>>,
}

#[derive(Clone, Debug)]
enum Progress {
    InLine,
    Running,
    Ended(TokenResult),
}

#[derive(Debug, Default)]
struct Tasks {
    running: usize,
    closed: bool,
}

/// Waits for a refresh together with others.
#[derive(Debug)]
pub(crate) struct Waiter(watch::Receiver<Progress>);

impl Waiter {
    /// What the refresh brings, once it has ended.
    pub(crate) async fn outcome(mut self) -> TokenResult {
        let ended = self.0.wait_for(|progress| matches!(progress, Progress::Ended(_))).await;
        match ended.as_deref() {
            Ok(Progress::Ended(outcome)) => outcome.clone(),
            _ => Err(AuthError::new(AuthErrorKind::Unavailable)),
        }
    }
}

impl SingleFlight {
    /// Lets so many refreshes of accounts run at once, and at least one.
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            flights: Mutex::default(),
            slots: Arc::new(Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS))),
            queued: AtomicUsize::new(0),
            tasks: watch::channel(Tasks::default()).0,
        }
    }

    /// Joins the refresh of `subject` that is on, or starts one that does `work`, which is told
    /// whether it has waited in line. `complete` takes the result in before anybody who waits hears
    /// of it; it gets `None` when the work panicked or was cut off by a runtime that ended. Nothing
    /// else cuts it off once it runs, so that what it has got is not lost: the work has to see to
    /// it that it ends.
    pub(crate) fn join<W, T, L>(
        self: &Arc<Self>,
        subject: &Subject,
        work: W,
        complete: L,
    ) -> Result<Waiter, AuthError>
    where
        W: FnOnce(bool) -> T + Send + 'static,
        T: Future<Output: Send> + Send + 'static,
        L: FnOnce(Option<T::Output>) -> TokenResult + Send + 'static,
    {
        let is_free = *subject == Subject::Platform;
        let (mut guard, slot, queued, waiter) = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(flight) = flights.get(subject) {
                return Ok(Waiter(flight.progress.subscribe()));
            }
            let task = self.admit(false)?;
            let slot = if is_free { None } else { Arc::clone(&self.slots).try_acquire_owned().ok() };
            let queued = (slot.is_none() && !is_free).then(|| Queued::count(self));
            let begun = if queued.is_some() { Progress::InLine } else { Progress::Running };
            let (progress, waiter) = watch::channel(begun);
            flights.insert(subject.clone(), Flight { progress: progress.clone(), kept: None });
            let guard = CompletionGuard {
                owner: Arc::clone(self),
                subject: subject.clone(),
                progress,
                complete: Some(complete),
                output: None,
                task,
            };
            (guard, slot, queued, Waiter(waiter))
        };
        // The lock is free again: a runtime that is shutting down drops a task as soon as it gets
        // it, and the guard takes the lock.
        guard.task.runtime.clone().spawn(async move {
            let has_waited = queued.is_some();
            let _slot = match queued {
                Some(queued) => guard.wait_in_line(queued).await,
                None => slot,
            };
            if guard.complete.is_some() {
                let output = work(has_waited).await;
                guard.with(output);
            }
        });
        Ok(waiter)
    }

    /// Lets a refresh run when it is its turn, although nobody may wait for it then.
    pub(crate) fn keep(&self, subject: &Subject, waiter: Waiter) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        // Who holds a waiter keeps the refresh in line. If another one is there, it has run.
        let flight = flights.get_mut(subject);
        if let Some(flight) = flight.filter(|flight| flight.progress.subscribe().same_channel(&waiter.0)) {
            flight.kept = Some(waiter.0);
        }
    }

    /// Whether the refresh of `subject` is in line.
    pub(crate) fn is_queued(&self, subject: &Subject) -> bool {
        let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.get(subject).is_some_and(|flight| matches!(*flight.progress.borrow(), Progress::InLine))
    }

    /// How many refreshes run, and how many wait in line.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let on = self.flights.lock().unwrap_or_else(PoisonError::into_inner).len();
        let queued = self.queued.load(Ordering::Relaxed);
        (on.saturating_sub(queued), queued)
    }

    /// Runs `work` to its end, whatever becomes of the caller.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AuthError> {
        self.run(false, work)
    }

    /// The same for the rest of work that is on: it is not new, so closing waits for it as well.
    pub(crate) fn carry_on(
        self: &Arc<Self>,
        rest: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AuthError> {
        self.run(true, rest)
    }

    fn run(
        self: &Arc<Self>,
        is_rest: bool,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AuthError> {
        let task = self.admit(is_rest)?;
        task.runtime.clone().spawn(async move {
            let _task = task;
            work.await;
        });
        Ok(())
    }

    /// Refuses new work and waits for what is on or in line, for `deadline` at most. Returns
    /// whether all has ended.
    pub(crate) async fn close(&self, deadline: Duration) -> bool {
        self.tasks.send_modify(|tasks| tasks.closed = true);
        if Handle::try_current().is_err() {
            return self.tasks.borrow().running == 0;
        }
        let mut tasks = self.tasks.subscribe();
        tokio::time::timeout(deadline, tasks.wait_for(|tasks| tasks.running == 0)).await.is_ok()
    }

    /// Waits until nothing new may begin.
    pub(crate) async fn closed(&self) {
        // It cannot fail, for the sender is here.
        let _ = self.tasks.subscribe().wait_for(|tasks| tasks.closed).await;
    }

    fn admit(self: &Arc<Self>, is_rest: bool) -> Result<Task, AuthError> {
        let runtime = Handle::try_current().map_err(|_| AuthError::new(AuthErrorKind::NoRuntime))?;
        let admitted = self.tasks.send_if_modified(|tasks| {
            let admitted = is_rest || !tasks.closed;
            tasks.running += usize::from(admitted);
            admitted
        });
        if !admitted {
            return Err(AuthError::new(AuthErrorKind::Closed));
        }
        Ok(Task { runtime, owner: Arc::clone(self) })
    }
}

/// A running task. It is counted out however it ends.
#[derive(Debug)]
struct Task {
    runtime: Handle,
    owner: Arc<SingleFlight>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.owner.tasks.send_modify(|tasks| tasks.running -= 1);
    }
}

/// A refresh in line. It is counted out however its wait ends.
struct Queued(Arc<SingleFlight>);

impl Queued {
    fn count(owner: &Arc<SingleFlight>) -> Self {
        owner.queued.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(owner))
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Ends a refresh however its work ended: takes the result in, removes the refresh, tells those who
/// wait.
struct CompletionGuard<O, L: FnOnce(Option<O>) -> TokenResult> {
    owner: Arc<SingleFlight>,
    subject: Subject,
    progress: watch::Sender<Progress>,
    complete: Option<L>,
    output: Option<O>,
    // Dropped last, so that whoever waits for all tasks finds the result in place.
    task: Task,
}

impl<O, L: FnOnce(Option<O>) -> TokenResult> CompletionGuard<O, L> {
    /// Waits in line. When nobody wants the refresh any more, there is nothing to complete.
    async fn wait_in_line(&mut self, _counted: Queued) -> Option<OwnedSemaphorePermit> {
        let progress = self.progress.clone();
        let mut turn = pin!(Arc::clone(&self.owner.slots).acquire_owned());
        loop {
            let mut unwanted = pin!(progress.closed());
            let slot = poll_fn(|context| match turn.as_mut().poll(context) {
                Poll::Ready(slot) => Poll::Ready(Some(slot.ok())),
                Poll::Pending => unwanted.as_mut().poll(context).map(|()| None),
            })
            .await;
            if self.leave_if_unwanted() {
                self.complete = None;
                return None;
            }
            if let Some(slot) = slot {
                // Nobody who waits is woken for that.
                progress.send_if_modified(|progress| {
                    *progress = Progress::Running;
                    false
                });
                return slot;
            }
        }
    }

    /// Leaves the line if nobody wants the refresh.
    fn leave_if_unwanted(&mut self) -> bool {
        // Whoever joins holds the lock, and so has joined or finds it gone.
        let mut flights = self.owner.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let unwanted = self.progress.is_closed();
        if unwanted {
            flights.remove(&self.subject);
        }
        unwanted
    }

    fn with(mut self, output: O) {
        self.output = Some(output);
    }
}

impl<O, L: FnOnce(Option<O>) -> TokenResult> Drop for CompletionGuard<O, L> {
    fn drop(&mut self) {
        // One that has left the line has nothing to tell, and nobody to tell it.
        let Some(complete) = self.complete.take() else { return };
        let outcome = complete(self.output.take());
        self.owner.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.subject);
        self.progress.send_replace(Progress::Ended(outcome));
    }
}
