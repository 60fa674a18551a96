use std::collections::HashMap;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::sync::{Arc, Mutex, PoisonError};
use crate::{AccessToken, AuthError, AuthErrorKind, Subject};

/// How a refresh ended, for those who wait.
pub(crate) type TokenResult = Result<AccessToken, AuthError>;

/// The refreshes that are on, one per key at most.
///
/// Each is a task of its own: a caller who goes away neither stops it nor takes its result along.
#[derive(Debug)]
pub(crate) struct SingleFlight {
    running: Mutex<HashMap<Subject, watch::Receiver<Option<TokenResult>>>>,
    tasks: watch::Sender<Tasks>,
}

#[derive(Debug, Default)]
struct Tasks {
    running: usize,
    closed: bool,
}

impl Default for SingleFlight {
    fn default() -> Self {
        Self { running: Mutex::default(), tasks: watch::channel(Tasks::default()).0 }
    }
}

/// Waits for a refresh together with others.
#[derive(Debug)]
pub(crate) struct Waiter(watch::Receiver<Option<TokenResult>>);

impl Waiter {
    /// What the refresh brings, once it has ended.
    pub(crate) async fn outcome(mut self) -> TokenResult {
        let outcome = self.0.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)))
    }
}

impl SingleFlight {
    /// Joins the refresh of `subject` that is running, or starts one that does `work`. `complete`
    /// takes the result in before anybody who waits hears of it; it gets `None` when the work
    /// panicked or was cut off by a runtime that ended. Nothing else cuts it off, so that what it
    /// has got is not lost: the work has to see to it that it ends.
    pub(crate) fn join<W, T, L>(
        self: &Arc<Self>,
        subject: &Subject,
        work: W,
        complete: L,
    ) -> Result<Waiter, AuthError>
    where
        W: FnOnce() -> T,
        T: Future<Output: Send> + Send + 'static,
        L: FnOnce(Option<T::Output>) -> TokenResult + Send + 'static,
    {
        let (guard, outcome) = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(outcome) = running.get(subject) {
                return Ok(Waiter(outcome.clone()));
            }
            let task = self.admit(false)?;
            let (publish, outcome) = watch::channel(None);
            running.insert(subject.clone(), outcome.clone());
            let guard = CompletionGuard {
                task,
                owner: Arc::clone(self),
                subject: subject.clone(),
                publish,
                complete: Some(complete),
                output: None,
            };
            (guard, outcome)
        };
        // The lock is free again: a runtime that is shutting down drops a task as soon as it gets
        // it, and the guard takes the lock.
        let runtime = guard.task.runtime.clone();
        let work = work();
        runtime.spawn(async move {
            let output = work.await;
            guard.with(output);
        });
        Ok(Waiter(outcome))
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

    /// Refuses new work and waits for what is on, for `deadline` at most. Returns whether
    /// all has ended.
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

/// Ends a refresh however its work ended: takes the result in, removes the refresh, tells those who
/// wait.
struct CompletionGuard<O, L: FnOnce(Option<O>) -> TokenResult> {
    owner: Arc<SingleFlight>,
    subject: Subject,
    publish: watch::Sender<Option<TokenResult>>,
    complete: Option<L>,
    output: Option<O>,
    // Dropped last, so that whoever waits for all tasks finds the result in place.
    task: Task,
}

impl<O, L: FnOnce(Option<O>) -> TokenResult> CompletionGuard<O, L> {
    fn with(mut self, output: O) {
        self.output = Some(output);
    }
}

impl<O, L: FnOnce(Option<O>) -> TokenResult> Drop for CompletionGuard<O, L> {
    fn drop(&mut self) {
        let outcome = self.complete.take().map(|complete| complete(self.output.take()));
        self.owner.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.subject);
        self.publish.send_replace(outcome);
    }
}
