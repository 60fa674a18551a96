//! A merchant and a platform, with the emulator on the other side.

use std::fs;
use std::sync::{Arc, Mutex};

use tcb_api::auth::TestClock;
use tcb_api::transport::Transport;
use tcb_api::types::AuthorizerAppId;
use tcb_api::{Client, Platform};
use tcb_deploy::{Deployment, Event, MemoryNotes, Notes, Package};
use tcb_emulator::{Emulator, Merchant};
use tcb_emulator_transport::EmulatorTransport;
use tempfile::TempDir;

pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) app_id: AuthorizerAppId,
    pub(crate) notes: Arc<dyn Notes>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    /// A merchant whose administrator has agreed, or has not.
    pub(crate) fn with(merchant: Merchant) -> Self {
        let emulator = Emulator::builder().clock(TestClock::default()).in_process().unwrap();
        let app_id = emulator.add_merchant(merchant);
        Self { emulator, app_id, notes: Arc::new(MemoryNotes::default()), events: Arc::default() }
    }

    pub(crate) fn set() -> Self {
        Self::with(Merchant::new().consenting())
    }

    pub(crate) fn wire(&self) -> EmulatorTransport {
        EmulatorTransport::new(&self.emulator)
    }

    /// A platform that has its ticket and the merchant's authorisation, and a client of the
    /// merchant.
    pub(crate) async fn platform(&self, transport: impl Transport + 'static) -> (Platform, Client) {
        let credentials = self.emulator.component();
        let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
            .transport(transport)
            .clock(self.emulator.clock())
            .build()
            .unwrap();
        let ticket = self.emulator.ticket(&credentials.app_id).unwrap();
        platform.tokens().ticket(ticket, self.emulator.now()).await.unwrap();
        let code = self.emulator.authorize(&credentials.app_id, &self.app_id, [18, 25, 49]).await.unwrap();
        platform.tokens().exchange_code(code).await.unwrap();
        let shop = platform.authorizer(&self.app_id);
        (platform, shop)
    }

    /// A deployment that keeps the notes of the stage, and tells it what happens.
    pub(crate) async fn deployment(&self) -> Deployment {
        let (platform, shop) = self.platform(self.wire()).await;
        self.deployment_of(&platform, shop)
    }

    pub(crate) fn deployment_of(&self, platform: &Platform, shop: Client) -> Deployment {
        let events = Arc::clone(&self.events);
        Deployment::new(shop)
            .platform(platform.client().clone())
            .app_id(&self.app_id)
            .notes(Arc::clone(&self.notes))
            .clock(self.emulator.clock())
            .progress(move |event: &Event<'_>| match event {
                Event::Begun { step, .. } => events.lock().unwrap().push(step.to_string()),
                Event::Settling { create, .. } => events.lock().unwrap().push(format!("settle {create}")),
                _ => {}
            })
    }

    /// What was begun since the last call.
    pub(crate) fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    pub(crate) fn executed<const N: usize>(&self, operations: [&str; N]) -> [u64; N] {
        let counters = self.emulator.counters();
        operations.map(|operation| counters.executed(operation))
    }
}

/// A folder with a function that answers `answer`.
pub(crate) fn folder(answer: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.js"), format!("exports.main = async () => '{answer}'\n")).unwrap();
    folder
}

pub(crate) fn package(answer: &str) -> Package {
    Package::of_folder(folder(answer).path()).unwrap()
}
