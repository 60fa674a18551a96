//! Merchants and a platform, with the emulator on the other side.

use std::fs;
use std::sync::Arc;

use tcb_api::Platform;
use tcb_api::auth::TestClock;
use tcb_api::types::AuthorizerAppId;
use tcb_emulator::Emulator;
use tcb_emulator_transport::EmulatorTransport;
use tcb_fleet::{Budget, Budgeted, Fleet, Journal, Limits, MemoryJournal, MerchantList, Release, Runner};
use tempfile::TempDir;

/// An environment with one of everything.
pub(crate) const BLUEPRINT: &str = "
environments:
  - alias: shop-${STAGE}
    functions:
      - { name: hello, folder: hello, timeout: 7, variables: { STAGE: '${STAGE}' } }
    collections:
      - { name: orders, indexes: [{ name: due, keys: [{ field: due }] }] }
    token_policy: { allow: [/wxa/msg_sec_check] }
open_account: any
";

/// The creates of [`BLUEPRINT`].
pub(crate) const CREATES: [&str; 4] =
    ["createEnv", "createFunction", "addDatabaseCollection", "createOpenAccount"];

pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) platform: Platform,
    pub(crate) budget: Budget,
    pub(crate) list: MerchantList,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) folder: TempDir,
}

impl Stage {
    /// So many merchants, whose cloud development is open or whose administrators are to agree.
    pub(crate) async fn with(count: usize, opened: bool) -> Self {
        let emulator = Emulator::builder().clock(TestClock::default()).in_process().unwrap();
        let component = emulator.component().clone();
        let sets = [18, 25, 30, 49];
        let seeded = if opened {
            emulator.seed_open_merchants(&component.app_id, count, sets).unwrap()
        } else {
            emulator.seed_merchants(&component.app_id, count, sets).unwrap()
        };
        let limits = Limits { overall: 1e6, platform: 1e6, merchant: 1e6 };
        let budget = Budget::new(limits).clock(emulator.clock());
        let platform = Platform::builder(&component.app_id, component.secret.clone())
            .transport(Budgeted::new(EmulatorTransport::new(&emulator), &budget))
            .clock(emulator.clock())
            .build()
            .unwrap();
        let ticket = emulator.ticket(&component.app_id).unwrap();
        platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
        assert_eq!(platform.tokens().reconcile().await.unwrap().listed, count as u64);
        let app_ids = seeded.iter().map(|(app_id, _)| app_id);
        let list = list(app_ids, "live");
        let folder = tempfile::tempdir().unwrap();
        Self { emulator, platform, budget, list, journal: Arc::default(), folder }
    }

    /// The blueprint, with a function that answers `answer`.
    pub(crate) fn release(&self, answer: &str) -> Release {
        let folder = self.folder.path();
        fs::create_dir_all(folder.join("hello")).unwrap();
        fs::write(folder.join("hello/index.js"), format!("exports.main = async () => '{answer}'\n")).unwrap();
        fs::write(folder.join("shop.yaml"), BLUEPRINT).unwrap();
        Release::load(folder.join("shop.yaml")).unwrap()
    }

    pub(crate) fn fleet(&self) -> Fleet {
        self.fleet_over(Arc::clone(&self.journal))
    }

    pub(crate) fn fleet_over(&self, journal: impl Journal + 'static) -> Fleet {
        Fleet::new(journal).clock(self.emulator.clock())
    }

    pub(crate) fn runner(&self, fleet: &Fleet) -> Runner {
        Runner::new(fleet, &self.platform, &self.list).budget(&self.budget)
    }

    pub(crate) fn executed(&self) -> [u64; 4] {
        let counters = self.emulator.counters();
        CREATES.map(|operation| counters.executed(operation))
    }
}

pub(crate) fn list<'a>(app_ids: impl Iterator<Item = &'a AuthorizerAppId>, stage: &str) -> MerchantList {
    let rows = app_ids.map(|app_id| format!("{app_id},{stage},north\n"));
    MerchantList::from_csv(&format!("appid,STAGE,label.region\n{}", rows.collect::<String>())).unwrap()
}
