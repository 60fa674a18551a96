//! Every fault of the wire and of the API × every class of call × fresh and used connections × both
//! backends, against one table.

mod server;
mod table;

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tcb_api::auth::{
    AccessToken, AuthError, CachePolicy, MemoryStore, PlatformTokens, Subject, TokenKey, TokenSource,
    TokenStore,
};
use tcb_api::transport::{HttpOptions, Transport};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{Clock as _, Operation};
use tcb_api::{Client, CreateEnv, ErrorKind, RawCall, RetryPolicy};
use tcb_e2e::Backend;
use tcb_test_kit::HandClock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use server::{Act, Orders, Server, closed_port};
use table::{CAP, DEADLINE, Ends, Fault, Mint, Right, faults};

/// Every secret of these tests contains it, and so does every value that a request carries.
const CANARY: &str = "Canary";

/// How much later than its deadline a call may end on a machine that is busy with other things.
const MARGIN: Duration = Duration::from_secs(10);

/// How many cases run at once.
const AT_ONCE: usize = 96;

/// What the kernel may take of an endless answer, on both ends, before the client hangs up.
const BUFFERS: u64 = 16 * 1024 * 1024;

#[test]
fn every_fault_ends_as_the_table_says_over_reqwest() {
    run_all(Backend::Reqwest);
}

#[test]
fn every_fault_ends_as_the_table_says_over_hyper() {
    run_all(Backend::Hyper);
}

/// What a call does, and so what may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallKind {
    Read,
    Idempotent,
    NotRepeatable,
    Mint,
}

#[derive(Clone, Debug)]
struct Case {
    backend: Backend,
    fault: Fault,
    class: CallKind,
    /// Over a connection that has been used before.
    reused: bool,
    /// Every attempt meets the fault, not only the first.
    always: bool,
}

impl Case {
    fn all(backend: Backend) -> Vec<Self> {
        let mut cases = Vec::new();
        for fault in faults() {
            for class in [CallKind::Read, CallKind::Idempotent, CallKind::NotRepeatable, CallKind::Mint] {
                for (reused, always) in [(false, false), (false, true), (true, false), (true, true)] {
                    let case = Self { backend, fault: fault.clone(), class, reused, always };
                    if case.makes_sense() {
                        cases.push(case);
                    }
                }
            }
        }
        cases
    }

    fn makes_sense(&self) -> bool {
        if matches!(self.fault.act, Act::Refuse) {
            // A refused connection has not been used before, and a port that opens later is a
            // matter of luck.
            return !self.reused && (self.always || self.class == CallKind::Mint);
        }
        // Where nothing is repeated there is only a first attempt.
        let is_repeated = match self.class {
            CallKind::Mint => matches!(self.fault.mint, Mint::SentOnceMore(_)),
            _ => matches!(self.ends(), Ends::Repeated(_) | Ends::SentOnceMore(_) | Ends::Raced(_)),
        };
        is_repeated || !self.always
    }

    fn ends(&self) -> Ends {
        if self.class == CallKind::NotRepeatable { self.fault.create } else { self.fault.other }
    }

    fn path(&self) -> &'static str {
        match self.class {
            CallKind::Read => ListEnvs::SPEC.path,
            CallKind::Idempotent => "/tcb/anything",
            CallKind::NotRepeatable => CreateEnv::SPEC.path,
            CallKind::Mint => "/cgi-bin/component/api_authorizer_token",
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = if self.reused { "used" } else { "fresh" };
        let times = if self.always { "always" } else { "once" };
        write!(f, "{} · {:?} · {connection} connection · {times}", self.fault.name, self.class)
    }
}

fn run_all(backend: Backend) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = Watch::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let (cases, failures) = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let cases = Case::all(backend);
            let count = cases.len();
            // Where a time is to run out, nothing else is to take the time.
            let (slow, quick) = cases.into_iter().partition(|case| case.fault.takes_time());
            (count, [failures(quick).await, failures(slow).await].concat())
        })
    });
    assert!(failures.is_empty(), "{} of {cases} cases:\n{}", failures.len(), failures.join("\n"));
    assert!(cases >= 200, "only {cases} cases");
    assert!(log.lines.load(SeqCst) > 0, "nothing was logged, so the log proves nothing");
    let leak = log.leak.get();
    assert!(leak.is_none(), "the log holds a canary: {leak:?}");
}

/// Runs the cases, many at once. What went wrong in each, if anything did.
async fn failures(cases: Vec<Case>) -> Vec<String> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for case in cases {
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        running.spawn(async move {
            let _permit = permit;
            let limit = case.fault.deadline + MARGIN;
            let outcome = tokio::time::timeout(limit, run(&case)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(format!("took longer than {limit:?}")));
            outcome.err().map(|error| format!("{case}: {error}"))
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

async fn run(case: &Case) -> Result<(), String> {
    let server = Server::start(Orders {
        act: case.fault.act.clone(),
        path: case.path(),
        times: if case.always { u32::MAX } else { 1 },
        executes: case.fault.executes,
        keep_alive: case.reused,
    })
    .await;
    if case.class == CallKind::Mint { mint(case, &server).await } else { call(case, &server).await }?;

    let seen = server.seen();
    let is_raced = matches!(case.fault.act, Act::ResetBeforeRequest | Act::Refuse);
    check("the first connection was used before", seen.reused, case.reused, is_raced)?;
    check("requests of strangers", seen.strangers, 0, false)?;
    if seen.poured > BUFFERS + CAP as u64 {
        return Err(format!("the client took {} bytes of an endless answer", seen.poured));
    }
    Ok(())
}

/// Makes a call through the client.
async fn call(case: &Case, server: &Server) -> Result<(), String> {
    let fault = &case.fault;
    let closed = matches!(fault.act, Act::Refuse).then(closed_port);
    let address = closed.as_ref().map_or(server.address(), |(_, address)| *address);
    let client = Client::builder()
        .token(Rotating::default())
        .transport(transport(case.backend, &address.to_string()))
        .retry(RetryPolicy::default().deadline(fault.deadline).attempt_timeout(fault.attempt_timeout))
        .build()
        .map_err(|error| error.to_string())?;
    if case.reused {
        client.send(ListEnvs::new()).await.map_err(|error| format!("the first call: {error:?}"))?;
    }
    server.arm();
    let outcome = match case.class {
        CallKind::Read => client.send(ListEnvs::new()).await.map(drop),
        CallKind::NotRepeatable => client.send(CreateEnv::postpaid("CanaryAlias")).await.map(drop),
        _ => {
            let call = RawCall::post("/tcb/anything")
                .query("auth_code", "CanaryQuery")
                .member("note", "CanaryBody")
                .idempotent();
            client.call_raw::<serde::de::IgnoredAny>(call).await.map(drop)
        }
    };
    if let Err(error) = &outcome {
        check_secrecy(error)?;
        if error.kind() == ErrorKind::Indeterminate && !error.maybe_executed() {
            return Err("it is indeterminate and cannot have been executed".into());
        }
    }

    let seen = server.seen();
    if case.class == CallKind::NotRepeatable && seen.executed > 1 {
        return Err(format!("{} creates were executed", seen.executed));
    }
    let (kind, attempts) = match (case.ends(), case.always) {
        (Ends::Well, _) => (None, 1),
        (Ends::Repeated(_) | Ends::SentOnceMore(_), false) => (None, 2),
        (Ends::SentOnceMore(kind), true) => (Some(kind), 2),
        (Ends::Repeated(kind), true) => (Some(kind), 3),
        (Ends::Failed(kind), _) => (Some(kind), 1),
        (Ends::Raced(kind), _) => {
            let found = outcome.as_ref().err().map(tcb_api::Error::kind);
            let known_not_sent = if case.always { Some(ErrorKind::Unavailable) } else { None };
            return check("kind of the failure", found, known_not_sent, found == Some(kind));
        }
    };
    check("kind of the failure", outcome.as_ref().err().map(tcb_api::Error::kind), kind, false)
        .map_err(|text| format!("{text} ({outcome:?})"))?;
    let is_raced = matches!(fault.act, Act::ResetBeforeRequest);
    if let Err(error) = &outcome {
        check("attempts", error.attempts(), attempts, is_raced)?;
    }
    let unseen = matches!(fault.act, Act::Refuse);
    check("requests", seen.requests, if unseen { 0 } else { attempts }, is_raced)
}

/// Fetches an account's token.
async fn mint(case: &Case, server: &Server) -> Result<(), String> {
    let fault = &case.fault;
    let clock = HandClock::at(1_767_225_600);
    let store = MemoryStore::new().clock(clock.clone());
    let mut policy = CachePolicy::default();
    policy.mint_timeout = fault.attempt_timeout.min(fault.deadline);
    let platform = |transport: Arc<dyn Transport>| {
        PlatformTokens::builder("wx_platform", "CanarySecret")
            .transport(transport)
            .store(store.clone())
            .clock(clock.clone())
            .policy(policy.clone())
            .build()
    };
    let transport_to = |address: &str| transport(case.backend, address);

    // The platform's token and what is known of the account are in the store when the fault begins.
    let mut tokens = platform(transport_to(&server.address().to_string()));
    let prepared = async {
        tokens.ticket("ticket@@@CanaryTicket", clock.wall()).await?;
        tokens.restore("wx_shop", "refreshtoken@@@CanaryRefresh").await?;
        tokens.component().token().await
    };
    prepared.await.map_err(|error| format!("the platform's token: {error:?}"))?;
    let closed = matches!(fault.act, Act::Refuse).then(closed_port);
    if let Some((_, address)) = &closed {
        tokens = platform(transport_to(&address.to_string()));
    }
    server.arm();

    let source = tokens.authorizer("wx_shop");
    let outcome = source.token().await;
    let (kind, requests) = match (fault.mint, case.always) {
        (Mint::Well, _) => (None, 1),
        (Mint::SentOnceMore(_), false) => (None, 2),
        (Mint::SentOnceMore(kind), true) => (Some(kind), 2),
        (Mint::Failed(kind, _), _) => (Some(kind), u32::from(closed.is_none())),
        (Mint::Raced(kind), _) => {
            let Err(error) = outcome else { return Ok(()) };
            return check("kind of the failure", error.kind(), kind, false);
        }
    };
    check("kind of the failure", outcome.as_ref().err().map(AuthError::kind), kind, false)
        .map_err(|text| format!("{text} ({outcome:?})"))?;
    check("requests", server.seen().requests, requests, false)?;
    let Err(error) = outcome else { return Ok(()) };
    check_secrecy(&error)?;

    let subject = Subject::Authorizer("wx_shop".into());
    let stored =
        store.load(&TokenKey::new("wx_platform", subject)).await.map_err(|error| error.to_string())?;
    let (_, record) = stored.held.ok_or("nothing is stored")?;
    let lasting = record.lasting;
    if let Mint::Failed(_, expected) = fault.mint {
        let has = |mark| lasting.expose().contains(mark);
        let right = match (has("\"lease\""), has("\"contested\":true")) {
            (true, _) => Right::Kept,
            (false, true) => Right::InDoubt,
            (false, false) => Right::GivenBack,
        };
        check("the right to refresh", right, expected, false)?;
    }

    // Who asks again at once gets the same error, and WeChat hears nothing of it.
    let again = source.token().await.err().map(|error| error.kind());
    check("kind of the second failure", again, Some(error.kind()), false)?;
    check("requests after that", server.seen().requests, requests, false)?;

    // Later nothing is left of it.
    clock.passes(Duration::from_secs(20 * 60));
    if !case.always && closed.is_none() {
        source.token().await.map_err(|error| format!("20 minutes later: {error:?}"))?;
        check("requests in the end", server.seen().requests, requests + 1, false)?;
    }
    Ok(())
}

fn transport(backend: Backend, address: &str) -> Arc<dyn Transport> {
    let base_url = format!("http://{address}").parse().unwrap();
    let options = HttpOptions::new(base_url).response_cap(CAP).connect_timeout(DEADLINE);
    backend.transport_with(options)
}

fn check<T: PartialEq + fmt::Debug + Copy>(
    what: &str,
    found: T,
    expected: T,
    is_excused: bool,
) -> Result<(), String> {
    if found == expected || is_excused {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, not {expected:?}"))
}

/// Looks for canaries in everything that an error shows.
fn check_secrecy(error: &(dyn Error + 'static)) -> Result<(), String> {
    let mut text = format!("{error:?} {error:#?}");
    let mut next = Some(error);
    while let Some(error) = next {
        let _ = write!(text, " {error} {error:?}");
        next = error.source();
    }
    if text.contains(CANARY) { Err(format!("the error shows a canary: {text}")) } else { Ok(()) }
}

/// Gives another token when one was refused.
#[derive(Debug, Default)]
struct Rotating(AtomicU32);

#[async_trait]
impl TokenSource for Rotating {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        Ok(AccessToken::new(format!("CanaryToken-{}", self.0.load(SeqCst))))
    }

    async fn reject(&self, _: &AccessToken) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Reads the log for canaries, and keeps the first line that holds one.
#[derive(Clone, Debug, Default)]
struct Watch {
    lines: Arc<AtomicU32>,
    leak: Arc<OnceLock<String>>,
}

impl io::Write for Watch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.fetch_add(1, SeqCst);
        if bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()) {
            self.leak.get_or_init(|| String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
