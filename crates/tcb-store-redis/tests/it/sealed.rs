//! Records that the server cannot read.

use tcb_test_kit::redis::RedisServer;
use tcb_test_kit::store::{assert_sealed, cipher, fill_with_secrets};

use crate::connect;

#[tokio::test]
async fn with_a_cipher_no_secret_reaches_the_server() {
    for cipher in [None, Some(cipher())] {
        // Its log has every command that writes.
        let Some(server) = RedisServer::for_test(&["--appendfsync", "always"]) else { return };
        fill_with_secrets(connect(&server).await, cipher.as_ref()).await;
        assert_sealed(server.folder(), cipher.as_ref());
    }
}
