//! From settings to a client that acts for one merchant, or for the platform itself.

mod shared;

use std::sync::Arc;

use tcb_api::{Client, Error, Platform, Probe, Settled, StaticToken};
use tcb_auth::AccessToken;
use tcb_transport::Transport;
use tcb_types::authorization::GetAuthorizerInfo;
use tcb_types::{
    AuthorizerAppId, Clock as _, ComponentAppId, ComponentSecret, EnvId, ErrCode, Operation, Reaction,
    RefreshToken, SystemClock, VerifyTicket,
};

use crate::admin::{Admin, Merchant};
use crate::backend::Backend;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{LAST_TOKENS, Watch};
use crate::language::say;
use crate::output::Output;
use crate::report::Report;
use crate::settings::{Credentials, PlatformCredentials, Settings, TokenOwner, Tokens, key};

/// A client that acts for one merchant or for the platform itself, and what is known about them.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    /// The merchant, when it is one that the client acts for and more than its token is known.
    pub(crate) merchant: Option<AuthorizerAppId>,
    /// The platform, when it acts for itself and more than its token is known.
    component: Option<ComponentAppId>,
    /// The emulator behind the target, if its admin API supplied the credentials.
    pub(crate) admin: Option<Admin>,
    /// The platform, when more than a token is known.
    platform: Option<Platform>,
    /// The refresh token that the caller keeps.
    stored: Option<RefreshToken>,
    /// Whether the platform's tokens are those of a service.
    pub(crate) is_shared: bool,
    watch: Watch,
    output: Output,
}

/// What became of a create.
#[derive(Debug)]
pub(crate) struct Created<T> {
    pub(crate) answer: T,
    /// Whether the answer was lost and the effect was found by reading the state back.
    pub(crate) settled: bool,
}

impl Session {
    /// Opens a session as the settings say.
    pub(crate) async fn open(
        owner: TokenOwner,
        settings: Settings,
        backend: Backend,
        output: Output,
        watch: &Watch,
    ) -> Result<Self, Box<Failure>> {
        let Settings { base_url, is_live, credentials } = settings;
        if is_live {
            output.alarm(&say!("LIVE: {base_url}", "正式环境：{base_url}"));
        }
        let wire = backend.transport(&base_url).map_err(|error| Failure::config(error.to_string()))?;
        let wire = watch.over(wire);
        match credentials {
            // A client has a source of tokens, also when the call asks for none.
            Credentials::Nothing => Self::of_token(StaticToken::new(""), wire, output, watch),
            Credentials::Token(token) => {
                Self::of_token(StaticToken::from(AccessToken::new(token)), wire, output, watch)
            }
            Credentials::Platform(given) => Self::of_platform(given, wire, output, watch).await,
            Credentials::Emulator { admin_api, .. } if owner == TokenOwner::Platform => {
                let admin = Admin::new(admin_api, backend)?;
                let component = admin.component().await?;
                let ticket = admin.ticket(&component.app_id).await?;
                let platform = own_platform(component.app_id, component.secret, ticket, wire).await?;
                Ok(Self::of_itself(&platform, output, watch))
            }
            Credentials::Emulator { admin_api, merchant } => {
                Self::of_emulator(Admin::new(admin_api, backend)?, merchant, wire, output, watch).await
            }
        }
    }

    fn new(client: Client, output: Output, watch: &Watch) -> Self {
        let watch = watch.clone();
        Self {
            client,
            merchant: None,
            component: None,
            admin: None,
            platform: None,
            stored: None,
            is_shared: false,
            watch,
            output,
        }
    }

    fn of_token(
        token: StaticToken,
        wire: Arc<dyn Transport>,
        output: Output,
        watch: &Watch,
    ) -> Result<Self, Box<Failure>> {
        let client = Client::builder().token(token).transport(wire).build();
        let client = client.map_err(|error| Failure::config(error.to_string()))?;
        Ok(Self::new(client, output, watch))
    }

    /// The platform that acts for itself.
    fn of_itself(platform: &Platform, output: Output, watch: &Watch) -> Self {
        let component = Some(platform.app_id().clone());
        Self {
            component,
            platform: Some(platform.clone()),
            ..Self::new(platform.client().clone(), output, watch)
        }
    }

    /// The merchant that `platform` acts for.
    fn of_merchant(platform: &Platform, merchant: AuthorizerAppId, output: Output, watch: &Watch) -> Self {
        let client = platform.authorizer(&merchant);
        Self {
            merchant: Some(merchant),
            platform: Some(platform.clone()),
            ..Self::new(client, output, watch)
        }
    }

    async fn of_platform(
        given: PlatformCredentials,
        wire: Arc<dyn Transport>,
        output: Output,
        watch: &Watch,
    ) -> Result<Self, Box<Failure>> {
        let PlatformCredentials { app_id, secret, merchant, tokens } = given;
        let (ticket, refresh_token) = match tokens {
            Tokens::Own { ticket, refresh_token } => (ticket, refresh_token),
            Tokens::Shared { store, keys } => {
                let platform = shared::platform(app_id, secret, &store, keys.as_ref(), wire).await?;
                watch.sharing(&platform);
                let session = match merchant {
                    None => Self::of_itself(&platform, output, watch),
                    Some(merchant) => Self::of_merchant(&platform, merchant, output, watch),
                };
                return Ok(Self { is_shared: true, ..session });
            }
        };
        let store = key::STORE.variable;
        output.talk(&say!(
            "warning: this command fetches tokens of its own, and WeChat ends those that a service of {app_id} has\n\
             hint: set {store} to the token store of the service, if there is one",
            "警告：此命令自行换取令牌，微信会使 {app_id} 的服务正在用的令牌失效\n\
             提示：如果有服务的令牌存储，请把 {store} 设为它"
        ));
        let platform = own_platform(app_id, secret, ticket, wire).await?;
        let Some(merchant) = merchant else { return Ok(Self::of_itself(&platform, output, watch)) };
        let token = match &refresh_token {
            Some(token) => Some(token.clone()),
            None => standing_refresh_token(&platform, &merchant).await?,
        };
        let token = token.ok_or_else(|| {
            let component = platform.app_id();
            let message = say!("{merchant} has not authorised {component}", "{merchant} 没有授权 {component}");
            Failure::new(Exit::Credential, "authorization", message).hint(say!(
                "tcbctl auth link --redirect URL   (have the merchant authorise the platform, and exchange the code once)",
                "tcbctl auth link --redirect URL   （让授权方授权平台，并换取一次授权码）"
            ))
        })?;
        platform.tokens().restore(merchant.clone(), token).await?;
        let session = Self::of_merchant(&platform, merchant, output, watch);
        Ok(Self { stored: refresh_token, ..session })
    }

    /// The emulator knows everything: its platform, a merchant (made when there is none), and the
    /// refresh token, which is read from the standing authorisation so that commands in a row do
    /// not end each other's.
    async fn of_emulator(
        admin: Admin,
        asked_for: Option<AuthorizerAppId>,
        wire: Arc<dyn Transport>,
        output: Output,
        watch: &Watch,
    ) -> Result<Self, Box<Failure>> {
        let component = admin.component().await?;
        let ticket = admin.ticket(&component.app_id).await?;
        let platform = own_platform(component.app_id, component.secret, ticket, wire).await?;
        let merchant = choose(&admin, asked_for, output).await?;

        let standing = if merchant.authorized.contains(platform.app_id()) {
            standing_refresh_token(&platform, &merchant.app_id).await?
        } else {
            None
        };
        if let Some(token) = standing {
            platform.tokens().restore(merchant.app_id.clone(), token).await?;
        } else {
            let code = admin.authorize(platform.app_id(), &merchant.app_id).await?;
            platform.tokens().exchange_code(code).await?;
        }
        Ok(Self { admin: Some(admin), ..Self::of_merchant(&platform, merchant.app_id, output, watch) })
    }

    /// The appid of whoever the session acts for, if it is known.
    pub(crate) fn acts_for(&self) -> Option<String> {
        let merchant = self.merchant.as_ref().map(ToString::to_string);
        merchant.or_else(|| self.component.as_ref().map(ToString::to_string))
    }

    /// The platform that acts. There is none when nothing but a token is given.
    pub(crate) fn platform(&self) -> Result<&Platform, Box<Failure>> {
        self.platform.as_ref().ok_or_else(|| {
            Failure::config(say!(
                "the command needs a platform's credentials, not only a token",
                "此命令需要平台凭据，仅有令牌不够"
            ))
            .hint("unset TCBCTL_ACCESS_TOKEN TCBCTL_ACCESS_TOKEN_FILE")
        })
    }

    /// The client that carries the token of `owner`.
    pub(crate) fn client_of(&self, owner: TokenOwner) -> &Client {
        match (&self.platform, owner) {
            (Some(platform), TokenOwner::Platform) => platform.client(),
            _ => &self.client,
        }
    }

    /// Says that calls of an operation without a type create something.
    pub(crate) fn creating(&self, operation: &str, look: String) {
        self.watch.creating(operation, look);
    }

    /// What became of them is known.
    pub(crate) fn created(&self) {
        self.watch.created();
    }

    /// The refresh token that WeChat lists for a merchant.
    pub(crate) async fn listed_refresh_token(
        &self,
        merchant: &AuthorizerAppId,
    ) -> Result<Option<RefreshToken>, Box<Failure>> {
        standing_refresh_token(self.platform()?, merchant).await
    }

    /// Starts the report of a command.
    pub(crate) fn report(&self, command: &'static str) -> Report {
        let report = Report::new(command);
        match (&self.merchant, &self.component) {
            (Some(merchant), _) => report.field("appid", merchant.as_str()),
            (None, Some(component)) => report.field("component_appid", component.as_str()),
            (None, None) => report,
        }
    }

    /// Sends a create. When its answer is lost, the state is read back instead of sending it again.
    pub(crate) async fn create<O: Probe>(&self, operation: &O) -> Result<Created<O::Response>, Box<Failure>> {
        self.watch.creating(O::SPEC.id, look(operation));
        let created = self.send_or_settle(operation).await;
        self.watch.created();
        created
    }

    async fn send_or_settle<O: Probe>(&self, operation: &O) -> Result<Created<O::Response>, Box<Failure>> {
        match self.client.send(operation).await {
            Ok(answer) => Ok(Created { answer, settled: false }),
            Err(error) if error.indeterminate().is_some() => {
                let answer = self.settle(operation, error).await?;
                Ok(Created { answer, settled: true })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out what became of a create whose answer was lost.
    async fn settle<O: Probe>(&self, operation: &O, error: Error) -> Result<O::Response, Box<Failure>> {
        let name = O::SPEC.id;
        let cause = error.api().map_or_else(|| say!("the answer was lost", "应答丢失"), ToString::to_string);
        self.output.talk(&say!(
            "{name}: {cause}; reading back whether it was executed",
            "{name}：{cause}；正在读回以确认是否已执行"
        ));
        let refused = error.api().is_some_and(|api| api.reaction() != Reaction::RetryLater);
        let settled = self.client.settle(operation, &error).await;
        let lost = Box::<Failure>::from(error);
        match settled {
            Ok(Settled::Landed(answer)) => Ok(answer),
            // The code was WeChat's last word.
            Ok(Settled::NotLanded) if refused => Err(Box::new(Failure {
                exit: Exit::Refused,
                kind: "refused",
                message: say!("{name}: WeChat refused the call", "{name}：微信拒绝了此次调用"),
                maybe_executed: false,
                ..*lost
            })),
            Ok(Settled::NotLanded) => Err(Box::new(Failure {
                exit: Exit::Failed,
                kind: "not_landed",
                message: say!("{name} was not executed", "{name} 没有执行"),
                maybe_executed: false,
                hint: Some(say!("run the same command again", "再运行同一命令")),
                ..*lost
            })),
            Ok(Settled::Several(count)) => Err(Box::new(Failure {
                kind: "several",
                message: say!(
                    "{name} may have been executed: {count} resources match",
                    "{name} 可能已执行：有 {count} 个资源相符"
                ),
                hint: Some(say!(
                    "look in the console which one is meant; do not run the command again",
                    "到控制台查看是哪一个；不要再运行此命令"
                )),
                ..*lost
            })),
            // The list may lag behind, reading may have failed: either way nothing is known.
            Ok(_) | Err(_) => Err(Box::new(Failure {
                kind: "unknown",
                message: say!(
                    "{name} may have been executed; reading the state back does not tell yet",
                    "{name} 可能已执行；读回状态尚无法确定"
                ),
                hint: Some(say!(
                    "look in the console in ten minutes, before you run the command again",
                    "十分钟后到控制台查看，再决定是否重新运行"
                )),
                ..*lost
            })),
        }
    }

    /// Lets token calls end whose results others need, and says so when WeChat has changed the
    /// refresh token that the caller keeps.
    pub(crate) async fn close(self) {
        let Some(platform) = self.platform else { return };
        if self.is_shared {
            platform.close(LAST_TOKENS).await;
        }
        let (Some(stored), Some(merchant)) = (self.stored, self.merchant) else { return };
        let now = platform.tokens().refresh_token(&merchant).await.ok().flatten();
        if now.is_some_and(|now| now != stored) {
            self.output.talk(&say!(
                "warning: WeChat has changed the refresh token of {merchant}; the stored one is about to die\n\
                 hint: unset TCBCTL_REFRESH_TOKEN and TCBCTL_REFRESH_TOKEN_FILE; tcbctl then asks WeChat for the current one",
                "警告：微信已更换 {merchant} 的刷新令牌；保存的那个即将失效\n\
                 提示：请取消设置 TCBCTL_REFRESH_TOKEN 和 TCBCTL_REFRESH_TOKEN_FILE；tcbctl 会向微信查询当前的刷新令牌"
            ));
        }
    }
}

/// How a person finds out whether `operation` was executed.
fn look<O: Operation>(operation: &O) -> String {
    let env = operation.environment().map(EnvId::as_str).unwrap_or_default();
    match O::SPEC.id {
        "createEnv" => say!(
            "tcbctl env list   (a new one may take ten minutes to be listed)",
            "tcbctl env list   （新环境可能要十分钟后才会列出）"
        ),
        "createFunction" => format!("tcbctl function list --env {env}"),
        "setCloudAccessToken" => format!("tcbctl env policy get --env {env}"),
        "createCloudUser" => {
            say!("tcbctl cloud open   (again: it does no harm)", "tcbctl cloud open   （再次运行无妨）")
        }
        "createOpenAccount" => say!(
            "tcbctl account create   (again: it tells which one is bound)",
            "tcbctl account create   （再次运行会说明绑定的是哪个）"
        ),
        _ => say!("read the state back before you run it again", "再次运行之前先读回状态"),
    }
}

/// A platform that fetches tokens of its own.
async fn own_platform(
    app_id: ComponentAppId,
    secret: ComponentSecret,
    ticket: VerifyTicket,
    wire: Arc<dyn Transport>,
) -> Result<Platform, Box<Failure>> {
    let platform = Platform::builder(app_id, secret).transport(wire).build();
    let platform = platform.map_err(|error| Failure::config(error.to_string()))?;
    // When it was pushed is not known here; WeChat is the one to refuse an old one.
    platform.tokens().ticket(ticket, SystemClock.wall()).await?;
    Ok(platform)
}

/// The refresh token of an authorisation that stands and whose code was exchanged before.
async fn standing_refresh_token(
    platform: &Platform,
    merchant: &AuthorizerAppId,
) -> Result<Option<RefreshToken>, Box<Failure>> {
    match platform.send(GetAuthorizerInfo::new(platform.app_id(), merchant)).await {
        Ok(answer) => {
            let token = answer.authorization_info.and_then(|standing| standing.refresh_token);
            Ok(token.filter(|token| !token.is_empty()))
        }
        Err(error) if error.api().is_some_and(|api| api.code() == ErrCode::NOT_AUTHORIZED) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The merchant that is meant: the named one, the only one, or a new one when there is none.
async fn choose(
    admin: &Admin,
    asked_for: Option<AuthorizerAppId>,
    output: Output,
) -> Result<Merchant, Box<Failure>> {
    let variable = key::AUTHORIZER_APPID.variable;
    let mut merchants = admin.merchants().await?;
    if let Some(app_id) = asked_for {
        return merchants.into_iter().find(|known| known.app_id == app_id).ok_or_else(|| {
            let message = say!("the emulator has no merchant {app_id}", "模拟器中没有授权方 {app_id}");
            Failure::new(Exit::NotFound, "merchant", message).hint(say!(
                "unset {variable}   (with one merchant or none it is not needed)",
                "unset {variable}   （只有一个或没有授权方时不需要它）"
            ))
        });
    }
    match (merchants.pop(), merchants.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => {
            let made = admin.add_merchant().await?;
            let app_id = &made.app_id;
            output.talk(&say!(
                "the emulator had no merchant; made {app_id}",
                "模拟器中没有授权方；已创建 {app_id}"
            ));
            Ok(made)
        }
        (Some(last), others) => {
            let count = others + 1;
            let message = say!(
                "the emulator has {count} merchants; say which one is meant",
                "模拟器中有 {count} 个授权方；请说明是哪一个"
            );
            Err(Failure::config(message).hint(format!("export {variable}={}", last.app_id)))
        }
    }
}
