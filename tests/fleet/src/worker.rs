//! A process that works on the fleet.

use std::fs;
use std::process::ExitCode;

use tcb_api::Platform;
use tcb_api::transport::{HttpOptions, HyperTransport};
use tcb_fleet::{Budget, Budgeted, Fleet, Limits, MerchantList, Runner};
use tcb_store_sqlite::SqliteStore;

use crate::args::{Worker, journal};
use crate::clock::SharedClock;

/// The platform as all processes know it: with one store of tokens.
pub(crate) fn platform(args: &Worker, clock: &SharedClock) -> (Platform, Budget) {
    let limits = Limits { overall: 1e6, platform: 1e6, merchant: 1e6 };
    let budget = Budget::new(limits).clock(clock.clone());
    let wire = HyperTransport::new(HttpOptions::new(args.base_url.parse().unwrap())).unwrap();
    let store = SqliteStore::open(args.folder.join("tokens.db")).unwrap().clock(clock.clone());
    let platform = Platform::builder(args.app_id.as_str(), args.component.as_str())
        .transport(Budgeted::new(wire, &budget))
        .store(store)
        .clock(clock.clone())
        .build()
        .unwrap();
    (platform, budget)
}

pub(crate) async fn work(args: &Worker) -> ExitCode {
    let clock = SharedClock::of(&args.folder);
    tokio::spawn(clock.clone().follow());
    let (platform, budget) = platform(args, &clock);
    let list = fs::read_to_string(args.folder.join("merchants.csv")).unwrap();
    let list = MerchantList::from_csv(&list).unwrap();
    let fleet = Fleet::new(journal(&args.journal).await).clock(clock);
    let runner = Runner::new(&fleet, &platform, &list).budget(&budget).at_once(8).stays(true);
    Box::pin(runner.run(std::future::pending())).await.unwrap();
    ExitCode::SUCCESS
}
