use tcb_auth::{Subject, TokenKey, TokenStore as _};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::store::assert_first_format_is_read;

use crate::{account, of_first_format};

#[tokio::test]
async fn records_of_the_first_format_are_read_and_go_on_in_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = of_first_format(&folder);
    let store = SqliteStore::open(&path).unwrap();
    let tokens = assert_first_format_is_read(store.clone()).await;
    tokens
        .ticket("ticket-3", std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000))
        .await
        .unwrap();
    let (_, platform) =
        store.load(&TokenKey::new("wx_platform", Subject::Platform)).await.unwrap().held.unwrap();
    let written = platform.lasting.expose();
    assert!(written.contains(r#""format":2"#) && written.contains("ticket-3"), "{written}");
    assert!(!written.contains("codes"), "codes have records of their own");
    let (_, untouched) = store.load(&account("wx_shop")).await.unwrap().held.unwrap();
    assert!(!untouched.lasting.expose().contains("format"), "what is only read is not written");
}
