//! What a user plugs in: a transport around a backend, and a token source.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tcb_api::auth::{AccessToken, AuthError, AuthorizerToken, TokenSource};
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::{Client, Platform};
use tcb_e2e::{Backend, Stage, on_both_backends};

on_both_backends![a_source_of_ones_own, a_transport_around_a_backend_sees_every_call];

/// Asks somebody else for the token, here the platform of the test.
#[derive(Debug)]
struct TokenService(AuthorizerToken);

#[async_trait]
impl TokenSource for TokenService {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.0.token().await
    }
}

async fn a_source_of_ones_own(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, _) = stage.open_merchant().await;
    let client = Client::builder()
        .token(TokenService(stage.platform.tokens().authorizer(&app_id)))
        .transport(backend.transport(&stage.emulator))
        .build()
        .unwrap();
    client.send(ListEnvs::new()).await.unwrap();
    stage.emulator.assert_clean();
}

/// Counts what goes through.
#[derive(Debug)]
struct Counting(Arc<dyn Transport>, Arc<AtomicU32>);

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(request).await
    }
}

async fn a_transport_around_a_backend_sees_every_call(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, _) = stage.open_merchant().await;
    let count = Arc::new(AtomicU32::new(0));
    let credentials = stage.emulator.component();
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .transport(Counting(backend.transport(&stage.emulator), Arc::clone(&count)))
        .build()
        .unwrap();
    platform
        .tokens()
        .ticket(stage.emulator.ticket(&credentials.app_id).unwrap(), stage.emulator.now())
        .await
        .unwrap();
    platform
        .tokens()
        .restore(&app_id, stage.platform.tokens().refresh_token(&app_id).await.unwrap().unwrap())
        .await
        .unwrap();
    platform.authorizer(&app_id).send(ListEnvs::new()).await.unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 3, "platform token, account token, the call");
    stage.emulator.assert_clean();
}
