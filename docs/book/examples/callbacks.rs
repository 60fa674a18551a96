// ANCHOR: sink
use tcb_api::async_trait;
use tcb_api::auth::PlatformTokens;
use tcb_callback::{EventDetail, EventSink, Message, PlatformEvent, ReleaseMessage, SinkError};

/// Takes in what the tokens need, and notes what the rest of the program has to do.
pub(crate) struct Events {
    pub(crate) tokens: PlatformTokens,
    pub(crate) work: tokio::sync::mpsc::UnboundedSender<String>,
    pub(crate) to_send: tokio::sync::mpsc::UnboundedSender<ReleaseMessage>,
}

#[async_trait]
impl EventSink for Events {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        if let EventDetail::Authorized(authorization) = &event.detail {
            self.work.send(format!("{} is ours now", authorization.account))?;
        }
        // Last, for an error above makes WeChat push again.
        self.tokens.platform_event(event).await
    }

    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        Ok(super::release_check::reply(&message, &self.to_send))
    }
}
// ANCHOR_END: sink

// ANCHOR: router
use axum::Router;
use tcb_callback::axum::endpoint;
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};

pub(crate) fn router(
    app_id: &str,
    token: &str,
    aes_key: &str,
    events: Events,
) -> Result<Router, Box<dyn std::error::Error>> {
    let crypto = MessageCrypto::new(app_id, token, EncodingAesKey::parse(aes_key)?);
    let service = CallbackService::new(Receiver::new(crypto), events);
    Ok(Router::new()
        .route("/wechat/events", endpoint(service.clone()))
        .route("/wechat/{appid}/messages", endpoint(service)))
}
// ANCHOR_END: router
