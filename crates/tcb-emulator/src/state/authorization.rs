use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

use crate::time::UnixTime;

/// How long an authorisation code can be exchanged.
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(3600);
/// How long a rotated refresh token works on, where rotation has a grace.
const REFRESH_GRACE: Duration = Duration::from_secs(300);

/// What a merchant granted to a platform.
#[derive(Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) permission_sets: BTreeSet<u32>,
    pub(crate) since: UnixTime,
    /// False after the merchant cancelled.
    pub(crate) standing: bool,
    /// Made when a code is exchanged for the first time.
    pub(crate) refresh_token: Option<String>,
    /// The refresh token before that and when it was replaced.
    former: Option<(String, UnixTime)>,
}

/// What a presented refresh token is worth.
#[derive(PartialEq, Eq)]
pub(crate) enum RefreshTokenState {
    Current,
    /// Replaced, and inside its grace.
    Former,
    Invalid,
}

impl Authorization {
    pub(crate) fn new(permission_sets: BTreeSet<u32>, since: UnixTime) -> Self {
        Self { permission_sets, since, standing: true, refresh_token: None, former: None }
    }

    pub(crate) fn rotate(&mut self, to: String, grace: bool, now: UnixTime) {
        let former = self.refresh_token.replace(to);
        self.former = former.filter(|_| grace).map(|token| (token, now));
    }

    pub(crate) fn state_of(&self, refresh_token: &str, now: UnixTime) -> RefreshTokenState {
        if !self.standing {
            return RefreshTokenState::Invalid;
        }
        if self.refresh_token.as_deref() == Some(refresh_token) {
            return RefreshTokenState::Current;
        }
        match &self.former {
            Some((former, replaced)) if former == refresh_token && now.since(*replaced) < REFRESH_GRACE => {
                RefreshTokenState::Former
            }
            _ => RefreshTokenState::Invalid,
        }
    }
}

/// An authorisation code.
#[derive(Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) component: String,
    pub(crate) authorizer: String,
    pub(crate) made: UnixTime,
    pub(crate) used: bool,
}
