use std::sync::{Arc, Mutex};
use std::time::Duration;

use tcb_auth::{
    AccessToken, AuthError, AuthErrorKind, CachePolicy, CachedSource, MockTokenSource, TestClock,
    TokenSource, async_trait,
};
use tcb_types::Clock;

/// A source that counts. Each answer takes a second of the paused clock.
#[derive(Clone, Debug, Default)]
struct Vault(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    asked: u32,
    refused: Vec<String>,
    life: Option<Duration>,
    how: How,
}

#[derive(Clone, Debug, Default)]
enum How {
    /// Another token with each question: `t1`, `t2`, …
    #[default]
    Counting,
    /// Always the same one.
    Same,
    Fails(AuthError),
    Hangs,
    Panics,
}

impl Vault {
    fn living(life: Duration) -> Self {
        let vault = Self::default();
        vault.0.lock().unwrap().life = Some(life);
        vault
    }

    fn does(&self, how: How) {
        self.0.lock().unwrap().how = how;
    }

    fn asked(&self) -> u32 {
        self.0.lock().unwrap().asked
    }

    fn refused(&self) -> Vec<String> {
        self.0.lock().unwrap().refused.clone()
    }

    fn cached(&self) -> CachedSource {
        CachedSource::new(self.clone()).clock(TestClock::default())
    }
}

#[async_trait]
impl TokenSource for Vault {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        let (number, life, how) = {
            let mut state = self.0.lock().unwrap();
            state.asked += 1;
            (state.asked, state.life, state.how.clone())
        };
        tokio::time::sleep(Duration::from_secs(1)).await;
        let token = match how {
            How::Counting => AccessToken::authorizer(format!("t{number}")),
            How::Same => AccessToken::authorizer("same"),
            How::Fails(error) => return Err(error),
            How::Hangs => std::future::pending().await,
            How::Panics => panic!("the vault is broken"),
        };
        Ok(life.into_iter().fold(token, AccessToken::expires_in))
    }

    async fn reject(&self, token: &AccessToken) {
        self.0.lock().unwrap().refused.push(token.value().expose().to_owned());
    }
}

const HOURS: Duration = Duration::from_secs(7200);

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn got(source: &CachedSource) -> String {
    source.token().await.unwrap().value().expose().to_owned()
}

#[tokio::test(start_paused = true)]
async fn twenty_cold_callers_cause_one_question() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    assert_eq!(source.cached(), None);
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { got(&source).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "t1");
    }
    assert_eq!(source.cached(), Some(AccessToken::new("t1")));
    assert_eq!(vault.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_does_not_stop_the_question() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    tokio::time::timeout(Duration::from_millis(10), source.token()).await.unwrap_err();
    pass(2).await;
    assert_eq!(source.cached(), Some(AccessToken::new("t1")));
    assert_eq!(vault.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_says_when_it_ends_is_replaced_ahead_of_that_and_behind_its_callers() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    got(&source).await;
    pass(7200 - 26 * 60).await;
    assert_eq!(got(&source).await, "t1");
    assert_eq!(vault.asked(), 1, "nothing is due 26 minutes before its end");
    pass(12 * 60).await;
    assert_eq!(source.cached(), None, "a refresh is due, and only `token` starts it");
    assert_eq!(got(&source).await, "t1");
    pass(2).await;
    assert_eq!((source.cached(), vault.asked()), (Some(AccessToken::new("t2")), 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_used_to_its_end_and_not_longer_while_its_source_fails() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    got(&source).await;
    vault.does(How::Fails(AuthError::custom("sealed")));
    pass(7200 - 60).await;
    assert_eq!(got(&source).await, "t1");
    pass(50).await;
    assert_eq!(got(&source).await, "t1");
    pass(10).await;
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Source);
}

#[tokio::test(start_paused = true)]
async fn what_is_cached_tells_when_it_ends() {
    let clock = TestClock::default();
    let source = CachedSource::new(Vault::living(HOURS)).clock(clock.clone());
    let asked = clock.wall();
    let token = source.token().await.unwrap();
    assert_eq!(token.ends_at(), Some(asked + HOURS), "it is counted from the question");
    assert_eq!(source.cached().unwrap().ends_at(), token.ends_at());

    let mut fixed = MockTokenSource::new();
    let end = clock.wall() + Duration::from_secs(100);
    fixed.expect_token().returning(move || Ok(AccessToken::new("t").expires_at(end)));
    let source = CachedSource::new(fixed).clock(clock);
    assert_eq!(source.token().await.unwrap().ends_at(), Some(end));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_say_when_it_ends_is_asked_for_again_after_a_minute() {
    let vault = Vault::default();
    let source = vault.cached();
    got(&source).await;
    pass(50).await;
    assert_eq!((got(&source).await.as_str(), vault.asked()), ("t1", 1));
    pass(20).await;
    assert_eq!(got(&source).await, "t2", "who comes after an hour must not get what is an hour old");
    vault.does(How::Fails(AuthError::custom("sealed")));
    for _ in 0..7000 {
        pass(1).await;
        assert_eq!(got(&source).await, "t2");
    }
    assert!(vault.asked() < 400, "{} questions to a source that fails", vault.asked());
    pass(300).await;
    source.token().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_ended_when_it_comes_is_used_for_a_minute() {
    let vault = Vault::living(Duration::ZERO);
    let source = vault.cached();
    got(&source).await;
    pass(25).await;
    assert_eq!((got(&source).await.as_str(), vault.asked()), ("t1", 1));
    pass(36).await;
    assert_eq!((got(&source).await.as_str(), vault.asked()), ("t2", 2));
}

#[tokio::test(start_paused = true)]
async fn the_longest_life_counts_as_a_day() {
    let vault = Vault::living(Duration::MAX);
    let source = vault.cached();
    got(&source).await;
    pass(86_000).await;
    got(&source).await;
    pass(2).await;
    assert_eq!((got(&source).await.as_str(), vault.asked()), ("t2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_a_minute_and_its_source_hears_of_it() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    let first = source.token().await.unwrap();
    source.reject(&first).await;
    source.reject(&first).await;
    assert_eq!(source.cached(), None);
    let second = source.token().await.unwrap();
    assert_eq!((second.value().expose(), vault.asked()), ("t2", 2));
    source.reject(&first).await;
    assert_eq!(source.cached().as_ref(), Some(&second), "a late refusal does not throw its successor away");
    source.reject(&second).await;
    assert_eq!(got(&source).await, "t2", "the fault lies elsewhere");
    assert_eq!((vault.asked(), vault.refused()), (2, vec!["t1".to_owned()]));
    pass(61).await;
    source.reject(&second).await;
    assert_eq!((got(&source).await.as_str(), vault.refused().len()), ("t3", 2));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_sticks_to_a_refused_token_is_not_asked_in_a_loop() {
    let vault = Vault::living(HOURS);
    vault.does(How::Same);
    let source = vault.cached();
    for _ in 0..100 {
        let token = source.token().await.unwrap();
        source.reject(&token).await;
        pass(1).await;
    }
    assert!((2..=4).contains(&vault.asked()), "{}", vault.asked());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_while_it_is_asked_for_again_is_asked_for_once_more() {
    let vault = Vault::living(HOURS);
    vault.does(How::Same);
    let source = vault.cached();
    let token = source.token().await.unwrap();
    pass(7200 - 10 * 60).await;
    source.token().await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    source.reject(&token).await;
    source.token().await.unwrap();
    assert_eq!((vault.asked(), vault.refused().len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn an_error_says_when_to_come_back_and_nobody_comes_before() {
    let vault = Vault::default();
    let sealed = AuthError::new(AuthErrorKind::Unavailable).with_source("sealed");
    vault.does(How::Fails(sealed.retry_in(Duration::from_secs(300))));
    let source = vault.cached();
    let error = source.token().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(300)));
    assert!(error.is_retryable());
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "sealed");
    pass(290).await;
    let error = source.token().await.unwrap_err();
    assert_eq!((error.retry_after(), vault.asked()), (Some(Duration::from_secs(10)), 1));
    vault.does(How::Counting);
    pass(10).await;
    assert_eq!((got(&source).await.as_str(), vault.asked()), ("t2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_was_still_in_line_is_asked_again_soon() {
    let vault = Vault::default();
    vault.does(How::Fails(AuthError::new(AuthErrorKind::Queued)));
    let error = vault.cached().token().await.unwrap_err();
    assert!(error.is_retryable() && error.retry_after().unwrap() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_does_not_say_when_is_tried_again_after_growing_pauses() {
    let vault = Vault::default();
    vault.does(How::Fails(AuthError::custom("sealed")));
    let source = vault.cached();
    let error = source.token().await.unwrap_err();
    assert!(error.retry_after().unwrap() <= Duration::from_secs(1));
    for _ in 0..3000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        source.token().await.unwrap_err();
    }
    assert!((60..=400).contains(&vault.asked()), "{}", vault.asked());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_or_panics_fails_one_question_and_not_the_cache() {
    for how in [How::Hangs, How::Panics] {
        let vault = Vault::default();
        vault.does(how);
        let source = vault.cached();
        let error = source.token().await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::Unavailable);
        vault.does(How::Counting);
        pass(5).await;
        assert_eq!(got(&source).await, "t2");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_cancellation_no_token_is_used() {
    let vault = Vault::living(HOURS);
    let source = vault.cached();
    got(&source).await;
    vault.does(How::Fails(AuthError::new(AuthErrorKind::NotAuthorized)));
    pass(7200 - 60).await;
    assert_eq!(source.token().await.unwrap_err().kind(), AuthErrorKind::NotAuthorized);
    assert_eq!(source.cached(), None);
    assert_eq!(source.token().await.unwrap_err().kind(), AuthErrorKind::NotAuthorized);
}

#[tokio::test(start_paused = true)]
async fn the_longest_times_of_a_policy_neither_panic_nor_hang() {
    let places: [fn(&mut CachePolicy) -> &mut Duration; 9] = [
        |policy| &mut policy.verify_after,
        |policy| &mut policy.refresh_ahead,
        |policy| &mut policy.refresh_spread,
        |policy| &mut policy.mandatory,
        |policy| &mut policy.mint_timeout,
        |policy| &mut policy.backoff,
        |policy| &mut policy.refusal_pause,
        |policy| &mut policy.rejection_interval,
        |policy| &mut policy.recently_minted,
    ];
    for place in places {
        for life in [None, Some(HOURS), Some(Duration::MAX)] {
            let mut policy = CachePolicy::default();
            *place(&mut policy) = Duration::MAX;
            let vault = Vault::default();
            vault.0.lock().unwrap().life = life;
            let source = vault.cached().policy(policy);
            let first = source.token().await.unwrap();
            source.reject(&first).await;
            assert_eq!(got(&source).await, "t2");
            vault.does(How::Fails(AuthError::custom("sealed").retry_in(Duration::MAX)));
            pass(7190).await;
            let _ = source.token().await;
        }
    }
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let source = CachedSource::new(Vault::default());
    let mut call = source.token();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(error.kind(), AuthErrorKind::NoRuntime);
}

#[tokio::test(start_paused = true)]
async fn the_token_is_not_shown() {
    let mut vault = MockTokenSource::new();
    vault.expect_token().returning(|| Ok(AccessToken::new("token-canary").expires_in(HOURS)));
    let source = CachedSource::new(vault).clock(TestClock::default());
    let token = source.token().await.unwrap();
    assert!(!format!("{source:?} {token:?}").contains("canary"));
}

mod the_mock {
    use super::*;

    #[tokio::test]
    async fn works_with_an_expectation_of_a_token_alone() {
        let mut source = MockTokenSource::new();
        source.expect_token().times(1).returning(|| Ok(AccessToken::new("t")));
        assert_eq!(source.cached(), None);
        let token = source.token().await.unwrap();
        source.reject(&token).await;
    }

    #[tokio::test]
    async fn does_what_is_expected_of_it() {
        let mut source = MockTokenSource::new();
        source.expect_cached().times(1).returning(|| Some(AccessToken::new("at hand")));
        source.expect_reject().times(1).returning(|_| ());
        let token = source.cached().unwrap();
        source.reject(&token).await;
        source.checkpoint();
        assert_eq!(source.cached(), None);
    }

    #[test]
    #[should_panic(expected = "reject")]
    fn complains_of_a_refusal_that_was_expected_and_did_not_come() {
        let mut source = MockTokenSource::new();
        source.expect_reject().times(1).returning(|_| ());
    }
}

mod a_mock_of_ones_own {
    use tcb_auth::{AccessToken, AuthError, TokenSource};

    mockall::mock! {
        #[derive(Debug)]
        Vault {}

        #[tcb_auth::async_trait]
        impl TokenSource for Vault {
            async fn token(&self) -> Result<AccessToken, AuthError>;
        }
    }

    #[tokio::test]
    async fn needs_no_other_crate_than_this_one() {
        let mut vault = MockVault::new();
        vault.expect_token().returning(|| Ok(AccessToken::new("t")));
        assert_eq!(vault.token().await.unwrap().value().expose(), "t");
        assert_eq!(vault.cached(), None);
    }
}
