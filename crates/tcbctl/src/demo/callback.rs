//! The receiver of the platform's callbacks, on a real socket.

use std::io;

use axum::Router;
use tcb_auth::PlatformTokens;
use tcb_callback::axum::endpoint;
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::Credentials;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A callback URL that hands tickets and authorisations to a platform's tokens. It is there until
/// it is dropped.
#[derive(Debug)]
pub(super) struct CallbackReceiver {
    pub(super) url: String,
    _server: JoinSet<io::Result<()>>,
}

impl CallbackReceiver {
    pub(super) async fn start(platform: &Credentials, tokens: PlatformTokens) -> io::Result<Self> {
        let key = EncodingAesKey::parse(platform.encoding_aes_key.expose()).map_err(io::Error::other)?;
        let crypto = MessageCrypto::new(&platform.app_id, platform.callback_token.clone(), key);
        let service = CallbackService::new(Receiver::new(crypto), tokens);
        let app: Router = Router::new().route("/wechat/events", endpoint(service));

        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/wechat/events", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, _server: server })
    }
}
