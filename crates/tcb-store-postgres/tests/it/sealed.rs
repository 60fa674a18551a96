//! Records that the server cannot read.

use tcb_store_postgres::PostgresStore;
use tcb_test_kit::postgres::PostgresServer;
use tcb_test_kit::store::{assert_sealed, cipher, fill_with_secrets};

use crate::options;

#[tokio::test]
async fn with_a_cipher_no_secret_reaches_the_server() {
    for cipher in [None, Some(cipher())] {
        // Its log of writes has all of them.
        let Some(server) = PostgresServer::for_test(&[]) else { return };
        let store = PostgresStore::connect(options(&server)).await.unwrap();
        fill_with_secrets(store, cipher.as_ref()).await;
        assert_sealed(server.folder(), cipher.as_ref());
    }
}
