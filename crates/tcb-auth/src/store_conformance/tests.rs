//! The suite over the store in memory, and over stores that do one thing wrong: a suite that finds
//! nothing proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, ComponentAppId};

use super::Suite;
use super::numbered::{number_of, numbered, record};
use crate::{Encoded, Loaded, MemoryStore, StoreError, StoreTime, Subject, TokenKey, TokenStore, Version};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_in_memory_conforms() {
    Suite::new(async || MemoryStore::new()).run().await;
}

/// What a store can do wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    ForgetsTheVersion,
    ComparesBeforeItWrites,
    CountsVersions,
    LosesTheAccessPart,
    KeepsTheAccessPart,
    LosesTheLastingPart,
    KeepsWhatHasEnded,
    KeepsAnEnd,
    ListsThePlatform,
    TakesCodesForAccounts,
    ListsTheFirstPageAgain,
    JoinsKeysWithASlash,
    TrimsIds,
    RunsBackwards,
}

#[derive(Debug)]
struct Faulty {
    wrong: Wrong,
    inner: MemoryStore,
    count: AtomicU64,
    /// Versions of its own for those of the store inside.
    versions: Mutex<BTreeMap<u64, Version>>,
    platforms: Mutex<BTreeSet<TokenKey>>,
}

impl Faulty {
    fn new(wrong: Wrong) -> Self {
        Self {
            wrong,
            inner: MemoryStore::new(),
            count: AtomicU64::new(0),
            versions: Mutex::default(),
            platforms: Mutex::default(),
        }
    }

    fn key(&self, key: &TokenKey) -> TokenKey {
        let authorizer = key.authorizer().map(AuthorizerAppId::as_str);
        match (self.wrong, authorizer) {
            (Wrong::JoinsKeysWithASlash, _) => {
                let joined = authorizer.map_or_else(String::new, |app_id| format!("/{app_id}"));
                TokenKey::new("", Subject::Authorizer(format!("{}{joined}", key.component()).into()))
            }
            (Wrong::TakesCodesForAccounts, None) => match key.subject() {
                Subject::Code(digest) => {
                    TokenKey::new(key.component(), Subject::Authorizer(digest.as_str().into()))
                }
                _ => key.clone(),
            },
            (Wrong::TrimsIds, Some(app_id)) => {
                TokenKey::new(key.component(), Subject::Authorizer(app_id.trim().into()))
            }
            _ => key.clone(),
        }
    }
}

#[async_trait]
impl TokenStore for Faulty {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let Loaded { mut held, mut now } = self.inner.load(&self.key(key)).await?;
        match self.wrong {
            Wrong::LosesTheAccessPart => {
                if let Some((_, record)) = &mut held {
                    record.access = None;
                }
            }
            Wrong::LosesTheLastingPart => {
                let living = |record: &Encoded| record.access.as_ref().is_some_and(|(_, end)| *end > now);
                held = held.filter(|(_, record)| living(record));
            }
            Wrong::CountsVersions => {
                let versions = self.versions.lock().unwrap();
                if let Some((version, _)) = &mut held {
                    let number = versions.iter().find(|(_, inner)| *inner == version).unwrap().0;
                    *version = Version::from_u64(*number);
                }
            }
            Wrong::RunsBackwards => {
                let loads = self.count.fetch_add(1, Ordering::Relaxed);
                now = StoreTime::from_millis(now.as_millis() - loads * 5000);
            }
            _ => {}
        }
        Ok(Loaded { held, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let key = &self.key(key);
        if *key.subject() == Subject::Platform {
            self.platforms.lock().unwrap().insert(key.clone());
        }
        let held = self.inner.load(key).await?.held;
        match self.wrong {
            Wrong::ForgetsTheVersion => self.inner.swap(key, held.map(|(version, _)| version), record).await,
            Wrong::ComparesBeforeItWrites => {
                if held.map(|(version, _)| version) != expected {
                    return Ok(None);
                }
                tokio::task::yield_now().await;
                let later = self.inner.load(key).await?.held;
                self.inner.swap(key, later.map(|(version, _)| version), record).await
            }
            Wrong::CountsVersions => {
                let expected = match expected {
                    Some(version) => match self.versions.lock().unwrap().get(&version.to_u64()) {
                        Some(inner) => Some(*inner),
                        None => return Ok(None),
                    },
                    None => None,
                };
                let Some(inner) = self.inner.swap(key, expected, record).await? else { return Ok(None) };
                let number = self.count.fetch_add(1, Ordering::Relaxed);
                self.versions.lock().unwrap().insert(number, inner);
                Ok(Some(Version::from_u64(number)))
            }
            Wrong::KeepsTheAccessPart => {
                let old = held.and_then(|(_, record)| record.access);
                let both = Encoded { access: record.access.clone().or(old), ..record.clone() };
                self.inner.swap(key, expected, &both).await
            }
            Wrong::KeepsWhatHasEnded => {
                self.inner.swap(key, expected, &Encoded { ends_at: None, ..record.clone() }).await
            }
            Wrong::KeepsAnEnd => {
                let old = held.and_then(|(_, record)| record.ends_at);
                let both = Encoded { ends_at: record.ends_at.or(old), ..record.clone() };
                self.inner.swap(key, expected, &both).await
            }
            _ => self.inner.swap(key, expected, record).await,
        }
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        match self.wrong {
            Wrong::JoinsKeysWithASlash => {
                let all = self.inner.authorizers(&"".into(), None, usize::MAX).await?;
                let prefix = format!("{component}/");
                let own = all.iter().filter_map(|joined| joined.as_str().strip_prefix(&prefix));
                let own =
                    own.map(AuthorizerAppId::from).filter(|app_id| after.is_none_or(|after| app_id > after));
                Ok(own.take(limit).collect())
            }
            Wrong::ListsThePlatform if after.is_none() => {
                let mut all = self.inner.authorizers(component, after, limit).await?;
                if self.platforms.lock().unwrap().iter().any(|key| key.component() == component) {
                    all.insert(0, component.as_str().into());
                }
                Ok(all)
            }
            Wrong::ListsTheFirstPageAgain => self.inner.authorizers(component, None, limit).await,
            _ => self.inner.authorizers(component, after, limit).await,
        }
    }
}

#[tokio::test]
async fn what_a_store_does_wrong_is_found_by_the_case_for_it() {
    for (wrong, case) in [
        (Wrong::ForgetsTheVersion, "a_record_is_replaced_only_at_its_version"),
        (Wrong::ComparesBeforeItWrites, "one_of_many_successors_wins"),
        (Wrong::CountsVersions, "a_store_that_starts_anew_repeats_no_version"),
        (Wrong::LosesTheAccessPart, "both_parts_are_of_one_write"),
        (Wrong::KeepsTheAccessPart, "an_access_part_goes_with_the_write_that_has_none"),
        (Wrong::LosesTheLastingPart, "the_lasting_part_outlives_the_access_part"),
        (Wrong::KeepsWhatHasEnded, "a_record_that_has_ended_is_not_there"),
        (Wrong::KeepsAnEnd, "an_end_is_that_of_the_last_write"),
        (Wrong::TakesCodesForAccounts, "codes_are_no_accounts"),
        (Wrong::ListsThePlatform, "only_the_accounts_of_the_platform_are_listed"),
        (Wrong::ListsTheFirstPageAgain, "accounts_come_in_order_and_in_pages"),
        (Wrong::JoinsKeysWithASlash, "keys_with_odd_characters_are_apart"),
        (Wrong::TrimsIds, "keys_with_odd_characters_are_apart"),
        (Wrong::RunsBackwards, "the_time_does_not_go_back"),
    ] {
        let failures = Suite::new(async || Faulty::new(wrong)).failures().await;
        let prefix = format!("{case}: ");
        assert!(failures.iter().any(|failure| failure.starts_with(&prefix)), "{wrong:?}: {failures:#?}");
    }
}

#[test]
fn a_numbered_record_of_two_writes_has_no_number() {
    let now = StoreTime::from_millis(1);
    assert_eq!(number_of(&numbered(7, now)), Some(7));
    assert_eq!(number_of(&record("lasting-7", None, now)), Some(7));
    assert_eq!(number_of(&record("lasting-7", Some(("access-6", Duration::from_secs(1))), now)), None);
    assert_eq!(number_of(&record("{}", None, now)), None);
}
