use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts that an unverified open-platform account holds at most, and a verified one.
const MOST_UNVERIFIED: usize = 5;
const MOST: usize = 100;

/// The open-platform accounts, by their appids.
pub(crate) type OpenAccounts = BTreeMap<String, OpenAccount>;

/// An open-platform account.
#[derive(Serialize, Deserialize)]
pub(crate) struct OpenAccount {
    /// The legal entity behind it.
    pub(crate) subject: String,
    /// Whether createOpenAccount made it, and not somebody on the web site.
    pub(crate) by_api: bool,
    pub(crate) verified: bool,
    /// Appids of the accounts that are bound to it.
    pub(crate) members: BTreeSet<String>,
}

impl OpenAccount {
    pub(crate) fn is_full(&self) -> bool {
        self.members.len() >= if self.verified { MOST } else { MOST_UNVERIFIED }
    }
}
