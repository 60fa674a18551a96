//! The record of a merchant as a store keeps it, of which others are made by putting other tokens
//! in.

use async_trait::async_trait;
use tcb_api::Platform;
use tcb_api::auth::{MemoryStore, StoreTime, Subject, TokenKey, TokenSource as _, TokenStore as _};
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_api::types::Clock;

use crate::account;

/// The record of a merchant, as a store keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    lasting: String,
    access: String,
    /// When the access token ends.
    pub(crate) ends: StoreTime,
}

impl Template {
    /// Lets the SDK make a record, with token and refresh token number 0.
    pub(crate) async fn make(clock: impl Clock + Clone + 'static) -> Self {
        let store = MemoryStore::new().clock(clock.clone());
        let platform = Platform::builder(account::PLATFORM, "appsecret")
            .transport(OneToken)
            .store(store.clone())
            .clock(clock.clone())
            .build()
            .unwrap();
        platform.tokens().ticket("ticket@@@bench", clock.wall()).await.unwrap();
        platform.tokens().restore(account::MERCHANT, account::refresh_token(0)).await.unwrap();
        platform.tokens().authorizer(account::MERCHANT).token().await.unwrap();
        let key = TokenKey::new(account::PLATFORM, Subject::Authorizer(account::MERCHANT.into()));
        let (_, encoded) = store.load(&key).await.unwrap().held.unwrap();
        let (access, ends) = encoded.access.unwrap();
        Self { lasting: encoded.lasting.expose().to_owned(), access: access.expose().to_owned(), ends }
    }

    pub(crate) fn lasting(&self, number: u64) -> String {
        self.lasting.replace(&account::refresh_token(0), &account::refresh_token(number))
    }

    pub(crate) fn access(&self, number: u64) -> String {
        self.access.replace(&account::token(0), &account::token(number))
    }

    /// The record of a token that ends at another time.
    pub(crate) fn ending_at(&self, ends: StoreTime) -> Self {
        let access = self.access.replace(&self.ends.as_millis().to_string(), &ends.as_millis().to_string());
        Self { lasting: self.lasting.clone(), access, ends }
    }
}

/// Answers each token call with token number 0.
#[derive(Debug)]
struct OneToken;

#[async_trait]
impl Transport for OneToken {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let platforms_own = request.operation() == "getComponentAccessToken";
        let name = if platforms_own { "component_access_token" } else { "authorizer_access_token" };
        let answer = format!(r#"{{"{name}":"{}","expires_in":7200}}"#, account::token(0));
        Ok(Response::new(http::StatusCode::OK, answer))
    }
}
