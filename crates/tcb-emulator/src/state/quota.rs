use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

use crate::time::UnixTime;

/// Calls of one operation that an account may make on one day, where nothing else was said: more
/// than anyone makes. No page names a number.
const USUAL_LIMIT: u64 = 10_000_000;

/// The same for the platform's token; one platform saw the number through getApiQuota.
const COMPONENT_TOKEN: (&str, u64) = ("/cgi-bin/component/api_component_token", 10_000);

/// Clearings of all counts of an account in one month, and of a single one.
const CLEARINGS: u32 = 10;
const SINGLE_CLEARINGS: u32 = 50;

/// How often was called, and how often may be. Days and months are those of Beijing.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Quotas {
    /// By path and account.
    used: HashMap<String, HashMap<String, Count>>,
    limits: BTreeMap<String, u64>,
    clearings: HashMap<String, Count>,
    single_clearings: HashMap<String, Count>,
}

/// A number of one day or month.
#[derive(Default, Serialize, Deserialize)]
struct Count {
    period: u64,
    number: u64,
}

impl Count {
    fn in_period(&mut self, period: u64) -> &mut u64 {
        if self.period != period {
            *self = Self { period, number: 0 };
        }
        &mut self.number
    }

    /// Counts one more, if that is within the limit.
    fn add(&mut self, period: u64, limit: u64) -> bool {
        let number = self.in_period(period);
        let within = *number < limit;
        *number += u64::from(within);
        within
    }
}

impl Quotas {
    /// Counts a call; false when those of the day are used up.
    pub(crate) fn count(&mut self, account: &str, path: &str, now: UnixTime) -> bool {
        let limit = self.limit(path);
        if !self.used.contains_key(path) {
            self.used.insert(path.to_owned(), HashMap::new());
        }
        let Some(by_account) = self.used.get_mut(path) else { return true };
        match by_account.get_mut(account) {
            Some(count) => count.add(now.beijing_day(), limit),
            None => by_account.entry(account.to_owned()).or_default().add(now.beijing_day(), limit),
        }
    }

    pub(crate) fn used(&mut self, account: &str, path: &str, now: UnixTime) -> u64 {
        let count = self.used.get_mut(path).and_then(|by_account| by_account.get_mut(account));
        count.map_or(0, |count| *count.in_period(now.beijing_day()))
    }

    pub(crate) fn limit(&self, path: &str) -> u64 {
        let usual = if path == COMPONENT_TOKEN.0 { COMPONENT_TOKEN.1 } else { USUAL_LIMIT };
        self.limits.get(path).copied().unwrap_or(usual)
    }

    pub(crate) fn set_limit(&mut self, path: &str, limit: u64) {
        self.limits.insert(path.to_owned(), limit);
    }

    pub(crate) fn limits(&self) -> &BTreeMap<String, u64> {
        &self.limits
    }

    /// Sets all counts of an account to nothing; false when the month's clearings are used up.
    pub(crate) fn clear(&mut self, account: &str, now: UnixTime) -> bool {
        let clearings = self.clearings.entry(account.to_owned()).or_default();
        let allowed = clearings.add(now.beijing_month(), CLEARINGS.into());
        if allowed {
            for by_account in self.used.values_mut() {
                by_account.remove(account);
            }
        }
        allowed
    }

    /// The same for one path.
    pub(crate) fn clear_one(&mut self, account: &str, path: &str, now: UnixTime) -> bool {
        let clearings = self.single_clearings.entry(account.to_owned()).or_default();
        let allowed = clearings.add(now.beijing_month(), SINGLE_CLEARINGS.into());
        if let (true, Some(by_account)) = (allowed, self.used.get_mut(path)) {
            by_account.remove(account);
        }
        allowed
    }
}
