//! What is said to a fleet, and what it says of itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tcb_api::types::{AuthorizerAppId, Clock, EnvId, SystemClock};
use tcb_deploy::Mode;
use tokio::task::JoinSet;

use crate::error::FleetError;
use crate::journal::{Entry, Journal, Table};
use crate::ledger::seconds;
use crate::list::MerchantList;
use crate::merchant::{Merchant, Standing};
use crate::record::{self, decode};
use crate::release::Release;
use crate::wave::{Brake, Open, Waves};

/// How many rows are written side by side, so that they wait for the disk together.
const SIDE_BY_SIDE: usize = 256;

/// A fleet: merchants and a blueprint, as its journal has them. Cheap to clone.
///
/// Work is done by a [`Runner`](crate::Runner).
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tcb_fleet::{Fleet, MemoryJournal, MerchantList, Release, Runner, Standing};
///
/// # let emulator = tcb_emulator::Emulator::builder().in_process()?;
/// # let credentials = emulator.component().clone();
/// # let shops = emulator.seed_open_merchants(&credentials.app_id, 2, [18, 25, 49])?;
/// # let [one, other] = [&shops[0].0, &shops[1].0];
/// # let platform = tcb_api::Platform::builder(&credentials.app_id, credentials.secret)
/// #     .transport(tcb_emulator_transport::EmulatorTransport::new(&emulator))
/// #     .clock(emulator.clock())
/// #     .build()?;
/// # platform.tokens().ticket(emulator.ticket(&credentials.app_id)?, emulator.now()).await?;
/// # platform.tokens().reconcile().await?;
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("shop.yaml");
/// # std::fs::write(&file, "environments: [{ alias: 'shop-${STAGE}', collections: [{ name: orders }] }]")?;
/// let list = MerchantList::from_csv(&format!("appid,STAGE\n{one},live\n{other},test\n"))?;
/// let fleet = Fleet::new(MemoryJournal::default()); // or `SqliteJournal::open("fleet.db")?`
/// # let fleet = fleet.clock(emulator.clock());
/// fleet.roll_out(&Release::load(file)?, &list).await?; // written down; nothing is sent yet
///
/// let summary = Runner::new(&fleet, &platform, &list).run(std::future::pending()).await?;
/// assert_eq!(summary.counts.standing(Standing::Ready), 2);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Fleet {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What the journal keeps of the fleet as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Settings {
    /// Whether no further calls are made until it is resumed.
    pub is_paused: bool,
    /// Digest of the blueprint that is rolled out.
    pub release: Option<String>,
    /// Digest of the one before.
    pub previous: Option<String>,
    /// The waves.
    pub waves: Waves,
    /// How many failures a wave may have.
    pub brake: Brake,
}

/// Which merchants are meant. By default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Labels that a merchant has to have with these values.
    pub only: BTreeMap<String, String>,
    /// How many, from the first of the list.
    pub limit: Option<usize>,
}

/// What a blueprint changes for a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is not in the journal yet.
    New,
    /// It should have something else from now on.
    Changed,
    /// Nothing changes for it.
    Same,
    /// It is not in the list any more, and is left alone.
    Gone,
}

/// The fleet at a moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct View {
    /// Of the fleet as a whole.
    pub settings: Settings,
    /// The merchants that were asked for, in the order of the list.
    pub merchants: Vec<(AuthorizerAppId, Merchant)>,
    /// How far the waves of these merchants are.
    pub open: Open,
    /// When it was looked at, in Unix seconds.
    pub at: u64,
}

impl View {
    /// Those that may be worked on as far as the waves are concerned.
    pub fn open_merchants(&self) -> &[(AuthorizerAppId, Merchant)] {
        self.merchants.get(..self.open.merchants).unwrap_or_default()
    }
}

impl Fleet {
    /// The fleet of this journal.
    pub fn new(journal: impl Journal + 'static) -> Self {
        Self { journal: Arc::new(journal), clock: Arc::new(SystemClock) }
    }

    /// Sets another clock, for tests. All processes of a journal need one time, within seconds.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// What is kept of the fleet as a whole.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn settings(&self) -> Result<Settings, FleetError> {
        self.change(|_| ()).await
    }

    /// Pauses the work of all processes once the calls in flight have ended, or resumes it with
    /// `false`.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn pause(&self, is_paused: bool) -> Result<(), FleetError> {
        self.change(|settings| settings.is_paused = is_paused).await.map(drop)
    }

    /// Sets the waves and their brake.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn set_waves(&self, waves: &Waves, brake: Brake) -> Result<(), FleetError> {
        self.change(|settings| (settings.waves, settings.brake) = (waves.clone(), brake)).await.map(drop)
    }

    /// Keeps a blueprint with its packages, makes it the one that is rolled out, and writes down
    /// what each merchant of the list should have. Nothing is sent. Merchants that are not in the
    /// list are left alone from now on.
    ///
    /// # Errors
    ///
    /// Before anything is written, [`FleetError::Blueprint`] for variables without a value and
    /// [`FleetError::Alike`] for environments of the platform that several merchants would create;
    /// or one of the journal.
    pub async fn roll_out(&self, release: &Release, list: &MerchantList) -> Result<(), FleetError> {
        let targets = targets(release, list)?.into_iter().map(|(_, target)| target).collect();
        release.keep(&*self.journal).await?;
        let digest = release.digest();
        self.change(|settings| {
            if settings.release.as_ref() != Some(&digest) {
                settings.previous = settings.release.replace(digest.clone());
            }
        })
        .await?;
        self.enlist(list, targets).await
    }

    /// What a blueprint would change for whom. Nothing is written and nothing sent.
    ///
    /// # Errors
    ///
    /// As [`roll_out`](Self::roll_out).
    pub async fn compare(
        &self,
        release: &Release,
        list: &MerchantList,
    ) -> Result<Vec<(AuthorizerAppId, Change)>, FleetError> {
        let known = self.view(&Choice::default()).await?.merchants;
        let mut known: BTreeMap<_, _> = known.into_iter().collect();
        let mut compared = Vec::new();
        for (app_id, target) in targets(release, list)? {
            let change = match known.remove(&app_id) {
                None => Change::New,
                Some(merchant) if merchant.target != target => Change::Changed,
                Some(_) => Change::Same,
            };
            compared.push((app_id, change));
        }
        compared.extend(known.into_keys().map(|app_id| (app_id, Change::Gone)));
        Ok(compared)
    }

    /// Goes back to the blueprint before this one; once more leads forth again.
    ///
    /// # Errors
    ///
    /// [`FleetError::NoPrevious`], or as [`roll_out`](Self::roll_out).
    pub async fn undo(&self, list: &MerchantList) -> Result<Release, FleetError> {
        let previous = self.settings().await?.previous.ok_or(FleetError::NoPrevious)?;
        let release = Release::take(&*self.journal, &previous).await?;
        self.roll_out(&release, list).await?;
        Ok(release)
    }

    /// The blueprint that is rolled out.
    ///
    /// # Errors
    ///
    /// [`FleetError::NoRelease`], or one of the journal.
    pub async fn release(&self) -> Result<Release, FleetError> {
        let digest = self.settings().await?.release.ok_or(FleetError::NoRelease)?;
        Release::take(&*self.journal, &digest).await
    }

    /// Makes merchants of these standings due now, whatever they wait for. Returns how many.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn retry(&self, choice: &Choice, standings: &[Standing]) -> Result<usize, FleetError> {
        let merchants = self.view(choice).await?.merchants;
        let meant = merchants.into_iter().filter(|(_, merchant)| standings.contains(&merchant.standing));
        let meant: Vec<_> = meant.map(|(app_id, _)| app_id).collect();
        let now = seconds(&self.clock);
        let standings = standings.to_vec();
        self.write_all(&meant, move |_, merchant| {
            if standings.contains(&merchant.standing) {
                merchant.look_again(now);
            }
        })
        .await?;
        Ok(meant.len())
    }

    /// Takes an environment that was destroyed out of the notes of its merchant, and makes that due
    /// now: another is created then. Until then its pass is refused, since an environment that no
    /// list shows may be there all the same. Returns how many merchants had it noted.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn forget(&self, env: &EnvId) -> Result<usize, FleetError> {
        let merchants = self.view(&Choice::default()).await?.merchants;
        let has_noted = |merchant: &Merchant| merchant.noted.clone().forget(env);
        let meant = merchants.into_iter().filter(|(_, merchant)| has_noted(merchant));
        let meant: Vec<_> = meant.map(|(app_id, _)| app_id).collect();
        let (now, env) = (seconds(&self.clock), env.clone());
        self.write_all(&meant, move |_, merchant| {
            if merchant.noted.forget(&env) {
                merchant.look_again(now);
            }
        })
        .await?;
        Ok(meant.len())
    }

    /// How the fleet stands, from the journal alone.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn view(&self, choice: &Choice) -> Result<View, FleetError> {
        let settings = self.settings().await?;
        let mut merchants = Vec::new();
        for (key, _, body) in self.journal.list(Table::Merchant).await? {
            let merchant: Merchant = decode(&key, &body)?;
            let has = |(name, value): (&String, &String)| merchant.labels.get(name) == Some(value);
            if merchant.position.is_some() && choice.only.iter().all(has) {
                merchants.push((AuthorizerAppId::from(key), merchant));
            }
        }
        merchants.sort_by_key(|(_, merchant)| merchant.position);
        merchants.truncate(choice.limit.unwrap_or(usize::MAX));
        let standings: Vec<Standing> = merchants.iter().map(|(_, merchant)| merchant.standing).collect();
        let open = settings.waves.open(settings.brake, &standings);
        Ok(View { settings, merchants, open, at: seconds(&self.clock) })
    }

    /// The last `limit` things that happened, to one merchant or to all, oldest first.
    ///
    /// # Errors
    ///
    /// A [`FleetError`] of the journal.
    pub async fn entries(
        &self,
        merchant: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<Entry>, FleetError> {
        Ok(self.journal.entries(merchant.map(AuthorizerAppId::as_str), limit).await?)
    }

    async fn change(&self, change: impl Fn(&mut Settings)) -> Result<Settings, FleetError> {
        record::change(&*self.journal, Table::Fleet, "", change).await
    }

    async fn enlist(&self, list: &MerchantList, targets: Vec<String>) -> Result<(), FleetError> {
        let now = seconds(&self.clock);
        let all = list.merchants().iter().zip(0..).zip(targets);
        let rows: BTreeMap<_, _> = all
            .map(|((it, position), target)| (it.app_id.clone(), (position, it.labels.clone(), target)))
            .collect();
        let listed: Vec<_> = rows.keys().cloned().collect();
        let others = self.journal.list(Table::Merchant).await?.into_iter().map(|(key, ..)| key.into());
        let others: Vec<_> = others.filter(|app_id| !rows.contains_key(app_id)).collect();
        self.write_all(&listed, move |app_id, merchant| {
            if let Some((position, labels, target)) = rows.get(app_id) {
                merchant.position = Some(*position);
                merchant.labels.clone_from(labels);
                merchant.aim(target, now);
            }
        })
        .await?;
        self.write_all(&others, |_, merchant| merchant.position = None).await
    }

    /// Changes rows, many at a time.
    async fn write_all(
        &self,
        app_ids: &[AuthorizerAppId],
        change: impl Fn(&AuthorizerAppId, &mut Merchant) + Send + Sync + 'static,
    ) -> Result<(), FleetError> {
        let change = Arc::new(change);
        for part in app_ids.chunks(SIDE_BY_SIDE) {
            let mut writes = JoinSet::new();
            for app_id in part {
                let (journal, app_id, change) =
                    (Arc::clone(&self.journal), app_id.clone(), Arc::clone(&change));
                writes.spawn(async move {
                    let change = |merchant: &mut Merchant| change(&app_id, merchant);
                    record::change(&*journal, Table::Merchant, app_id.as_str(), change).await
                });
            }
            while let Some(written) = writes.join_next().await {
                written.map_err(FleetError::broken)??;
            }
        }
        Ok(())
    }
}

/// What each merchant of the list should have, as a generation. Environments of the platform are
/// found by their aliases by all merchants at once: of those who find none each would create one.
fn targets(release: &Release, list: &MerchantList) -> Result<Vec<(AuthorizerAppId, String)>, FleetError> {
    let (mut targets, mut creators) = (Vec::new(), BTreeMap::new());
    for listed in list.merchants() {
        let (desired, generation) = release.desired(&listed.variables)?;
        for env in desired.envs.into_iter().filter(|env| env.mode == Mode::Batch && env.id.is_none()) {
            if let Some(first) = creators.insert(env.alias.clone(), listed.app_id.clone()) {
                return Err(FleetError::Alike(env.alias, [first, listed.app_id.clone()]));
            }
        }
        targets.push((listed.app_id.clone(), generation));
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryJournal;

    #[tokio::test]
    async fn no_two_merchants_create_one_environment_of_the_platform() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        let list = MerchantList::from_csv("appid,STAGE\nwx1,a\nwx2,b\n").unwrap();
        for (env, alike) in [
            ("{ alias: shared, mode: batch }", true),
            ("{ alias: 'shared-${STAGE}', mode: batch }", false),
            ("{ alias: shared, mode: batch, id: shared-1a2b }", false),
            ("{ alias: own }", false),
        ] {
            std::fs::write(&file, format!("environments: [{env}]\n")).unwrap();
            let release = Release::load(&file).unwrap();
            let fleet = Fleet::new(MemoryJournal::default());
            let compared = fleet.compare(&release, &list).await;
            let rolled_out = fleet.roll_out(&release, &list).await;
            for outcome in [compared.map(drop), rolled_out] {
                assert_eq!(matches!(outcome, Err(FleetError::Alike(..))), alike, "{env}: {outcome:?}");
            }
            assert_eq!(fleet.settings().await.unwrap().release.is_none(), alike);
        }
    }
}
