//! A store that processes of two releases share.

use std::error::Error;

use tcb_auth::{
    AuthErrorKind, Encoded, MemoryStore, PlatformTokens, StoreError, StoreErrorKind, TokenSource, TokenStore,
};
use tcb_types::Clock;

use crate::wechat::WeChat;
use crate::world::{PLATFORM, SimClock, key};

#[tokio::test(start_paused = true)]
async fn a_record_of_a_newer_release_is_neither_used_nor_overwritten() {
    let clock = SimClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let written = Encoded {
        lasting: r#"{"format":3,"ticket":"in another place"}"#.into(),
        access: Some(("of another shape".into(), tcb_auth::StoreTime::from_millis(u64::MAX))),
        ends_at: None,
    };
    store.swap(&key(""), None, &written).await.unwrap().unwrap();
    let tokens = PlatformTokens::builder(PLATFORM, "secret")
        .transport(WeChat::default())
        .store(store.clone())
        .clock(clock.clone())
        .build();
    for error in [
        tokens.ticket("ticket", clock.wall()).await.unwrap_err(),
        tokens.component().token().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), AuthErrorKind::StoreUnavailable);
        let cause = error.source().unwrap().downcast_ref::<StoreError>().unwrap();
        assert_eq!(cause.kind(), StoreErrorKind::Newer);
        let why = cause.source().unwrap().to_string();
        assert_eq!(why, "the record is of format 3, and this release reads those up to 2");
    }
    let (_, held) = store.load(&key("")).await.unwrap().held.unwrap();
    assert!(held == written);
}
