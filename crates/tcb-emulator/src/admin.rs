//! The admin API: a thin shell over the methods of [`Emulator`], as one table of routes.

#![expect(clippy::unnecessary_wraps, reason = "all handlers of the table have one shape")]

mod assumptions;
mod callbacks;
mod clock;
mod cloud;
mod facts;
mod faults;
mod functions;
mod instruction;
mod merchants;
mod open_accounts;
#[cfg(test)]
mod openapi;
mod platforms;
mod prompts;
mod release_checks;
mod route;
mod settings;
mod snapshots;
mod table;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use crate::core::Core;
use crate::reply::{self, Reply};
use crate::{Emulator, EmulatorErrorKind, routes};

use instruction::Instruction;

/// The part of a path below the root of the admin API.
pub(crate) fn route(path: &str) -> Option<&str> {
    let route = path.strip_prefix(routes::ADMIN)?;
    if route.is_empty() { Some("") } else { route.strip_prefix('/') }
}

/// An answer that says why an instruction was not followed.
pub(crate) fn failure(status: StatusCode, kind: &str, message: &str) -> Reply {
    reply::json(status, &json!({"error": {"kind": kind, "message": message}}))
}

pub(crate) async fn answer(core: Arc<Core>, method: &Method, path: &str, body: Bytes) -> Reply {
    let found: Vec<_> =
        table::ROUTES.iter().filter_map(|route| Some((route, route.parameters(path)?))).collect();
    if found.is_empty() {
        return failure(StatusCode::NOT_FOUND, "unknown_route", "the admin API has no such route");
    }
    let allowed: Vec<&str> = found.iter().map(|(route, _)| route.method.as_str()).collect();
    let allowed = allowed.join(", ");
    let Some((route, parameters)) = found.into_iter().find(|(route, _)| route.method == method) else {
        let message = format!("this route of the admin API takes {allowed}");
        let mut refusal = failure(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", &message);
        refusal.headers_mut().extend(HeaderValue::try_from(allowed).map(|value| (header::ALLOW, value)));
        return refusal;
    };
    match route.follow(Instruction { emulator: Emulator::view(core), parameters, body }).await {
        Ok(answer) => reply::json(StatusCode::OK, &answer),
        Err(error) => failure(status(error.kind()), error.kind().as_str(), &error.to_string()),
    }
}

fn status(kind: EmulatorErrorKind) -> StatusCode {
    match kind {
        EmulatorErrorKind::UnknownComponent
        | EmulatorErrorKind::UnknownMerchant
        | EmulatorErrorKind::UnknownPrompt
        | EmulatorErrorKind::UnknownEnvironment
        | EmulatorErrorKind::UnknownOpenAccount
        | EmulatorErrorKind::UnknownPush
        | EmulatorErrorKind::UnknownSnapshot
        | EmulatorErrorKind::UnknownRequest
        | EmulatorErrorKind::UnknownAssumption => StatusCode::NOT_FOUND,
        EmulatorErrorKind::NoCallback
        | EmulatorErrorKind::NotAuthorized
        | EmulatorErrorKind::ExclusiveSet
        | EmulatorErrorKind::PreAuthCode => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    }
}
