/// What a client does about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reaction {
    /// Go on.
    Success,
    /// The thing asked for does not exist: an answer to a reader.
    Absent,
    /// Re-read the stored ticket, wait for the next push, then ask for pushing to be started.
    WaitForTicket,
    /// Treat as success after reading the state back.
    AlreadyDone,
    /// Wait with growing pauses, and only repeat what is safe to repeat.
    RetryLater,
    /// Refresh the token once, repeat once.
    RefreshTokenAndRetry,
    /// Stop for the period: minute, day or month.
    QuotaOrFrequency,
    /// Correct the program or its data; do not repeat.
    FixCaller,
    /// The provider's operator has to change something: IP whitelist, secret, ticket push, release.
    ConfigurePlatform,
    /// A permission set is missing; ask the merchant for an extended authorisation.
    Permission,
    /// No authorisation stands; stop all work for the account.
    NotAuthorized,
    /// The credentials are dead; after the recovery of another refresh token the merchant has to
    /// authorise again.
    Reauthorize,
    /// The merchant or its administrator has to do something outside the API.
    MerchantAction,
    /// The code is in no table.
    Unknown,
}

impl Reaction {
    /// Name in the catalogue, for output that programs read: `fix_caller`, `retry_later`, …
    pub const fn name(self) -> &'static str {
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
            Self::NotAuthorized => "not_authorized",
            Self::Reauthorize => "reauthorize",
            Self::MerchantAction => "merchant_action",
            Self::Unknown => "unknown",
        }
    }
}
