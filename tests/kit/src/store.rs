//! What every durable token store has to do with the records of a platform.

use std::path::Path;
use std::time::Duration;

use tcb_auth::{Cipher, PlatformTokens, TokenSource as _, TokenStore};
use tcb_transport::{Response, TransportError, TransportErrorKind};
use tcb_types::{Clock as _, SystemClock};

use crate::Wire;

const SECRETS: [&str; 6] =
    ["ticket-canary", "component-canary", "refresh-canary", "next-canary", "access-canary", "code-canary"];

/// A cipher that writes no record in clear text, and reads none.
pub fn cipher() -> Cipher {
    Cipher::new("one", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap().require_encrypted()
}

/// Lets a platform store each kind of secret that there is, and read it again.
pub async fn fill_with_secrets(store: impl TokenStore + Clone + 'static, cipher: Option<&Cipher>) {
    // The second platform reads what the first one wrote.
    for _ in 0..2 {
        let builder = PlatformTokens::builder("wx_platform", "secret").store(store.clone());
        let builder = builder.transport(Wire::new(|request| {
            let answer = match request.operation() {
                "getComponentAccessToken" => {
                    r#"{"component_access_token":"component-canary","expires_in":7200}"#
                }
                "getAuthorizerAccessToken" => {
                    r#"{"authorizer_access_token":"access-canary","authorizer_refresh_token":"next-canary","expires_in":7200}"#
                }
                // The code is kept, to be tried again.
                _ => r#"{"errcode":-1,"errmsg":"busy"}"#,
            };
            Ok(Response::new(http::StatusCode::OK, answer))
        }));
        let tokens = match cipher {
            Some(cipher) => builder.cipher(cipher.clone()).build(),
            None => builder.build(),
        };
        tokens.ticket("ticket-canary", SystemClock.wall()).await.unwrap();
        tokens.restore("wx_shop", "refresh-canary").await.unwrap();
        assert_eq!(tokens.authorizer("wx_shop").token().await.unwrap().value().expose(), "access-canary");
        tokens.authorized("wx_new", "code-canary", SystemClock.wall()).await.unwrap();
        assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-canary");
        tokens.close(Duration::from_secs(10)).await;
    }
}

/// Looks into all files of a store that was filled: it holds every secret, or with a cipher none.
pub fn assert_sealed(folder: &Path, cipher: Option<&Cipher>) {
    let bytes = all_in(folder);
    let text = String::from_utf8_lossy(&bytes);
    for secret in SECRETS {
        assert_eq!(text.contains(secret), cipher.is_none(), "{secret}, with {cipher:?}");
    }
    assert_eq!(text.contains("aes-256-gcm:one:"), cipher.is_some());
}

fn all_in(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A socket has no bytes.
        bytes.extend(if path.is_dir() { all_in(&path) } else { std::fs::read(path).unwrap_or_default() });
    }
    bytes
}

/// Reads a store that holds the records of the fixtures `format-1`: a platform with a token, and
/// accounts in every state. Returns the platform, whose calls fail.
pub async fn assert_first_format_is_read(store: impl TokenStore + 'static) -> PlatformTokens {
    let tokens = PlatformTokens::builder("wx_platform", "secret")
        .transport(Wire::new(|_| Err(TransportError::new(TransportErrorKind::Connect))))
        .store(store)
        .build();
    assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-1");
    assert!(tokens.ticket_age().await.unwrap().is_some());
    for (app_id, refresh_token, access_token) in [
        ("wx_shop", Some("refresh-2"), Some("access-2")),
        ("wx_code", Some("refresh-3"), Some("access-3")),
        ("wx_hung", Some("refresh-4"), None),
        ("wx_pending", None, None),
        ("wx_left", None, None),
    ] {
        let found = tokens.refresh_token(&app_id.into()).await.unwrap();
        assert_eq!(found.as_ref().map(tcb_types::RefreshToken::expose), refresh_token, "{app_id}");
        let found = tokens.authorizer(app_id).token().await.ok();
        assert_eq!(found.as_ref().map(|token| token.value().expose()), access_token, "{app_id}");
    }
    tokens
}
