//! Ctrl-C, and what may have been executed by then.

use std::future::pending;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tcb_api::Platform;
use tcb_fleet::{Budget, Budgeted};
use tcb_transport::{Phase, Request, Response, Transport, TransportError};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::output::Output;

/// How long token calls whose results belong into a shared store may take after Ctrl-C.
pub(crate) const LAST_TOKENS: Duration = Duration::from_secs(10);

/// Sees what is on the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    create: Option<Create>,
    /// The platform whose tokens others share.
    sharing: Option<Platform>,
    budget: Option<Budget>,
}

/// A call that is to be executed once.
#[derive(Debug)]
struct Create {
    operation: String,
    /// How to find out whether it was executed.
    look: String,
    /// Whether a part of it may have been sent.
    sent: bool,
}

impl Watch {
    fn with<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on calls of `operation` create something. `look` says how to find out whether one
    /// was executed.
    pub(crate) fn creating(&self, operation: &str, look: String) {
        let create = Create { operation: operation.to_owned(), look, sent: false };
        self.with(|seen| seen.create = Some(create));
    }

    /// It is known what became of the create.
    pub(crate) fn created(&self) {
        self.with(|seen| seen.create = None);
    }

    /// Token calls of this platform have to end well.
    pub(crate) fn sharing(&self, platform: &Platform) {
        self.with(|seen| seen.sharing = Some(platform.clone()));
    }

    /// Calls over wires that are watched from now on wait for this budget.
    pub(crate) fn budget(&self, budget: &Budget) {
        self.with(|seen| seen.budget = Some(budget.clone()));
    }

    /// `wire`, watched.
    pub(crate) fn over(&self, wire: Arc<dyn Transport>) -> Arc<dyn Transport> {
        let wire = match self.with(|seen| seen.budget.clone()) {
            Some(budget) => Arc::new(Budgeted::new(wire, &budget)),
            None => wire,
        };
        Arc::new(Watched { wire, watch: self.clone() })
    }

    /// Ends what can be ended, after Ctrl-C. A second one ends the waiting.
    pub(crate) async fn interrupted(&self, output: Output) -> Exit {
        let Seen { create, sharing, .. } = self.with(mem::take);
        let failure = match create {
            Some(Create { operation, look, sent: true }) => {
                let message =
                    say!("interrupted while {operation} was on its way", "{operation} 正在途中时被中断");
                let mut failure = Failure::new(Exit::Unsettled, "interrupted", message).hint(look);
                failure.maybe_executed = true;
                failure
            }
            _ => Failure::new(Exit::Interrupted, "interrupted", say!("interrupted", "已中断")),
        };
        let exit = output.failure(&failure);
        if let Some(platform) = sharing
            && !platform.close(Duration::ZERO).await
        {
            output.talk(&say!(
                "waiting for a token that is on its way into the store; Ctrl-C again ends at once",
                "正在等待一个令牌写入存储；再按一次 Ctrl-C 立即结束"
            ));
            tokio::select! {
                _ = platform.close(LAST_TOKENS) => {}
                () = ctrl_c() => {}
            }
        }
        exit
    }
}

/// Waits for Ctrl-C.
pub(crate) async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Then the signal ends the process as it ends any other.
        pending::<()>().await;
    }
}

#[derive(Debug)]
struct Watched {
    wire: Arc<dyn Transport>,
    watch: Watch,
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let operation = request.operation().to_owned();
        let mark = |sent| {
            self.watch.with(|seen| {
                let create = seen.create.as_mut().filter(|create| create.operation == operation);
                create.map(|create| mem::replace(&mut create.sent, sent))
            })
        };
        let before = mark(true);
        let outcome = self.wire.send(request).await;
        if outcome.as_ref().is_err_and(|error| error.phase() == Phase::NotSent) {
            mark(before.unwrap_or_default());
        }
        outcome
    }
}
