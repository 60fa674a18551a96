//! What the demo does with one HTTP backend: from a platform without a ticket to a merchant with
//! everything.

use std::io;
use std::sync::Arc;

use tcb_api::{Client, Error, Platform, Settled};
use tcb_auth::{AccessToken, AuthErrorKind, TokenSource as _};
use tcb_emulator::{Counters, Credentials, Delivery, Emulator, Fault, Merchant, USUAL_PERMISSION_SETS};
use tcb_transport::{Transport, call_once};
use tcb_types::authorization::{GetAuthorizerAccessToken, GetComponentAccessToken};
use tcb_types::cloudbase_common::{CloudUser, CreateCloudUser, CreateEnv, CreateFunction};
use tcb_types::open_account::{CreateOpenAccount, OpenAccount};
use tcb_types::{AuthorizerAppId, EnvId};

use super::callback::CallbackReceiver;
use super::recorder::{Recorder, Seen, Stopped};
use crate::backend::Backend;

/// One backend's way through the chain, with a platform object, a callback receiver and a merchant
/// of its own.
pub(super) struct Story<'a> {
    emulator: &'a Emulator,
    recorder: &'a mut Recorder,
    backend: Backend,
    wire: Arc<dyn Transport>,
    platform: Platform,
    callback: CallbackReceiver,
    shop: AuthorizerAppId,
    /// The client that acts for the shop.
    client: Client,
    /// What had happened before.
    before: Counters,
}

impl<'a> Story<'a> {
    pub(super) async fn begin(
        emulator: &'a Emulator,
        backend: Backend,
        wire: Arc<dyn Transport>,
        recorder: &'a mut Recorder,
    ) -> io::Result<Self> {
        let Credentials { app_id, secret, .. } = emulator.component();
        let platform = Platform::builder(app_id, secret.clone()).transport(Arc::clone(&wire)).build();
        let platform = platform.map_err(io::Error::other)?;
        let callback = CallbackReceiver::start(emulator.component(), platform.tokens().clone()).await?;
        let shop = emulator.add_merchant(Merchant::new().named(format!("Demo shop ({backend})")));
        let client = platform.authorizer(&shop);
        let before = emulator.counters();
        Ok(Self { emulator, recorder, backend, wire, platform, callback, shop, client, before })
    }

    /// Takes all steps; stops at the first that is not as expected.
    pub(super) async fn tell(mut self) -> Result<(), Stopped> {
        self.receive_a_ticket().await?;
        self.authorize().await?;
        self.open_cloud().await?;
        let env = self.create_environments().await?;
        self.use_environment(&env).await?;
        self.survive_replaced_tokens(&env).await?;
        self.check_records().await
    }

    async fn step<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        action: impl Future<Output = Seen<T>> + Send,
    ) -> Result<T, Stopped> {
        self.recorder.step(self.backend, name, expected, action).await
    }

    async fn receive_a_ticket(&mut self) -> Result<(), Stopped> {
        let (emulator, component) = (self.emulator, self.platform.tokens().component());
        let token = component.clone();
        self.step("token before any ticket", "no_ticket", async move {
            match token.token().await {
                Err(error) if matches!(error.kind(), AuthErrorKind::NoTicket { .. }) => Ok(("no_ticket", ())),
                Err(error) => Err(error.into()),
                Ok(_) => Ok(("minted", ())),
            }
        })
        .await?;

        let (platform, url) = (&emulator.component().app_id, self.callback.url.clone());
        self.step("encrypted ticket push", "taken_in", async move {
            emulator.set_callback_url(platform, &url)?;
            let delivery = emulator.push_ticket(platform).await?;
            Ok((taken_in(&delivery, "component_verify_ticket"), ()))
        })
        .await?;

        self.step("component token", "minted", async move {
            component.token().await?;
            Ok(("minted", ()))
        })
        .await
    }

    async fn authorize(&mut self) -> Result<(), Stopped> {
        let (emulator, shop) = (self.emulator, self.shop.clone());
        self.step("authorized push", "taken_in", async move {
            emulator.authorize(&emulator.component().app_id, &shop, USUAL_PERMISSION_SETS).await?;
            let pushed = emulator.callbacks().pop();
            Ok((pushed.as_ref().map_or("nothing_pushed", |push| taken_in(push, "authorized")), ()))
        })
        .await?;

        // The receiver has answered before it exchanges the code; whoever needs the token waits for
        // that.
        let source = self.platform.tokens().authorizer(&self.shop);
        self.step("authorizer token", "minted", async move {
            source.token().await?;
            Ok(("minted", ()))
        })
        .await
    }

    async fn open_cloud(&mut self) -> Result<(), Stopped> {
        let (emulator, client, shop) = (self.emulator, self.client.clone(), self.shop.clone());
        self.step("createCloudUser", "waiting_for_consent", open(client.clone())).await?;
        self.step("administrator agrees", "approved", async move {
            let prompt = emulator.prompts().into_iter().find(|prompt| prompt.appid == shop);
            let Some(prompt) = prompt else { return Ok(("not_asked", ())) };
            emulator.approve(prompt.id)?;
            Ok(("approved", ()))
        })
        .await?;
        self.step("createCloudUser again", "opened", open(client)).await
    }

    /// Creates one environment with an answer, and one whose answer is lost.
    async fn create_environments(&mut self) -> Result<EnvId, Stopped> {
        let (emulator, client) = (self.emulator, self.client.clone());
        let create = CreateEnv::postpaid(format!("demo-{}", self.backend));
        let sender = client.clone();
        let env = self
            .step("createEnv", "created", async move { Ok(("created", sender.send(create).await?.id)) })
            .await?;

        let create = CreateEnv::postpaid(format!("lost-{}", self.backend));
        let (lost, sender) = (create.clone(), client.clone());
        let error = self
            .step("createEnv, answer lost", "indeterminate", async move {
                emulator.fault(Fault::commit_then_drop("/tcb/createenvandresource"))?;
                match sender.send(lost).await {
                    Ok(_) => Err("the answer was not lost".into()),
                    Err(error) if error.indeterminate().is_some() => Ok(("indeterminate", error)),
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
        self.step("settle createEnv", "landed", settle(client, create, error)).await?;
        Ok(env)
    }

    async fn use_environment(&mut self, env: &EnvId) -> Result<(), Stopped> {
        let client = self.client.clone();
        let create = CreateFunction::new(env, "hello");
        self.step("createFunction", "created", async move {
            client.send(create).await?;
            Ok(("created", ()))
        })
        .await?;

        let policy = self.client.env(env).token_policy();
        let reader = policy.clone();
        let before = self
            .step("setCloudAccessToken get", "read", async move { Ok(("read", reader.get().await?)) })
            .await?;
        self.step("setCloudAccessToken set", "written", async move {
            let paths = vec!["/wxa/msg_sec_check".to_owned()];
            policy.change(|policy| policy.api_whitelist.clone_from(&paths)).await?;
            let after = policy.get().await?;
            let written = after.api_whitelist == paths && after.version != before.version;
            Ok((if written { "written" } else { "not_written" }, ()))
        })
        .await?;

        let client = self.client.clone();
        self.step("createOpenAccount", "created", async move {
            Ok((
                match client.send(CreateOpenAccount::new()).await? {
                    OpenAccount::Created { .. } => "created",
                    _ => "already_bound",
                },
                (),
            ))
        })
        .await
    }

    /// Another process of the same platform fetches tokens, which ends those that this one holds.
    async fn survive_replaced_tokens(&mut self, env: &EnvId) -> Result<(), Stopped> {
        let (emulator, wire, shop) = (self.emulator, Arc::clone(&self.wire), self.shop.clone());
        let refresh_token = self.platform.tokens().refresh_token(&shop).await.ok().flatten();
        self.step("another process fetches tokens", "replaced", async move {
            let Credentials { app_id, secret, .. } = emulator.component();
            let ticket = emulator.ticket(app_id)?;
            let get = GetComponentAccessToken::new(app_id, secret.clone(), ticket);
            let component = call_once(&*wire, None, &get, None).await?.access_token;
            let refresh_token = refresh_token.ok_or("the platform holds no refresh token")?;
            let get = GetAuthorizerAccessToken::new(app_id, &shop, refresh_token);
            let component = AccessToken::component(component);
            call_once(&*wire, Some(component.query_token()), &get, None).await?;
            Ok(("replaced", ()))
        })
        .await?;

        let client = self.client.clone();
        let create = CreateFunction::new(env, "after-replacement");
        self.step("createFunction, token refused", "created", async move {
            client.send(create).await?;
            Ok(("created", ()))
        })
        .await
    }

    /// Compares what happened with what the emulator has counted, and looks whether it objects to
    /// anything.
    async fn check_records(&mut self) -> Result<(), Stopped> {
        let (emulator, before, shop) = (self.emulator, self.before.clone(), self.shop.clone());
        self.step("records of the emulator", "clean", async move {
            let now = emulator.counters();
            let executed = |operation| now.executed(operation) - before.executed(operation);
            let refused = |operation| now.refused(operation, 40001) - before.refused(operation, 40001);
            let expectations = [
                ("createCloudUser executed", executed("createCloudUser"), 1),
                // One with an answer and one without: the lost one was not sent twice.
                ("createEnv executed", executed("createEnv"), 2),
                ("createFunction executed", executed("createFunction"), 2),
                ("createOpenAccount executed", executed("createOpenAccount"), 1),
                // Both dead tokens were met, each once.
                ("createFunction refused with 40001", refused("createFunction"), 1),
                ("getAuthorizerAccessToken refused with 40001", refused("getAuthorizerAccessToken"), 1),
                // The code's, the other process's, and the one that came after it.
                ("tokens of the merchant", now.mints(&shop), 3),
                ("fault rules left", emulator.faults().len() as u64, 0),
            ];
            let mut objections: Vec<String> = expectations
                .into_iter()
                .filter(|(_, found, expected)| found != expected)
                .map(|(what, found, expected)| format!("{what}: {found} in place of {expected}"))
                .collect();
            objections.extend(emulator.findings().iter().map(ToString::to_string));
            if objections.is_empty() { Ok(("clean", ())) } else { Err(objections.join("; ").into()) }
        })
        .await
    }
}

async fn open(client: Client) -> Seen<()> {
    let outcome = match client.send(CreateCloudUser::new()).await? {
        CloudUser::Opened => "opened",
        CloudUser::WaitingForConsent => "waiting_for_consent",
        CloudUser::WaitingForPhone => "waiting_for_phone",
        CloudUser::AlreadyAsked => "already_asked",
        _ => "something_new",
    };
    Ok((outcome, ()))
}

async fn settle(client: Client, create: CreateEnv, error: Error) -> Seen<()> {
    let outcome = match client.settle(&create, &error).await? {
        Settled::Landed(_) => "landed",
        Settled::NotLanded => "not_landed",
        Settled::Several(_) => "several",
        Settled::Unknown => "unknown",
    };
    Ok((outcome, ()))
}

/// How a push of this kind went.
fn taken_in(delivery: &Delivery, event: &str) -> &'static str {
    match delivery.delivered {
        true if delivery.event == event => "taken_in",
        true => "another_event",
        false => "not_delivered",
    }
}
