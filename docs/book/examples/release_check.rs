use tcb_api::types::AuthorizerAppId;
use tcb_api::{Platform, RawCall};
use tcb_callback::{Message, ReleaseMessage, ReleaseTest};
use tokio::sync::mpsc::UnboundedSender;

// ANCHOR: reply
/// The reply that the release check waits for, if this message is its. What is to be sent through
/// the API is handed on, for the answer to the push must not wait for it.
pub(crate) fn reply(message: &Message, to_send: &UnboundedSender<ReleaseMessage>) -> Option<String> {
    match message.release_test()? {
        ReleaseTest::Reply(reply) => Some(reply),
        ReleaseTest::Send(wanted) => {
            to_send.send(wanted).ok();
            None
        }
        _ => None,
    }
}
// ANCHOR_END: reply

// ANCHOR: send
/// Sends what the release check waits for, with the token that its own code brings.
pub(crate) async fn send(
    platform: &Platform,
    wanted: ReleaseMessage,
) -> Result<AuthorizerAppId, Box<dyn std::error::Error>> {
    let body = wanted.body();
    let granted = platform.tokens().exchange_code(wanted.code).await?;
    let call = RawCall::post("/cgi-bin/message/custom/send").body(body);
    platform.authorizer(&granted.app_id).call_raw::<serde::de::IgnoredAny>(call).await?;
    Ok(granted.app_id)
}
// ANCHOR_END: send
