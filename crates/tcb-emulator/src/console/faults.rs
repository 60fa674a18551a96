//! What goes wrong on purpose, and how often a path may be called.

use maud::{Markup, html};
use serde_json::{Map, json};
use tcb_lang::{Lang, say};

use super::form::Form;
use super::layout::{button, form, nothing, table};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::{Fault, FaultRule, calendar, coverage};

/// Kinds of faults, with the member that the number of the form becomes, if they have one.
const KINDS: [(&str, Option<&str>); 15] = [
    ("errcode", Some("code")),
    ("expire_token", None),
    ("commit_then_drop", None),
    ("drop_before", None),
    ("time_out", None),
    ("truncate", None),
    ("http", Some("status")),
    ("drip", Some("millis")),
    ("delay", Some("millis")),
    ("bad_signature", None),
    ("former_key", None),
    ("duplicate", None),
    ("reorder", None),
    ("postpone", Some("seconds")),
    ("withhold", None),
];

/// What is no operation and can be hit.
const OTHERS: [&str; 6] =
    ["*", "callbacks", "component_verify_ticket", "authorized", "unauthorized", "/_emu/storage"];

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Faults and quotas", "故障与配额");
    let body = html! {
        h1 { (title) }
        (rules(visit))
        div.columns {
            section { h2 { (say!(lang, "Let something go wrong", "设置故障")) } (adding(visit)) }
            section { h2 { (say!(lang, "Calls of one account on one day", "单个账号每日调用次数")) } (quotas(visit)) }
        }
    };
    Ok(View::new(title, body))
}

fn kind_name(lang: Lang, kind: &str) -> String {
    match kind {
        "errcode" => say!(lang, "answer this code", "返回错误码"),
        "expire_token" => say!(lang, "the token ends early", "令牌提前过期"),
        "commit_then_drop" => say!(lang, "done, but no answer", "已执行但断开连接"),
        "drop_before" => say!(lang, "not done, no answer", "未执行即断开连接"),
        "time_out" => say!(lang, "never answered", "永不应答"),
        "truncate" => say!(lang, "the answer breaks off", "应答不完整"),
        "http" => say!(lang, "a gateway answers this HTTP status", "网关返回 HTTP 状态码"),
        "drip" => say!(lang, "a byte every so many ms", "每隔若干毫秒一个字节"),
        "delay" => say!(lang, "answered after so many ms", "延迟若干毫秒应答"),
        "bad_signature" => say!(lang, "push: bad signature", "推送：签名错误"),
        "former_key" => say!(lang, "push: former AES key", "推送：使用旧的 AES Key"),
        "duplicate" => say!(lang, "push: twice", "推送：重复"),
        "reorder" => say!(lang, "push: after the next one", "推送：乱序"),
        "postpone" => say!(lang, "push: so many seconds later", "推送：延后若干秒"),
        _ => say!(lang, "push: never", "推送：不发送"),
    }
}

fn rules(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let faults = visit.emulator.faults();
    if faults.is_empty() {
        return nothing(&say!(lang, "Nothing goes wrong on purpose.", "没有设置故障。"));
    }
    let heads = [
        say!(lang, "What it hits", "对象"),
        say!(lang, "What goes wrong", "故障"),
        say!(lang, "Rule", "规则"),
        String::new(),
    ];
    let row = |(at, rule): (usize, &FaultRule)| {
        let fault = &rule.fault;
        let (at, remove) = (at.to_string(), say!(lang, "Remove", "移除"));
        html! {
            td { code { (fault.target) } }
            td { (kind_name(lang, fault.kind.as_str())) }
            td.wide { code { (json!(rule).to_string()) } }
            td { (button(visit, &visit.home(), &[("action", "remove"), ("at", &at)], "plain", &remove)) }
        }
    };
    let rows: Vec<Markup> = faults.iter().enumerate().map(row).collect();
    html! {
        (table(&heads, &rows))
        (button(visit, &visit.home(), &[("action", "clear")], "plain", &say!(lang, "Remove all", "全部移除")))
    }
}

fn adding(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let fields = html! {
        input type="hidden" name="action" value="add";
        label {
            (say!(lang, "Operation, path or event (* for all operations)", "接口、路径或事件（* 表示所有接口）"))
            input name="target" required list="targets";
        }
        datalist id="targets" {
            @for other in OTHERS { option value=(other) {} }
            @for operation in coverage::list() { option value=(operation.id) {} }
        }
        label {
            (say!(lang, "What goes wrong", "故障"))
            select name="kind" { @for (kind, _) in KINDS { option value=(kind) { (kind_name(lang, kind)) } } }
        }
        label { (say!(lang, "Code, status, milliseconds or seconds, where it has them", "错误码、状态码、毫秒或秒（如需要）")) input name="number" type="number"; }
        label { (say!(lang, "Body of the HTTP status (else a page in HTML)", "HTTP 应答内容（默认为 HTML 页面）")) textarea name="body" rows="2" {} }
        label.choice {
            input type="checkbox" name="emulated";
            span { (say!(lang, "milliseconds of the emulator's clock, not of real time", "毫秒按模拟器时钟计算，而非真实时间")) }
        }
        label { (say!(lang, "How many times (once, unless one of the next three is given)", "次数（后三项均未填时为一次）")) input name="times" type="number" min="1"; }
        label { (say!(lang, "Only every so-many-th", "每隔多少次一次")) input name="every" type="number" min="1"; }
        @for (name, text) in [
            ("from", say!(lang, "From (emulator's time, in Beijing)", "开始（模拟器时间，北京时间）")),
            ("until", say!(lang, "Until (that second excluded)", "结束（不含该秒）")),
        ] {
            label { (text) input name=(name) type="datetime-local" step="1"; }
        }
        label { (say!(lang, "Only for this appid", "只对此 appid")) input name="appid"; }
        button.primary { (say!(lang, "Set", "设置")) }
    };
    form(visit, &visit.home(), &fields)
}

fn quotas(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let quotas = visit.emulator.quotas();
    let heads = [say!(lang, "Path", "路径"), say!(lang, "Calls", "次数")];
    let rows: Vec<Markup> =
        quotas.iter().map(|(path, limit)| html! { td { code { (path) } } td { (limit) } }).collect();
    let fields = html! {
        input type="hidden" name="action" value="quota";
        label { (say!(lang, "Path", "路径")) input name="path" required placeholder="/tcb/getenvinfo"; }
        label { (say!(lang, "Calls", "次数")) input name="limit" type="number" min="0" required; }
        button.primary { (say!(lang, "Set", "设置")) }
    };
    html! {
        @if rows.is_empty() { (nothing(&say!(lang, "No limit but the documented ones.", "只有文档规定的限制。"))) }
        @else { (table(&heads, &rows)) }
        (form(visit, &visit.home(), &fields))
    }
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let emulator = &visit.emulator;
    match form.text("action") {
        Some("add") => emulator.fault(read(form)?)?,
        Some("remove") => {
            let (at, mut faults): (usize, _) = (form.number("at")?, emulator.faults());
            if at >= faults.len() {
                return Err(Trouble::Field("at"));
            }
            faults.remove(at);
            emulator.set_faults(faults.into_iter().map(what_is_left))?;
        }
        Some("clear") => emulator.set_faults([])?,
        Some("quota") => emulator.set_quota(form.need("path")?, form.number("limit")?)?,
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}

/// The rule, without the times that are used up.
fn what_is_left(rule: FaultRule) -> Fault {
    let FaultRule { mut fault, hits, .. } = rule;
    fault.times = fault.times.map(|times| times.saturating_sub(hits).max(1));
    fault
}

/// A rule as the form has it, by the names of the admin API.
fn read(form: &Form) -> Result<Fault, Trouble> {
    let kind = form.need("kind")?;
    let (_, number) = KINDS.iter().find(|(known, _)| *known == kind).ok_or(Trouble::Field("kind"))?;
    let mut rule = Map::from_iter([
        ("target".to_owned(), json!(form.need("target")?)),
        ("kind".to_owned(), json!(kind)),
    ]);
    if let Some(member) = number {
        rule.insert((*member).to_owned(), json!(form.number::<i64>("number")?));
    }
    if kind == "drip" {
        rule.insert("bytes".to_owned(), json!(1));
    }
    for name in ["times", "every"] {
        if form.text(name).is_some() {
            rule.insert(name.to_owned(), json!(form.number::<u64>(name)?));
        }
    }
    for name in ["from", "until"] {
        if let Some(text) = form.text(name) {
            rule.insert(name.to_owned(), json!(in_beijing(text).ok_or(Trouble::Field(name))?));
        }
    }
    for name in ["appid", "body"] {
        if let Some(text) = form.text(name) {
            rule.insert(name.to_owned(), json!(text));
        }
    }
    if form.is_ticked("emulated") {
        rule.insert("emulated".to_owned(), json!(true));
    }
    Ok(Fault::read(rule)?)
}

/// Unix seconds of a moment as a browser's field has it, which names no zone.
fn in_beijing(text: &str) -> Option<u64> {
    let millis = calendar::parse(&format!("{text}+08:00")).filter(|_| text.contains('T'))?;
    u64::try_from(millis / 1000).ok()
}
