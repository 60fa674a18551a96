//! Runs the scenarios of `tests/scenarios/*.json`; their README tells what each step means.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::{Map, Value};
use tcb_auth::{AccessToken, AuthError, CachePolicy};
use tcb_transport::{TransportError, TransportErrorKind};
use tcb_types::{AuthorizerAppId, Clock};
use tokio::task::JoinHandle;

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Line, Process, SimClock, TestStore, subject};

/// Chance is drawn anew for each run of a scenario, from these seeds.
const SEEDS: [u64; 4] = [1, 7, 42, 1_000_003];

const ACCOUNT: &str = "wx_shop";

macro_rules! scenarios {
    ($($file:ident),+ $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$((stringify!($file), include_str!(concat!("../scenarios/", stringify!($file), ".json")))),+];

        $(#[test]
        fn $file() {
            run_file(stringify!($file));
        })+
    };
}

scenarios!(
    states, refresh, processes, recovery, rejection, clocks, events, store, back_off, reconcile, tickets
);

#[test]
fn there_are_enough_of_them_and_each_has_a_name_of_its_own() {
    let mut names: Vec<_> = FILES.iter().flat_map(|(_, text)| read(text)).map(|it| it.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 80, "{count}");
}

struct Scenario {
    name: String,
    given: Map<String, Value>,
    steps: Vec<Value>,
}

fn read(text: &str) -> Vec<Scenario> {
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    all.into_iter()
        .map(|value| Scenario {
            name: value["name"].as_str().unwrap().to_owned(),
            given: value["given"].as_object().cloned().unwrap_or_default(),
            steps: value["steps"].as_array().unwrap().clone(),
        })
        .collect()
}

fn run_file(file: &str) {
    let text = FILES.iter().find(|(name, _)| *name == file).unwrap().1;
    let mut failed = Vec::new();
    for scenario in read(text) {
        for seed in SEEDS {
            if let Err(failure) = catch_unwind(AssertUnwindSafe(|| run(&scenario, seed))) {
                let why = failure.downcast_ref::<String>().cloned();
                let why = why.or_else(|| failure.downcast_ref::<&str>().map(ToString::to_string));
                failed.push(format!("{}\n  {}", scenario.name, why.unwrap_or_default()));
                break;
            }
        }
    }
    assert!(failed.is_empty(), "{} of {file} failed:\n\n{}", failed.len(), failed.join("\n\n"));
}

fn run(scenario: &Scenario, seed: u64) {
    fastrand::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut stage = Stage::set(scenario.given.clone()).await;
        for (number, step) in scenario.steps.iter().enumerate() {
            stage.play(Step::new(step, format!("step {} {step}", number + 1))).await;
        }
        assert_eq!(stage.store.faults(), [""; 0], "what must never happen to a store");
        assert_eq!(stage.wechat.crowded(), [""; 0], "two refreshes of one process for one key");
    });
}

type Outcome = Result<AccessToken, AuthError>;

struct Stage {
    wechat: WeChat,
    store: TestStore,
    clock: SimClock,
    policy: CachePolicy,
    processes: BTreeMap<String, Process>,
    names: BTreeMap<String, String>,
    seen: Vec<String>,
    begun: BTreeMap<String, JoinHandle<(Outcome, Duration)>>,
}

impl Stage {
    async fn set(mut given: Map<String, Value>) -> Self {
        let clock = SimClock::new();
        let store = TestStore::new(clock.right());
        let wechat = WeChat::default();
        let mut policy = CachePolicy::default();
        if let Some(Value::Object(times)) = given.remove("policy") {
            for (name, seconds) in times {
                let time = Duration::from_secs_f64(seconds.as_f64().unwrap());
                match name.as_str() {
                    "refresh_spread" => policy.refresh_spread = time,
                    other => panic!("no scenario may change {other}"),
                }
            }
        }
        let bare = given.remove("bare").is_some();
        let rotation = given.remove("refresh_tokens").map(|rotation| match rotation.as_str().unwrap() {
            "stable" => Rotation::Stable,
            "grace" => Rotation::Grace,
            "strict" => Rotation::Strict,
            other => panic!("refresh tokens cannot be {other}"),
        });
        assert!(given.is_empty(), "unknown in `given`: {given:?}");
        let mut stage = Self {
            wechat,
            store,
            clock,
            policy,
            processes: BTreeMap::new(),
            names: BTreeMap::new(),
            seen: Vec::new(),
            begun: BTreeMap::new(),
        };
        if let Some(rotation) = rotation {
            stage.wechat.keeps_books(rotation, stage.clock.clone());
            stage.wechat.has_account(ACCOUNT, "r0");
        }
        if !bare {
            let now = stage.clock.wall();
            let tokens = stage.process("a").tokens.clone();
            tokens.ticket("ticket", now).await.unwrap();
            tokens.restore(ACCOUNT, "r0").await.unwrap();
        }
        stage
    }

    fn process(&mut self, name: &str) -> &Process {
        self.processes
            .entry(name.to_owned())
            .or_insert_with(|| Process::start(name, &self.wechat, &self.store, self.policy.clone()))
    }

    /// The process that a step names, or `a`.
    fn by(&mut self, step: &mut Step) -> &Process {
        let name = step.text("by").unwrap_or_else(|| "a".into());
        self.process(&name)
    }

    /// All processes, or the one that a step names.
    fn those(&mut self, step: &mut Step) -> Vec<&Process> {
        match step.text("by") {
            Some(name) => vec![self.process(&name)],
            None => self.processes.values().collect(),
        }
    }

    fn at(&self, step: &mut Step) -> std::time::SystemTime {
        let seconds = step.take("at").map_or(0, |at| at.as_i64().unwrap());
        let span = Duration::from_secs(seconds.unsigned_abs());
        let now = self.clock.wall();
        if seconds < 0 { now - span } else { now + span }
    }

    /// What a name stands for; a name that nothing was bound to stands for itself.
    fn value_of(&self, name: &Value) -> Value {
        match name.as_str().and_then(|name| self.names.get(name)) {
            Some(value) => value.clone().into(),
            None => name.clone(),
        }
    }

    async fn play(&mut self, mut step: Step) {
        let verb = step.verb();
        match verb.as_str() {
            "pass" => tokio::time::sleep(step.seconds("pass").unwrap()).await,
            "token" => {
                let name = step.text("token").unwrap();
                let callers = step.take("callers").map_or(1, |count| count.as_u64().unwrap());
                let clock = self.clock.clone();
                let process = self.by(&mut step);
                let calls: Vec<_> = (0..callers).map(|_| call(process, &name, &clock)).collect();
                let mut outcomes = Vec::new();
                for call in calls {
                    outcomes.push(call.await.unwrap());
                }
                for (outcome, waited) in &outcomes[1..] {
                    assert_eq!(outcome.as_ref().ok(), outcomes[0].0.as_ref().ok(), "{}", step.place);
                    assert_eq!(*waited, outcomes[0].1, "{}", step.place);
                }
                self.judge(&mut step, outcomes.swap_remove(0));
            }
            "begin" => {
                let (name, id) = (step.text("begin").unwrap(), step.text("as").unwrap());
                let clock = self.clock.clone();
                let call = call(self.by(&mut step), &name, &clock);
                tokio::task::yield_now().await;
                self.begun.insert(id, call);
            }
            "end" => {
                let begun = self.begun.remove(&step.text("end").unwrap()).unwrap();
                self.judge(&mut step, begun.await.unwrap());
            }
            "drop" => self.begun.remove(&step.text("drop").unwrap()).unwrap().abort(),
            "cached" => {
                let name = step.text("cached").unwrap();
                let expected = self.value_of(&step.take("is").unwrap());
                let cached = self.by(&mut step).source(&name).cached();
                let cached = cached.map_or(Value::Null, |token| token.value().expose().into());
                assert_eq!(cached, expected, "{}", step.place);
            }
            "reject" => {
                let name = step.text("reject").unwrap();
                let value = self.value_of(&step.take("value").unwrap());
                let token = AccessToken::new(value.as_str().unwrap());
                self.by(&mut step).source(&name).reject(&token).await;
            }
            "ticket" | "authorized" | "unauthorized" | "restore" | "exchange" | "reconcile" | "close"
            | "ticket_age" | "start_push_ticket" => self.act(&verb, &mut step).await,
            "wall" | "sleep" | "store" | "kill" | "wechat" | "account" | "forget_scripts" => {
                self.befall(&verb, &mut step).await;
            }
            "calls" | "sent" | "heard" | "counters" | "record" | "accepted" => {
                self.check(&verb, &mut step).await;
            }
            _ => panic!("no such step: {}", step.place),
        }
        step.done();
    }

    /// Compares how a call for a token ended with what the step says.
    fn judge(&mut self, step: &mut Step, (outcome, waited): (Outcome, Duration)) {
        let place = step.place.clone();
        if let Some(kind) = step.text("fails") {
            let error = outcome.expect_err(&place);
            let found = format!("{:?}", error.kind());
            assert_eq!(found.split([' ', '{']).next().unwrap(), kind, "{place}: {error:?}");
            if let Some(limit) = step.seconds("retry_within") {
                assert!(error.retry_after().unwrap() <= limit, "{place}: {error:?}");
            }
            if let Some(limit) = step.seconds("retry_not_within") {
                assert!(error.retry_after().unwrap() > limit, "{place}: {error:?}");
            }
        } else {
            let value = outcome.expect(&place).value().expose().to_owned();
            if let Some(name) = step.text("new") {
                assert!(!self.seen.contains(&value), "{place}: {value} is not new");
                self.names.insert(name, value.clone());
            } else {
                let expected = self.value_of(&step.take("is").unwrap_or_else(|| panic!("{place}: is what?")));
                assert_eq!(Value::from(value.clone()), expected, "{place}, of {:?}", self.names);
            }
            self.seen.push(value);
        }
        if step.take("at_once").is_some() {
            assert_eq!(waited, Duration::ZERO, "{place}");
        }
        if let Some(limit) = step.seconds("within") {
            assert!(waited <= limit, "{place}: waited {waited:?}");
        }
        if let Some(limit) = step.seconds("not_within") {
            assert!(waited > limit, "{place}: waited {waited:?}");
        }
    }

    /// What a process is told or asked to do, apart from tokens.
    async fn act(&mut self, verb: &str, step: &mut Step) {
        let argument = step.text(verb).unwrap_or_default();
        let created = self.at(step);
        let tokens = self.by(step).tokens.clone();
        let place = step.place.clone();
        if let Some(after) = step.seconds("after") {
            assert_eq!(verb, "unauthorized", "{place}");
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                tokens.unauthorized(argument, created).await.unwrap();
            });
            return;
        }
        let ended = match verb {
            "ticket" => tokens.ticket(argument, created).await,
            "authorized" => tokens.authorized(argument, step.text("code").unwrap(), created).await,
            "unauthorized" => tokens.unauthorized(argument, created).await,
            "restore" => tokens.restore(argument, step.text("refresh_token").unwrap()).await,
            "exchange" => tokens.exchange_code(argument).await.map(|granted| {
                assert_eq!(granted.app_id.as_str(), step.text("owner").unwrap_or(ACCOUNT.into()), "{place}");
            }),
            "start_push_ticket" => tokens.start_push_ticket().await,
            "ticket_age" => tokens.ticket_age().await.map(|age| {
                assert_eq!(age.map(|age| age.as_secs()), step.take("is").unwrap().as_u64(), "{place}");
            }),
            "close" => {
                let ended = tokens.close(step.seconds("within").unwrap()).await;
                assert_eq!(Value::from(ended), step.take("ended").unwrap(), "{place}");
                let left: Vec<_> = tokens.unsaved().iter().map(ToString::to_string).collect();
                let none = Value::Array(Vec::new());
                assert_eq!(Value::from(left), step.take("unsaved").unwrap_or(none), "{place}");
                Ok(())
            }
            _ => tokens.reconcile().await.map(|found| {
                let ids = |ids: &[AuthorizerAppId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
                for (name, found) in [
                    ("listed", Value::from(found.listed)),
                    ("added", ids(&found.added).into()),
                    ("changed", ids(&found.changed).into()),
                    ("revoked", ids(&found.revoked).into()),
                    ("unexchanged", ids(&found.unexchanged).into()),
                ] {
                    let none = if name == "listed" { found.clone() } else { Value::Array(Vec::new()) };
                    assert_eq!(found, step.take(name).unwrap_or(none), "{name} of {place}");
                }
            }),
        };
        match step.text("fails") {
            Some(kind) => {
                let found = format!("{:?}", ended.expect_err(&place).kind());
                assert_eq!(found.split([' ', '{']).next().unwrap(), kind, "{place}");
            }
            None => ended.expect(&place),
        }
    }

    /// What happens to the processes, their store and WeChat.
    async fn befall(&mut self, verb: &str, step: &mut Step) {
        match verb {
            "wall" => {
                let seconds = step.take("wall").unwrap().as_i64().unwrap();
                match step.text("of").as_deref() {
                    Some("store") => self.store.clock().jump(seconds),
                    _ => self.those(step).iter().for_each(|process| process.clock.jump(seconds)),
                }
            }
            "sleep" => {
                let span = step.seconds("sleep").unwrap();
                tokio::time::sleep(span).await;
                self.those(step).iter().for_each(|process| process.clock.slept(span));
            }
            "kill" => {
                let name = step.text("kill").unwrap();
                self.process(&name).kill();
                self.processes.remove(&name);
            }
            "store" => {
                let line = match step.text("store").unwrap().as_str() {
                    "empty" => return self.store.empty(),
                    "save" => return self.store.save().await,
                    "roll_back" => return self.store.roll_back().await,
                    "up" => Line::Up,
                    "down" => Line::Down,
                    "corrupt" => Line::Corrupt,
                    "hangs" => Line::Hangs,
                    "panics" => Line::Panics,
                    "deaf" => Line::Deaf,
                    "silent" => Line::Silent,
                    "slow" => Line::Slow(step.seconds("seconds").unwrap()),
                    other => panic!("a store cannot be {other}"),
                };
                let after = step.seconds("after").unwrap_or_default();
                for store in self.those(step).iter().map(|process| process.store.clone()) {
                    if after.is_zero() {
                        store.set(line);
                    } else {
                        tokio::spawn(async move {
                            tokio::time::sleep(after).await;
                            store.set(line);
                        });
                    }
                }
            }
            "forget_scripts" => {
                step.take(verb);
                self.wechat.forget_scripts();
            }
            "account" => {
                let name = step.text("account").unwrap();
                if let Some(code) = step.text("code") {
                    self.wechat.issues_code(&code, &name);
                } else if let Some(token) = step.text("refresh_token") {
                    self.wechat.has_account(&name, &token);
                } else {
                    step.take("cancels").unwrap();
                    self.wechat.forgets_account(&name);
                }
            }
            _ => {
                let operation = step.text("wechat").unwrap();
                let times = step.take("times").map_or(1, |times| times.as_u64().unwrap());
                let how = step.take("how").unwrap_or(Value::Null);
                let answer = step.take("answers");
                let span = step.seconds("seconds");
                for _ in 0..times {
                    self.wechat.script(&operation, script(&how, answer.clone(), span));
                }
            }
        }
    }

    async fn check(&mut self, verb: &str, step: &mut Step) {
        let place = step.place.clone();
        match verb {
            "calls" => {
                for (operation, count) in step.take(verb).unwrap().as_object().unwrap() {
                    let calls = self.wechat.calls(operation).len() as u64;
                    assert_eq!(calls, count.as_u64().unwrap(), "{operation} in {place}");
                }
            }
            "sent" => {
                let calls = self.wechat.calls(&step.text(verb).unwrap());
                for (name, value) in step.take("with").unwrap().as_object().unwrap() {
                    assert_eq!(calls.last().unwrap()[name], self.value_of(value), "{place}");
                }
            }
            "heard" => {
                let expected = step.take(verb).unwrap();
                let process = self.by(step);
                for (event, count) in expected.as_object().unwrap() {
                    let heard = process.ear.heard(event) as u64;
                    assert_eq!(heard, count.as_u64().unwrap(), "{event} in {place}: {:?}", process.ear.all());
                }
            }
            "counters" => {
                let expected = step.take(verb).unwrap();
                let counters = self.by(step).tokens.counters();
                for (name, count) in expected.as_object().unwrap() {
                    let found = match name.as_str() {
                        "mints" => counters.mints,
                        "mint_failures" => counters.mint_failures,
                        "rejections" => counters.rejections,
                        "early_rejections" => counters.early_rejections,
                        "served_stale" => counters.served_stale,
                        "store_failures" => counters.store_failures,
                        "unsaved" => counters.unsaved,
                        "contested" => counters.contested,
                        "recoveries" => counters.recoveries,
                        "reauthorizations" => counters.reauthorizations,
                        other => panic!("no counter is called {other}"),
                    };
                    assert_eq!(found, count.as_u64().unwrap(), "{name} in {place}");
                }
            }
            "accepted" => {
                let name = step.text(verb).unwrap();
                let token = self.value_of(&step.take("value").unwrap());
                let accepted = self.wechat.accepts(&name, token.as_str().unwrap());
                assert_eq!(Value::from(accepted), step.take("is").unwrap(), "{place}");
            }
            _ => {
                let name = step.text(verb).unwrap();
                assert!(!matches!(subject(&name), tcb_auth::Subject::Platform) || name.is_empty());
                let record = self.store.look(&name).await;
                for (path, value) in step.take("has").unwrap().as_object().unwrap() {
                    let found = record.pointer(&format!("/{path}")).cloned().unwrap_or(Value::Null);
                    assert_eq!(found, self.value_of(value), "{path} in {place}: {record}");
                }
            }
        }
    }
}

fn call(process: &Process, name: &str, clock: &SimClock) -> JoinHandle<(Outcome, Duration)> {
    let (source, clock) = (process.source(name), clock.clone());
    tokio::spawn(async move {
        let began = clock.elapsed();
        (source.token().await, clock.elapsed().saturating_sub(began))
    })
}

fn script(how: &Value, answer: Option<Value>, span: Option<Duration>) -> Script {
    if let Some(answer) = answer {
        return Script::Answer(answer);
    }
    match how {
        Value::Number(number) if number.as_i64().unwrap() >= 400 && number.as_i64().unwrap() < 600 => {
            Script::Status(u16::try_from(number.as_u64().unwrap()).unwrap())
        }
        Value::Number(code) => Script::Answer(serde_json::json!({"errcode": code, "errmsg": "refused"})),
        _ => match how.as_str().unwrap() {
            "panics" => Script::Panic,
            "hangs" => Script::Hang,
            "lost" => Script::Lost,
            "slow" => Script::Slow(span.unwrap()),
            "late" => Script::Late(span.unwrap()),
            kind => Script::Fail(TransportError::new(match kind {
                "connect" => TransportErrorKind::Connect,
                "certificate" => TransportErrorKind::Certificate,
                "invalid" => TransportErrorKind::Invalid,
                "interrupted" => TransportErrorKind::Interrupted,
                "timeout" => TransportErrorKind::Timeout,
                "truncated" => TransportErrorKind::Truncated,
                "too_large" => TransportErrorKind::TooLarge,
                other => panic!("a call cannot end {other}"),
            })),
        },
    }
}

/// The parts of a step. What nobody asks for is a mistake in the scenario.
struct Step {
    parts: Map<String, Value>,
    place: String,
}

impl Step {
    fn new(step: &Value, place: String) -> Self {
        Self { parts: step.as_object().unwrap().clone(), place }
    }

    /// The part that comes first says what the step is.
    fn verb(&self) -> String {
        const VERBS: &[&str] = &[
            "pass",
            "token",
            "begin",
            "end",
            "drop",
            "cached",
            "reject",
            "ticket",
            "authorized",
            "unauthorized",
            "restore",
            "exchange",
            "reconcile",
            "close",
            "ticket_age",
            "start_push_ticket",
            "wall",
            "sleep",
            "store",
            "kill",
            "wechat",
            "account",
            "forget_scripts",
            "calls",
            "sent",
            "heard",
            "counters",
            "record",
            "accepted",
        ];
        let verbs: Vec<_> = VERBS.iter().filter(|verb| self.parts.contains_key(**verb)).collect();
        match verbs[..] {
            [verb] => (*verb).to_owned(),
            _ => panic!("which step is it? {}", self.place),
        }
    }

    fn take(&mut self, part: &str) -> Option<Value> {
        self.parts.remove(part)
    }

    fn text(&mut self, part: &str) -> Option<String> {
        self.take(part).map(|value| value.as_str().unwrap_or_default().to_owned())
    }

    fn seconds(&mut self, part: &str) -> Option<Duration> {
        self.take(part).map(|value| Duration::from_secs_f64(value.as_f64().unwrap()))
    }

    fn done(self) {
        let mut parts = self.parts;
        parts.remove("why");
        assert!(parts.is_empty(), "nobody asked for {parts:?} in {}", self.place);
    }
}
