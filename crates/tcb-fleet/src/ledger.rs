//! The row of one merchant, for as long as its lease is held.

use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::{Duration, SystemTime};

use tcb_api::async_trait;
use tcb_api::types::{AuthorizerAppId, Clock};
use tcb_deploy::{Noted, Notes, NotesError};
use tokio::sync::Mutex;

use crate::error::FleetError;
use crate::journal::{Entry, Journal, Swap, Table, Version};
use crate::merchant::{Lease, Merchant};
use crate::record::{decode, encode};

/// How long a lease lasts that nobody renews, in seconds: so long a merchant waits whose worker has
/// died.
pub(crate) const LEASE: u64 = 20;

/// How often one looks whether there is something to write down.
const TICK: Duration = Duration::from_secs(1);

/// Unix seconds.
pub(crate) fn seconds(clock: &dyn Clock) -> u64 {
    clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The right to work on a merchant, and its row. All that is written while the lease is held is
/// written only if it still is: who lost it can begin no create.
///
/// It is the [`Notes`] of the merchant's deployment. Steps are written down with the next note, or
/// after a second.
#[derive(Debug)]
pub(crate) struct Ledger {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    pub(crate) app_id: AuthorizerAppId,
    owner: String,
    held: Mutex<(Version, Merchant)>,
    told: SyncMutex<Told>,
}

/// What happened and is not written down yet.
#[derive(Debug, Default)]
struct Told {
    entries: Vec<Entry>,
    /// The step that is on.
    step: Option<String>,
}

/// A lease that somebody else has.
#[derive(Debug)]
pub(crate) struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another process works on the merchant")
    }
}

impl std::error::Error for Lost {}

impl Ledger {
    /// Takes the lease of a merchant, unless somebody else has it or it is not `wanted` any more.
    pub(crate) async fn take(
        journal: &Arc<dyn Journal>,
        clock: &Arc<dyn Clock>,
        app_id: &AuthorizerAppId,
        wanted: impl Fn(&Merchant) -> bool + Send,
    ) -> Result<Option<Self>, FleetError> {
        let key = app_id.as_str();
        let Some((version, body)) = journal.load(Table::Merchant, key).await? else { return Ok(None) };
        let mut merchant: Merchant = decode(key, &body)?;
        let now = seconds(clock);
        if merchant.is_at_work(now) || !wanted(&merchant) {
            return Ok(None);
        }
        let owner = format!("{:016x}", fastrand::u64(..));
        merchant.lease = Some(Lease { owner: owner.clone(), until: now.saturating_add(LEASE) });
        let (body, entries) = (encode(&merchant), Vec::new());
        let swap =
            Swap { table: Table::Merchant, key: key.to_owned(), expected: Some(version), body, entries };
        let Some(version) = journal.swap(swap).await? else { return Ok(None) };
        Ok(Some(Self {
            journal: Arc::clone(journal),
            clock: Arc::clone(clock),
            app_id: app_id.clone(),
            owner,
            held: Mutex::new((version, merchant)),
            told: SyncMutex::default(),
        }))
    }

    /// The row as it was read or written last.
    pub(crate) async fn merchant(&self) -> Merchant {
        self.held.lock().await.1.clone()
    }

    /// Takes in what happened.
    pub(crate) fn tell(&self, generation: &str, event: &str, what: String, rid: Option<String>) {
        let entry = Entry {
            at: seconds(&self.clock),
            merchant: self.app_id.as_str().to_owned(),
            generation: generation.to_owned(),
            event: event.to_owned(),
            what,
            rid,
        };
        let mut told = self.told();
        told.step = (event != "done").then(|| entry.what.clone());
        told.entries.push(entry);
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the row and writes down what was told, if the lease is still held.
    pub(crate) async fn change(
        &self,
        change: impl Fn(&mut Merchant) + Send,
    ) -> Result<Result<(), Lost>, FleetError> {
        let mut held = self.held.lock().await;
        loop {
            // The row that is held may be somebody else's since the last time.
            if held.1.lease.as_ref().is_none_or(|lease| lease.owner != self.owner) {
                return Ok(Err(Lost));
            }
            let mut merchant = held.1.clone();
            let entries = self.told().entries.clone();
            merchant.step.clone_from(&self.told().step);
            if let Some(lease) = &mut merchant.lease {
                lease.until = seconds(&self.clock).saturating_add(LEASE);
            }
            change(&mut merchant);
            let swap = Swap {
                table: Table::Merchant,
                key: self.app_id.as_str().to_owned(),
                expected: Some(held.0),
                body: encode(&merchant),
                entries: entries.clone(),
            };
            if let Some(version) = self.journal.swap(swap).await? {
                *held = (version, merchant);
                let mut told = self.told();
                told.entries.drain(..entries.len());
                return Ok(Ok(()));
            }
            // Somebody has changed its labels or its target, or has taken it over.
            let key = self.app_id.as_str();
            let Some((version, body)) = self.journal.load(Table::Merchant, key).await? else {
                return Ok(Err(Lost));
            };
            *held = (version, decode(key, &body)?);
        }
    }

    /// Renews the lease, and writes down steps that no note took along. It ends when the lease is
    /// lost or the journal fails.
    pub(crate) async fn keep(&self) -> Result<Lost, FleetError> {
        loop {
            tokio::time::sleep(TICK).await;
            let until = self.held.lock().await.1.lease.as_ref().map_or(0, |lease| lease.until);
            let is_old = until < seconds(&self.clock).saturating_add(LEASE / 2);
            if (is_old || !self.told().entries.is_empty())
                && let Err(lost) = self.change(|_| ()).await?
            {
                return Ok(lost);
            }
        }
    }

    /// Gives the lease back, and nothing else.
    pub(crate) async fn give_back(&self) -> Result<(), FleetError> {
        let free = |merchant: &mut Merchant| (merchant.lease, merchant.step) = (None, None);
        // Who has lost it has none to give back.
        self.change(free).await.map(|_| ())
    }
}

#[async_trait]
impl Notes for Ledger {
    async fn read(&self) -> Result<Noted, NotesError> {
        Ok(self.held.lock().await.1.noted.clone())
    }

    async fn write(&self, noted: &Noted) -> Result<(), NotesError> {
        let change = self.change(|merchant| merchant.noted.clone_from(noted)).await;
        change.map_err(NotesError::new)?.map_err(NotesError::new)
    }
}

#[cfg(test)]
mod tests {
    use tcb_api::auth::TestClock;

    use super::*;
    use crate::journal::MemoryJournal;

    #[tokio::test(start_paused = true)]
    async fn who_has_lost_a_lease_writes_nothing_into_the_row_of_another() {
        let clock: Arc<dyn Clock> = Arc::new(TestClock::starting_at(SystemTime::UNIX_EPOCH));
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
        let (app_id, row) = (AuthorizerAppId::from("wx1"), Merchant::default());
        let key = app_id.as_str().to_owned();
        let new =
            Swap { table: Table::Merchant, key, expected: None, body: encode(&row), entries: Vec::new() };
        journal.swap(new).await.unwrap();
        let take = async || Ledger::take(&journal, &clock, &app_id, |_| true).await.unwrap();
        let first = take().await.unwrap();
        assert!(take().await.is_none(), "it has one holder");
        tokio::time::advance(Duration::from_secs(LEASE + 1)).await;
        let second = take().await.unwrap();
        for _ in 0..2 {
            first.change(|merchant| merchant.position = Some(7)).await.unwrap().unwrap_err();
            first.give_back().await.unwrap();
        }
        second.change(|_| ()).await.unwrap().unwrap();
        assert_eq!(second.merchant().await.position, None);
    }
}
