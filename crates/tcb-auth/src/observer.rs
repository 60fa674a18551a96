use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{AuthError, Reconciled, StoreError, TokenKey};

/// Hears what happens to the tokens of a platform: for metrics and alarms. Nothing that it hears
/// holds a secret.
///
/// It is called from the tasks that refresh tokens, so it must not block.
///
/// ```
/// use tcb_auth::{Observer, TokenEvent};
///
/// #[derive(Debug)]
/// struct Pager;
///
/// impl Observer for Pager {
///     fn on(&self, event: &TokenEvent<'_>) {
///         if let TokenEvent::NeedsReauthorization { key } = event {
///             eprintln!("{key}: the merchant has to authorise again");
///         }
///     }
/// }
/// ```
pub trait Observer: Debug + Send + Sync {
    /// Something happened.
    fn on(&self, event: &TokenEvent<'_>);
}

/// Something that happened to a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenEvent<'a> {
    /// WeChat minted a token.
    Minted {
        /// Whose.
        key: &'a TokenKey,
        /// Why.
        cause: MintCause,
    },
    /// A token could not be minted.
    MintFailed {
        /// Whose.
        key: &'a TokenKey,
        /// Why not.
        error: &'a AuthError,
    },
    /// A refresh begins that had to wait in line, since as many others were on as
    /// [`CachePolicy::refreshes_at_once`](crate::CachePolicy::refreshes_at_once) allows.
    Queued {
        /// Whose.
        key: &'a TokenKey,
        /// How long it has waited.
        waited: Duration,
    },
    /// WeChat refused a token.
    Rejected {
        /// Whose.
        key: &'a TokenKey,
        /// It was made only a moment ago, so another system makes tokens for the same key, outside
        /// this store. Find it: each kills the other's tokens.
        recently_minted: bool,
    },
    /// A token was handed out that should have been refreshed or compared with the store, and could
    /// not be.
    ServedStale {
        /// Whose.
        key: &'a TokenKey,
    },
    /// The store failed.
    StoreFailed {
        /// For which key.
        key: &'a TokenKey,
        /// How.
        error: &'a StoreError,
    },
    /// A token could not be stored and is kept in memory while storing is tried again. If the
    /// process ends now, the recovery has to recover its refresh token.
    Unsaved {
        /// Whose.
        key: &'a TokenKey,
    },
    /// A token that could not be stored at first is stored.
    Saved {
        /// Whose.
        key: &'a TokenKey,
    },
    /// [`close`](crate::PlatformTokens::close) has reached its deadline and what WeChat answered is
    /// still not stored. If the process ends now, the recovery has to recover the refresh token.
    Abandoned {
        /// Whose.
        key: &'a TokenKey,
    },
    /// A stored token may not be WeChat's newest, since a request of another process may have
    /// overtaken it. It is refreshed soon.
    Contested {
        /// Whose.
        key: &'a TokenKey,
    },
    /// A refresh token was dead and another one was found.
    Recovered {
        /// Whose.
        key: &'a TokenKey,
        /// Where it was found.
        by: RecoveryStep,
    },
    /// A refresh token is dead and no other was found. The merchant has to authorise again.
    NeedsReauthorization {
        /// Whose.
        key: &'a TokenKey,
    },
    /// WeChat said of a token that it lives for less than a minute or more than a day, or did not
    /// say how long. It is used as if it lived for `taken`.
    OddLife {
        /// Whose.
        key: &'a TokenKey,
        /// What WeChat said; zero when that was no number.
        told: Duration,
        /// What counts.
        taken: Duration,
    },
    /// No ticket has been pushed since the process started, and one is long due. See whether WeChat
    /// can reach the callback and gets `success`.
    TicketMissing {
        /// How long it has been waited for.
        waited: Duration,
    },
    /// [`maintain`](crate::PlatformTokens::maintain) has compared the store with WeChat's list.
    Reconciled {
        /// What was found and repaired.
        report: &'a Reconciled,
    },
    /// A part of [`maintain`](crate::PlatformTokens::maintain) has failed.
    MaintenanceFailed {
        /// Why.
        error: &'a AuthError,
        /// When it is tried again; `None` outside a tokio runtime, where nothing can be.
        retry_in: Option<Duration>,
    },
    /// The newest ticket is old: pushes have stopped. See whether the callback answers `success`,
    /// then call startPushTicket.
    TicketOld {
        /// How old.
        age: Duration,
    },
}

/// Why a token was minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MintCause {
    /// There was none, or it had ended.
    Missing,
    /// It was near its end.
    Due,
    /// WeChat had refused it.
    Rejected,
    /// It may not have been the newest.
    Contested,
    /// A merchant authorised.
    Authorized,
}

/// Where the recovery found a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecoveryStep {
    /// In the store, where another process had put it.
    Store,
    /// It was the former one, which still lived.
    Previous,
    /// getAuthorizerInfo gave it.
    Info,
    /// getAuthorizerList gave it.
    List,
}

/// Counts since the start of the process, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenCounters {
    /// Tokens that WeChat minted.
    pub mints: u64,
    /// Token calls that failed.
    pub mint_failures: u64,
    /// Refreshes that had to wait in line before they began.
    pub queued: u64,
    /// Tokens that WeChat refused.
    pub rejections: u64,
    /// Tokens that WeChat refused although they were young. More than a few: a second system makes
    /// tokens for the same keys.
    pub early_rejections: u64,
    /// Tokens handed out past their time because a refresh or the store failed.
    pub served_stale: u64,
    /// Failures of the store.
    pub store_failures: u64,
    /// Tokens that could not be stored at once.
    pub unsaved: u64,
    /// Stored tokens that might not have been the newest.
    pub contested: u64,
    /// Refresh tokens that were dead and replaced by another that was found.
    pub recoveries: u64,
    /// Refresh tokens that were dead for good.
    pub reauthorizations: u64,
}

/// The refreshes that are on now, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshCounts {
    /// Those that run.
    pub running: usize,
    /// Those that wait in line, and have not asked store or WeChat.
    pub queued: usize,
}

impl<O: Observer + ?Sized> Observer for std::sync::Arc<O> {
    fn on(&self, event: &TokenEvent<'_>) {
        (**self).on(event);
    }
}

/// Counts and passes on.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counts: Counts,
    observer: Option<std::sync::Arc<dyn Observer>>,
}

#[derive(Debug, Default)]
struct Counts {
    mints: AtomicU64,
    mint_failures: AtomicU64,
    queued: AtomicU64,
    rejections: AtomicU64,
    early_rejections: AtomicU64,
    served_stale: AtomicU64,
    store_failures: AtomicU64,
    unsaved: AtomicU64,
    contested: AtomicU64,
    recoveries: AtomicU64,
    reauthorizations: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(observer: Option<std::sync::Arc<dyn Observer>>) -> Self {
        Self { observer, ..Self::default() }
    }

    pub(crate) fn note(&self, event: &TokenEvent<'_>) {
        let counts = &self.counts;
        let counted: &[&AtomicU64] = match event {
            TokenEvent::Minted { key, cause } => {
                tracing::debug!(%key, ?cause, "minted a token");
                &[&counts.mints]
            }
            TokenEvent::MintFailed { key, error } => {
                tracing::warn!(%key, %error, "could not mint a token");
                &[&counts.mint_failures]
            }
            TokenEvent::Queued { key, waited } => {
                tracing::debug!(%key, waited_ms = waited.as_millis(), "a refresh has waited in line");
                &[&counts.queued]
            }
            TokenEvent::Rejected { key, recently_minted: false } => {
                tracing::info!(%key, "WeChat refused a token");
                &[&counts.rejections]
            }
            TokenEvent::Rejected { key, recently_minted: true } => {
                tracing::warn!(%key, "WeChat refused a young token: another system makes tokens for the same key");
                &[&counts.rejections, &counts.early_rejections]
            }
            TokenEvent::ServedStale { key } => {
                tracing::debug!(%key, "handed out a token past its time");
                &[&counts.served_stale]
            }
            TokenEvent::StoreFailed { key, error } => {
                tracing::warn!(%key, %error, "the token store failed");
                &[&counts.store_failures]
            }
            TokenEvent::Unsaved { key } => {
                tracing::error!(%key, "could not store a token, trying again");
                &[&counts.unsaved]
            }
            TokenEvent::Saved { key } => {
                tracing::info!(%key, "stored a token at last");
                &[]
            }
            TokenEvent::Abandoned { key } => {
                tracing::error!(%key, "closed before a token could be stored");
                &[]
            }
            TokenEvent::Contested { key } => {
                tracing::info!(%key, "a stored token may not be the newest");
                &[&counts.contested]
            }
            TokenEvent::Recovered { key, by } => {
                tracing::warn!(%key, ?by, "recovered a refresh token");
                &[&counts.recoveries]
            }
            TokenEvent::NeedsReauthorization { key } => {
                tracing::error!(%key, "the merchant has to authorise again");
                &[&counts.reauthorizations]
            }
            TokenEvent::OddLife { key, told, taken } => {
                tracing::warn!(%key, ?told, ?taken, "WeChat told an odd life of a token");
                &[]
            }
            TokenEvent::TicketMissing { waited } => {
                tracing::warn!(waited_s = waited.as_secs(), "no ticket has been pushed yet");
                &[]
            }
            TokenEvent::Reconciled { report } => {
                tracing::info!(
                    listed = report.listed,
                    added = report.added.len(),
                    changed = report.changed.len(),
                    revoked = report.revoked.len(),
                    unexchanged = report.unexchanged.len(),
                    "compared the store with WeChat's list"
                );
                &[]
            }
            TokenEvent::MaintenanceFailed { error, retry_in } => {
                tracing::warn!(%error, ?retry_in, "maintenance failed");
                &[]
            }
            TokenEvent::TicketOld { age } => {
                tracing::warn!(age_s = age.as_secs(), "the newest ticket is old");
                &[]
            }
        };
        for count in counted {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(observer) = &self.observer {
            // It is called while a refresh completes, and a refresh has to complete.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| observer.on(event)));
        }
    }

    pub(crate) fn counters(&self) -> TokenCounters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        TokenCounters {
            mints: read(&counts.mints),
            mint_failures: read(&counts.mint_failures),
            queued: read(&counts.queued),
            rejections: read(&counts.rejections),
            early_rejections: read(&counts.early_rejections),
            served_stale: read(&counts.served_stale),
            store_failures: read(&counts.store_failures),
            unsaved: read(&counts.unsaved),
            contested: read(&counts.contested),
            recoveries: read(&counts.recoveries),
            reauthorizations: read(&counts.reauthorizations),
        }
    }
}
