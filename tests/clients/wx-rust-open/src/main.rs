//! Lets wx-rust-open do what the lines on standard input say, and answers each with a line. The
//! README of the folder above has the protocol.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use wx_rust_common::error::WxErrorException;
use wx_rust_open::api::r#impl::{WxOpenServiceImpl, downcast_ma_service};
use wx_rust_open::api::{WxOpenComponentService, WxOpenService};
use wx_rust_open::config::r#impl::WxOpenDefaultConfig;
use wx_rust_open::config::WxOpenConfigStorage;
use wx_rust_open::util::crypto::WxOpenCryptUtils;

struct Driver {
    base_url: String,
    config: Arc<WxOpenDefaultConfig>,
    service: Arc<WxOpenServiceImpl>,
}

/// The code, when WeChat answered one, and the text.
type Refused = (Option<i64>, String);

fn refused(error: WxErrorException) -> Refused {
    (error.error_code().map(i64::from), error.to_string())
}

fn local(error: impl ToString) -> Refused {
    (None, error.to_string())
}

impl Driver {
    fn new(platform: &Value) -> Self {
        let text = |name: &str| platform[name].as_str().unwrap_or_default().to_owned();
        let mut config = WxOpenDefaultConfig::new();
        config.set_component_app_id(&text("appid"));
        config.set_component_app_secret(&text("secret"));
        config.set_component_token(&text("token"));
        config.set_component_aes_key(&text("encoding_aes_key"));
        config.set_api_host_url(text("base_url"));
        let config = Arc::new(config);
        let service = WxOpenServiceImpl::new_arc(config.clone());
        Self { base_url: text("base_url"), config, service }
    }

    fn component(&self) -> Result<Arc<dyn WxOpenComponentService>, Refused> {
        self.service.wx_open_component_service().ok_or_else(|| local("no component service"))
    }

    async fn obey(&self, order: &Value) -> Result<Value, Refused> {
        let text = |name: &str| order[name].as_str().unwrap_or_default();
        Ok(match text("do") {
            "receive" => {
                let query = |name: &str| order["query"][name].as_str().unwrap_or_default();
                let crypto = WxOpenCryptUtils::new(&*self.config).map_err(local)?;
                let opened = crypto.decrypt_xml(query("msg_signature"), query("timestamp"), query("nonce"), text("body"));
                let opened = opened.map_err(local)?;
                let ticket = opened.split("<ComponentVerifyTicket><![CDATA[").nth(1);
                json!(ticket.and_then(|rest| rest.split("]]>").next()))
            }
            "ticket" => {
                self.config.set_component_verify_ticket(text("ticket"));
                Value::Null
            }
            "component_token" => {
                json!(self.component()?.get_component_access_token(false).await.map_err(refused)?)
            }
            "pre_auth_code" => json!(self.component()?.get_pre_auth_code().await.map_err(refused)?),
            "query_auth" => {
                let granted = self.component()?.get_query_auth(text("code")).await.map_err(refused)?;
                json!(granted.authorization_info.map(|info| info.authorizer_appid))
            }
            "restore" => {
                self.config.set_authorizer_refresh_token(text("merchant"), text("refresh_token"));
                Value::Null
            }
            "refresh" => {
                let token = self.component()?.get_authorizer_access_token(text("merchant"), true).await;
                json!(token.map_err(refused)?)
            }
            "call" => json!({"answer": self.call(order).await?}),
            "together" => {
                let callers = (0..order["callers"].as_u64().unwrap_or_default()).map(|_| self.call(order));
                json!(join_all(callers).await.iter().filter(|outcome| outcome.is_ok()).count())
            }
            "encrypt" => {
                let crypto = WxOpenCryptUtils::new(&*self.config).map_err(local)?;
                json!(crypto.encrypt(text("message")).map_err(local)?)
            }
            other => return Err(local(format!("no order {other}"))),
        })
    }

    async fn call(&self, order: &Value) -> Result<Value, Refused> {
        let text = |name: &str| order[name].as_str().unwrap_or_default();
        let service = self.component()?.get_wx_ma_service_by_appid(text("merchant"));
        let service = service.and_then(downcast_ma_service).ok_or_else(|| local("no service of the account"))?;
        let url = format!("{}{}", self.base_url, text("path"));
        let answer = service.post(&url, &order["body"].to_string()).await.map_err(refused)?;
        serde_json::from_str(&answer).map_err(local)
    }
}

#[tokio::main]
async fn main() {
    let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
    let Some(platform) = lines.next() else { return };
    let driver = Driver::new(&serde_json::from_str(&platform).unwrap_or_default());
    for line in lines {
        let answer = match driver.obey(&serde_json::from_str(&line).unwrap_or_default()).await {
            Ok(done) => json!({"done": done}),
            Err((code, text)) => json!({"code": code, "refused": text}),
        };
        println!("{answer}");
        let _ = std::io::stdout().flush();
    }
}
