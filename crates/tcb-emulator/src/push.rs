//! What WeChat pushes to a platform: encrypted XML over HTTP, to this machine only.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tcb_callback::{EncodingAesKey, KeySlot, MessageCrypto};
use tcb_types::{ComponentAppId, Secret};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::time::UnixTime;
use crate::{Credentials, EmulatorError, EmulatorErrorKind};

/// How often a push is tried.
const ATTEMPTS: u32 = 3;
/// Longest answer that is read. The one that counts has seven bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// An event that has still to be encrypted and sent.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Push {
    pub(crate) component: String,
    pub(crate) event: String,
    /// The account that it is about, if that is not the platform.
    pub(crate) account: Option<String>,
    message: String,
}

impl Push {
    pub(crate) fn ticket(component: &str, ticket: &str, now: UnixTime) -> Self {
        Self::event(component, "component_verify_ticket", now, &[("ComponentVerifyTicket", ticket)])
    }

    /// `event` is `authorized` or `updateauthorized`.
    pub(crate) fn authorized(
        event: &str,
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

    /// What was pushed before.
    pub(crate) fn again(delivery: &Delivery) -> Self {
        let Delivery { component_appid, event, account, message, .. } = delivery;
        Self {
            component: component_appid.as_str().to_owned(),
            event: event.clone(),
            account: account.clone(),
            message: message.clone(),
        }
    }

    fn event(component: &str, event: &str, now: UnixTime, members: &[(&str, &str)]) -> Self {
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
        let account = members.iter().find(|(name, _)| *name == "AuthorizerAppid");
        let account = account.map(|(_, appid)| (*appid).to_owned());
        Self { component: component.to_owned(), event: event.to_owned(), account, message }
    }

    /// The XML, before it is encrypted.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The entry of the log, before anything was sent.
    pub(crate) fn begun(&self, id: u64, now: UnixTime) -> Delivery {
        Delivery {
            id,
            component_appid: self.component.as_str().into(),
            event: self.event.clone(),
            account: self.account.clone(),
            time: now.seconds(),
            message: self.message.clone(),
            url: String::new(),
            query: String::new(),
            body: String::new(),
            attempts: 0,
            delivered: false,
            answer: None,
            failure: None,
            fault: None,
        }
    }

    /// Encrypts it with `key`, and signs it.
    pub(crate) fn seal(
        &self,
        credentials: &Credentials,
        key: &Secret,
        url: CallbackUrl,
        now: UnixTime,
        nonce: &str,
        random: [u8; 16],
    ) -> Result<SealedPush, EmulatorError> {
        let fault = |_| EmulatorError::new(EmulatorErrorKind::Invalid, "the event could not be encrypted");
        let key = EncodingAesKey::parse(key.expose()).map_err(fault)?;
        let crypto = MessageCrypto::new(credentials.app_id.clone(), credentials.callback_token.clone(), key);
        let sealed = crypto
            .seal_with_random(&self.message, now.seconds(), nonce, KeySlot::Current, random)
            .map_err(fault)?;
        let query = format!(
            "signature={}&timestamp={}&nonce={}&encrypt_type=aes&msg_signature=",
            sealed.signature(),
            sealed.timestamp(),
            sealed.nonce(),
        );
        let body = format!(
            "<xml>\n    <AppId><![CDATA[{}]]></AppId>\n    <Encrypt><![CDATA[{}]]></Encrypt>\n</xml>",
            self.component,
            sealed.encrypted()
        );
        Ok(SealedPush { url, query, msg_signature: sealed.msg_signature().to_string(), body })
    }
}

/// A push that only has to be sent.
#[derive(Clone)]
pub(crate) struct SealedPush {
    pub(crate) url: CallbackUrl,
    /// Up to the signature.
    query: String,
    msg_signature: String,
    body: String,
}

/// One push and how it went.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Delivery {
    /// Its number, counted from 1.
    pub id: u64,
    /// Appid of the platform it was for.
    #[cfg_attr(test, schemars(with = "String"))]
    pub component_appid: ComponentAppId,
    /// Its `InfoType`: `component_verify_ticket`, `authorized`, `updateauthorized` or
    /// `unauthorized`.
    pub event: String,
    /// Appid of the account that it is about, if that is not the platform.
    pub account: Option<String>,
    /// When it was due, in Unix seconds of the emulator's clock.
    pub time: u64,
    /// The message before it was encrypted. Tickets and codes stand in it.
    pub message: String,
    /// Where it went; empty when it was not sent.
    pub url: String,
    /// What was added to the query of the URL: timestamp, nonce and signatures.
    pub query: String,
    /// The body as it was sent, encrypted.
    pub body: String,
    /// How often it was sent, at most three times.
    pub attempts: u32,
    /// Whether the receiver answered HTTP 200 and `success`.
    pub delivered: bool,
    /// The body of the last answer, as far as it is text: at most its first 1,000 characters.
    pub answer: Option<String>,
    /// Why the last attempt failed, or why there was none.
    pub failure: Option<String>,
    /// The kind of the fault rule that hit it.
    pub fault: Option<String>,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, component_appid, event, url, attempts, delivered, failure, fault, .. } = self;
        f.debug_struct("Delivery")
            .field("id", id)
            .field("component_appid", component_appid)
            .field("event", event)
            .field("url", url)
            .field("attempts", attempts)
            .field("delivered", delivered)
            .field("failure", failure)
            .field("fault", fault)
            .finish_non_exhaustive()
    }
}

/// What came of sending a push.
pub(crate) struct Sending {
    pub(crate) attempts: u32,
    pub(crate) answer: Option<String>,
    pub(crate) failure: Option<String>,
    /// Whether the receiver let the last attempt run into its time-out.
    pub(crate) hung: bool,
}

impl SealedPush {
    /// Makes the signature one that does not fit.
    pub(crate) fn forge(&mut self) {
        let other = if self.msg_signature.starts_with('0') { "1" } else { "0" };
        self.msg_signature.replace_range(..1, other);
    }

    /// The query that is added to the URL.
    pub(crate) fn query(&self) -> String {
        format!("{}{}", self.query, self.msg_signature)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url.text
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// Sends until the receiver answers `success`, at most three times.
    pub(crate) async fn deliver(&self, timeout: Duration) -> Sending {
        let mut sending = Sending { attempts: 0, answer: None, failure: None, hung: false };
        loop {
            sending.attempts += 1;
            let answer =
                tokio::time::timeout(timeout, post(&self.url, &self.query(), self.body.clone())).await;
            sending.hung = answer.is_err();
            let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {timeout:?}")));
            sending.failure = match &answer {
                Ok((StatusCode::OK, body)) if body == "success" => None,
                Ok((StatusCode::OK, _)) => Some("HTTP 200, but the body is not exactly `success`".to_owned()),
                Ok((status, _)) => Some(format!("HTTP {}", status.as_u16())),
                Err(failure) => Some(failure.clone()),
            };
            sending.answer = answer.ok().map(|(_, body)| readable(&body));
            if sending.failure.is_none() || sending.attempts == ATTEMPTS {
                return sending;
            }
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

/// The beginning of an answer, for people.
fn readable(body: &Bytes) -> String {
    String::from_utf8_lossy(body).chars().take(1000).collect()
}

/// Where a platform receives events: plain HTTP on this machine.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct CallbackUrl {
    text: String,
    authority: String,
    host: String,
    port: u16,
    /// Path and query.
    target: String,
}

impl TryFrom<String> for CallbackUrl {
    type Error = EmulatorError;

    fn try_from(text: String) -> Result<Self, EmulatorError> {
        Self::parse(&text)
    }
}

impl From<CallbackUrl> for String {
    fn from(url: CallbackUrl) -> Self {
        url.text
    }
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
