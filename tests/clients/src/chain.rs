//! From the ticket to the open-platform account, as one client goes.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::post;
use serde_json::{Value, json};
use tcb_api::types::AuthorizerAppId;
use tcb_callback::{EncodingAesKey, MessageCrypto, Receiver};
use tcb_emulator::{Emulator, Merchant};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::driver::{Driver, Refused};
use crate::peers::{ENCRYPT, PUSH, Peer};
use crate::tools::Result;

/// Permission sets that all five operations need together.
const SETS: [u32; 3] = [18, 25, 49];

/// The administrator was asked and has not answered yet.
const WAITING_FOR_CONSENT: i64 = -601_049;

/// How a step went.
pub(crate) enum Outcome {
    /// By a method of the client for just this.
    Own,
    /// By its call of any path.
    Generic,
    Failed(String),
}

/// What one client did.
pub(crate) struct Walk {
    pub(crate) steps: Vec<(&'static str, Outcome)>,
    /// Requests that the catalogue does not allow, as the emulator found.
    pub(crate) findings: Vec<String>,
}

/// A push as it arrived.
type Push = (BTreeMap<String, String>, String);

/// One client, and WeChat for it alone.
struct Stage {
    emulator: Emulator,
    driver: Driver,
    merchant: AuthorizerAppId,
    env: String,
}

type Went = std::result::Result<Outcome, Refused>;

pub(crate) async fn walk(peer: &Peer) -> Result<Walk> {
    let emulator = Emulator::start().await?;
    let driver = Driver::start(peer, &emulator).await?;
    let merchant = emulator.add_merchant(Merchant::new());
    let mut stage = Stage { emulator, driver, merchant, env: String::new() };
    let pushed = stage.push().await?;
    let received = stage.receive(pushed).await;
    if received.is_err() {
        // So that what follows is seen too.
        stage.hand_over_ticket().await?;
    }
    let went = [
        (PUSH, received),
        ("getComponentAccessToken", stage.component_token().await),
        ("getPreAuthCode, getAuthorizerRefreshToken", stage.authorize().await),
        ("getAuthorizerAccessToken", stage.refresh().await),
        ("createCloudUser", stage.open().await),
        ("createEnv", stage.create_env().await),
        ("createFunction", stage.create_function().await),
        ("setCloudAccessToken", stage.set_policy().await),
        ("createOpenAccount", stage.create_open_account().await),
        (ENCRYPT, stage.encrypt().await),
    ];
    let steps = went
        .into_iter()
        .map(|(step, went)| (step, went.unwrap_or_else(|refused| Outcome::Failed(refused.text))));
    let findings = stage.emulator.findings().iter().map(ToString::to_string).collect();
    Ok(Walk { steps: steps.collect(), findings })
}

impl Stage {
    /// Has a ticket pushed to an address of ours.
    async fn push(&self) -> Result<Push> {
        let (sender, mut pushes) = mpsc::unbounded_channel();
        let router = Router::new().route("/", post(keep)).with_state(sender);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let component = &self.emulator.component().app_id;
        self.emulator.set_callback_url(component, &url)?;
        self.emulator.push_ticket(component).await?;
        self.emulator.clear_callback_url(component)?;
        server.abort();
        Ok(pushes.try_recv().map_err(|_| "no ticket was pushed")?)
    }

    async fn receive(&mut self, (query, body): Push) -> Went {
        let ticket = self.driver.ask("receive", json!({"query": query, "body": body})).await?;
        let pushed = self.emulator.ticket(&self.emulator.component().app_id);
        own(pushed.is_ok_and(|pushed| ticket == pushed.expose()), "the ticket is another one")
    }

    async fn hand_over_ticket(&mut self) -> Result {
        let ticket = self.emulator.ticket(&self.emulator.component().app_id)?;
        let taken = self.driver.ask("ticket", json!({"ticket": ticket.expose()})).await;
        taken.map_err(|refused| refused.text)?;
        Ok(())
    }

    async fn component_token(&mut self) -> Went {
        let token = self.driver.ask("component_token", json!({})).await?;
        let minted = self.emulator.mints(&self.emulator.component().app_id);
        own(token.as_str().is_some_and(|token| !token.is_empty()) && minted == 1, "there is no token")
    }

    /// By a link with the client's code, and back with the merchant's.
    async fn authorize(&mut self) -> Went {
        let link = self.driver.ask("pre_auth_code", json!({})).await?;
        let component = &self.emulator.component().app_id;
        let link = link.as_str().unwrap_or_default();
        let code = self.emulator.authorize_by_link(component, &self.merchant, SETS, link).await;
        let code = code.map_err(|error| Refused { code: None, text: error.to_string() })?;
        let granted = self.driver.ask("query_auth", json!({"code": code.expose()})).await?;
        own(granted == self.merchant.as_str(), "the code was exchanged for another account")
    }

    async fn refresh(&mut self) -> Went {
        let before = self.emulator.mints(&self.merchant);
        let token = self.driver.ask("refresh", json!({"merchant": self.merchant})).await?;
        let token_is_there = token.as_str().is_some_and(|token| !token.is_empty());
        own(token_is_there && self.emulator.mints(&self.merchant) > before, "there is no new token")
    }

    /// Asks, has the administrator agree, and asks again.
    async fn open(&mut self) -> Went {
        match self.call("/tcb/createclouduser", json!({})).await {
            Err(Refused { code: Some(WAITING_FOR_CONSENT), .. }) => {}
            Err(refused) => return Err(refused),
            Ok(_) => return own(false, "the administrator was not asked"),
        }
        for prompt in self.emulator.prompts() {
            let approved = self.emulator.approve(prompt.id);
            approved.map_err(|error| Refused { code: None, text: error.to_string() })?;
        }
        Ok(self.call("/tcb/createclouduser", json!({})).await?.0)
    }

    async fn create_env(&mut self) -> Went {
        let wanted = json!({"type": "CreatePostpayPackage", "alias": "shop"});
        let (outcome, answer) = self.call("/tcb/createenvandresource", wanted).await?;
        answer["envid"].as_str().unwrap_or_default().clone_into(&mut self.env);
        Ok(outcome)
    }

    async fn create_function(&mut self) -> Went {
        let wanted = json!({"env": self.env, "function_name": "hello"});
        Ok(self.call("/tcb/createfunction", wanted).await?.0)
    }

    /// A policy is read first: its version is part of a change.
    async fn set_policy(&mut self) -> Went {
        let path = "/tcb/usecloudaccesstoken";
        let (_, held) = self.call(path, json!({"action": "get", "env": self.env})).await?;
        let (open, version) = (["/wxa/msg_sec_check"], &held["version"]);
        let wanted = json!({"action": "set", "env": self.env, "open": true, "api_whitelist": open, "version": version});
        Ok(self.call(path, wanted).await?.0)
    }

    async fn create_open_account(&mut self) -> Went {
        let (outcome, answer) = self.call("/cgi-bin/open/create", json!({"appid": self.merchant})).await?;
        if answer["open_appid"].is_string() { Ok(outcome) } else { own(false, "there is no account") }
    }

    async fn call(&mut self, path: &str, body: Value) -> std::result::Result<(Outcome, Value), Refused> {
        let order = json!({"merchant": self.merchant, "path": path, "body": body});
        let mut done = self.driver.ask("call", order).await?;
        let outcome = if done["own"].is_string() { Outcome::Own } else { Outcome::Generic };
        Ok((outcome, done["answer"].take()))
    }

    /// Has the client encrypt, and our receiver read it.
    async fn encrypt(&mut self) -> Went {
        let message = "<xml><CreateTime>1413192605</CreateTime><InfoType>hello</InfoType></xml>";
        let sealed = self.driver.ask("encrypt", json!({"message": message})).await?;
        let sealed = sealed.as_str().unwrap_or_default();
        let [signature, timestamp, nonce] =
            ["MsgSignature", "TimeStamp", "Nonce"].map(|name| element(sealed, name));
        let query = format!("msg_signature={signature}&timestamp={timestamp}&nonce={nonce}&encrypt_type=aes");
        let platform = self.emulator.component();
        let refused = |error: tcb_callback::CallbackError| Refused { code: None, text: error.to_string() };
        let key = EncodingAesKey::parse(platform.encoding_aes_key.expose()).map_err(refused)?;
        let crypto = MessageCrypto::new(&platform.app_id, platform.callback_token.clone(), key);
        let received = Receiver::new(crypto).receive(&query, sealed.as_bytes());
        own(received.map_err(refused).is_ok(), "our receiver refuses it")
    }
}

fn own(holds: bool, otherwise: &str) -> Went {
    if holds { Ok(Outcome::Own) } else { Err(Refused { code: None, text: otherwise.to_owned() }) }
}

/// The text of an element that a client wrote.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let text = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    let text = text.split_once(&format!("</{name}>")).map_or("", |(text, _)| text).trim();
    text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text)
}

async fn keep(
    State(pushes): State<mpsc::UnboundedSender<Push>>,
    RawQuery(query): RawQuery,
    body: String,
) -> &'static str {
    let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    // Nobody listens any more when the next ticket comes.
    let _ = pushes.send((query, body));
    "success"
}
