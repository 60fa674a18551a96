// ANCHOR: journal
use tcb_api::async_trait;
use tcb_api::transport::{Request, Response, Transport, TransportError};

/// Writes down which operations were sent and how far they got.
#[derive(Debug)]
pub(crate) struct Journal<T> {
    pub(crate) inner: T,
    pub(crate) lines: tokio::sync::mpsc::UnboundedSender<String>,
}

#[async_trait]
impl<T: Transport> Transport for Journal<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let operation = request.operation().to_owned();
        let outcome = self.inner.send(request).await; // once; the SDK decides about repeats
        let line = match &outcome {
            Ok(response) => format!("{operation}: {}", response.status()),
            Err(error) => format!("{operation}: {:?}", error.phase()),
        };
        self.lines.send(line).ok(); // a journal that fails must not fail the call
        outcome
    }
}
// ANCHOR_END: journal

pub(crate) fn client(
    base_url: &str,
    lines: tokio::sync::mpsc::UnboundedSender<String>,
    token: tcb_api::StaticToken,
) -> Result<tcb_api::Client, Box<dyn std::error::Error>> {
    use tcb_api::Client;
    use tcb_api::transport::{HttpOptions, HyperTransport};
    // ANCHOR: client
    let options = HttpOptions::new(base_url.parse()?); // `HttpOptions::default()` leads to WeChat
    let transport = Journal { inner: HyperTransport::new(options)?, lines };
    let shop = Client::builder().token(token).transport(transport).build()?;
    // ANCHOR_END: client
    Ok(shop)
}
