//! The admin API: a thin shell over the methods of [`Emulator`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tcb_types::{AuthorizerAppId, ComponentAppId, EnvId, OpenAppId, RefreshToken};

use crate::assumption::{self, Assumption};
use crate::core::Core;
use crate::coverage;
use crate::reply::{self, Reply};
use crate::{
    ClockMode, Credentials, Emulator, EmulatorError, EmulatorErrorKind, Fault, Merchant, PromptId, Resource,
    Script, Transition, USUAL_PERMISSION_SETS, routes,
};

/// Most merchants that one request seeds; each costs about a kilobyte.
const MOST_SEEDED: usize = 1_000_000;

/// The last second of the year 9999, which is as far as texts of times go.
const LATEST: u64 = 253_402_300_799;

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
        Method::DELETE => delete(&emulator, &segments),
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
        | EmulatorErrorKind::UnknownEnvironment
        | EmulatorErrorKind::UnknownOpenAccount
        | EmulatorErrorKind::UnknownAssumption => StatusCode::NOT_FOUND,
        EmulatorErrorKind::NoCallback
        | EmulatorErrorKind::NotAuthorized
        | EmulatorErrorKind::ExclusiveSet
        | EmulatorErrorKind::PreAuthCode => StatusCode::CONFLICT,
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
        ["merchants", appid, "secret"] => {
            let secret = emulator.merchant_secret(&AuthorizerAppId::from(*appid))?;
            json!({"appsecret": secret.expose()})
        }
        ["prompts", id] => {
            let waiting = emulator.prompts().into_iter().find(|prompt| prompt.id.to_string() == *id);
            json!(waiting.ok_or_else(|| {
                EmulatorError::new(EmulatorErrorKind::UnknownPrompt, format!("no prompt {id} is waiting"))
            })?)
        }
        ["prompts"] => json!({"prompts": emulator.prompts()}),
        ["outbox"] => json!({"messages": emulator.outbox()}),
        ["callbacks"] => json!({"callbacks": emulator.callbacks()}),
        ["clock"] => clock(emulator),
        ["settings"] => settings(emulator),
        ["faults"] => json!({"faults": emulator.faults()}),
        ["scripts"] => json!({"scripts": emulator.scripts()}),
        ["invocations"] => json!({"invocations": emulator.invocations()}),
        ["transitions"] => json!({"transitions": emulator.transitions()}),
        ["quotas"] => json!({"quotas": emulator.quotas()}),
        ["counters"] => json!(emulator.counters()),
        ["mints"] => json!({"total_mints": emulator.total_mints()}),
        ["mints", appid] => json!({"mints": emulator.mints(appid)}),
        ["findings"] => json!({"findings": emulator.findings()}),
        ["operations"] => json!({"operations": coverage::list()}),
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
            let merchant = &request.authorizer_appid;
            let code = match &request.pre_auth_code {
                Some(link) => emulator.authorize_by_link(component, merchant, sets, link).await?,
                None => emulator.authorize(component, merchant, sets).await?,
            };
            json!({"auth_code": code.expose()})
        }
        ["authorizations:cancel"] => {
            let request: Cancel = read(body)?;
            let component = request.component_appid.as_ref().unwrap_or(&emulator.component().app_id);
            emulator.unauthorize(component, &request.authorizer_appid).await?;
            json!({})
        }
        ["clock:advance"] => {
            match read(body)? {
                Advance { by: Some(span), to: None, next_event: None } => {
                    emulator.advance(span_ahead(emulator, span)?).await;
                }
                Advance { by: None, to: Some(seconds), next_event: None } => {
                    let span = moment(seconds)?.duration_since(emulator.now());
                    emulator.advance(span.map_err(|_| invalid("`to` lies behind"))?).await;
                }
                Advance { by: None, to: None, next_event: Some(true) } => {
                    emulator.advance_to_next_event().await;
                }
                Advance { .. } => return Err(invalid("give one of `by`, `to` and `next_event`")),
            }
            clock(emulator)
        }
        ["transitions", action] => {
            let Nothing {} = read(body)?;
            let Some(resource) = action.strip_suffix(":finish") else { return Ok(None) };
            let resource = serde_json::from_value(json!(resource));
            emulator.finish(resource.map_err(|_| invalid("there is no such kind of resource"))?);
            json!({})
        }
        ["open-accounts"] => {
            let request: NewOpenAccount = read(body)?;
            json!({"open_appid": emulator.add_open_account(request.subject, request.verified)})
        }
        ["open-accounts", action] => {
            let Nothing {} = read(body)?;
            let Some(id) = action.strip_suffix(":verify") else { return Ok(None) };
            emulator.verify_open_account(&OpenAppId::from(id))?;
            json!({})
        }
        ["console-environments"] => {
            let request: ConsoleEnvironment = read(body)?;
            emulator.add_console_environment(request.env);
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
                NewTime { advance_seconds: Some(span), now: None, speed: None, mode: None } => {
                    emulator.advance(span_ahead(emulator, span)?).await;
                }
                NewTime { advance_seconds: None, now: Some(seconds), speed: None, mode: None } => {
                    emulator.set_now(moment(seconds)?).await;
                }
                NewTime { advance_seconds: None, now: None, speed: Some(speed), mode: None } => {
                    emulator.set_speed(speed)?;
                }
                NewTime { advance_seconds: None, now: None, speed, mode: Some(mode) } => {
                    emulator.set_clock_mode(mode.with(speed)?)?;
                }
                NewTime { .. } => {
                    return Err(invalid("give one of `advance_seconds`, `now`, `speed` and `mode`"));
                }
            }
            clock(emulator)
        }
        ["components", appid, "batch"] => {
            let request: BatchMode = read(body)?;
            emulator.set_batch_mode(&ComponentAppId::from(*appid), request.opened)?;
            json!({})
        }
        ["merchants", appid, "open-data"] => {
            let request: OpenData = read(body)?;
            emulator.set_open_data(&AuthorizerAppId::from(*appid), request.cloud_id, request.data)?;
            json!({})
        }
        ["environments", env] => {
            let request: EnvironmentState = read(body)?;
            emulator.halt_environment(&EnvId::from(*env), request.halted)?;
            json!({})
        }
        ["scripts"] => {
            let request: Scripts = read(body)?;
            emulator.set_scripts(request.scripts);
            json!({"scripts": emulator.scripts()})
        }
        ["transitions"] => {
            let request: NewTransitions = read(body)?;
            for (resource, transition) in request.transitions {
                emulator.set_transition(resource, transition);
            }
            json!({"transitions": emulator.transitions()})
        }
        ["quotas"] => {
            let request: NewQuotas = read(body)?;
            request.quotas.keys().try_for_each(|path| Emulator::check_path(path))?;
            request.quotas.iter().try_for_each(|(path, limit)| emulator.set_quota(path, *limit))?;
            json!({"quotas": emulator.quotas()})
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

fn delete(emulator: &Emulator, segments: &[&str]) -> AdminAnswer {
    match segments {
        ["environments", env] => {
            emulator.destroy_environment(&EnvId::from(*env))?;
            Ok(Some(json!({})))
        }
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOpenAccount {
    subject: String,
    #[serde(default)]
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsoleEnvironment {
    env: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentState {
    halted: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchMode {
    opened: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenData {
    cloud_id: String,
    data: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripts {
    scripts: Vec<Script>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTransitions {
    transitions: BTreeMap<Resource, Transition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewQuotas {
    quotas: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAuthorization {
    component_appid: Option<ComponentAppId>,
    authorizer_appid: AuthorizerAppId,
    permission_sets: Option<Vec<u32>>,
    pre_auth_code: Option<String>,
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
    mode: Option<Mode>,
}

/// The modes of the clock by their names.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Frozen,
    Scaled,
    Real,
}

impl Mode {
    /// The mode, with the speed that `scaled` alone has.
    fn with(&self, speed: Option<u32>) -> Result<ClockMode, EmulatorError> {
        match (self, speed) {
            (Self::Frozen, None) => Ok(ClockMode::Frozen),
            (Self::Real, None) => Ok(ClockMode::Real),
            (Self::Scaled, Some(speed)) => Ok(ClockMode::Scaled(speed)),
            _ => Err(invalid("`scaled` needs a `speed`, and no other mode has one")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: Option<u64>,
    to: Option<u64>,
    next_event: Option<bool>,
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
    // Lists would be read as the members of a struct in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(invalid("the body is no JSON object"));
    }
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
    let mode = match emulator.clock_mode() {
        ClockMode::Frozen => "frozen",
        ClockMode::Scaled(_) => "scaled",
        ClockMode::Real => "real",
    };
    json!({"now": now(emulator), "speed": emulator.speed(), "mode": mode})
}

/// A moment of the clock in Unix seconds.
fn moment(seconds: u64) -> Result<SystemTime, EmulatorError> {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds <= LATEST);
    time.ok_or_else(|| invalid("the time is out of range"))
}

/// A span that ends at a moment of the clock.
fn span_ahead(emulator: &Emulator, seconds: u64) -> Result<Duration, EmulatorError> {
    moment(now(emulator).saturating_add(seconds)).map(|_| Duration::from_secs(seconds))
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
