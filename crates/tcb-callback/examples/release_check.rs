//! A platform that passes WeChat's release check (全网发布接入检测).
//!
//! `tcbctl emu start` prints what this reads from the environment. Then
//! `tcbctl platform release-check --callback http://127.0.0.1:8080/wechat/events --messages
//! 'http://127.0.0.1:8080/wechat/messages/$APPID$'` runs the check against it.

#![expect(clippy::print_stderr, reason = "it is a program for a terminal")]

use std::env;
use std::error::Error;

use async_trait::async_trait;
use axum::Router;
use serde_json::Value;
use tcb_api::{Platform, RawCall};
use tcb_callback::axum::endpoint;
use tcb_callback::{
    CallbackService, EncodingAesKey, EventSink, Message, MessageCrypto, PlatformEvent, Receiver,
    ReleaseMessage, ReleaseTest, SinkError,
};

/// What is done with what WeChat pushes.
struct Sink {
    platform: Platform,
}

#[async_trait]
impl EventSink for Sink {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        // Tickets and authorisations; a platform of yours records them durably as well.
        self.platform.tokens().platform_event(event).await
    }

    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        match message.release_test() {
            Some(ReleaseTest::Reply(reply)) => Ok(Some(reply)),
            Some(ReleaseTest::Send(wanted)) => {
                // Answered first: WeChat waits five seconds for that, and longer for the message.
                tokio::spawn(send(self.platform.clone(), wanted));
                Ok(None)
            }
            // Here come the messages that are no test.
            _ => Ok(None),
        }
    }
}

async fn send(platform: Platform, wanted: ReleaseMessage) {
    if let Err(error) = try_to_send(platform, wanted).await {
        eprintln!("the message of the release check was not sent: {error}");
    }
}

async fn try_to_send(platform: Platform, wanted: ReleaseMessage) -> Result<(), Box<dyn Error>> {
    let granted = platform.tokens().exchange_code(wanted.code.clone()).await?;
    let call = RawCall::post("/cgi-bin/message/custom/send").body(wanted.body());
    platform.authorizer(granted.app_id).call_raw::<Value>(call).await?;
    Ok(())
}

/// The two addresses of the platform.
pub fn router(platform: Platform, receiver: Receiver) -> Router {
    let service = CallbackService::new(receiver, Sink { platform });
    Router::new()
        .route("/wechat/events", endpoint(service.clone()))
        .route("/wechat/messages/{appid}", endpoint(service))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app_id = env::var("COMPONENT_APPID")?;
    let platform = Platform::builder(app_id.as_str(), env::var("COMPONENT_APPSECRET")?)
        .base_url(env::var("BASE_URL")?.parse()?)
        .build()?;
    let key = EncodingAesKey::parse(&env::var("ENCODING_AES_KEY")?)?;
    let crypto = MessageCrypto::new(app_id.as_str(), env::var("TOKEN")?, key);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, router(platform, Receiver::new(crypto))).await?;
    Ok(())
}
