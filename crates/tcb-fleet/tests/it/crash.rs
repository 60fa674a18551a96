//! Runs that end like a crash, at every write of the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tcb_api::async_trait;
use tcb_fleet::{Body, Entry, Journal, JournalError, MemoryJournal, Standing, Swap, Table, Version};
use tokio::sync::Notify;

use crate::stage::Stage;

/// When the process dies, at a write.
#[derive(Clone, Copy, Debug)]
enum Dies {
    Before,
    After,
}

/// The journal of a process that dies.
#[derive(Debug)]
struct Mortal {
    journal: Arc<MemoryJournal>,
    left: AtomicUsize,
    dies: Dies,
    dead: Arc<Notify>,
}

#[async_trait]
impl Journal for Mortal {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        self.journal.load(table, key).await
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        self.journal.list(table).await
    }

    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError> {
        let is_last = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if is_last && matches!(self.dies, Dies::After) {
            self.journal.swap(swap.clone()).await?;
        }
        if is_last {
            self.dead.notify_one();
            std::future::pending::<()>().await;
        }
        self.journal.swap(swap).await
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        self.journal.entries(merchant, limit).await
    }
}

/// Runs a fleet whose process dies at a write, and then another. Returns whether the first one
/// came to its end.
async fn interrupted(at: usize, dies: Dies) -> bool {
    let stage = Stage::with(2, true).await;
    stage.fleet().roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    let dead = Arc::new(Notify::new());
    let (journal, left) = (Arc::clone(&stage.journal), AtomicUsize::new(at));
    let mortal = stage.fleet_over(Mortal { journal, left, dies, dead: Arc::clone(&dead) });
    let first = stage.runner(&mortal);
    let ended = tokio::select! {
        summary = first.run(std::future::pending()) => {
            summary.unwrap();
            true
        }
        () = dead.notified() => false,
    };
    // Until the lease of the dead is over.
    stage.emulator.advance(Duration::from_secs(61)).await;
    let fleet = stage.fleet();
    let runner = stage.runner(&fleet);
    let summary = tokio::select! {
        summary = runner.run(std::future::pending()) => summary.unwrap(),
        () = stage.hours() => unreachable!(),
    };
    assert_eq!(summary.counts.standing(Standing::Ready), 2, "{at} {dies:?} {:?}", summary.view);
    assert_eq!(stage.executed(), [2; 4], "{at} {dies:?}");
    stage.emulator.assert_clean();
    ended
}

async fn interrupted_everywhere(dies: Dies) {
    let mut at = 0;
    while !interrupted(at, dies).await {
        at += 1;
    }
    assert!(at > 20, "{at} writes are fewer than there are");
}

#[tokio::test]
async fn a_crash_before_any_write_creates_nothing_twice() {
    interrupted_everywhere(Dies::Before).await;
}

#[tokio::test]
async fn a_crash_after_any_write_creates_nothing_twice() {
    interrupted_everywhere(Dies::After).await;
}
