//! One request answered in WeChat's place: who answers it, which fault hits it, and what the trace
//! keeps of it.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde_json::Value;
use tcb_catalogue::Operation;

use crate::call::{self, Run};
use crate::check::token;
use crate::clock::EmulatedClock;
use crate::core::{Core, Event};
use crate::customer_message;
use crate::fault::body::{dripping, truncated};
use crate::fault::rules::Subject;
use crate::fault::{ALL_CALLS, FaultKind};
use crate::operations::{self, Build};
use crate::record::FindingKind;
use crate::refusal::refusal;
use crate::reply::{Dropped, Reply, Sent, json, reply, whole};
use crate::request::Request;
use crate::routes;
use crate::state::State;
use crate::storage::{code, service};
use crate::trace::{Arrival, Entry, Outcome};

/// Who answers a request.
#[derive(Clone, Copy)]
enum Place {
    Api(&'static Operation, Run),
    Storage,
    /// What takes the code of functions.
    Code,
    CustomerMessage,
    NotBuilt,
}

impl Place {
    fn of(request: &Request) -> Self {
        if request.path.starts_with(routes::STORAGE) {
            return Self::Storage;
        }
        if code::is_meant(request) {
            return Self::Code;
        }
        if request.path == customer_message::PATH {
            return Self::CustomerMessage;
        }
        let known = operations::at(&request.path);
        let built = known.and_then(|(operation, route)| Some((operation, route.build.run()?)));
        built.map_or(Self::NotBuilt, |(operation, run)| Self::Api(operation, run))
    }

    fn operation(self) -> Option<&'static Operation> {
        if let Self::Api(operation, _) = self { Some(operation) } else { None }
    }

    /// Carries a request out, and says what came of it.
    fn carry_out(self, core: &Core, request: &Request, rid: &str) -> (Reply, Outcome) {
        let state = &mut *core.state();
        match self {
            Self::Api(operation, run) => {
                let (answer, outcome) = call::execute(state, operation, run, request, rid);
                (json(StatusCode::OK, &answer), outcome)
            }
            Self::Storage => (service::answer(state, request, rid), Outcome::default()),
            Self::Code => (code::answer(state, request, rid), Outcome::default()),
            Self::CustomerMessage => {
                (json(StatusCode::OK, &customer_message::answer(state, request, rid)), Outcome::default())
            }
            Self::NotBuilt => {
                let detail = format!("{} is not built", request.method);
                let findings = vec![detail.clone()];
                call::record(state, FindingKind::NotBuilt, request, detail);
                (not_built(request), Outcome { findings, ..Outcome::default() })
            }
        }
    }
}

/// Answers in WeChat's place.
pub(crate) async fn answer(core: &Arc<Core>, request: Request) -> Result<Sent, Dropped> {
    let place = Place::of(&request);
    let arrival = core.arrive(|arrival| Entry::new(arrival, &request, place.operation()));
    let sent = under_faults(core, place, &request, &arrival).await;
    core.tell(Event::Request(arrival.number));
    sent
}

/// Carries a request out as the next fault rule for it allows.
async fn under_faults(
    core: &Arc<Core>,
    place: Place,
    request: &Request,
    arrival: &Arrival,
) -> Result<Sent, Dropped> {
    let fault = take_fault(&mut core.state(), place, request);
    let note = |outcome: Outcome| core.trace(arrival.number, |entry| entry.outcome = outcome);
    let mut outcome = Outcome { fault: fault.as_ref().map(FaultKind::as_str), ..Outcome::default() };
    let answer = if let Some((answer, errcode)) = instead(fault.as_ref(), &arrival.rid) {
        outcome.errcode = errcode;
        answer
    } else {
        note(Outcome { fault: outcome.fault, ..Outcome::default() });
        before(core, fault.as_ref(), place, request).await?;
        let (answer, came) = place.carry_out(core, request, &arrival.rid);
        outcome = Outcome { fault: outcome.fault, ..came };
        answer
    };
    note(outcome);
    match fault {
        Some(FaultKind::CommitThenDrop) => return Err(Dropped),
        Some(FaultKind::TimeOut { .. }) => return Err(never(core).await),
        _ => {}
    }
    core.trace(arrival.number, |entry| entry.answered(answer.status().as_u16(), answer.body()));
    Ok(match fault {
        Some(FaultKind::Truncate) => truncated(answer),
        Some(FaultKind::Drip { bytes, millis, emulated }) => {
            let clock = Arc::clone(&core.clock);
            dripping(answer, bytes, move || {
                let clock = Arc::clone(&clock);
                Box::pin(async move { wait(&clock, millis, emulated).await })
            })
        }
        _ => whole(answer),
    })
}

/// The next fault rule for a request, used up by it.
fn take_fault(state: &mut State, place: Place, request: &Request) -> Option<FaultKind> {
    let operation = match place {
        Place::Api(operation, _) => Some(operation),
        Place::Storage | Place::Code => None,
        Place::CustomerMessage | Place::NotBuilt => return None,
    };
    let (target, all) = operation.map_or((routes::STORAGE, ""), |known| (known.path.as_str(), ALL_CALLS));
    if state.faults.is_empty() {
        return None;
    }
    let owner = operation.and_then(|known| state.tokens.get(token(known, request)?));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let named = ["authorizer_appid", "component_appid"].map(|name| body[name].as_str().unwrap_or_default());
    let accounts = [owner.map_or("", |token| token.owner.identity()), named[0], named[1]];
    let now = state.now().seconds();
    let fault = state.faults.take(&Subject { target, all, accounts: &accounts }, now)?;
    state.counters.faults += 1;
    Some(fault)
}

/// What is answered in place of carrying a call out, with its code.
fn instead(fault: Option<&FaultKind>, rid: &str) -> Option<(Reply, Option<i64>)> {
    match fault? {
        FaultKind::Errcode { code } => Some((json(StatusCode::OK, &refusal(*code).write(rid)), Some(*code))),
        FaultKind::Http { status, body } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            let content_type = HeaderValue::from_static("text/html; charset=utf-8");
            Some((reply(status, content_type, body.clone()), None))
        }
        _ => None,
    }
}

/// What happens before a call is carried out, if it is.
async fn before(
    core: &Core,
    fault: Option<&FaultKind>,
    place: Place,
    request: &Request,
) -> Result<(), Dropped> {
    match fault {
        Some(FaultKind::DropBefore) => return Err(Dropped),
        Some(FaultKind::TimeOut { commit: false }) => return Err(never(core).await),
        Some(FaultKind::Delay { millis, emulated }) => wait(&core.clock, *millis, *emulated).await,
        Some(FaultKind::ExpireToken) => {
            let mut state = core.state();
            let now = state.now();
            if let Some(value) = place.operation().and_then(|operation| token(operation, request)) {
                state.tokens.expire(value, now);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Waits until the client gives up, which drops this, or the emulator closes.
async fn never(core: &Core) -> Dropped {
    core.closed().await;
    Dropped
}

async fn wait(clock: &EmulatedClock, millis: u64, emulated: bool) {
    let span = Duration::from_millis(millis);
    if emulated { clock.sleep(span).await } else { tokio::time::sleep(span).await }
}

/// Says that something is missing in a way that nobody takes for an answer of WeChat.
fn not_built(request: &Request) -> Reply {
    let why = operations::at(&request.path).and_then(|(_, route)| match route.build {
        Build::NotBuilt(why) => Some(format!(": {why}")),
        _ => None,
    });
    let body = format!(
        "tcb-emulator: {} {} is not built{}. This text does not come from WeChat and says nothing about it.\n",
        request.method,
        request.path,
        why.unwrap_or_default()
    );
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    let mut reply = reply(StatusCode::NOT_IMPLEMENTED, content_type, body);
    reply.headers_mut().insert("x-tcb-emulator", HeaderValue::from_static("not-built"));
    reply
}
