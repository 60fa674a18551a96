use std::sync::Arc;

use async_trait::async_trait;

use crate::event::PlatformEvent;
use crate::message::Message;

/// Why a sink could not record an event. Any error and any text converts into it with `?` or
/// `.into()`.
///
/// The service writes it to the log, scrubbed, and answers with a failure, so that WeChat sends the
/// push again.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Records what WeChat pushes.
///
/// WeChat waits five seconds for the answer, and sends a push again when it gets no answer or
/// another one than `success`. So a sink **records the event durably, returns, and works later**:
/// it does not exchange a code before it returns, and it returns an error only when the event is
/// not recorded. The same event may come again and must then do no harm.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Records something that happened to the platform.
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError>;

    /// Records a message or an event of an authorised account. `Some` is the XML of a reply, which
    /// the service encrypts and signs; by default messages are ignored and answered with `success`.
    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        drop(message);
        Ok(None)
    }
}

#[async_trait]
impl<S: EventSink + ?Sized> EventSink for Arc<S> {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        (**self).platform_event(event).await
    }

    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        (**self).account_message(message).await
    }
}
