//! The writer: it takes all swaps that wait into one transaction, so that they wait for the disk
//! together.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Transaction;
use tcb_auth::{Encoded, StoreError, StoreTime, TokenKey, Version};
use tokio::sync::oneshot;

use crate::error::{of_sqlite, unavailable};
use crate::pool::{Connections, Open, runtime, stopped};
use crate::table::{self, Statements};

/// How many swaps one transaction takes at the most, so that none waits long for the others of its
/// own, nor another process for all of them.
const LIMIT: usize = 256;

/// The one who writes, of all clones of a store.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Shared>);

struct Shared {
    connections: Connections,
    waiting: Mutex<Waiting>,
    commits: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    swaps: VecDeque<Swap>,
    /// Whether somebody has the turn, and comes for them.
    is_turn: bool,
}

type Outcome = Result<Option<Version>, StoreError>;

struct Swap {
    key: TokenKey,
    expected: Option<Version>,
    record: Encoded,
    answer: oneshot::Sender<Outcome>,
}

/// What is to be said to callers, of whom some may have given up.
type Answers = Vec<(oneshot::Sender<Outcome>, Outcome)>;

fn send(answers: Answers) {
    for (answer, outcome) in answers {
        let _ = answer.send(outcome);
    }
}

impl Writer {
    pub(crate) fn new(connections: Connections) -> Self {
        let (waiting, commits) = (Mutex::default(), AtomicU64::default());
        Self(Arc::new(Shared { connections, waiting, commits }))
    }

    pub(crate) fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Opens a first connection now, to see that it works.
    pub(crate) fn try_out(&self) -> Result<(), StoreError> {
        self.0.connections.take().map(|open| self.0.connections.give_back(open))
    }

    /// Swaps with the next transaction. Once this was polled, it is done even if the caller does
    /// not wait for it.
    pub(crate) async fn swap(&self, key: TokenKey, expected: Option<Version>, record: Encoded) -> Outcome {
        let runtime = runtime()?;
        let (answer, outcome) = oneshot::channel();
        if let Some(turn) = self.line_up(Swap { key, expected, record, answer }) {
            runtime.spawn_blocking(move || turn.write());
        }
        outcome.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// The turn, if nobody has it.
    fn line_up(&self, swap: Swap) -> Option<Turn> {
        let mut waiting = self.0.waiting();
        waiting.swaps.push_back(swap);
        let is_turn = std::mem::replace(&mut waiting.is_turn, true);
        (!is_turn).then(|| Turn { shared: Arc::clone(&self.0), is_over: false })
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, limit: usize) -> Vec<Swap> {
        let mut waiting = self.waiting();
        let count = waiting.swaps.len().min(limit);
        waiting.swaps.drain(..count).collect()
    }
}

/// The right to write, and the duty to do so until nobody waits.
struct Turn {
    shared: Arc<Shared>,
    is_over: bool,
}

impl Turn {
    fn write(mut self) {
        loop {
            let answers = self.write_over_one().unwrap_or_else(|error| self.fail_all(&error));
            if !self.is_wanted() {
                // Who hears the last answer and drops the store has closed the file.
                drop(self);
                return send(answers);
            }
            send(answers);
        }
    }

    /// Whether somebody waits. If not, the turn is over.
    fn is_wanted(&mut self) -> bool {
        let mut waiting = self.shared.waiting();
        self.is_over = waiting.swaps.is_empty();
        waiting.is_turn = !self.is_over;
        !self.is_over
    }

    /// Writes over one connection for as long as it is good and somebody waits. Returns the answers
    /// to the last transaction.
    fn write_over_one(&self) -> Result<Answers, StoreError> {
        let connections = &self.shared.connections;
        let open = connections.take()?;
        let mut statements = Statements::prepare(&open.connection)?;
        loop {
            let (answers, is_good) = self.write_once(&open, &mut statements)?;
            if !is_good {
                return Ok(answers);
            }
            if self.shared.waiting().swaps.is_empty() || !connections.is_current(&open) {
                drop(statements);
                connections.give_back(open);
                return Ok(answers);
            }
            send(answers);
        }
    }

    /// One transaction. It waits for the lock first, and then takes all who wait by then. Returns
    /// also whether the connection is still good.
    fn write_once(
        &self,
        open: &Open,
        statements: &mut Statements<'_>,
    ) -> Result<(Answers, bool), StoreError> {
        let transaction = table::begin(&open.connection)?;
        let now = self.shared.connections.now(open);
        let swaps = self.shared.next(LIMIT);
        // Where one fails for want of space or memory, SQLite takes all of them back; what came
        // after would be written by itself.
        let swap = |swap: &Swap| {
            still_open(&transaction)?;
            statements.swap(&swap.key, swap.expected, &swap.record, now)
        };
        let outcomes: Vec<Outcome> = swaps.iter().map(swap).collect();
        let is_change = outcomes.iter().any(|outcome| matches!(outcome, Ok(Some(_))));
        let end = if is_change { self.commit(transaction, statements, now) } else { Ok(()) };
        // What was compared with a write that is not kept is not known either.
        let answers = swaps.into_iter().zip(outcomes);
        let answers = answers.map(|(swap, outcome)| (swap.answer, end.clone().and(outcome)));
        Ok((answers.collect(), end.is_ok()))
    }

    fn fail_all(&self, error: &StoreError) -> Answers {
        self.shared.next(usize::MAX).into_iter().map(|swap| (swap.answer, Err(error.clone()))).collect()
    }

    fn commit(
        &self,
        transaction: Transaction<'_>,
        statements: &mut Statements<'_>,
        now: StoreTime,
    ) -> Result<(), StoreError> {
        still_open(&transaction)?;
        statements.tidy(now)?;
        transaction.commit().map_err(of_sqlite)?;
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn still_open(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let is_gone = transaction.is_autocommit();
    if is_gone { Err(unavailable("SQLite took the transaction back".to_owned())) } else { Ok(()) }
}

impl Drop for Turn {
    /// Without the duty done, nobody comes for those who wait.
    fn drop(&mut self) {
        if !self.is_over {
            let mut waiting = self.shared.waiting();
            waiting.is_turn = false;
            waiting.swaps.clear();
        }
    }
}
