use tcb_types::AuthorizerAppId;

/// What [`PlatformTokens::reconcile`](crate::PlatformTokens::reconcile) found and repaired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// How many accounts WeChat lists.
    pub listed: u64,
    /// Accounts of which nothing was stored, or nothing that stands: their push was missed, or the
    /// store had lost them.
    pub added: Vec<AuthorizerAppId>,
    /// Accounts whose stored refresh token was another one. The former is kept for one more try.
    pub changed: Vec<AuthorizerAppId>,
    /// Accounts that WeChat does not list any more: they cancelled, and the push was missed.
    pub revoked: Vec<AuthorizerAppId>,
    /// Accounts that WeChat lists without a refresh token: their code was never exchanged, so they
    /// have to authorise again.
    pub unexchanged: Vec<AuthorizerAppId>,
}
