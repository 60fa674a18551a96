//! Works on merchants that are due, several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::types::AuthorizerAppId;
use tcb_deploy::{Deployment, Variables};
use tokio::task::JoinSet;

use crate::budget::Budget;
use crate::error::FleetError;
use crate::fleet::{Choice, Fleet, View};
use crate::judge::judge;
use crate::ledger::{Ledger, seconds};
use crate::list::MerchantList;
use crate::merchant::{Merchant, Standing};
use crate::pass::pass;
use crate::release::Release;
use crate::report::Counts;

/// How long answers of the last calls have to be written down, when one stops.
const GRACE: Duration = Duration::from_secs(2);

/// For how long one leaves a merchant alone that somebody else has.
const ELSEWHERE: u64 = 5;

/// Which merchants that are ready are looked at nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refresh {
    /// Those that nobody has looked at for so long, by [a glance](Deployment::glance): at most
    /// three calls for a merchant with one environment and nothing to do. A run that
    /// [stays](Runner::stays) looks again each time, any other at most once.
    Stale(Duration),
    /// All, once, and at all that they have.
    Always,
    /// None.
    Never,
}

/// A day.
impl Default for Refresh {
    fn default() -> Self {
        Self::Stale(Duration::from_secs(24 * 60 * 60))
    }
}

/// Something that happened while a [`Runner`] works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The fleet was looked at.
    #[non_exhaustive]
    Looked {
        /// The fleet.
        view: &'a View,
        /// Who is worked on here, and the step that is on.
        at_work: &'a BTreeMap<AuthorizerAppId, String>,
        /// How many calls were sent since the start.
        calls: u64,
    },
    /// A step of a merchant begins.
    #[non_exhaustive]
    Step {
        /// The merchant.
        app_id: &'a AuthorizerAppId,
        /// The step, in words.
        step: &'a str,
    },
    /// A pass over a merchant has ended.
    #[non_exhaustive]
    Ended {
        /// The merchant.
        app_id: &'a AuthorizerAppId,
        /// Its row.
        merchant: &'a Merchant,
    },
}

/// Is told what happens. It should not block: the fleet waits for it.
///
/// A closure is one, and `()` is one that does nothing.
pub trait Watch: Send + Sync {
    /// Takes in an event.
    fn event(&self, event: &Event<'_>);
}

impl Watch for () {
    fn event(&self, _: &Event<'_>) {}
}

impl<F: Fn(&Event<'_>) + Send + Sync> Watch for F {
    fn event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Nothing is left to do with this merchant list, but what people have to do or decide.
    Done,
    /// The last wave had too many failures for another.
    Braked,
    /// It was stopped.
    Stopped,
}

/// What a run came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Why it ended.
    pub ended: Ended,
    /// The fleet at its end.
    pub view: View,
    /// How its merchants stand.
    pub counts: Counts,
}

/// Works on the merchants of a fleet that are due, as far as the waves go. Several of them, also of
/// several machines, may work over one journal: each merchant is worked on by one at a time. There
/// is an example at [`Fleet`].
#[derive(Clone)]
pub struct Runner {
    fleet: Fleet,
    platform: Platform,
    budget: Budget,
    variables: Arc<BTreeMap<AuthorizerAppId, Variables>>,
    choice: Choice,
    refresh: Refresh,
    at_once: usize,
    stays: bool,
    watch: Arc<dyn Watch>,
    at_work: Arc<Mutex<AtWork>>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("fleet", &self.fleet).finish_non_exhaustive()
    }
}

/// Who is worked on here: the step that is on, and the lease.
type AtWork = BTreeMap<AuthorizerAppId, (String, Arc<Ledger>)>;

/// A pass that is over: `None` when the merchant was not ours to work on.
type Passed = Result<(AuthorizerAppId, Option<Merchant>), FleetError>;

impl Runner {
    /// Works on this fleet with the platform's calls, and the variables of the list.
    pub fn new(fleet: &Fleet, platform: &Platform, list: &MerchantList) -> Self {
        let variables =
            list.merchants().iter().map(|listed| (listed.app_id.clone(), listed.variables.clone()));
        Self {
            fleet: fleet.clone(),
            platform: platform.clone(),
            budget: Budget::default(),
            variables: Arc::new(variables.collect()),
            choice: Choice::default(),
            refresh: Refresh::default(),
            at_once: 16,
            stays: false,
            watch: Arc::new(()),
            at_work: Arc::default(),
        }
    }

    /// Sets the budget, the one of the platform's [`Budgeted`](crate::Budgeted) transport. By it a
    /// pause or a stop holds calls that are not sent yet.
    #[must_use]
    pub fn budget(self, budget: &Budget) -> Self {
        Self { budget: budget.clone(), ..self }
    }

    /// Sets which merchants are meant. The waves are made of these.
    #[must_use]
    pub fn choice(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// Sets which merchants that are ready are looked at nevertheless.
    #[must_use]
    pub fn refresh(self, refresh: Refresh) -> Self {
        Self { refresh, ..self }
    }

    /// Sets how many merchants are worked on at once; 16.
    #[must_use]
    pub fn at_once(self, at_once: usize) -> Self {
        Self { at_once: at_once.max(1), ..self }
    }

    /// Sets whether it goes on until it is stopped, for what comes and for what people do.
    #[must_use]
    pub fn stays(self, stays: bool) -> Self {
        Self { stays, ..self }
    }

    /// Sets who is told what happens.
    #[must_use]
    pub fn watch(self, watch: impl Watch + 'static) -> Self {
        Self { watch: Arc::new(watch), ..self }
    }

    /// Works until nothing is left to do but what people have to do, or until `stop` is ready: then
    /// calls in flight end, and their answers are written down. Dropped, it ends at once, like a
    /// crash; either way the next run goes on where this one was.
    ///
    /// # Errors
    ///
    /// A [`FleetError`]: what keeps one merchant is no error but in its conditions.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) -> Result<Summary, FleetError> {
        let mut stop = pin!(stop);
        let begun = seconds(&self.fleet.clock);
        let mut tasks: JoinSet<Passed> = JoinSet::new();
        let mut current = None;
        // Who was looked at in this run, and who is left alone until when.
        let (mut refreshed, mut elsewhere) = (BTreeSet::new(), BTreeMap::new());
        loop {
            let view = self.look().await?;
            if view.settings.is_paused {
                self.calm(&mut tasks).await?;
                tokio::select! {
                    () = &mut stop => return self.end(Ended::Stopped).await,
                    () = tokio::time::sleep(Duration::from_secs(1)) => continue,
                }
            }
            self.budget.hold(false);
            let release = self.follow(&view, current.take()).await?;
            current = Some(Arc::clone(&release));
            let mut due = self.due(&view, begun, &refreshed, &elsewhere);
            if due.is_empty() && tasks.is_empty() && !self.stays && self.is_over(&view, &release) {
                let ended = if view.open.is_braked { Ended::Braked } else { Ended::Done };
                return self.end(ended).await;
            }
            let look = tokio::time::sleep(pause(view.merchants.len()));
            let mut look = pin!(look);
            loop {
                while tasks.len() < self.at_once
                    && let Some(app_id) = due.pop()
                {
                    refreshed.insert(app_id.clone());
                    tasks.spawn(self.clone().one(app_id, Arc::clone(&release), begun));
                }
                tokio::select! {
                    () = &mut stop => {
                        self.calm(&mut tasks).await?;
                        return self.end(Ended::Stopped).await;
                    }
                    Some(passed) = tasks.join_next() => {
                        if let (app_id, None) = passed.map_err(FleetError::broken)?? {
                            let until = seconds(&self.fleet.clock).saturating_add(ELSEWHERE);
                            elsewhere.insert(app_id, until);
                        }
                        // The next wave may be open.
                        if tasks.is_empty() && due.is_empty() {
                            break;
                        }
                    }
                    () = &mut look => break,
                }
            }
        }
    }

    async fn look(&self) -> Result<View, FleetError> {
        let view = self.fleet.view(&self.choice).await?;
        let at_work = self.at_work();
        let steps = at_work.iter().map(|(app_id, (step, _))| (app_id.clone(), step.clone())).collect();
        drop(at_work);
        self.watch.event(&Event::Looked { view: &view, at_work: &steps, calls: self.budget.calls() });
        Ok(view)
    }

    fn at_work(&self) -> MutexGuard<'_, AtWork> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blueprint that is rolled out now, taken out of the journal if it is another one.
    async fn follow(&self, view: &View, current: Option<Arc<Release>>) -> Result<Arc<Release>, FleetError> {
        let wanted = view.settings.release.as_ref().ok_or(FleetError::NoRelease)?;
        match current {
            Some(release) if release.digest() == *wanted => Ok(release),
            _ => Ok(Arc::new(Release::take(&*self.fleet.journal, wanted).await?)),
        }
    }

    /// Who is to be worked on now, the last one first.
    fn due(
        &self,
        view: &View,
        begun: u64,
        refreshed: &BTreeSet<AuthorizerAppId>,
        elsewhere: &BTreeMap<AuthorizerAppId, u64>,
    ) -> Vec<AuthorizerAppId> {
        let here = self.at_work();
        let is_due = |(app_id, merchant): &&(AuthorizerAppId, Merchant)| {
            let is_done = merchant.standing == Standing::Ready && refreshed.contains(app_id);
            self.is_due(merchant, begun, view.at)
                && (!is_done || self.looks_again())
                && !merchant.is_at_work(view.at)
                && !here.contains_key(app_id)
                && elsewhere.get(app_id).is_none_or(|until| *until <= view.at)
        };
        let mut due: Vec<_> =
            view.open_merchants().iter().filter(is_due).map(|(app_id, _)| app_id.clone()).collect();
        // Those who share a journal should not all reach for the same one.
        fastrand::shuffle(&mut due);
        due
    }

    /// Whether nothing is left to do by itself.
    fn is_over(&self, view: &View, release: &Release) -> bool {
        view.open_merchants().iter().all(|(app_id, merchant)| {
            let is_still =
                matches!(merchant.standing, Standing::Ready | Standing::Waiting | Standing::Refused);
            !merchant.is_at_work(view.at) && (is_still || !self.is_ours(app_id, merchant, release))
        })
    }

    /// Whether the journal expects of a merchant what the list of this run gives. Another process
    /// may have rolled another list out, and who waits for it here would wait for ever.
    fn is_ours(&self, app_id: &AuthorizerAppId, merchant: &Merchant, release: &Release) -> bool {
        let Some(variables) = self.variables.get(app_id) else { return false };
        // What is wrong with it, its pass says.
        release.target(variables).map_or(true, |target| target == merchant.target)
    }

    /// Whether who is ready becomes stale again in a run: only in one that goes on, for any other
    /// has to end.
    fn looks_again(&self) -> bool {
        self.stays && matches!(self.refresh, Refresh::Stale(_))
    }

    /// Whether a merchant is to be looked at, by a run that has begun then.
    fn is_due(&self, merchant: &Merchant, begun: u64, now: u64) -> bool {
        match (merchant.standing, self.refresh) {
            (Standing::Ready, Refresh::Stale(span)) if self.stays => {
                merchant.looked <= now.saturating_sub(span.as_secs().max(1))
            }
            (Standing::Ready, Refresh::Stale(span)) => {
                merchant.looked <= begun.saturating_sub(span.as_secs())
            }
            (Standing::Ready, Refresh::Always) => merchant.looked <= begun,
            (Standing::Ready, Refresh::Never) => false,
            _ => merchant.due <= now,
        }
    }

    /// One pass over one merchant, if it is still ours to make.
    async fn one(self, app_id: AuthorizerAppId, release: Arc<Release>, begun: u64) -> Passed {
        let not_ours = Ok((app_id.clone(), None));
        let Some(variables) = self.variables.get(&app_id) else { return not_ours };
        let (desired, generation) = release.desired(variables)?;
        let Fleet { journal, clock } = &self.fleet;
        // Another process may roll another blueprint out, or have been here just now.
        let now = seconds(clock);
        let wanted = |merchant: &Merchant| merchant.target == generation && self.is_due(merchant, begun, now);
        let Some(ledger) = Ledger::take(journal, clock, &app_id, wanted).await? else { return not_ours };
        let ledger = Arc::new(ledger);
        self.at_work().insert(app_id.clone(), (String::new(), Arc::clone(&ledger)));
        let deployment = Deployment::new(self.platform.authorizer(&app_id))
            .platform(self.platform.client().clone())
            .app_id(&app_id)
            .clock(Arc::clone(clock));
        let told = {
            let (runner, app_id) = (self.clone(), app_id.clone());
            move |step: &str| {
                if let Some((at, _)) = runner.at_work().get_mut(&app_id) {
                    step.clone_into(at);
                }
                runner.watch.event(&Event::Step { app_id: &app_id, step });
            }
        };
        // Who is ready with this generation has it all; whether it still has, lists show.
        let is_ready = ledger.merchant().await.standing == Standing::Ready;
        let glances = is_ready && matches!(self.refresh, Refresh::Stale(_));
        let passed = pass(&ledger, deployment, &desired, &generation, glances, told);
        let outcome = tokio::select! {
            outcome = Box::pin(passed) => Some(outcome),
            kept = ledger.keep() => kept.map(|_| None)?,
        };
        let merchant = match outcome {
            // Somebody else has it now, and what it comes to is told there.
            None => None,
            Some(outcome) if outcome.is_unwritten => None,
            // Calls that were held back say nothing of the merchant.
            Some(outcome) if outcome.failure.is_some() && self.budget.is_held() => {
                ledger.give_back().await?;
                None
            }
            Some(outcome) => {
                let failure = outcome.failure.as_ref();
                let what = failure.map_or("ready", |failure| &failure.message).to_owned();
                ledger.tell(&generation, "ended", what, failure.and_then(|failure| failure.rid.clone()));
                let now = seconds(clock);
                let judged = |merchant: &mut Merchant| {
                    let is_current = merchant.target == generation;
                    *merchant = judge(merchant, &outcome.seen, failure, now);
                    if !is_current {
                        merchant.look_again(now);
                    }
                };
                ledger.change(judged).await?.is_ok().then_some(ledger.merchant().await)
            }
        };
        self.at_work().remove(&app_id);
        if let Some(merchant) = &merchant {
            self.watch.event(&Event::Ended { app_id: &app_id, merchant });
        }
        Ok((app_id, merchant))
    }

    /// Lets calls in flight end and their answers be written down, and gives the leases back.
    async fn calm(&self, tasks: &mut JoinSet<Passed>) -> Result<(), FleetError> {
        self.budget.hold(true);
        let quiet = async {
            self.budget.quiet().await;
            tokio::time::sleep(GRACE).await;
        };
        let mut quiet = pin!(quiet);
        // What waits for an environment would look for a quarter of an hour.
        loop {
            tokio::select! {
                passed = tasks.join_next() => match passed {
                    Some(passed) => passed.map_err(FleetError::broken)?.map(drop)?,
                    None => break,
                },
                () = &mut quiet => break,
            }
        }
        tasks.shutdown().await;
        let left = std::mem::take(&mut *self.at_work());
        for (_, ledger) in left.into_values() {
            ledger.give_back().await?;
        }
        Ok(())
    }

    async fn end(&self, ended: Ended) -> Result<Summary, FleetError> {
        let view = self.look().await?;
        let counts = Counts::of(&view);
        Ok(Summary { ended, view, counts })
    }
}

/// Between two looks at so many merchants. Reading rows should stay a small part of the work.
fn pause(merchants: usize) -> Duration {
    let more = u64::try_from(merchants / 2).unwrap_or(u64::MAX);
    Duration::from_millis(more.saturating_add(1000))
}

#[cfg(test)]
mod tests {
    use tcb_api::auth::TestClock;
    use tcb_api::transport::MockTransport;

    use super::*;
    use crate::MemoryJournal;

    #[tokio::test(start_paused = true)]
    async fn a_run_does_not_wait_for_merchants_that_its_list_has_otherwise_or_not_at_all() {
        let clock = TestClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        std::fs::write(&file, "environments: [{ alias: 'shop-${STAGE}' }]\n").unwrap();
        let list = |text: &str| MerchantList::from_csv(text).unwrap();
        let fleet = Fleet::new(MemoryJournal::default()).clock(clock.clone());
        fleet.roll_out(&Release::load(&file).unwrap(), &list("appid,STAGE\nwx1,live\n")).await.unwrap();
        // A call would be one that nobody expects.
        let platform = Platform::builder("wx", "secret").transport(MockTransport::new()).clock(clock);
        let platform = platform.build().unwrap();
        for other in ["appid,STAGE\nwx1,test\n", "appid,STAGE\nwx2,live\n"] {
            let runner = Runner::new(&fleet, &platform, &list(other));
            let run = runner.run(std::future::pending());
            let summary = tokio::time::timeout(Duration::from_secs(60), run).await.unwrap().unwrap();
            assert_eq!((summary.ended, summary.counts.standing(Standing::Pending)), (Ended::Done, 1));
        }
    }
}
