//! What WeChat pushes to a platform: encrypted XML over HTTP, to this machine only.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tcb_callback::{EncodingAesKey, KeySlot, MessageCrypto, Sealed};
use tcb_types::ComponentAppId;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::time::UnixTime;
use crate::{Credentials, EmulatorError, EmulatorErrorKind};

/// How often a push is tried.
pub(crate) const ATTEMPTS: u32 = 3;
/// Longest answer that is read. The one that counts has seven bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// An event that has still to be encrypted and sent.
pub(crate) struct Push {
    pub(crate) component: String,
    event: &'static str,
    message: String,
}

impl Push {
    pub(crate) fn ticket(component: &str, ticket: &str, now: UnixTime) -> Self {
        Self::event(component, "component_verify_ticket", now, &[("ComponentVerifyTicket", ticket)])
    }

    /// `event` is `authorized` or `updateauthorized`.
    pub(crate) fn authorized(
        event: &'static str,
        component: &str,
        authorizer: &str,
        code: (&str, UnixTime),
        pre_auth_code: &str,
        now: UnixTime,
    ) -> Self {
        let (code, expires) = (code.0, code.1.seconds().to_string());
        let members = [
            ("AuthorizerAppid", authorizer),
            ("AuthorizationCode", code),
            ("AuthorizationCodeExpiredTime", &expires),
            ("PreAuthCode", pre_auth_code),
        ];
        Self::event(component, event, now, &members)
    }

    pub(crate) fn unauthorized(component: &str, authorizer: &str, now: UnixTime) -> Self {
        Self::event(component, "unauthorized", now, &[("AuthorizerAppid", authorizer)])
    }

    fn event(component: &str, event: &'static str, now: UnixTime, members: &[(&str, &str)]) -> Self {
        let mut message = format!(
            "<xml>\n<AppId><![CDATA[{component}]]></AppId>\n<CreateTime>{}</CreateTime>\n<InfoType><![CDATA[{event}]]></InfoType>\n",
            now.seconds()
        );
        for (name, value) in members {
            // Values are ids, codes and numbers that the emulator made, none of which can end a
            // CDATA section. Writing to a `String` does not fail.
            let _ = writeln!(message, "<{name}><![CDATA[{value}]]></{name}>");
        }
        message.push_str("</xml>");
        Self { component: component.to_owned(), event, message }
    }

    /// The XML, before it is encrypted.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn seal(
        self,
        credentials: &Credentials,
        url: CallbackUrl,
        now: UnixTime,
        nonce: &str,
        random: [u8; 16],
    ) -> Result<SealedPush, EmulatorError> {
        let fault = |_| EmulatorError::new(EmulatorErrorKind::Invalid, "the event could not be encrypted");
        let key = EncodingAesKey::parse(credentials.encoding_aes_key.expose()).map_err(fault)?;
        let crypto = MessageCrypto::new(credentials.app_id.clone(), credentials.callback_token.clone(), key);
        let sealed = crypto
            .seal_with_random(&self.message, now.seconds(), nonce, KeySlot::Current, random)
            .map_err(fault)?;
        Ok(SealedPush { component: self.component, event: self.event, url, sealed })
    }
}

/// A push that only has to be sent.
pub(crate) struct SealedPush {
    component: String,
    event: &'static str,
    url: CallbackUrl,
    sealed: Sealed,
}

/// One push and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Delivery {
    /// Appid of the platform it was for.
    #[cfg_attr(test, schemars(with = "String"))]
    pub component_appid: ComponentAppId,
    /// Its `InfoType`: `component_verify_ticket`, `authorized`, `updateauthorized` or
    /// `unauthorized`.
    pub event: String,
    /// Where it went.
    pub url: String,
    /// How often it was sent, at most three times.
    pub attempts: u32,
    /// Whether the receiver answered HTTP 200 and `success`.
    pub delivered: bool,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

impl SealedPush {
    /// Sends until the receiver answers `success`, at most three times.
    pub(crate) async fn deliver(self, timeout: Duration) -> Delivery {
        let mut delivery = Delivery {
            component_appid: self.component.as_str().into(),
            event: self.event.to_owned(),
            url: self.url.text.clone(),
            attempts: 0,
            delivered: false,
            failure: None,
        };
        while delivery.attempts < ATTEMPTS && !delivery.delivered {
            delivery.attempts += 1;
            let attempt = tokio::time::timeout(timeout, self.send());
            delivery.failure = match attempt.await {
                Ok(Ok(())) => None,
                Ok(Err(failure)) => Some(failure),
                Err(_) => Some(format!("no answer within {timeout:?}")),
            };
            delivery.delivered = delivery.failure.is_none();
        }
        delivery
    }

    async fn send(&self) -> Result<(), String> {
        let Self { url, sealed, component, .. } = self;
        let body = format!(
            "<xml>\n    <AppId><![CDATA[{component}]]></AppId>\n    <Encrypt><![CDATA[{}]]></Encrypt>\n</xml>",
            sealed.encrypted()
        );
        let (status, body) = post(url, &sealed.push_query(), body).await?;
        match status {
            StatusCode::OK if body == "success" => Ok(()),
            StatusCode::OK => Err("HTTP 200, but the body is not exactly `success`".to_owned()),
            _ => Err(format!("HTTP {}", status.as_u16())),
        }
    }
}

/// Sends one request and reads the answer.
pub(crate) async fn post(
    url: &CallbackUrl,
    query: &str,
    body: String,
) -> Result<(StatusCode, Bytes), String> {
    let text = |error: hyper::Error| error.to_string();
    let stream = TcpStream::connect((url.host.as_str(), url.port)).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    // Dropped with this future, so that a time-out ends the connection as well.
    let mut driver = JoinSet::new();
    driver.spawn(connection);

    let joint = if url.target.contains('?') { '&' } else { '?' };
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}{joint}{query}", url.target))
        .header(header::HOST, &url.authority)
        .header(header::CONTENT_TYPE, "text/xml")
        .body(Full::<Bytes>::from(body));
    let answer = sender.send_request(request.map_err(|error| error.to_string())?).await.map_err(text)?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
    Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
}

/// Where a platform receives events: plain HTTP on this machine.
#[derive(Clone)]
pub(crate) struct CallbackUrl {
    text: String,
    authority: String,
    host: String,
    port: u16,
    /// Path and query.
    target: String,
}

impl CallbackUrl {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn parse(text: &str) -> Result<Self, EmulatorError> {
        let wrong = |kind, what| Err(EmulatorError::new(kind, format!("the callback URL {what}: {text:?}")));
        let Ok(url) = text.parse::<Uri>() else {
            return wrong(EmulatorErrorKind::Invalid, "cannot be read");
        };
        let (Some("http"), Some(authority)) = (url.scheme_str(), url.authority()) else {
            return wrong(EmulatorErrorKind::Invalid, "has to start with http://");
        };
        if !is_loopback(authority.host()) || authority.as_str().contains('@') {
            return wrong(EmulatorErrorKind::NotLoopback, "is not on this machine");
        }
        Ok(Self {
            text: text.to_owned(),
            authority: authority.to_string(),
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            target: url.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }
}

/// Whether a host name, with or without the brackets of IPv6, means this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
