use std::fmt;

use serde::Deserialize;

/// One row of the error table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorFact {
    /// The number in `errcode`; 0 is success, cloud development's own codes are negative and large.
    pub code: i64,
    /// The text that comes with it, where one is known. Real answers differ in wording: match the number
    /// only.
    pub message: Option<String>,
    /// What it means and, where something is known, what to do.
    pub about: String,
    /// What a client does about it.
    pub reaction: Reaction,
    /// `global` for the general tables, and the ids of the operations whose pages list the code.
    pub seen_in: Vec<String>,
    /// Where the fact comes from: documentation pages and public clients.
    pub sources: Vec<String>,
}

/// What a client does about an error code.
///
/// Codes around tokens, platforms, accounts and cloud development were classed by hand; the others by the
/// wording of their message, and their [`about`](ErrorFact::about) says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reaction {
    /// Go on.
    Success,
    /// The thing asked for does not exist: an answer when reading, "nothing was created" when looking for an
    /// effect.
    Absent,
    /// The platform's ticket is missing or dead: read the stored one again, wait for the next push, then ask
    /// for pushes with `startPushTicket`.
    WaitForTicket,
    /// Somebody did it before: read the state back, then treat as success.
    AlreadyDone,
    /// Wait with growing pauses, a bounded number of times; repeat only what is safe to repeat.
    RetryLater,
    /// Refresh the token that was refused once, repeat once.
    RefreshTokenAndRetry,
    /// A quota or a frequency limit: stop for the period (minute, day, month).
    QuotaOrFrequency,
    /// A fault in the program or its data: do not repeat.
    FixCaller,
    /// The service provider's operator has to change something (address whitelist, secret, ticket push,
    /// release).
    ConfigurePlatform,
    /// A permission set or a right is missing: say which, ask for an extended authorisation.
    Permission,
    /// No authorisation stands: stop all work for the account.
    NotAuthorised,
    /// The credentials are dead. When no newer ones can be recovered, the merchant has to authorise again.
    Reauthorize,
    /// The merchant or its administrator has to do something outside the API.
    MerchantAction,
}

impl Reaction {
    /// The name in the data files: `fix_caller`, `retry_later`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Absent => "absent",
            Self::WaitForTicket => "wait_for_ticket",
            Self::AlreadyDone => "already_done",
            Self::RetryLater => "retry_later",
            Self::RefreshTokenAndRetry => "refresh_token_and_retry",
            Self::QuotaOrFrequency => "quota_or_frequency",
            Self::FixCaller => "fix_caller",
            Self::ConfigurePlatform => "configure_platform",
            Self::Permission => "permission",
            Self::NotAuthorised => "not_authorised",
            Self::Reauthorize => "reauthorize",
            Self::MerchantAction => "merchant_action",
        }
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
