//! Makes things go wrong, and judges in the end.

use std::collections::BTreeSet;
use std::fs;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use serde_json::json;
use tcb_api::Platform;
use tcb_api::types::{AuthorizerAppId, Clock as _, SystemClock};
use tcb_emulator::{Emulator, Fault};
use tcb_fleet::{Choice, Fleet, Release, Standing, View};
use tcb_test_kit::postgres::PostgresServer;
use tokio::process::{Child, Command};

use crate::args::{Drive, Kind, Worker, journal};
use crate::clock::SharedClock;
use crate::worker;

const BLUEPRINT: &str = "
environments:
  - alias: shop
    functions:
      - { name: hello, folder: hello, timeout: 7 }
      - { name: notify, folder: hello }
    collections: [{ name: orders }]
open_account: any
";

/// How many functions a merchant gets.
const FUNCTIONS: u64 = 2;

/// The calls that create something, and others on the way.
const CREATES: [&str; 4] = [
    "/tcb/createenvandresource",
    "/tcb/createfunction",
    "/tcb/databasecollectionadd",
    "/cgi-bin/open/create",
];
const OTHERS: [&str; 4] =
    ["/tcb/getenvinfo", "/tcb/listfunctions", "/tcb/uploadfuncconfig", "/tcb/databasecollectionget"];

const TICK: Duration = Duration::from_millis(100);

/// Every so many ticks this long passes besides. Ten minutes, after which absence from a list
/// proves something, are three such jumps: longer than any call is on its way.
const JUMP: (u64, Duration) = (20, Duration::from_secs(290));

/// One merchant in so many has an administrator who is to agree, and of these one who never does.
const TO_AGREE: usize = 10;
const NEVER: usize = 5;

/// How long things may take to settle, once nothing goes wrong any more.
const CALM: Duration = Duration::from_secs(600);

struct Storm {
    emulator: Emulator,
    platform: Platform,
    clock: SharedClock,
    fleet: Fleet,
    worker: Worker,
    workers: Vec<Child>,
    never: BTreeSet<AuthorizerAppId>,
    kills: u64,
}

pub(crate) async fn drive(args: &Drive) -> ExitCode {
    fastrand::seed(args.seed);
    let folder = tempfile::tempdir().unwrap();
    let server = (args.journal == Kind::Postgres).then(|| PostgresServer::start(&[]));
    let place = server.as_ref().map_or_else(
        || folder.path().join("fleet.db").display().to_string(),
        tcb_test_kit::postgres::PostgresServer::url,
    );
    let emulator = Emulator::builder().seed(args.seed).start().await.unwrap();
    let component = emulator.component().clone();
    let worker = Worker {
        base_url: emulator.base_url().to_owned(),
        app_id: component.app_id.to_string(),
        component: component.secret.expose().to_owned(),
        journal: place.clone(),
        folder: folder.path().to_owned(),
    };
    let clock = SharedClock::of(folder.path());

    let to_agree = args.merchants / TO_AGREE;
    let sets = [18, 25, 30, 49];
    let opened = emulator.seed_open_merchants(&component.app_id, args.merchants - to_agree, sets).unwrap();
    let closed = emulator.seed_merchants(&component.app_id, to_agree, sets).unwrap();
    let never = closed.iter().step_by(NEVER).map(|(app_id, _)| app_id.clone()).collect();
    let rows = closed.iter().chain(&opened).map(|(app_id, _)| format!("{app_id}\n"));
    let list = format!("appid\n{}", rows.collect::<String>());
    fs::write(folder.path().join("merchants.csv"), &list).unwrap();
    fs::create_dir(folder.path().join("hello")).unwrap();
    fs::write(folder.path().join("hello/index.js"), "exports.main = async () => 1\n").unwrap();
    fs::write(folder.path().join("shop.yaml"), BLUEPRINT).unwrap();

    let (platform, _) = worker::platform(&worker, &clock);
    push_ticket(&emulator, &platform).await;
    platform.tokens().reconcile().await.unwrap();
    let fleet = Fleet::new(journal(&place).await).clock(clock.clone());
    let list = tcb_fleet::MerchantList::from_csv(&list).unwrap();
    fleet.roll_out(&Release::load(folder.path().join("shop.yaml")).unwrap(), &list).await.unwrap();
    fleet.set_waves(&"1,10%,rest".parse().unwrap(), "100%".parse().unwrap()).await.unwrap();

    let mut storm = Storm { emulator, platform, clock, fleet, worker, workers: Vec::new(), never, kills: 0 };
    storm.workers = (0..args.journal.workers()).map(|_| storm.start()).collect();
    let view = storm.rage(args).await;
    for mut worker in storm.workers.drain(..) {
        worker.kill().await.unwrap();
    }
    storm.judge(args, &view)
}

/// Hands over the ticket that WeChat pushes every ten minutes.
async fn push_ticket(emulator: &Emulator, platform: &Platform) {
    let ticket = emulator.ticket(platform.app_id()).unwrap();
    platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
}

impl Storm {
    fn start(&self) -> Child {
        let Worker { base_url, app_id, component, journal, folder } = &self.worker;
        Command::new(std::env::current_exe().unwrap())
            .args(["worker", "--base-url", base_url, "--app-id", app_id, "--component", component])
            .args(["--journal", journal])
            .arg("--folder")
            .arg(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Lets everything go wrong for a while, and then waits until all has settled.
    async fn rage(&mut self, args: &Drive) -> View {
        let begun = SystemClock.monotonic();
        // A twentieth of the creates, and as many other calls.
        let mut lost = args.merchants / 20 + 1;
        for tick in 1_u64.. {
            tokio::time::sleep(TICK).await;
            let spent = SystemClock.monotonic().saturating_duration_since(begun);
            let rages = spent < Duration::from_secs(args.seconds);
            if rages {
                if lost > 0 && tick % 3 == 0 {
                    lost -= 1;
                    for path in CREATES {
                        self.emulator.fault(Fault::commit_then_drop(path)).unwrap();
                    }
                }
                let path = fastrand::choice([CREATES, OTHERS].concat()).unwrap();
                self.emulator.fault(Fault::errcode(path, -1)).unwrap();
                if tick % 40 == 0 {
                    self.emulator.fault(Fault::errcode(path, 45009).times(3)).unwrap();
                }
                if tick % 13 == 0 {
                    let one = fastrand::usize(..self.workers.len());
                    self.workers[one].kill().await.unwrap();
                    self.workers[one] = self.start();
                    self.kills += 1;
                }
            } else {
                self.emulator.set_faults([]).unwrap();
            }
            if tick % JUMP.0 == 0 {
                self.emulator.advance(JUMP.1).await;
                self.clock.pass(JUMP.1);
                push_ticket(&self.emulator, &self.platform).await;
            }
            for prompt in self.emulator.prompts() {
                if !self.never.contains(&prompt.appid) && fastrand::u8(..20) == 0 {
                    self.emulator.approve(prompt.id).unwrap();
                }
            }
            // A worker whose process has ended by itself is started again, too.
            for one in 0..self.workers.len() {
                if self.workers[one].try_wait().unwrap().is_some() {
                    self.workers[one] = self.start();
                }
            }
            if tick % 5 == 0 && !rages {
                let view = self.fleet.view(&Choice::default()).await.unwrap();
                let is_settled = view.merchants.iter().all(|(app_id, merchant)| {
                    merchant.standing == Standing::Ready
                        || merchant.standing == Standing::Waiting && self.never.contains(app_id)
                });
                if is_settled || spent > Duration::from_secs(args.seconds) + CALM {
                    return view;
                }
            }
        }
        unreachable!("ticks do not end")
    }

    /// Compares what the journal says with what the emulator has executed.
    fn judge(&self, args: &Drive, view: &View) -> ExitCode {
        let standing =
            |wanted| view.merchants.iter().filter(|(_, merchant)| merchant.standing == wanted).count() as u64;
        let (ready, waiting) = (standing(Standing::Ready), standing(Standing::Waiting));
        let unknown = view.merchants.iter().filter(|(_, it)| !it.noted.begun.is_empty()).count() as u64;
        let counters = self.emulator.counters();
        let created_envs = counters.executed("createEnv");
        let created_functions = counters.executed("createFunction");
        let expected = (args.merchants - self.never.len()) as u64;
        let ok = ready == expected
            && waiting == self.never.len() as u64
            && unknown == 0
            && created_envs == expected
            && created_functions == expected * FUNCTIONS
            && self.emulator.findings().is_empty();
        let report = json!({
            "storm": "fleet", "journal": args.journal.name(), "merchants": args.merchants,
            "created_envs": created_envs, "created_functions": created_functions, "unknown": unknown,
            "ready": ready, "waiting": waiting, "kills": self.kills, "ok": ok,
        });
        print(&report.to_string());
        if ok {
            return ExitCode::SUCCESS;
        }
        for (app_id, merchant) in view.merchants.iter().filter(|(_, it)| it.standing != Standing::Ready) {
            print(&format!("{app_id} {merchant:?}"));
        }
        for finding in self.emulator.findings() {
            print(&format!("{finding:?}"));
        }
        ExitCode::FAILURE
    }
}

#[expect(clippy::print_stdout, reason = "this is what a storm is asked for")]
fn print(line: &str) {
    println!("{line}");
}
