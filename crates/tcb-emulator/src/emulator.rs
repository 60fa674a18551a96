use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tcb_types::{AuthorizationCode, AuthorizerAppId, Clock, ComponentAppId, RefreshToken, VerifyTicket};

use crate::clock::ClockMode;
use crate::core::Core;
use crate::merchant::{Merchant, MerchantState};
use crate::prompt::{Message, Prompt, PromptId};
use crate::push::{CallbackUrl, Delivery, Push};
use crate::record::{Counters, Finding};
use crate::storage::Bucket;
use crate::tls::Tls;
use crate::{Assumption, Credentials, EmulatorError, EmulatorErrorKind, assumption};

/// WeChat's side of the wire, on a port of this machine.
///
/// It starts with one platform and no merchant. All its methods are also available over HTTP, under
/// [`admin_url`](Self::admin_url). Dropping it ends it at once, [`close`](Self::close) in good
/// order.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use tcb_emulator::{Emulator, Merchant};
///
/// let emulator = Emulator::builder().seed(7).start().await?;
/// let platform = emulator.component().app_id.clone();
/// let ticket = emulator.ticket(&platform)?;
/// let shop = emulator.add_merchant(Merchant::new().named("Corner shop"));
/// let code = emulator.authorize(&platform, &shop, [18, 49]).await?;
///
/// // … the code under test talks to emulator.base_url() …
///
/// emulator.advance(Duration::from_secs(7200)).await;
/// emulator.assert_clean();
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    pub(crate) core: Arc<Core>,
    _stop: Option<StopOnDrop>,
}

struct StopOnDrop(Arc<Core>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("base_url", &self.core.base_url).finish_non_exhaustive()
    }
}

/// Addresses and the end.
impl Emulator {
    /// The one that a test holds. Dropping it stops everything.
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { _stop: Some(StopOnDrop(Arc::clone(&core))), core }
    }

    /// What the admin API works on. Dropping it ends nothing.
    pub(crate) fn view(core: Arc<Core>) -> Self {
        Self { core, _stop: None }
    }

    /// Ends the emulator in good order: accepts no more connections, answers requests that have
    /// begun, and gives up when `deadline` has passed.
    pub async fn close(self, deadline: Duration) {
        self.core.finish(deadline).await;
    }

    /// The URL to use in place of `https://api.weixin.qq.com`: `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> &str {
        &self.core.base_url
    }

    /// The admin API: `http://127.0.0.1:<port>/_emu/v1`.
    pub fn admin_url(&self) -> &str {
        &self.core.admin_url
    }

    /// The file with the certificate that clients have to trust for HTTPS, when the emulator speaks
    /// it.
    pub fn certificate(&self) -> Option<&Path> {
        self.core.tls.as_ref().map(Tls::certificate)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.core.state().seed.value()
    }
}

/// Platforms.
impl Emulator {
    /// The platform that was there from the start.
    pub fn component(&self) -> &Credentials {
        &self.core.first
    }

    /// The platform that is meant where none is named: that of the start, or, if a reset has taken
    /// it away, the first that there is.
    pub(crate) fn first_platform(&self) -> Option<ComponentAppId> {
        let (state, started) = (self.core.state(), &self.component().app_id);
        let mut known = state.components.values().map(|component| &component.credentials.app_id);
        known.clone().find(|known| *known == started).or_else(|| known.next()).cloned()
    }

    /// All platforms, ordered by appid.
    pub fn components(&self) -> Vec<Credentials> {
        self.core.state().components.values().map(|component| component.credentials.clone()).collect()
    }

    /// Adds a platform.
    pub fn add_component(&self) -> Credentials {
        self.core.state().add_component()
    }

    /// Returns the newest ticket of a platform, as if it had just been pushed, and makes one if
    /// none is younger than twelve hours.
    pub fn ticket(&self, component: &ComponentAppId) -> Result<VerifyTicket, EmulatorError> {
        self.core.state().ticket(component.as_str()).map(VerifyTicket::from)
    }

    /// Sets where the events of a platform are pushed to: `http://` on this machine. Nothing is
    /// pushed at once; tickets follow every ten minutes.
    ///
    /// # Errors
    /// [`NotLoopback`](EmulatorErrorKind::NotLoopback), [`Invalid`](EmulatorErrorKind::Invalid) or
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent).
    pub fn set_callback_url(&self, component: &ComponentAppId, url: &str) -> Result<(), EmulatorError> {
        let url = CallbackUrl::parse(url)?;
        self.set_callback(component, Some(url))
    }

    /// Removes the callback URL of a platform.
    pub fn clear_callback_url(&self, component: &ComponentAppId) -> Result<(), EmulatorError> {
        self.set_callback(component, None)
    }

    fn set_callback(
        &self,
        component: &ComponentAppId,
        url: Option<CallbackUrl>,
    ) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        let now = state.now();
        state.component(component.as_str())?.set_callback(url, now);
        self.core.tickets.notify_one();
        Ok(())
    }

    /// Switches the regular ticket pushes of a platform off or on. They are on from the start;
    /// `startPushTicket` switches them on again.
    pub fn set_ticket_pushing(&self, component: &ComponentAppId, on: bool) -> Result<(), EmulatorError> {
        self.core.state().component(component.as_str())?.pushing = on;
        self.core.tickets.notify_one();
        Ok(())
    }

    /// Pushes a new ticket now and waits until the receiver has answered or was given up.
    ///
    /// # Errors
    /// [`NoCallback`](EmulatorErrorKind::NoCallback) or
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent). A receiver that fails is not an
    /// error; the [`Delivery`] says so.
    pub async fn push_ticket(&self, component: &ComponentAppId) -> Result<Delivery, EmulatorError> {
        let push = self.core.state().ticket_push(component.as_str())?;
        self.core.push(push).await.ok_or_else(closing)
    }

    /// The last 10,000 pushes, the oldest first. Those that are under way are among them, without
    /// an outcome.
    pub fn callbacks(&self) -> Vec<Delivery> {
        self.core.state().pushes.log().cloned().collect()
    }

    /// Pushes once more what was pushed, under a signature of its own, and waits until the receiver
    /// has answered or was given up.
    ///
    /// # Errors
    /// [`UnknownPush`](EmulatorErrorKind::UnknownPush) for an id that
    /// [`callbacks`](Self::callbacks) does not have, [`NoCallback`](EmulatorErrorKind::NoCallback)
    /// when the platform has no callback URL any more.
    pub async fn redeliver(&self, id: u64) -> Result<Delivery, EmulatorError> {
        let push = self.core.state().push_again(id)?;
        self.core.push(push).await.ok_or_else(closing)
    }

    /// Gives a platform another key for the encryption of callbacks and returns its credentials;
    /// [`component`](Self::component) goes on to show those of the start. Pushes under the former
    /// key come by a [`Fault`](crate::Fault) of the kind
    /// [`FormerKey`](crate::FaultKind::FormerKey).
    ///
    /// # Errors
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent).
    pub fn change_aes_key(&self, component: &ComponentAppId) -> Result<Credentials, EmulatorError> {
        let mut state = self.core.state();
        state.component(component.as_str())?;
        let key = state.seed.encoding_aes_key();
        Ok(state.component(component.as_str())?.change_key(key))
    }
}

/// Merchants.
impl Emulator {
    /// Adds a merchant and returns the appid of its mini program.
    pub fn add_merchant(&self, merchant: Merchant) -> AuthorizerAppId {
        self.core.state().add_merchant(merchant).into()
    }

    /// Adds many merchants at once that have already authorised the platform, and returns their
    /// appids and refresh tokens: 100,000 take about a second. Nothing is pushed, and no access
    /// token is made.
    ///
    /// # Errors
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent).
    pub fn seed_merchants(
        &self,
        component: &ComponentAppId,
        count: usize,
        permission_sets: impl IntoIterator<Item = u32>,
    ) -> Result<Vec<(AuthorizerAppId, RefreshToken)>, EmulatorError> {
        let sets = permission_sets.into_iter().collect();
        self.core.state().seed_merchants(component.as_str(), count, &sets, false)
    }

    /// Like [`seed_merchants`](Self::seed_merchants), with cloud development open for all of them.
    pub fn seed_open_merchants(
        &self,
        component: &ComponentAppId,
        count: usize,
        permission_sets: impl IntoIterator<Item = u32>,
    ) -> Result<Vec<(AuthorizerAppId, RefreshToken)>, EmulatorError> {
        let sets = permission_sets.into_iter().collect();
        self.core.state().seed_merchants(component.as_str(), count, &sets, true)
    }

    /// All merchants as they are now, ordered by appid.
    pub fn merchants(&self) -> Vec<MerchantState> {
        self.core.state().merchants()
    }

    /// Has a merchant authorise a platform, as if its administrator had scanned the link, and
    /// returns the code that the redirect would carry.
    ///
    /// With a callback URL set, `authorized` is pushed first (`updateauthorized` when the merchant
    /// authorised before with other permission sets, nothing when the sets are the same) and waited
    /// for. Authorising again ends the former refresh token.
    ///
    /// # Errors
    /// [`ExclusiveSet`](EmulatorErrorKind::ExclusiveSet) when another platform holds one of the
    /// sets 18, 24, 25 and 49, each of which only one can hold for a merchant.
    pub async fn authorize(
        &self,
        component: &ComponentAppId,
        merchant: &AuthorizerAppId,
        permission_sets: impl IntoIterator<Item = u32>,
    ) -> Result<AuthorizationCode, EmulatorError> {
        let sets = permission_sets.into_iter().collect();
        let authorized = self.core.state().authorize(component.as_str(), merchant.as_str(), sets, None);
        self.push_authorization(authorized?).await
    }

    /// Like [`authorize`](Self::authorize), through a link with this pre-authorisation code.
    ///
    /// # Errors
    /// [`PreAuthCode`](EmulatorErrorKind::PreAuthCode) for one that was used, has run out, or is
    /// not this platform's.
    pub async fn authorize_by_link(
        &self,
        component: &ComponentAppId,
        merchant: &AuthorizerAppId,
        permission_sets: impl IntoIterator<Item = u32>,
        pre_auth_code: &str,
    ) -> Result<AuthorizationCode, EmulatorError> {
        let sets = permission_sets.into_iter().collect();
        let code = Some(pre_auth_code);
        let authorized = self.core.state().authorize(component.as_str(), merchant.as_str(), sets, code);
        self.push_authorization(authorized?).await
    }

    async fn push_authorization(
        &self,
        (code, push): (String, Option<Push>),
    ) -> Result<AuthorizationCode, EmulatorError> {
        if let Some(push) = push {
            self.core.push(push).await;
        }
        Ok(code.into())
    }

    /// Has a merchant cancel its authorisation. With a callback URL set, `unauthorized` is pushed
    /// and waited for.
    pub async fn unauthorize(
        &self,
        component: &ComponentAppId,
        merchant: &AuthorizerAppId,
    ) -> Result<(), EmulatorError> {
        let push = self.core.state().unauthorize(component.as_str(), merchant.as_str())?;
        self.core.push(push).await;
        Ok(())
    }

    /// What waits for an administrator, the oldest first.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.core.state().prompts.waiting.clone()
    }

    /// Messages that would have gone to administrators.
    pub fn outbox(&self) -> Vec<Message> {
        self.core.state().prompts.messages.clone()
    }

    /// Has the administrator do what a prompt asks. For
    /// [`PromptKind::Phone`](crate::PromptKind::Phone) that means both binding a number and
    /// agreeing.
    pub fn approve(&self, prompt: PromptId) -> Result<(), EmulatorError> {
        self.core.state().approve(prompt)
    }

    /// Has the administrator decline. Nothing changes except that the prompt is gone.
    pub fn deny(&self, prompt: PromptId) -> Result<(), EmulatorError> {
        self.core.state().deny(prompt)
    }
}

/// Time and assumptions.
impl Emulator {
    /// The time of the emulator.
    pub fn now(&self) -> SystemTime {
        self.core.clock.wall()
    }

    /// A clock that shows the emulator's time, for what is under test: the client whose tokens
    /// expire here, and the receiver that compares the timestamps of pushes with its own time. Both
    /// its clocks run at the emulator's [speed](Self::set_speed) and go along with
    /// [`advance`](Self::advance); [`set_now`](Self::set_now) sets the wall clock alone.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.core.clock) as Arc<dyn Clock>
    }

    /// How the emulator's time passes.
    pub fn clock_mode(&self) -> ClockMode {
        self.core.clock.mode()
    }

    /// Makes the emulator's time pass in another way from now on, without a jump.
    ///
    /// # Errors
    /// [`Invalid`](EmulatorErrorKind::Invalid) for a scale of 0.
    pub fn set_clock_mode(&self, mode: ClockMode) -> Result<(), EmulatorError> {
        self.core.clock.set_mode(mode)?;
        self.core.tickets.notify_one();
        Ok(())
    }

    /// How many times faster than the clock beneath it the emulator's time runs; 0 when it stands
    /// still.
    pub fn speed(&self) -> u32 {
        self.core.clock.speed()
    }

    /// Makes time run this many times faster than the clock beneath it, from now on.
    ///
    /// # Errors
    /// [`Invalid`](EmulatorErrorKind::Invalid) for 0.
    pub fn set_speed(&self, speed: u32) -> Result<(), EmulatorError> {
        self.set_clock_mode(ClockMode::Scaled(speed))
    }

    /// How long a replaced access token works on, in the emulator's time.
    pub fn overlap(&self) -> Duration {
        self.core.state().overlap
    }

    /// Sets how long a replaced access token works on. It holds for tokens that are replaced
    /// already, unless they have ended.
    pub fn set_overlap(&self, overlap: Duration) {
        self.core.state().overlap = overlap;
    }

    /// Moves time forward, and waits until all that came due was done, each at its moment and in
    /// order: delayed invocations of functions, imports and exports, and a ticket push for each
    /// platform every ten minutes.
    ///
    /// A span of more than 24 hours is a jump up to its last 24 hours, at which each platform gets
    /// one ticket. Each push is waited for before time goes on, until a receiver does not answer in
    /// time: from then on they are waited for together, at the end.
    pub async fn advance(&self, span: Duration) {
        self.core.advance(span).await;
    }

    /// Moves time to the moment at which the next thing happens by itself, and waits until it was
    /// done: a ticket push, a delayed invocation of a function, an import or export that takes a
    /// while. Returns that moment; `None`, and time stays, when nothing is to come.
    pub async fn advance_to_next_event(&self) -> Option<SystemTime> {
        let next = {
            let state = self.core.state();
            let next = state.next_event()?;
            self.core.clock.set_forward(next);
            next
        };
        self.core.do_what_is_due().await;
        Some(next.wall())
    }

    /// Sets the time, forwards or backwards. What falls due comes at once, with one ticket for each
    /// platform.
    pub async fn set_now(&self, time: SystemTime) {
        self.core.clock.set(time);
        self.core.do_what_is_due().await;
    }

    /// All assumptions, ordered by number.
    pub fn assumptions() -> &'static [&'static Assumption] {
        &assumption::ALL
    }

    /// The variant of an assumption that is in force.
    pub fn assumed(&self, id: &str) -> Result<&'static str, EmulatorError> {
        Ok(self.core.state().assumptions.variant(assumption::find(id)?))
    }

    /// Chooses a variant of an assumption.
    ///
    /// # Errors
    /// [`UnknownAssumption`](EmulatorErrorKind::UnknownAssumption) for another number or variant.
    pub fn assume(&self, id: &str, variant: &str) -> Result<(), EmulatorError> {
        self.core.state().assumptions.choose(id, variant)
    }
}

/// What happened.
impl Emulator {
    /// What has happened so far, in numbers. It copies all of them, one for each merchant with a
    /// token; to ask again and again for one number, take [`mints`](Self::mints) or
    /// [`total_mints`](Self::total_mints).
    pub fn counters(&self) -> Counters {
        self.core.state().counters.clone()
    }

    /// Access tokens made for this appid so far.
    pub fn mints(&self, app_id: impl AsRef<str>) -> u64 {
        self.core.state().counters.mints(app_id)
    }

    /// Access tokens made in all so far.
    pub fn total_mints(&self) -> u64 {
        self.core.state().counters.total_mints
    }

    /// What should not have happened so far. A call that was answered with a documented error is
    /// not part of it.
    pub fn findings(&self) -> Vec<Finding> {
        self.core.state().findings.clone()
    }

    /// What was uploaded to `path` in the storage of the environment `env`, else on its static
    /// website.
    pub fn stored_file(&self, env: impl AsRef<str>, path: &str) -> Option<Bytes> {
        let storage = &self.core.state().storage;
        let content = |bucket: Bucket| storage.content(&bucket, path);
        content(Bucket::files(env.as_ref())).or_else(|| content(Bucket::site(env.as_ref())))
    }

    /// Ends a test: panics when there are findings, and lists them.
    ///
    /// # Panics
    /// When [`findings`](Self::findings) is not empty.
    #[track_caller]
    pub fn assert_clean(&self) {
        let findings = self.findings();
        let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "the emulator has {} finding(s):\n  {}", list.len(), list.join("\n  "));
    }
}

fn closing() -> EmulatorError {
    EmulatorError::new(
        EmulatorErrorKind::NoCallback,
        "the platform has no callback URL, or the emulator is closing",
    )
}
