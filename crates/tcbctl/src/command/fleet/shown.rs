//! How a fleet stands, as people and programs read it.

use serde_json::{Value, json};
use tcb_fleet::{Change, Counts, Kind, Merchant, Standing, View};

use crate::language::{pick, say};
use crate::report::Report;

/// How people read a standing.
pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Pending => pick("pending", "待处理"),
        Standing::Ready => pick("ready", "就绪"),
        Standing::Waiting => pick("waiting for a person", "等待人工"),
        Standing::Retrying => pick("retrying", "重试中"),
        Standing::Unsettled => pick("unsettled", "待查验"),
        _ => pick("refused", "被拒绝"),
    }
}

pub(super) fn change(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Changed => "changed",
        Change::Gone => "left",
        _ => "unchanged",
    }
}

/// `180 ready, 20 waiting for a person`, of those that there are.
pub(super) fn counted(counts: &Counts) -> String {
    let some = Standing::ALL.into_iter().filter(|it| counts.standing(*it) > 0);
    let parts: Vec<String> = some.map(|it| format!("{} {}", counts.standing(it), standing(it))).collect();
    parts.join(pick(", ", "，"))
}

pub(super) fn standings(counts: &Counts) -> Value {
    let pairs = Standing::ALL.map(|it| (it.name().to_owned(), json!(counts.standing(it))));
    Value::Object(pairs.into_iter().collect())
}

/// The fleet, and the merchants that are not ready, or all.
pub(super) fn status(command: &'static str, view: &View, all: bool) -> Report {
    let counts = Counts::of(view);
    let shown = view.merchants.iter().filter(|(_, it)| all || it.standing != Standing::Ready);
    let items = shown.map(|(app_id, merchant)| item(app_id.as_str(), merchant)).collect();
    let conditions: serde_json::Map<String, Value> =
        counts.conditions.iter().map(|(kind, count)| (kind.to_string(), json!(count))).collect();
    let (wave, of) = (view.open.wave, view.open.of);
    let paused = view.settings.is_paused;
    let none = if view.merchants.is_empty() {
        say!("there are no such merchants", "没有这样的商户")
    } else {
        say!("all are ready", "全部就绪")
    };
    Report::new(command)
        .field("merchants", view.merchants.len())
        .field_as("standings", standings(&counts), counted(&counts))
        .member("conditions", conditions)
        .field_as("wave", json!({"wave": wave, "of": of, "braked": view.open.is_braked}), wave_of(view))
        .field_as("paused", paused, if paused { say!("yes", "是") } else { String::new() })
        .items(&["appid", "standing", "reason", "message"], items)
        .none(none)
}

pub(super) fn wave_of(view: &View) -> String {
    let (wave, of) = (view.open.wave, view.open.of);
    if view.open.is_braked {
        say!("{wave} of {of}, held back by failures", "第 {wave} 批，共 {of} 批，因失败而停住")
    } else {
        say!("{wave} of {of}", "第 {wave} 批，共 {of} 批")
    }
}

pub(super) fn item(app_id: &str, merchant: &Merchant) -> Value {
    let ready = merchant.conditions.iter().find(|it| it.kind == Kind::Ready);
    json!({
        "appid": app_id,
        "standing": merchant.standing.name(),
        "reason": ready.map_or("", |it| &it.reason),
        "message": ready.map_or("", |it| &it.message),
        "step": merchant.step,
        "due": merchant.due,
        "looked": merchant.looked,
        "generation": merchant.target,
        "conditions": merchant.conditions,
    })
}

/// Which blueprint is rolled out, and how far.
pub(super) fn rollout(view: &View) -> Report {
    let counts = Counts::of(view);
    let settings = &view.settings;
    Report::new("fleet rollout status")
        .field("blueprint", settings.release.clone())
        .field("previous", settings.previous.clone())
        .field_as("standings", standings(&counts), counted(&counts))
        .field_as("wave", json!({"wave": view.open.wave, "of": view.open.of}), wave_of(view))
        .field("waves", settings.waves.to_string())
        .field("max_failures", settings.brake.to_string())
}
