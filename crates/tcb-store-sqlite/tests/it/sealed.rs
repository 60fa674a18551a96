use std::time::Duration;

use async_trait::async_trait;
use tcb_auth::{Cipher, PlatformTokens, TokenSource as _, TokenStore};
use tcb_store_sqlite::SqliteStore;
use tcb_transport::{Request, Response, Transport, TransportError};
use tcb_types::{Clock as _, SystemClock};

/// Answers the calls for tokens.
#[derive(Debug)]
struct Canned;

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = match request.operation() {
            "getComponentAccessToken" => r#"{"component_access_token":"component-canary","expires_in":7200}"#,
            "getAuthorizerAccessToken" => {
                r#"{"authorizer_access_token":"access-canary","authorizer_refresh_token":"next-canary","expires_in":7200}"#
            }
            // The code is kept, to be tried again.
            _ => r#"{"errcode":-1,"errmsg":"busy"}"#,
        };
        Ok(Response::new(http::StatusCode::OK, answer))
    }
}

/// What a platform stores.
const SECRETS: [&str; 6] =
    ["ticket-canary", "component-canary", "refresh-canary", "next-canary", "access-canary", "code-canary"];

/// Lets a platform store all of that. The store is a handle of the same one each time.
async fn use_it(store: impl TokenStore + 'static, cipher: Option<Cipher>) {
    let mut tokens = PlatformTokens::builder("wx_platform", "secret").transport(Canned).store(store);
    if let Some(cipher) = cipher {
        tokens = tokens.cipher(cipher);
    }
    let tokens = tokens.build();
    tokens.ticket("ticket-canary", SystemClock.wall()).await.unwrap();
    tokens.restore("wx_shop", "refresh-canary").await.unwrap();
    assert_eq!(tokens.authorizer("wx_shop").token().await.unwrap().value().expose(), "access-canary");
    tokens.authorized("wx_new", "code-canary", SystemClock.wall()).await.unwrap();
    assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-canary");
    tokens.close(Duration::from_secs(10)).await;
}

fn cipher() -> Cipher {
    Cipher::new("one", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

#[tokio::test]
async fn with_a_cipher_no_secret_is_in_the_file_or_beside_it() {
    for cipher in [None, Some(cipher().require_encrypted())] {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
        use_it(store.clone(), cipher.clone()).await;
        // The store is open, so nothing has been taken from the log into the file yet.
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        let text = String::from_utf8_lossy(&bytes);
        for secret in SECRETS {
            assert_eq!(text.contains(secret), cipher.is_none(), "{secret}, with {cipher:?}");
        }
        assert_eq!(text.contains("aes-256-gcm:one:"), cipher.is_some());
        // What was written can be read.
        use_it(store, cipher).await;
    }
}
