use std::time::Duration;

/// All times of the token cache in one place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CachePolicy {
    /// A token is refreshed in the background when less than this is left; 15 minutes. Never more than half of its life.
    pub refresh_ahead: Duration,
    /// Each token adds a random share of this to `refresh_ahead`, so that tokens that were made together are not refreshed
    /// together; 10 minutes.
    pub refresh_spread: Duration,
    /// Callers wait for a refresh when less than this is left; 2 minutes. Never more than a quarter of the token's life.
    pub mandatory: Duration,
    /// Time for one token call; 8 seconds.
    pub mint_timeout: Duration,
    /// Pause after the first failed refresh; it doubles with each further one, and a random share of it is used; 1 second.
    pub backoff: Duration,
    /// Longest pause after failed refreshes; 1 minute.
    pub backoff_limit: Duration,
    /// Longest pause while no usable token is left; 5 seconds.
    pub urgent_backoff_limit: Duration,
    /// Pause after a refusal that only somebody's action can clear (wrong secret, dead refresh token); it doubles with each further
    /// one; 1 minute.
    pub refusal_pause: Duration,
    /// Longest pause after such refusals; 15 minutes.
    pub refusal_pause_limit: Duration,
    /// Least time between two refreshes that rejections caused, per key; 1 minute. It ends loops in which every token is refused.
    pub rejection_interval: Duration,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            refresh_ahead: Duration::from_secs(15 * 60),
            refresh_spread: Duration::from_secs(10 * 60),
            mandatory: Duration::from_secs(120),
            mint_timeout: Duration::from_secs(8),
            backoff: Duration::from_secs(1),
            backoff_limit: Duration::from_secs(60),
            urgent_backoff_limit: Duration::from_secs(5),
            refusal_pause: Duration::from_secs(60),
            refusal_pause_limit: Duration::from_secs(15 * 60),
            rejection_interval: Duration::from_secs(60),
        }
    }
}
