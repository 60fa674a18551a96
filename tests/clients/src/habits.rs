//! What a client does when many callers start at once without a token, and when WeChat refuses each
//! token it is given.

use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::transport::{HttpOptions, HyperTransport};
use tcb_api::types::{AuthorizerAppId, RefreshToken};
use tcb_api::{Platform, RawCall};
use tcb_emulator::{Emulator, Fault};

use crate::driver::Driver;
use crate::peers::Peer;
use crate::tools::Result;

/// How many callers start at once.
pub(crate) const CALLERS: usize = 20;
/// How long an answer with a token takes, so that callers meet as they would over the internet.
pub(crate) const TOKEN_DELAY: Duration = Duration::from_millis(100);

const PATH: &str = "/tcb/getenvinfo";
const TOKEN_PATHS: [&str; 2] =
    ["/cgi-bin/component/api_component_token", "/cgi-bin/component/api_authorizer_token"];
/// More calls than any client makes.
const ALWAYS: u64 = 1_000_000;

/// What was counted at the service.
pub(crate) struct Habits {
    pub(crate) cold: Cold,
    pub(crate) refused: Refusals,
}

pub(crate) struct Cold {
    /// Callers that got an answer.
    pub(crate) served: u64,
    pub(crate) component_tokens: u64,
    pub(crate) merchant_tokens: u64,
}

pub(crate) struct Refusals {
    /// How often the one call was sent.
    pub(crate) sent: u64,
    pub(crate) component_tokens: u64,
    pub(crate) merchant_tokens: u64,
    /// What the caller was told.
    pub(crate) told: String,
}

/// A service with a merchant who has authorised the platform.
struct Service {
    emulator: Emulator,
    merchant: AuthorizerAppId,
    refresh_token: RefreshToken,
}

pub(crate) async fn of(peer: &Peer) -> Result<Habits> {
    let service = Service::start().await?;
    let mut driver = Driver::start(peer, &service.emulator).await?;
    let ticket = service.ticket()?;
    let merchant = &service.merchant;
    for (order, members) in [
        ("ticket", json!({"ticket": ticket})),
        ("restore", json!({"merchant": merchant, "refresh_token": service.refresh_token.expose()})),
    ] {
        driver.ask(order, members).await.map_err(|refused| refused.text)?;
    }
    let call = json!({"merchant": merchant, "path": PATH, "body": {}});
    let mut many = call.clone();
    many["callers"] = json!(CALLERS);
    let served = driver.ask("together", many).await.map_err(|refused| refused.text)?;
    let cold = service.cold(served.as_u64().unwrap_or_default());
    service.refuse_all()?;
    let told = match driver.ask("call", call).await {
        Ok(_) => "no error".to_owned(),
        Err(refused) => refused.code.map_or(refused.text, |code| code.to_string()),
    };
    Ok(Habits { refused: service.refusals(&cold, told), cold })
}

/// What the SDK of this project does, over the backend that it has by default.
pub(crate) async fn of_ours() -> Result<Habits> {
    let service = Service::start().await?;
    let component = service.emulator.component();
    let options = HttpOptions::new(service.emulator.base_url().parse()?);
    let platform = Platform::builder(&component.app_id, component.secret.clone())
        .transport(HyperTransport::new(options)?)
        .build()?;
    platform.tokens().ticket(service.ticket()?, service.emulator.now()).await?;
    platform.tokens().restore(&service.merchant, service.refresh_token.clone()).await?;
    let client = platform.authorizer(&service.merchant);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let client = client.clone();
        callers.spawn(
            async move { client.call_raw::<Value>(RawCall::post(PATH).body(json!({}))).await.is_ok() },
        );
    }
    let served = callers.join_all().await.into_iter().filter(|served| *served).count();
    let cold = service.cold(served.try_into()?);
    service.refuse_all()?;
    let told = match client.call_raw::<Value>(RawCall::post(PATH).body(json!({}))).await {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.api().map_or_else(|| error.to_string(), |answer| answer.code().to_string()),
    };
    Ok(Habits { refused: service.refusals(&cold, told), cold })
}

impl Service {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let component = emulator.component().app_id.clone();
        let seeded = emulator.seed_open_merchants(&component, 1, [18, 25, 49])?;
        let (merchant, refresh_token) = seeded.into_iter().next().ok_or("a merchant was seeded")?;
        emulator.set_faults(TOKEN_PATHS.map(|path| Fault::delay(path, TOKEN_DELAY).times(ALWAYS)))?;
        Ok(Self { emulator, merchant, refresh_token })
    }

    fn ticket(&self) -> Result<String> {
        Ok(self.emulator.ticket(&self.emulator.component().app_id)?.expose().to_owned())
    }

    fn cold(&self, served: u64) -> Cold {
        Cold {
            served,
            component_tokens: self.emulator.mints(&self.emulator.component().app_id),
            merchant_tokens: self.emulator.mints(&self.merchant),
        }
    }

    /// From now on each call is told that its token is wrong.
    fn refuse_all(&self) -> Result {
        Ok(self.emulator.set_faults([Fault::errcode(PATH, 40001).times(ALWAYS)])?)
    }

    fn refusals(&self, cold: &Cold, told: String) -> Refusals {
        let sent = self.emulator.faults().first().map_or(0, |rule| rule.hits);
        let now = self.cold(0);
        Refusals {
            sent,
            component_tokens: now.component_tokens - cold.component_tokens,
            merchant_tokens: now.merchant_tokens - cold.merchant_tokens,
            told,
        }
    }
}
