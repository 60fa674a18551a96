//! What a store holds cannot be read without the key, and is never taken for nothing.

use std::error::Error as _;

use tcb_auth::{
    AuthError, AuthErrorKind, Cipher, Encoded, MemoryStore, PlatformTokens, StoreError, StoreErrorKind,
    StoreTime, TokenSource as _, TokenStore as _,
};
use tcb_types::Clock as _;

use crate::wechat::WeChat;
use crate::world::{SimClock, key};

const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TWO: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn one() -> Cipher {
    Cipher::new("one", ONE).unwrap()
}

/// A world with one store, and processes that begin anew.
struct Stage {
    wechat: WeChat,
    store: MemoryStore,
    clock: SimClock,
}

impl Stage {
    fn set() -> Self {
        let clock = SimClock::new();
        Self { wechat: WeChat::default(), store: MemoryStore::new().clock(clock.clone()), clock }
    }

    fn process(&self, cipher: Option<Cipher>) -> PlatformTokens {
        let mut tokens = PlatformTokens::builder("wx_platform", "secret")
            .transport(self.wechat.clone())
            .store(self.store.clone());
        if let Some(cipher) = cipher {
            tokens = tokens.cipher(cipher);
        }
        tokens.clock(self.clock.clone()).build()
    }

    /// Lets a process store a ticket, a refresh token and two access tokens.
    async fn fill(&self, cipher: Option<Cipher>) {
        let tokens = self.process(cipher);
        tokens.ticket("ticket@@@canary", self.clock.wall()).await.unwrap();
        tokens.restore("wx_shop", "refresh-canary").await.unwrap();
        tokens.authorizer("wx_shop").token().await.unwrap();
    }

    async fn held(&self, name: &str) -> Encoded {
        self.store.load(&key(name)).await.unwrap().held.unwrap().1
    }

    async fn put(&self, name: &str, record: &Encoded) {
        let version = self.store.load(&key(name)).await.unwrap().held.map(|(version, _)| version);
        self.store.swap(&key(name), version, record).await.unwrap().unwrap();
    }

    fn calls(&self) -> usize {
        ["getComponentAccessToken", "getAuthorizerAccessToken"]
            .map(|it| self.wechat.calls(it).len())
            .iter()
            .sum()
    }
}

fn is_sealed(record: &Encoded, id: &str) -> bool {
    let prefix = format!("aes-256-gcm:{id}:");
    let parts = [Some(&record.lasting), record.access.as_ref().map(|(text, _)| text)];
    parts.into_iter().flatten().all(|text| text.expose().starts_with(&prefix))
}

/// What the store's error says, of a record that could not be read.
fn unreadable(error: &AuthError) -> String {
    assert_eq!(error.kind(), AuthErrorKind::StoreUnavailable, "{error:?}");
    let store: &StoreError = error.source().unwrap().downcast_ref().unwrap();
    assert_eq!(store.kind(), StoreErrorKind::Unreadable);
    store.source().unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn with_a_cipher_the_store_sees_no_secret() {
    let stage = Stage::set();
    stage.fill(Some(one())).await;
    for name in ["", "wx_shop"] {
        let held = stage.held(name).await;
        assert!(is_sealed(&held, "one") && held.access.is_some(), "{name}");
    }
    // Another process reads it, and asks WeChat for nothing.
    let (calls, again) = (stage.calls(), stage.process(Some(one().require_encrypted())));
    again.authorizer("wx_shop").token().await.unwrap();
    again.component().token().await.unwrap();
    assert!(again.refresh_token(&"wx_shop".into()).await.unwrap().is_some());
    assert_eq!(stage.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_before_is_read_and_is_encrypted_when_it_is_written() {
    let stage = Stage::set();
    stage.fill(None).await;
    let (calls, tokens) = (stage.calls(), stage.process(Some(one())));
    tokens.authorizer("wx_shop").token().await.unwrap();
    assert_eq!(stage.calls(), calls);
    assert!(!is_sealed(&stage.held("wx_shop").await, "one"), "reading is not writing");
    tokens.unauthorized("wx_shop", stage.clock.wall()).await.unwrap();
    assert!(is_sealed(&stage.held("wx_shop").await, "one"));
    assert!(!is_sealed(&stage.held("").await, "one"));

    assert_eq!(tokens.reencrypt().await.unwrap(), 1);
    assert!(is_sealed(&stage.held("").await, "one"));
    assert_eq!(tokens.reencrypt().await.unwrap(), 0, "nothing is left to do");
    let strict = stage.process(Some(one().require_encrypted()));
    strict.component().token().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_is_an_error_and_wechat_is_asked_for_nothing() {
    let stage = Stage::set();
    stage.fill(Some(one())).await;
    let (calls, held) = (stage.calls(), stage.held("wx_shop").await);
    for (cipher, says) in [
        (None, "no cipher is set"),
        (Some(Cipher::new("two", TWO).unwrap()), "encrypted with the key \"one\""),
        (Some(Cipher::new("one", TWO).unwrap()), "the key is another one"),
    ] {
        let tokens = stage.process(cipher);
        let said = unreadable(&tokens.authorizer("wx_shop").token().await.unwrap_err());
        assert!(said.contains(says), "{said}");
        unreadable(&tokens.restore("wx_shop", "refresh").await.unwrap_err());
        unreadable(&tokens.ticket("ticket@@@2", stage.clock.wall()).await.unwrap_err());
    }
    assert_eq!(stage.calls(), calls);
    assert!(stage.held("wx_shop").await == held, "a record that cannot be read was overwritten");
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_account_is_refused() {
    let stage = Stage::set();
    stage.fill(Some(one())).await;
    let moved = stage.held("wx_shop").await;
    stage.put("wx_thief", &moved).await;
    let error = stage.process(Some(one())).authorizer("wx_thief").token().await.unwrap_err();
    assert!(unreadable(&error).contains("moved here"));
}

#[tokio::test(start_paused = true)]
async fn a_record_in_the_clear_is_refused_where_encryption_is_required() {
    let stage = Stage::set();
    stage.fill(None).await;
    let tokens = stage.process(Some(one().require_encrypted()));
    let error = tokens.authorizer("wx_shop").token().await.unwrap_err();
    assert_eq!(unreadable(&error), "the record is not encrypted, and the cipher requires it");
    assert!(unreadable(&tokens.reencrypt().await.unwrap_err()).contains("not encrypted"));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_changed_without_losing_a_record() {
    let stage = Stage::set();
    stage.fill(Some(one())).await;
    let calls = stage.calls();
    // First every process learns to read with it, then one after the other writes with it.
    let reads_both = stage.process(Some(one().also_reads("two", TWO).unwrap()));
    let writes_two = stage.process(Some(Cipher::new("two", TWO).unwrap().also_reads("one", ONE).unwrap()));
    assert_eq!(reads_both.reencrypt().await.unwrap(), 0);
    assert_eq!(writes_two.reencrypt().await.unwrap(), 2);
    for name in ["", "wx_shop"] {
        assert!(is_sealed(&stage.held(name).await, "two"), "{name}");
    }
    reads_both.authorizer("wx_shop").token().await.unwrap();
    let two = stage.process(Some(Cipher::new("two", TWO).unwrap().require_encrypted()));
    two.authorizer("wx_shop").token().await.unwrap();
    assert_eq!(stage.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_no_record_is_corrupt_and_stays_out_of_the_error() {
    let stage = Stage::set();
    for (lasting, access) in [("canary", None), ("{}", Some("canary"))] {
        let access = access.map(|text| (text.into(), StoreTime::from_millis(u64::MAX)));
        stage.put("wx_shop", &Encoded { lasting: lasting.into(), access, ends_at: None }).await;
        let error = stage.process(None).authorizer("wx_shop").token().await.unwrap_err();
        let store: &StoreError = error.source().unwrap().downcast_ref().unwrap();
        assert_eq!(store.kind(), StoreErrorKind::Corrupt);
        let shown = format!("{error:?} {error} {store} {}", store.source().unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
    assert_eq!(stage.calls(), 0);
}
