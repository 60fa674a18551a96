//! The admin API of an emulator: it plays merchants and administrators, and knows the platform's
//! credentials.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tcb_lang::Lang;
use tcb_transport::{BaseUrl, Request, Transport, TransportErrorKind};
use tcb_types::{
    AuthorizationCode, AuthorizerAppId, ComponentAppId, ComponentSecret, Method, Secret, VerifyTicket,
};

use crate::backend::Backend;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::settings::{AdminApi, key};
use crate::words::of_wire;

/// More than each test of a release check may take.
const RELEASE_CHECK: Duration = Duration::from_secs(120);

/// Longest answer that is read, in bytes: a snapshot can hold many merchants.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A client of the admin API.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    url: BaseUrl,
    transport: Arc<dyn Transport>,
    /// What each request carries, where the emulator wants it.
    authorization: Option<HeaderValue>,
    /// Whether the command is about the emulator, which else only supplies credentials.
    is_meant: bool,
}

/// What an emulator says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Health {
    component_appid: Option<ComponentAppId>,
    /// The file with the certificate that clients have to trust for HTTPS.
    pub(crate) certificate: Option<String>,
}

/// The platform that is meant where none is named.
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    #[serde(rename = "component_appid")]
    pub(crate) app_id: ComponentAppId,
    #[serde(rename = "component_appsecret")]
    pub(crate) secret: ComponentSecret,
    #[serde(rename = "token")]
    pub(crate) callback_token: String,
    pub(crate) encoding_aes_key: String,
}

/// A merchant of the emulator.
#[derive(Debug, Deserialize)]
pub(crate) struct Merchant {
    #[serde(rename = "appid")]
    pub(crate) app_id: AuthorizerAppId,
    /// Platforms that it has authorised.
    pub(crate) authorized: Vec<ComponentAppId>,
}

/// Something that waits for a merchant's administrator.
#[derive(Debug, Deserialize)]
struct Prompt {
    id: u64,
    appid: AuthorizerAppId,
}

impl Admin {
    pub(crate) fn new(api: AdminApi, backend: Backend) -> Result<Self, Box<Failure>> {
        let AdminApi { url, token } = api;
        let transport = backend.transport(&url).map_err(|error| Failure::config(error.to_string()))?;
        let authorization = token.as_ref().map(bearer).transpose()?;
        Ok(Self { url, transport, authorization, is_meant: false })
    }

    /// The same for a command that is about the emulator.
    pub(crate) fn for_itself(self) -> Self {
        Self { is_meant: true, ..self }
    }

    pub(crate) fn url(&self) -> &BaseUrl {
        &self.url
    }

    /// What the emulator says of itself.
    pub(crate) async fn health(&self) -> Result<Health, Box<Failure>> {
        self.get("/health").await
    }

    pub(crate) async fn component(&self) -> Result<Component, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            components: Vec<Component>,
        }
        let Some(first) = self.health().await?.component_appid else {
            return Err(Failure::config(say!("the emulator has no platform", "模拟器中没有平台"))
                .hint("tcbctl emu reset"));
        };
        let components = self.get::<Answer>("/components").await?.components;
        components.into_iter().find(|known| known.app_id == first).ok_or_else(|| self.stranger())
    }

    pub(crate) async fn ticket(&self, component: &ComponentAppId) -> Result<VerifyTicket, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            component_verify_ticket: VerifyTicket,
        }
        let path = format!("/components/{component}/ticket");
        Ok(self.get::<Answer>(&path).await?.component_verify_ticket)
    }

    pub(crate) async fn merchants(&self) -> Result<Vec<Merchant>, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            merchants: Vec<Merchant>,
        }
        Ok(self.get::<Answer>("/merchants").await?.merchants)
    }

    pub(crate) async fn add_merchant(&self) -> Result<Merchant, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            appid: AuthorizerAppId,
        }
        let app_id = self.post::<Answer>("/merchants", &json!({})).await?.appid;
        Ok(Merchant { app_id, authorized: Vec::new() })
    }

    pub(crate) async fn authorize(
        &self,
        component: &ComponentAppId,
        merchant: &AuthorizerAppId,
    ) -> Result<AuthorizationCode, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            auth_code: AuthorizationCode,
        }
        let body = json!({"component_appid": component, "authorizer_appid": merchant});
        Ok(self.post::<Answer>("/authorizations", &body).await?.auth_code)
    }

    /// The command that plays the administrator of `merchant`: it answers what waits, or lets the
    /// 24 hours pass until the administrator can be asked again.
    pub(crate) async fn how_to_agree(&self, merchant: &AuthorizerAppId) -> Result<String, Box<Failure>> {
        #[derive(Deserialize)]
        struct Answer {
            prompts: Vec<Prompt>,
        }
        let prompts = self.get::<Answer>("/prompts").await?.prompts;
        Ok(match prompts.iter().find(|prompt| prompt.appid == *merchant) {
            Some(Prompt { id, .. }) => format!("tcbctl emu approve {id}"),
            None => "tcbctl emu clock advance 24h".to_owned(),
        })
    }

    /// The things of a list, which is the member `name` of an answer.
    pub(crate) async fn list(&self, path: &str, name: &str) -> Result<Vec<Value>, Box<Failure>> {
        match self.get::<Value>(path).await?[name].take() {
            Value::Array(items) => Ok(items),
            _ => Err(self.stranger()),
        }
    }

    /// Runs the release check with one group of test accounts.
    pub(crate) async fn release_check<T: DeserializeOwned>(&self, check: &Value) -> Result<T, Box<Failure>> {
        let request = Request::raw(Method::Post, "/release-checks".to_owned(), "admin API");
        self.call(request.body(check.to_string()).timeout(RELEASE_CHECK)).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Box<Failure>> {
        self.call(Request::raw(Method::Get, path.to_owned(), "admin API")).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, Box<Failure>> {
        let request = Request::raw(Method::Post, path.to_owned(), "admin API");
        self.call(request.body(body.to_string())).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Box<Failure>> {
        let request = Request::raw(Method::Put, path.to_owned(), "admin API");
        self.call(request.body(body.to_string())).await
    }

    async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, Box<Failure>> {
        let url = &self.url;
        let request = match &self.authorization {
            Some(value) => request.header(header::AUTHORIZATION, value.clone()),
            None => request,
        };
        let answer = self.transport.send(request.response_cap(LONGEST_ANSWER)).await.map_err(|error| {
            match error.kind() {
                TransportErrorKind::Connect if self.is_meant => {
                    Failure::config(say!("no emulator answers at {url}", "{url} 处没有模拟器应答"))
                        .hint("tcbctl emu start")
                }
                TransportErrorKind::Connect => Failure::config(say!(
                    "no credentials are given, and no emulator answers at {url}",
                    "没有给出凭据，{url} 处也没有模拟器应答"
                ))
                .why(say!(
                    "without TCBCTL_ACCESS_TOKEN or a platform's credentials an emulator has to supply them",
                    "没有 TCBCTL_ACCESS_TOKEN 或平台凭据时，须由模拟器提供"
                ))
                .hint("tcbctl emu start"),
                TransportErrorKind::Timeout => Failure::new(
                    Exit::Timeout,
                    "timeout",
                    say!("{url} does not answer in time", "{url} 未在时限内应答"),
                ),
                _ => Failure::new(Exit::Failed, "unavailable", format!("{url}: {}", of_wire(&error))),
            }
        })?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(self.locked());
        }
        if !answer.status().is_success() {
            return Err(self.refusal(answer.status(), answer.body()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| self.stranger())
    }

    /// Why the emulator did not do what it was told.
    fn refusal(&self, status: StatusCode, body: &[u8]) -> Box<Failure> {
        #[derive(Deserialize)]
        struct Refusal {
            error: Why,
        }
        #[derive(Deserialize)]
        struct Why {
            message: String,
        }
        let exit = match status {
            StatusCode::NOT_FOUND => Exit::NotFound,
            StatusCode::BAD_REQUEST => Exit::Usage,
            _ => Exit::Failed,
        };
        match serde_json::from_slice::<Refusal>(body) {
            Ok(Refusal { error }) if self.is_meant => refused(exit, error.message),
            _ => self.stranger(),
        }
    }

    /// The emulator wants another token, or one at all.
    fn locked(&self) -> Box<Failure> {
        let url = &self.url;
        let variable = key::ADMIN_TOKEN.variable;
        let message = match self.authorization {
            None => say!(
                "{url} wants the token that the emulator was started with",
                "{url} 需要模拟器启动时给出的令牌"
            ),
            Some(_) => say!(
                "the token is not the one that the emulator at {url} was started with",
                "令牌与 {url} 处模拟器启动时的不一致"
            ),
        };
        Failure::config(message).hint(format!("export {variable}_FILE=PATH"))
    }

    /// Whoever answers there is no emulator that this program understands.
    pub(crate) fn stranger(&self) -> Box<Failure> {
        let url = &self.url;
        Failure::config(say!(
            "{url} does not answer like the admin API of an emulator",
            "{url} 的应答不像模拟器的管理接口"
        ))
        .hint(say!(
            "tcbctl emu start   (and TCBCTL_ADMIN_URL as it prints it)",
            "tcbctl emu start   （并按其打印的内容设置 TCBCTL_ADMIN_URL）"
        ))
    }
}

/// The emulator says in English why it did not do what it was told.
fn refused(exit: Exit, why: String) -> Box<Failure> {
    let chinese = match exit {
        Exit::NotFound => "模拟器中没有所指的对象",
        Exit::Usage => "模拟器不接受这样的请求",
        _ => "模拟器没有执行",
    };
    match current() {
        Lang::En => Failure::new(exit, "emulator", why),
        Lang::Zh => Failure::new(exit, "emulator", chinese).why(why),
    }
}

/// What a request carries that shows this token.
fn bearer(token: &Secret) -> Result<HeaderValue, Box<Failure>> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
        let variable = key::ADMIN_TOKEN.variable;
        Failure::config(say!(
            "{variable} holds what no header can carry",
            "{variable} 含有请求头不能携带的字符"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}
