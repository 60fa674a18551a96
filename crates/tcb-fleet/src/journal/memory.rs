use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tcb_api::async_trait;

use super::{Body, Entry, Journal, JournalError, Swap, Table, Version};

/// A journal in memory, for tests: it ends with the process.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<(Table, String), (Version, Body)>,
    entries: Vec<Entry>,
}

impl MemoryJournal {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        Ok(self.kept().records.get(&(table, key.to_owned())).cloned())
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        let kept = self.kept();
        let of_table = kept.records.iter().filter(|((kind, _), _)| *kind == table);
        Ok(of_table.map(|((_, key), (version, body))| (key.clone(), *version, body.clone())).collect())
    }

    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError> {
        let mut kept = self.kept();
        let key = (swap.table, swap.key);
        if kept.records.get(&key).map(|(version, _)| *version) != swap.expected {
            return Ok(None);
        }
        let version = Version(swap.expected.map_or(0, |version| version.0).saturating_add(1));
        kept.records.insert(key, (version, swap.body));
        kept.entries.extend(swap.entries);
        Ok(Some(version))
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let kept = self.kept();
        let meant = |entry: &&Entry| merchant.is_none_or(|merchant| entry.merchant == merchant);
        let mut last: Vec<Entry> = kept.entries.iter().rev().filter(meant).take(limit).cloned().collect();
        last.reverse();
        Ok(last)
    }
}
