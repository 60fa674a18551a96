use std::sync::Arc;

use tcb_api::transport::{HttpOptions, HyperTransport, ReqwestTransport, Transport};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_api::{Client, CreateFunction, Platform};

use super::bare_reqwest;
use super::caller::{self, Kind};
use crate::account;

/// The SDK as a service provider uses it: a platform, a merchant of it, and the merchant's token in
/// the cache.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    operation: Arc<CreateFunction>,
}

impl Caller {
    pub(super) async fn new(kind: Kind, base_url: &str) -> Self {
        let options = HttpOptions::new(base_url.parse().unwrap());
        let transport: Arc<dyn Transport> = match kind {
            Kind::SdkHyper => Arc::new(HyperTransport::new(options).unwrap()),
            _ => Arc::new(ReqwestTransport::from_builder(bare_reqwest::builder(), options).unwrap()),
        };
        let platform =
            Platform::builder(account::PLATFORM, "appsecret").transport(transport).build().unwrap();
        platform.tokens().ticket("ticket@@@bench", SystemClock.wall()).await.unwrap();
        platform.tokens().restore(account::MERCHANT, account::refresh_token(0)).await.unwrap();
        let operation = Arc::new(CreateFunction::new(account::ENV, account::FUNCTION));
        Self { client: platform.authorizer(account::MERCHANT), operation }
    }
}

impl caller::Caller for Caller {
    async fn call(&mut self) {
        self.client.send(&*self.operation).await.unwrap();
    }
}
