//! What a running emulator shows: `tcbctl emu status`, `trace` and `coverage`.

use serde_json::{Value, json};

use super::clock;
use crate::admin::Admin;
use crate::failure::Failure;
use crate::language::say;
use crate::report::{Report, column};
use crate::run::Ended;
use crate::words::date;

/// What is counted, by its name here and there.
const COUNTED: [(&str, &str, &str); 6] = [
    ("platforms", "/components", "components"),
    ("merchants", "/merchants", "merchants"),
    ("prompts", "/prompts", "prompts"),
    ("callbacks", "/callbacks", "callbacks"),
    ("faults", "/faults", "faults"),
    ("findings", "/findings", "findings"),
];

pub(super) async fn status(admin: &Admin) -> Ended {
    let health: Value = admin.get("/health").await?;
    let time: Value = admin.get("/clock").await?;
    let counters: Value = admin.get("/counters").await?;
    let url = admin.url().to_string();
    let base = url.strip_suffix("/v1").unwrap_or(&url);
    let mut report = Report::new("emu status")
        .field("admin_url", url.as_str())
        .field("console", format!("{base}/"))
        .field("component_appid", health["component_appid"].clone())
        .field("seed", health["seed"].clone());
    report = clock::shown(report, &time);
    for (name, path, member) in COUNTED {
        report = report.field(name, admin.list(path, member).await?.len());
    }
    let executed = counters["executed"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64());
    let refused = counters["refused"].as_object().into_iter().flatten();
    let refused =
        refused.filter_map(|(_, codes)| codes.as_object()).flatten().filter_map(|(_, n)| n.as_u64());
    let report = report
        .field("executed", executed.sum::<u64>())
        .field("refused", refused.sum::<u64>())
        .field("minted", counters["total_mints"].clone());
    Ok(report)
}

pub(super) async fn requests(admin: &Admin) -> Ended {
    let mut requests = admin.list("/trace", "requests").await?;
    for request in &mut requests {
        request["date"] = json!(date(&request["time"]));
    }
    Ok(Report::new("emu trace").items(&["rid", "date", "method", "path", "status", "errcode"], requests))
}

pub(super) async fn request(admin: &Admin, rid: &str) -> Ended {
    let request: Value = admin.get(&format!("/trace/{}", checked(rid)?)).await?;
    let report = Report::new("emu trace").prose();
    Ok(super::super::call::with_rows(report, &request).member("request", request))
}

/// A rid as it may stand in a path.
fn checked(rid: &str) -> Result<&str, Box<Failure>> {
    let is_plain = !rid.is_empty() && rid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let wrong =
        || Failure::new(crate::exit::Exit::Usage, "arguments", say!("{rid} is no rid", "{rid} 不是 rid"));
    is_plain.then_some(rid).ok_or_else(wrong)
}

pub(super) async fn coverage(admin: &Admin) -> Ended {
    let operations = json!(admin.list("/operations", "operations").await?);
    let names = [
        ("operation", "id"),
        ("status", "status"),
        ("method", "method"),
        ("path", "path"),
        ("assumptions", "assumptions"),
        ("why", "why"),
    ];
    let columns = &["operation", "status", "method", "path", "assumptions", "why"];
    Ok(Report::new("emu coverage").items(columns, column(&operations, &names)))
}
