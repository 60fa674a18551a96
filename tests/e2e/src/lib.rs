//! End-to-end tests: a platform of ours on one side, the emulator of WeChat on the other, and real
//! sockets between them, over both backends.
//!
//! They catch what no crate sees alone: a request that the documented service would refuse, a fault
//! on the wire that is taken for something else, a secret that reaches a log. This file holds what
//! they share.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test ends at the first surprise")]

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tcb_api::transport::{HttpOptions, HyperTransport, ReqwestTransport, Transport};
use tcb_api::types::AuthorizerAppId;
use tcb_api::{Client, Platform, RetryPolicy};
use tcb_callback::{CallbackService, EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::{Emulator, Merchant};
use tokio::net::TcpListener;

/// What the client's requests go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The one of a client that is given none.
    Hyper,
    /// The one that a program gives a client of reqwest's to.
    Reqwest,
}

impl Backend {
    /// A transport of this backend to the emulator.
    pub fn transport(self, emulator: &Emulator) -> Arc<dyn Transport> {
        let options = HttpOptions::new(emulator.base_url().parse().unwrap());
        self.transport_with(options)
    }

    /// A transport of this backend with these options.
    pub fn transport_with(self, options: HttpOptions) -> Arc<dyn Transport> {
        match self {
            Self::Hyper => Arc::new(HyperTransport::new(options).unwrap()),
            Self::Reqwest => Arc::new(ReqwestTransport::from_builder(reqwest_builder(), options).unwrap()),
        }
    }
}

/// A client of reqwest's that trusts nobody, for servers of tests speak no TLS.
pub fn reqwest_builder() -> reqwest::ClientBuilder {
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

/// An emulator with a platform of ours that receives its pushes.
#[derive(Debug)]
pub struct Stage {
    /// WeChat's side.
    pub emulator: Emulator,
    /// Our side.
    pub platform: Platform,
    backend: Backend,
}

impl Stage {
    /// Permission sets that all five operations need together.
    pub const SETS: [u32; 3] = [18, 25, 49];

    /// Starts both sides. The ticket has been pushed and taken in.
    pub async fn set(backend: Backend) -> Self {
        Self::set_on(backend, Emulator::start().await.unwrap()).await
    }

    /// The same with an emulator that was prepared otherwise.
    pub async fn set_on(backend: Backend, emulator: Emulator) -> Self {
        let stage = Self { platform: second_platform(backend, &emulator), emulator, backend };
        let url = stage.receive_callbacks().await;
        let app_id = stage.emulator.component().app_id.clone();
        stage.emulator.set_callback_url(&app_id, &url).unwrap();
        let delivery = stage.emulator.push_ticket(&app_id).await.unwrap();
        assert!(delivery.delivered, "{delivery:?}");
        stage
    }

    /// A client of a merchant that has authorised the platform, by way of the pushed event, and
    /// whether cloud development is open.
    pub async fn merchant(&self, merchant: Merchant) -> (AuthorizerAppId, Client) {
        let app_id = self.emulator.add_merchant(merchant);
        let component = &self.emulator.component().app_id;
        self.emulator.authorize(component, &app_id, Self::SETS).await.unwrap();
        (app_id.clone(), self.platform.authorizer(&app_id))
    }

    /// A merchant for whom cloud development is open.
    pub async fn open_merchant(&self) -> (AuthorizerAppId, Client) {
        let (app_id, client) = self.merchant(Merchant::new().consenting()).await;
        let opened = client.send(tcb_api::CreateCloudUser::new()).await.unwrap();
        assert_eq!(opened, tcb_api::types::cloudbase_common::CloudUser::Opened);
        (app_id, client)
    }

    /// A second installation of the same platform, which knows nothing of the first.
    pub async fn rival(&self) -> Platform {
        let rival = second_platform(self.backend, &self.emulator);
        let ticket = self.emulator.ticket(&self.emulator.component().app_id).unwrap();
        rival.tokens().ticket(ticket, self.emulator.now()).await.unwrap();
        rival
    }

    async fn receive_callbacks(&self) -> String {
        let credentials = self.emulator.component();
        let key = EncodingAesKey::parse(credentials.encoding_aes_key.expose()).unwrap();
        let crypto = MessageCrypto::new(&credentials.app_id, credentials.callback_token.clone(), key);
        let service = CallbackService::new(
            Receiver::new(crypto).clock(self.emulator.clock()),
            self.platform.tokens().clone(),
        );
        let router = axum::Router::new().route("/wx/events", tcb_callback::axum::endpoint(service));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/wx/events", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

fn second_platform(backend: Backend, emulator: &Emulator) -> Platform {
    let credentials = emulator.component();
    Platform::builder(&credentials.app_id, credentials.secret.clone())
        .transport(backend.transport(emulator))
        .retry(RetryPolicy::default())
        .build()
        .unwrap()
}

/// Makes a test of each function for each backend.
#[macro_export]
macro_rules! on_both_backends {
    ($($name:ident),+ $(,)?) => {
        mod over_reqwest {
            $(#[tokio::test] async fn $name() { super::$name($crate::Backend::Reqwest).await; })+
        }

        mod over_hyper {
            $(#[tokio::test] async fn $name() { super::$name($crate::Backend::Hyper).await; })+
        }
    };
}

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The code of the Chinese README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.zh-CN.md")]
struct ReadmeZhCn;
