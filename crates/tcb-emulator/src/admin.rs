//! The admin API: a thin shell over the methods of [`Emulator`].

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tcb_types::{AuthorizerAppId, ComponentAppId, RefreshToken};

use crate::assumption::{self, Assumption};
use crate::core::Core;
use crate::operations::BUILT;
use crate::reply::{self, Reply};
use crate::{
    Credentials, Emulator, EmulatorError, EmulatorErrorKind, Fault, Merchant, PromptId,
    USUAL_PERMISSION_SETS, routes,
};

/// Most merchants that one request seeds; each costs about a kilobyte.
const MOST_SEEDED: usize = 1_000_000;

/// The part of a path below the root of the admin API.
pub(crate) fn route(path: &str) -> Option<&str> {
    let route = path.strip_prefix(routes::ADMIN)?;
    if route.is_empty() { Some("") } else { route.strip_prefix('/') }
}

/// An answer that says why an instruction was not followed.
pub(crate) fn failure(status: StatusCode, kind: &str, message: &str) -> Reply {
    reply::json(status, &json!({"error": {"kind": kind, "message": message}}))
}

pub(crate) async fn answer(core: Arc<Core>, method: &Method, route: &str, body: &[u8]) -> Reply {
    let emulator = Emulator::view(core);
    let segments: Vec<&str> = route.split('/').collect();
    let answer = match *method {
        Method::GET => get(&emulator, &segments),
        Method::POST => post(&emulator, &segments, body).await,
        Method::PUT => put(&emulator, &segments, body).await,
        _ => Ok(None),
    };
    match answer {
        Ok(Some(answer)) => reply::json(StatusCode::OK, &answer),
        Ok(None) => failure(StatusCode::NOT_FOUND, "unknown_route", "the admin API has no such route"),
        Err(error) => failure(status(error.kind()), error.kind().as_str(), &error.to_string()),
    }
}

fn status(kind: EmulatorErrorKind) -> StatusCode {
    match kind {
        EmulatorErrorKind::UnknownComponent
        | EmulatorErrorKind::UnknownMerchant
        | EmulatorErrorKind::UnknownPrompt
        | EmulatorErrorKind::UnknownAssumption => StatusCode::NOT_FOUND,
        EmulatorErrorKind::NoCallback | EmulatorErrorKind::NotAuthorized => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// `None` when there is no such route.
type AdminAnswer = Result<Option<Value>, EmulatorError>;

fn get(emulator: &Emulator, segments: &[&str]) -> AdminAnswer {
    Ok(Some(match segments {
        ["health"] => {
            let first = emulator.component().app_id.as_str();
            json!({"status": "ok", "seed": emulator.seed(), "now": now(emulator), "component_appid": first})
        }
        ["components"] => {
            let list: Vec<Value> = emulator.components().iter().map(credentials).collect();
            json!({"components": list})
        }
        ["components", appid, "ticket"] => {
            let ticket = emulator.ticket(&ComponentAppId::from(*appid))?;
            json!({"component_verify_ticket": ticket.expose()})
        }
        ["merchants"] => json!({"merchants": emulator.merchants()}),
        ["prompts"] => json!({"prompts": emulator.prompts()}),
        ["outbox"] => json!({"messages": emulator.outbox()}),
        ["callbacks"] => json!({"callbacks": emulator.callbacks()}),
        ["clock"] => clock(emulator),
        ["settings"] => settings(emulator),
        ["faults"] => json!({"faults": emulator.faults()}),
        ["counters"] => json!(emulator.counters()),
        ["mints"] => json!({"total_mints": emulator.total_mints()}),
        ["mints", appid] => json!({"mints": emulator.mints(appid)}),
        ["findings"] => json!({"findings": emulator.findings()}),
        ["operations"] => json!({"operations": operations()}),
        ["assumptions"] => {
            let all = Emulator::assumptions().iter();
            let list: Result<Vec<Value>, _> = all.map(|known| assumption(emulator, known)).collect();
            json!({"assumptions": list?})
        }
        ["assumptions", id] => assumption(emulator, assumption::find(id)?)?,
        _ => return Ok(None),
    }))
}

async fn post(emulator: &Emulator, segments: &[&str], body: &[u8]) -> AdminAnswer {
    Ok(Some(match segments {
        ["components"] => {
            let Nothing {} = read(body)?;
            credentials(&emulator.add_component())
        }
        ["components", appid, "ticket:push"] => {
            let Nothing {} = read(body)?;
            json!(emulator.push_ticket(&ComponentAppId::from(*appid)).await?)
        }
        ["merchants"] => json!({"appid": emulator.add_merchant(read::<Merchant>(body)?)}),
        ["merchants:seed"] => {
            let request: Seeding = read(body)?;
            let component = request.component_appid.as_ref().unwrap_or(&emulator.component().app_id);
            let sets = request.permission_sets.unwrap_or_else(|| USUAL_PERMISSION_SETS.to_vec());
            if request.count > MOST_SEEDED {
                return Err(invalid(&format!("at most {MOST_SEEDED} merchants are seeded at once")));
            }
            let seeded = if request.opened {
                emulator.seed_open_merchants(component, request.count, sets)?
            } else {
                emulator.seed_merchants(component, request.count, sets)?
            };
            let one = |(appid, token): &(AuthorizerAppId, RefreshToken)| json!({"appid": appid, "refresh_token": token.expose()});
            let list: Vec<Value> = seeded.iter().map(one).collect();
            json!({"merchants": list})
        }
        ["authorizations"] => {
            let request: NewAuthorization = read(body)?;
            let component = request.component_appid.as_ref().unwrap_or(&emulator.component().app_id);
            let sets = request.permission_sets.unwrap_or_else(|| USUAL_PERMISSION_SETS.to_vec());
            let code = emulator.authorize(component, &request.authorizer_appid, sets).await?;
            json!({"auth_code": code.expose()})
        }
        ["authorizations:cancel"] => {
            let request: Cancel = read(body)?;
            let component = request.component_appid.as_ref().unwrap_or(&emulator.component().app_id);
            emulator.unauthorize(component, &request.authorizer_appid).await?;
            json!({})
        }
        ["prompts", action] => {
            let Nothing {} = read(body)?;
            let Some((id, action)) = action.split_once(':') else { return Ok(None) };
            let id = PromptId::new(id.parse().map_err(|_| invalid("the id of a prompt is a number"))?);
            match action {
                "approve" => emulator.approve(id)?,
                "deny" => emulator.deny(id)?,
                _ => return Ok(None),
            }
            json!({})
        }
        _ => return Ok(None),
    }))
}

async fn put(emulator: &Emulator, segments: &[&str], body: &[u8]) -> AdminAnswer {
    Ok(Some(match segments {
        ["components", appid, "callback"] => {
            let (component, request) = (ComponentAppId::from(*appid), read::<Callback>(body)?);
            match &request.url {
                Some(url) => emulator.set_callback_url(&component, url)?,
                None => emulator.clear_callback_url(&component)?,
            }
            if let Some(pushing) = request.pushing {
                emulator.set_ticket_pushing(&component, pushing)?;
            }
            json!({})
        }
        ["clock"] => {
            match read(body)? {
                NewTime { advance_seconds: Some(span), now: None, speed: None } => {
                    emulator.advance(Duration::from_secs(span)).await;
                }
                NewTime { advance_seconds: None, now: Some(seconds), speed: None } => {
                    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
                    emulator.set_now(time.ok_or_else(|| invalid("the time is out of range"))?).await;
                }
                NewTime { advance_seconds: None, now: None, speed: Some(speed) } => {
                    emulator.set_speed(speed)?;
                }
                NewTime { .. } => return Err(invalid("give one of `advance_seconds`, `now` and `speed`")),
            }
            clock(emulator)
        }
        ["settings"] => {
            let request: Settings = read(body)?;
            if let Some(seconds) = request.overlap_seconds {
                emulator.set_overlap(Duration::from_secs(seconds));
            }
            settings(emulator)
        }
        ["faults"] => {
            let request: Faults = read(body)?;
            let faults: Result<Vec<Fault>, _> = request.faults.into_iter().map(fault).collect();
            emulator.set_faults(faults?)?;
            json!({"faults": emulator.faults()})
        }
        ["assumptions", id] => {
            let request: Variant = read(body)?;
            emulator.assume(id, &request.variant)?;
            assumption(emulator, assumption::find(id)?)?
        }
        _ => return Ok(None),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAuthorization {
    component_appid: Option<ComponentAppId>,
    authorizer_appid: AuthorizerAppId,
    permission_sets: Option<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    component_appid: Option<ComponentAppId>,
    authorizer_appid: AuthorizerAppId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    url: Option<String>,
    pushing: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTime {
    advance_seconds: Option<u64>,
    now: Option<u64>,
    speed: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    overlap_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeding {
    component_appid: Option<ComponentAppId>,
    count: usize,
    permission_sets: Option<Vec<u32>>,
    #[serde(default)]
    opened: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    faults: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    variant: String,
}

/// Reads a body; an empty one is `{}`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, EmulatorError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| invalid(&format!("the body does not fit: {error}")))
}

/// Reads a rule. A member that no rule has is refused here, because serde cannot in a flattened
/// struct.
fn fault(members: Map<String, Value>) -> Result<Fault, EmulatorError> {
    let known = |name: &str| ["path", "kind", "times", "code", "status", "body", "millis"].contains(&name);
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(invalid(&format!("a fault has no member {name:?}")));
    }
    let fault = serde_json::from_value(Value::Object(members));
    fault.map_err(|error| invalid(&format!("a fault does not fit: {error}")))
}

fn invalid(message: &str) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::Invalid, message)
}

fn now(emulator: &Emulator) -> u64 {
    emulator.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn clock(emulator: &Emulator) -> Value {
    json!({"now": now(emulator), "speed": emulator.speed()})
}

fn settings(emulator: &Emulator) -> Value {
    json!({"overlap_seconds": emulator.overlap().as_secs()})
}

/// The names are those of WeChat's calls and of `tcbctl emu start`.
fn credentials(credentials: &Credentials) -> Value {
    json!({
        "component_appid": credentials.app_id.as_str(),
        "component_appsecret": credentials.secret.expose(),
        "token": credentials.callback_token.expose(),
        "encoding_aes_key": credentials.encoding_aes_key.expose(),
    })
}

fn assumption(emulator: &Emulator, assumption: &Assumption) -> Result<Value, EmulatorError> {
    let mut answer = json!(assumption);
    answer["variant"] = json!(emulator.assumed(assumption.id)?);
    Ok(answer)
}

fn operations() -> Vec<Value> {
    let catalogue = tcb_catalogue::Catalogue::get();
    let facts = BUILT.iter().filter_map(|built| catalogue.operation(built.id));
    let assumed = |id: &str| -> Vec<&str> {
        let concerned = assumption::ALL.iter().filter(|known| known.operations.contains(&id));
        concerned.map(|known| known.id).collect()
    };
    facts
        .map(|fact| {
            let method = fact.method.as_str();
            json!({"id": fact.id, "method": method, "path": fact.path, "assumptions": assumed(&fact.id)})
        })
        .collect()
}
