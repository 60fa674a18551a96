use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::store::{assert_sealed, cipher, fill_with_secrets};

#[tokio::test]
async fn with_a_cipher_no_secret_is_in_the_file_or_beside_it() {
    for cipher in [None, Some(cipher())] {
        let folder = tempfile::tempdir().unwrap();
        // It stays open, so nothing is taken from the log into the file yet.
        let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
        fill_with_secrets(store.clone(), cipher.as_ref()).await;
        assert_sealed(folder.path(), cipher.as_ref());
        drop(store);
    }
}
