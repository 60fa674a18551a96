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
use crate::output::Output;
use crate::report::Report;
use crate::settings::{
    AUTHORIZER_APPID, Credentials, PlatformCredentials, STORE, Settings, TokenOwner, Tokens,
};

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
    /// The platform, and the refresh token that the caller keeps.
    stored: Option<(Platform, RefreshToken)>,
    /// The platform, when its tokens are those of a service.
    shared: Option<Platform>,
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
    /// Opens a session as the environment says.
    pub(crate) async fn open(
        owner: TokenOwner,
        backend: Backend,
        output: Output,
        watch: &Watch,
    ) -> Result<Self, Box<Failure>> {
        let Settings { base_url, credentials } = Settings::from_env(owner)?;
        let wire = backend.transport(&base_url).map_err(|error| Failure::config(error.to_string()))?;
        let wire = watch.over(wire);
        match credentials {
            // A client has a source of tokens, also when the call asks for none.
            Credentials::Nothing => Self::of_token(StaticToken::new(""), wire, output, watch),
            Credentials::Token(token) => {
                Self::of_token(StaticToken::from(AccessToken::new(token)), wire, output, watch)
            }
            Credentials::Platform(given) => Self::of_platform(given, wire, output, watch).await,
            Credentials::Emulator { admin_url, .. } if owner == TokenOwner::Platform => {
                let admin = Admin::new(admin_url, backend)?;
                let component = admin.component().await?;
                let ticket = admin.ticket(&component.app_id).await?;
                let platform = own_platform(component.app_id, component.secret, ticket, wire).await?;
                Ok(Self::of_itself(&platform, output, watch))
            }
            Credentials::Emulator { admin_url, merchant } => {
                Self::of_emulator(Admin::new(admin_url, backend)?, merchant, wire, output, watch).await
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
            stored: None,
            shared: None,
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
        Self { component, ..Self::new(platform.client().clone(), output, watch) }
    }

    /// The merchant that `platform` acts for.
    fn of_merchant(platform: &Platform, merchant: AuthorizerAppId, output: Output, watch: &Watch) -> Self {
        let client = platform.authorizer(&merchant);
        Self { merchant: Some(merchant), ..Self::new(client, output, watch) }
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
                return Ok(Self { shared: Some(platform), ..session });
            }
        };
        output.talk(&format!(
            "warning: this command fetches tokens of its own, and WeChat ends those that a service of {app_id} has\n\
             hint: set {STORE} to the token store of the service, if there is one"
        ));
        let platform = own_platform(app_id, secret, ticket, wire).await?;
        let Some(merchant) = merchant else { return Ok(Self::of_itself(&platform, output, watch)) };
        let token = match &refresh_token {
            Some(token) => Some(token.clone()),
            None => standing_refresh_token(&platform, &merchant).await?,
        };
        let token = token.ok_or_else(|| {
            let message = format!("{merchant} has not authorised {}", platform.app_id());
            Failure::new(Exit::Credential, "authorization", message)
                .hint("have the merchant authorise the platform, and exchange the code once")
        })?;
        platform.tokens().restore(merchant.clone(), token).await?;
        let session = Self::of_merchant(&platform, merchant, output, watch);
        Ok(Self { stored: refresh_token.map(|token| (platform, token)), ..session })
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
        let cause = error.api().map_or_else(|| "the answer was lost".to_owned(), ToString::to_string);
        self.output.talk(&format!("{name}: {cause}; reading back whether it was executed"));
        let refused = error.api().is_some_and(|api| api.reaction() != Reaction::RetryLater);
        let settled = self.client.settle(operation, &error).await;
        let lost = Box::<Failure>::from(error);
        match settled {
            Ok(Settled::Landed(answer)) => Ok(answer),
            // The code was WeChat's last word.
            Ok(Settled::NotLanded) if refused => Err(Box::new(Failure {
                exit: Exit::Refused,
                kind: "refused",
                message: format!("{name}: WeChat refused the call"),
                maybe_executed: false,
                ..*lost
            })),
            Ok(Settled::NotLanded) => Err(Box::new(Failure {
                exit: Exit::Failed,
                kind: "not_landed",
                message: format!("{name} was not executed"),
                maybe_executed: false,
                hint: Some("run the same command again".to_owned()),
                ..*lost
            })),
            Ok(Settled::Several(count)) => Err(Box::new(Failure {
                kind: "several",
                message: format!("{name} may have been executed: {count} resources match"),
                hint: Some("look in the console which one is meant; do not run the command again".to_owned()),
                ..*lost
            })),
            // The list may lag behind, reading may have failed: either way nothing is known.
            Ok(_) | Err(_) => Err(Box::new(Failure {
                kind: "unknown",
                message: format!("{name} may have been executed; reading the state back does not tell yet"),
                hint: Some("look in the console in ten minutes, before you run the command again".to_owned()),
                ..*lost
            })),
        }
    }

    /// Lets token calls end whose results others need, and says so when WeChat has changed the
    /// refresh token that the caller keeps.
    pub(crate) async fn close(self) {
        if let Some(platform) = self.shared {
            platform.close(LAST_TOKENS).await;
        }
        let (Some((platform, stored)), Some(merchant)) = (self.stored, self.merchant) else { return };
        let now = platform.tokens().refresh_token(&merchant).await.ok().flatten();
        if now.is_some_and(|now| now != stored) {
            self.output.talk(&format!(
                "warning: WeChat has changed the refresh token of {merchant}; the stored one is about to die\n\
                 hint: unset TCBCTL_REFRESH_TOKEN and TCBCTL_REFRESH_TOKEN_FILE; tcbctl then asks WeChat for the current one"
            ));
        }
    }
}

/// How a person finds out whether `operation` was executed.
fn look<O: Operation>(operation: &O) -> String {
    let env = operation.environment().map(EnvId::as_str).unwrap_or_default();
    match O::SPEC.id {
        "createEnv" => "tcbctl call getEnvInfo   (a new one may take ten minutes to be listed)".to_owned(),
        "createFunction" => format!("tcbctl call getFuntionList -f env={env}"),
        "setCloudAccessToken" => format!("tcbctl token-policy get --env {env}"),
        "createCloudUser" => "tcbctl cloud open   (again: it does no harm)".to_owned(),
        "createOpenAccount" => "tcbctl account create   (again: it tells which one is bound)".to_owned(),
        _ => "read the state back before you run it again".to_owned(),
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
    let mut merchants = admin.merchants().await?;
    if let Some(app_id) = asked_for {
        return merchants.into_iter().find(|known| known.app_id == app_id).ok_or_else(|| {
            Failure::new(Exit::NotFound, "merchant", format!("the emulator has no merchant {app_id}"))
                .hint(format!("unset {AUTHORIZER_APPID}   (with one merchant or none it is not needed)"))
        });
    }
    match (merchants.pop(), merchants.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => {
            let made = admin.add_merchant().await?;
            output.talk(&format!("the emulator had no merchant; made {}", made.app_id));
            Ok(made)
        }
        (Some(last), others) => {
            let message = format!("the emulator has {} merchants; say which one is meant", others + 1);
            Err(Failure::config(message).hint(format!("export {AUTHORIZER_APPID}={}", last.app_id)))
        }
    }
}
