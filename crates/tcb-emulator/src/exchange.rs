//! One request answered in WeChat's place: who answers it, which fault hits it, and what the trace
//! keeps of it.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use tcb_catalogue::Operation;

use crate::call::{self, Run};
use crate::core::{Core, Event};
use crate::customer_message;
use crate::fault::FaultKind;
use crate::operations::{self, Build};
use crate::record::FindingKind;
use crate::refusal::refusal;
use crate::reply::{Dropped, Reply, Sent, json, reply, whole};
use crate::request::Request;
use crate::routes;
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
pub(crate) async fn answer(core: &Core, request: Request) -> Result<Sent, Dropped> {
    let place = Place::of(&request);
    let arrival = core.arrive(|arrival| Entry::new(arrival, &request, place.operation()));
    let sent = under_faults(core, place, &request, &arrival).await;
    core.tell(Event::Request(arrival.number));
    sent
}

/// Carries a request out as the next fault rule for it allows.
async fn under_faults(
    core: &Core,
    place: Place,
    request: &Request,
    arrival: &Arrival,
) -> Result<Sent, Dropped> {
    let target = if let Place::Api(..) = place { &request.path } else { routes::STORAGE };
    let fault = core.state().take_fault(target).map(|fault| fault.kind);
    let note = |outcome: Outcome| core.trace(arrival.number, |entry| entry.outcome = outcome);
    let mut outcome = Outcome { fault: fault.as_ref().map(FaultKind::as_str), ..Outcome::default() };
    let answer = match &fault {
        Some(FaultKind::Errcode { code }) => {
            outcome.errcode = Some(*code);
            json(StatusCode::OK, &refusal(*code).write(&arrival.rid))
        }
        Some(FaultKind::DropBefore) => {
            note(outcome);
            return Err(Dropped);
        }
        Some(FaultKind::Http { status, body }) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            reply(status, HeaderValue::from_static("text/html; charset=utf-8"), body.clone())
        }
        _ => {
            if let Some(FaultKind::Delay { millis }) = &fault {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
            }
            let (answer, came) = place.carry_out(core, request, &arrival.rid);
            outcome = Outcome { fault: outcome.fault, ..came };
            answer
        }
    };
    note(outcome);
    if fault == Some(FaultKind::CommitThenDrop) {
        return Err(Dropped);
    }
    core.trace(arrival.number, |entry| entry.answered(answer.status().as_u16(), answer.body()));
    Ok(whole(answer))
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
