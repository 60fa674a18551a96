//! What may become of a merchant, searched: small blueprints, what is there already, and processes
//! over one journal that die, stand still and lose answers at any call and any write. The planner,
//! the journal and the runner are the real ones. Whatever happens, the merchant becomes ready, and
//! each create was executed once.

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use tcb_api::auth::{MemoryStore, TestClock};
use tcb_api::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use tcb_api::{Platform, async_trait};
use tcb_emulator::{Emulator, Merchant};
use tcb_emulator_transport::EmulatorTransport;
use tcb_fleet::{
    Body, Entry, Fleet, Journal, JournalError, Listed, MemoryJournal, MerchantList, Refresh, Release, Runner,
    SqliteJournal, Standing, Swap, Table, Version,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

/// What goes wrong at a point: a call, or a write of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// The process dies before it.
    DiesBefore,
    /// The process dies when it is done.
    DiesAfter,
    /// The process dies, and the call is executed minutes later.
    DiesLate,
    /// It is done, and the answer gets lost.
    Lost,
    /// The call times out, and is executed minutes later.
    Late,
    /// The process stands still for longer than its lease lasts, and then goes on.
    Stalls,
}

const WRONG: [Wrong; 6] =
    [Wrong::DiesBefore, Wrong::DiesAfter, Wrong::DiesLate, Wrong::Lost, Wrong::Late, Wrong::Stalls];

/// For how long a call is on its way that is late, and for how long then lists show nothing of what
/// is new: together less than the ten minutes after which absence proves something.
const LATE: Duration = Duration::from_secs(200);
const UNLISTED: Duration = Duration::from_secs(300);

/// What comes to pass at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Write,
    Call,
    /// A file goes to a link, which ends after a while.
    Link,
}

impl Point {
    /// For how long a process stands still at it: longer than a lease, or a link, lasts. No create
    /// goes out so long after it was noted that absence from a list proves something.
    fn stall(self) -> Duration {
        Duration::from_secs(if self == Self::Link { 2 * 60 * 60 } else { 45 })
    }

    /// What goes wrong there, without what comes to the same at the point before.
    fn wrong(self) -> &'static [Wrong] {
        match self {
            Self::Write | Self::Link => &[Wrong::DiesAfter, Wrong::Stalls],
            Self::Call => &[Wrong::DiesAfter, Wrong::DiesLate, Wrong::Lost],
        }
    }
}

/// Calls that create, the lists that show it, and the member of the request that names it.
const CREATES: [(&str, &str, &str); 3] = [
    ("/tcb/createenvandresource", "/tcb/getenvinfo", "alias"),
    ("/tcb/createfunction", "/tcb/listfunctions", "function_name"),
    ("/tcb/databasecollectionadd", "/tcb/databasecollectionget", "collection_name"),
];

/// The calls that create.
const EXECUTED: [&str; 4] = ["createEnv", "createFunction", "addDatabaseCollection", "createOpenAccount"];

/// What a merchant should have, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    functions: usize,
    collections: usize,
    policy: bool,
    account: bool,
    /// The folder of its functions' code.
    code: &'static str,
}

impl Shape {
    fn blueprint(self) -> String {
        let function = |n| format!("      - {{ name: f{n}, folder: '{}', timeout: 7 }}\n", self.code);
        let collection =
            |n| format!("      - {{ name: c{n}, indexes: [{{ name: i, keys: [{{ field: i }}] }}] }}\n");
        let mut text = "environments:\n  - alias: shop\n".to_owned();
        if self.functions > 0 {
            text += "    functions:\n";
            text.extend((0..self.functions).map(function));
        }
        if self.collections > 0 {
            text += "    collections:\n";
            text.extend((0..self.collections).map(collection));
        }
        if self.policy {
            text += "    token_policy: { allow: [/wxa/msg_sec_check] }\n";
        }
        if self.account {
            text += "open_account: any\n";
        }
        text
    }

    fn release(self, folder: &Path) -> Release {
        let file = folder.join("shop.yaml");
        fs::write(&file, self.blueprint()).unwrap();
        Release::load(file).unwrap()
    }
}

/// One search: what there is, what there should be, and what goes wrong at which points.
#[derive(Clone, Debug)]
struct Case {
    there: Option<Shape>,
    wanted: Shape,
    processes: usize,
    /// Whether lists show nothing of what is new.
    lags: bool,
    wrong: BTreeMap<usize, Wrong>,
}

impl Case {
    /// How often each create has to be executed, with what is there already.
    fn creates(&self) -> [u64; 4] {
        let shapes = || self.there.iter().chain([&self.wanted]);
        let most = |of: fn(&Shape) -> usize| shapes().map(of).max().unwrap_or_default() as u64;
        [1, most(|it| it.functions), most(|it| it.collections), most(|it| usize::from(it.account))]
    }
}

/// All but the processes.
struct World {
    emulator: Arc<Emulator>,
    journal: SqliteJournal,
    wrong: BTreeMap<usize, Wrong>,
    points: Mutex<Vec<Point>>,
    /// What may not be listed yet: path of the list, name, and since when it is there.
    unlisted: Mutex<Vec<(&'static str, String, Instant)>>,
    lags: bool,
    /// Whether the journal says that it has written when it is about to.
    is_hasty: bool,
}

impl World {
    fn new(emulator: &Arc<Emulator>, case: &Case, is_hasty: bool) -> Arc<Self> {
        Arc::new(Self {
            emulator: Arc::clone(emulator),
            journal: SqliteJournal::open(":memory:").unwrap(),
            wrong: case.wrong.clone(),
            points: Mutex::default(),
            unlisted: Mutex::default(),
            lags: case.lags,
            is_hasty,
        })
    }

    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.path().to_owned();
        let created = CREATES.into_iter().find(|(create, ..)| *create == path);
        let created = created.filter(|_| self.lags).map(|(_, list, member)| {
            let body: Value = serde_json::from_slice(request.body_bytes()).unwrap();
            (list, body[member].as_str().unwrap().to_owned(), now())
        });
        let answer = EmulatorTransport::new(&self.emulator).send(request).await?;
        let mut unlisted = self.unlisted.lock().unwrap();
        unlisted.extend(created);
        unlisted.retain(|(.., since)| now() < *since + UNLISTED);
        let hidden = |name: &Value| unlisted.iter().any(|(list, it, _)| *list == path && *name == **it);
        if !unlisted.iter().any(|(list, ..)| *list == path) {
            return Ok(answer);
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
        for items in body.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
            items.retain(|item| !hidden(&item["alias"]) && !hidden(&item["name"]));
        }
        Ok(Response::json(body))
    }
}

/// The time that is paused.
#[expect(clippy::disallowed_methods, reason = "tokio's clock is the one that tests pause")]
fn now() -> Instant {
    Instant::now()
}

/// A process, until it dies. All that it does passes through here.
#[derive(Clone)]
struct Process {
    world: Arc<World>,
    life: Arc<Life>,
}

struct Life {
    is_dead: AtomicBool,
    died: Notify,
    still_until: Mutex<Instant>,
    /// What a hasty journal has not written yet.
    unwritten: Mutex<Option<Swap>>,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Process")
    }
}

impl Process {
    fn of(world: &Arc<World>) -> Self {
        let still_until = Mutex::new(now());
        let life =
            Life { is_dead: false.into(), died: Notify::new(), still_until, unwritten: Mutex::default() };
        Self { world: Arc::clone(world), life: Arc::new(life) }
    }

    async fn die(&self) {
        self.life.is_dead.store(true, Ordering::SeqCst);
        self.life.died.notify_one();
        pending::<()>().await;
    }

    /// Goes on, unless the process is dead or stands still.
    async fn go_on(&self) {
        tokio::task::yield_now().await;
        let until = *self.life.still_until.lock().unwrap();
        if now() < until {
            sleep_until(until).await;
        }
        if self.life.is_dead.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
    }

    /// Comes to a point, and returns what goes wrong there.
    async fn point(&self, point: Point) -> Option<Wrong> {
        self.go_on().await;
        let number = {
            let mut points = self.world.points.lock().unwrap();
            points.push(point);
            points.len() - 1
        };
        let wrong = self.world.wrong.get(&number).copied();
        match wrong {
            Some(Wrong::DiesBefore) => self.die().await,
            Some(Wrong::Stalls) => {
                *self.life.still_until.lock().unwrap() = now() + point.stall();
                self.go_on().await;
            }
            _ => {}
        }
        wrong
    }

    fn write_down(&self) {
        if let Some(swap) = self.life.unwritten.lock().unwrap().take() {
            at_once(self.world.journal.swap(swap)).unwrap();
        }
    }
}

#[async_trait]
impl Transport for Process {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.path().contains("/component/") {
            // Tokens have a model of their own.
            return self.world.call(request).await;
        }
        let point = if request.link().is_some() { Point::Link } else { Point::Call };
        let wrong = self.point(point).await;
        if let Some(Wrong::Late | Wrong::DiesLate) = wrong {
            let (world, request) = (Arc::clone(&self.world), request.clone());
            tokio::spawn(async move {
                sleep(LATE).await;
                world.call(request).await
            });
        } else {
            let answer = self.world.call(request).await;
            if matches!(wrong, None | Some(Wrong::Stalls)) {
                self.write_down();
                return answer;
            }
        }
        if let Some(Wrong::DiesAfter | Wrong::DiesLate) = wrong {
            self.die().await;
        }
        Err(TransportError::new(TransportErrorKind::Timeout))
    }
}

#[async_trait]
impl Journal for Process {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        self.go_on().await;
        self.write_down();
        at_once(self.world.journal.load(table, key))
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        self.go_on().await;
        self.write_down();
        at_once(self.world.journal.list(table))
    }

    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError> {
        let wrong = self.point(Point::Write).await;
        self.write_down();
        if wrong == Some(Wrong::DiesLate) {
            self.die().await;
        }
        let written = if self.world.is_hasty {
            let version = Version(swap.expected.map_or(0, |version| version.0) + 1);
            *self.life.unwritten.lock().unwrap() = Some(swap);
            Ok(Some(version))
        } else {
            at_once(self.world.journal.swap(swap))
        };
        match wrong {
            Some(Wrong::DiesAfter) => self.die().await,
            Some(Wrong::Lost | Wrong::Late) => return Err(JournalError::new("the answer is lost")),
            _ => {}
        }
        written
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        at_once(self.world.journal.entries(merchant, limit))
    }
}

/// Waits for the journal's thread without letting time pass, which would if nothing was to be done.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        std::thread::park();
    }
}

/// What processes of one platform have in common.
struct Stage {
    emulator: Arc<Emulator>,
    tokens: MemoryStore,
    list: MerchantList,
}

impl Stage {
    async fn set() -> Self {
        let clock = TestClock::default();
        let emulator = Emulator::builder().clock(clock).pushing(false).in_process().unwrap();
        let app_id = emulator.add_merchant(Merchant::new().consenting());
        let tokens = MemoryStore::new().clock(emulator.clock());
        let list = MerchantList::new([Listed::new(app_id.clone())]).unwrap();
        let stage = Self { emulator: Arc::new(emulator), tokens, list };
        let emulator = &stage.emulator;
        let platform = stage.platform(EmulatorTransport::new(emulator));
        let ticket = emulator.ticket(platform.app_id()).unwrap();
        platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
        let code = emulator.authorize(platform.app_id(), &app_id, [18, 25, 49]).await.unwrap();
        platform.tokens().exchange_code(code).await.unwrap();
        stage
    }

    fn platform(&self, wire: impl Transport + 'static) -> Platform {
        let component = self.emulator.component();
        let platform = Platform::builder(&component.app_id, component.secret.clone()).transport(wire);
        platform.store(self.tokens.clone()).clock(self.emulator.clock()).build().unwrap()
    }

    fn fleet(&self, journal: impl Journal + 'static) -> Fleet {
        Fleet::new(journal).clock(self.emulator.clock())
    }

    /// Processes that are started again whenever they die, until all is done.
    async fn live(&self, world: &Arc<World>) -> Result<(), String> {
        loop {
            let process = Process::of(world);
            let fleet = self.fleet(process.clone());
            let runner = Runner::new(&fleet, &self.platform(process.clone()), &self.list);
            tokio::select! {
                biased;
                () = process.life.died.notified() => {}
                summary = runner.run(pending()) => match summary {
                    Ok(summary) if summary.counts.standing(Standing::Ready) == 1 => return Ok(()),
                    Ok(summary) => return Err(format!("{:?}", summary.view)),
                    // Whoever writes down what a process says of its end starts it again.
                    Err(_) => {}
                }
            }
            sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Lets much time pass whenever little is going on.
async fn hours() -> Result<(), String> {
    for _ in 0..1000 {
        sleep(Duration::from_millis(1500)).await;
        tokio::time::advance(Duration::from_secs(150)).await;
    }
    Err("it does not end".to_owned())
}

/// Lives through a case. Returns its points, or what came of it that must not.
async fn search(case: &Case, folder: &Path, is_hasty: bool) -> Result<Vec<Point>, String> {
    let stage = Stage::set().await;
    if let Some(there) = case.there {
        // Somebody has made it, of whose journal nothing is known.
        let fleet = stage.fleet(MemoryJournal::default());
        fleet.roll_out(&there.release(folder), &stage.list).await.unwrap();
        let platform = stage.platform(EmulatorTransport::new(&stage.emulator));
        Runner::new(&fleet, &platform, &stage.list).run(pending()).await.unwrap();
    }
    let world = World::new(&stage.emulator, case, is_hasty);
    let fleet = stage.fleet(world.journal.clone());
    fleet.roll_out(&case.wanted.release(folder), &stage.list).await.unwrap();
    let all = async {
        match case.processes {
            1 => stage.live(&world).await,
            _ => tokio::try_join!(stage.live(&world), stage.live(&world)).map(drop),
        }
    };
    tokio::select! {
        ended = all => ended?,
        ended = hours() => ended?,
    }
    let points = world.points.lock().unwrap().clone();

    // What is late comes, and a look at everything finds nothing to do.
    tokio::time::advance(LATE + UNLISTED).await;
    let begun = async || {
        let entries = fleet.entries(None, 10_000).await.unwrap();
        entries.iter().filter(|entry| entry.event == "begun").count()
    };
    let before = begun().await;
    let platform = stage.platform(EmulatorTransport::new(&stage.emulator));
    let runner = Runner::new(&fleet, &platform, &stage.list).refresh(Refresh::Always);
    let summary = runner.run(pending()).await.unwrap();
    let (_, merchant) = &summary.view.merchants[0];
    let counters = stage.emulator.counters();
    let executed = EXECUTED.map(|operation| counters.executed(operation));
    let expected = case.creates();
    let is_right = executed == expected
        && begun().await == before
        && merchant.standing == Standing::Ready
        && merchant.lease.is_none()
        && merchant.noted.begun.is_empty();
    if is_right { Ok(points) } else { Err(format!("{executed:?} of {expected:?}, {merchant:?}")) }
}

/// The same in a runtime whose time is paused.
fn searched(case: &Case, is_hasty: bool) -> Result<Vec<Point>, String> {
    let folder = tempfile::tempdir().unwrap();
    for code in ["old", "new"] {
        fs::create_dir(folder.path().join(code)).unwrap();
        fs::write(folder.path().join(code).join("index.js"), code).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(search(case, folder.path(), is_hasty))
}

/// Has each thing go wrong at each point of a merchant, alone. Returns how many there are, or what
/// came first of it that must not.
fn everywhere(processes: usize, lags: bool, is_hasty: bool) -> Result<usize, String> {
    let wanted = Shape { functions: 1, collections: 1, policy: false, account: true, code: "new" };
    let mut case = Case { there: None, wanted, processes, lags, wrong: BTreeMap::new() };
    let points = searched(&case, is_hasty)?;
    for (number, point) in points.iter().enumerate() {
        for wrong in point.wrong() {
            case.wrong = [(number, *wrong)].into();
            searched(&case, is_hasty).map_err(|what| format!("{wrong:?} at {number}: {what}"))?;
        }
    }
    Ok(points.len())
}

#[test]
fn whatever_goes_wrong_once_a_merchant_becomes_ready_and_nothing_is_created_twice() {
    let points = everywhere(2, true, false).unwrap();
    assert!(points > 30, "{points} calls and writes are fewer than there are");
}

#[test]
fn a_journal_that_says_that_it_has_written_before_it_has_is_found_out() {
    let found = everywhere(1, false, true).unwrap_err();
    assert!(found.contains("[2, 1, 1, 1] of [1, 1, 1, 1]") || found.contains("several"), "{found}");
}

fn shape(code: &'static str) -> impl Strategy<Value = Shape> {
    (0_usize..3, 0_usize..3, any::<bool>(), any::<bool>()).prop_map(
        move |(functions, collections, policy, account)| Shape {
            functions,
            collections,
            policy,
            account,
            code,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(40) })]

    #[test]
    fn any_blueprint_from_any_state_is_reached_through_anything_that_goes_wrong(
        there in proptest::option::of(shape("old")),
        wanted in shape("new"),
        processes in 1_usize..3,
        lags in any::<bool>(),
        wrong in proptest::collection::btree_map(0_usize..45, proptest::sample::select(&WRONG), 0..8),
    ) {
        let case = Case { there, wanted, processes, lags, wrong };
        searched(&case, false).map_err(TestCaseError::fail)?;
    }
}
