//! What was asked and answered, and why.

use maud::{Markup, html};
use tcb_lang::say;

use super::layout::{nothing, table, time_at};
use super::view::{Shown, Trouble, View};
use super::visit::{Visit, path, path_below, with_query};
use crate::{TokenHistory, Trace};

/// Requests on one page.
const MOST: usize = 100;

/// The newest requests; below it one, by its id.
pub(super) fn show(visit: &Visit<'_>) -> Shown {
    match (&visit.rest[..], visit.parameter("rid")) {
        ([], None) => Ok(list(visit)),
        ([], Some(rid)) => Ok(one(visit, &visit.emulator.explain(rid.trim())?)),
        ([rid], _) => Ok(one(visit, &visit.emulator.explain(rid)?)),
        _ => Err(Trouble::NoPage),
    }
}

fn list(visit: &Visit<'_>) -> View {
    let lang = visit.lang;
    let title = say!(lang, "Requests", "请求记录");
    let before = visit.parameter("before").and_then(|number| number.parse().ok());
    let traces = visit.emulator.trace(before, MOST);
    let heads = [
        say!(lang, "Number", "序号"),
        say!(lang, "Time", "时间"),
        say!(lang, "Call", "调用"),
        say!(lang, "Caller", "调用方"),
        say!(lang, "Answer", "应答"),
        say!(lang, "Notes", "说明"),
    ];
    let rows: Vec<Markup> = traces.iter().map(|trace| row(visit, trace)).collect();
    let older = traces.last().map(|last| last.number).filter(|number| *number > 1 && traces.len() == MOST);
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "Calls of the API and of the storage, the newest first. Each leads to what was decided about it and why.",
            "对接口和存储的调用，最新的在前。点开可查看处理结果及原因。"
        )) }
        form.line method="get" action=(visit.home()) {
            label { (say!(lang, "rid of an errmsg", "errmsg 中的 rid")) input name="rid" required; }
            button.plain { (say!(lang, "Explain", "查询")) }
        }
        @if rows.is_empty() { (nothing(&say!(lang, "No request so far.", "还没有请求。"))) }
        @else { (table(&heads, &rows)) }
        @if let Some(number) = older {
            @let number = number.to_string();
            p.note { a href=(with_query(&visit.home(), [("before", number.as_str())].into_iter())) { (say!(lang, "Older ones", "更早的请求")) } }
        }
    };
    View::new(title, body)
}

fn row(visit: &Visit<'_>, trace: &Trace) -> Markup {
    html! {
        td { a href=(path_below("requests", &trace.rid)) { (trace.number) } }
        td { (time_at(trace.time)) }
        td {
            @if let Some(operation) = &trace.operation { code { (operation) } br; }
            small { (trace.method) " " (trace.path) }
        }
        td { @if let Some(caller) = &trace.caller { code { (caller) } } }
        td { (outcome(visit, trace)) }
        td { (notes(visit, trace)) }
    }
}

/// What was answered, in a word.
fn outcome(visit: &Visit<'_>, trace: &Trace) -> Markup {
    let lang = visit.lang;
    html! {
        @match (trace.errcode, trace.status) {
            (Some(0), _) => span.tag.good { (say!(lang, "success", "成功")) },
            (Some(code), _) => span.tag.bad { (code) },
            (None, Some(status)) => span.tag.bad[status >= 400] { "HTTP " (status) },
            (None, None) => span.tag { (say!(lang, "no answer", "无应答")) },
        }
    }
}

fn notes(visit: &Visit<'_>, trace: &Trace) -> Markup {
    let lang = visit.lang;
    html! {
        @if let Some(fault) = &trace.fault { span.tag.bad { (say!(lang, "fault ", "故障 ")) (fault) } " " }
        @if !trace.findings.is_empty() { span.tag.bad { (say!(lang, "finding", "发现问题")) } " " }
        @if !trace.unread.is_empty() { span.tag { (say!(lang, "unread: ", "未读取：")) (trace.unread.join(", ")) } " " }
        @if let Some(why) = &trace.why { (why) }
    }
}

fn one(visit: &Visit<'_>, trace: &Trace) -> View {
    let lang = visit.lang;
    let title = say!(lang, "Request {number}", "请求 {number}", number = trace.number);
    let body = html! {
        h1 { (title) }
        dl {
            dt { "rid" } dd { code { (trace.rid) } }
            dt { (say!(lang, "Time", "时间")) } dd { (time_at(trace.time)) }
            @if let Some(operation) = &trace.operation { dt { (say!(lang, "Operation", "接口")) } dd { code { (operation) } } }
            @if let Some(caller) = &trace.caller { dt { (say!(lang, "Caller", "调用方")) } dd { code { (caller) } } }
            dt { (say!(lang, "Answer", "应答")) } dd { (outcome(visit, trace)) }
            @if let Some(check) = trace.refused_by { dt { (say!(lang, "Refused by the check", "未通过的检查")) } dd { code { (check.as_str()) } } }
            @if let Some(why) = &trace.why { dt { (say!(lang, "Why", "原因")) } dd lang="en" { (why) } }
            @if let Some(token) = &trace.token { (history(visit, token)) }
            @if let Some(fault) = &trace.fault { dt { (say!(lang, "Fault", "故障")) } dd { code { (fault) } } }
            @if !trace.unread.is_empty() {
                dt { (say!(lang, "Members that nobody read", "未被读取的字段")) }
                dd { @for member in &trace.unread { code { (member) } " " } }
            }
            @if !trace.assumptions.is_empty() {
                dt { (say!(lang, "Assumptions", "假设")) }
                dd { @for (id, variant) in &trace.assumptions {
                    a href={ (path("assumptions")) "#" (id) } { (id) } " " code { (variant) } " "
                } }
            }
            @for finding in &trace.findings { dt { (say!(lang, "Finding", "发现的问题")) } dd lang="en" { (finding) } }
        }
        h2 { (say!(lang, "Request", "请求")) }
        pre {
            (trace.method) " " (trace.path) @if !trace.query.is_empty() { "?" (trace.query) }
            @if !trace.body.is_empty() { "\n\n" (trace.body) }
        }
        h2 { (say!(lang, "Answer", "应答")) }
        @if let Some(status) = trace.status {
            pre { "HTTP " (status) @if !trace.answer.is_empty() { "\n\n" (trace.answer) } }
        } @else {
            (nothing(&say!(lang, "None was sent.", "没有发送应答。")))
        }
    };
    View::new(title, body)
}

/// Who made the token, and who replaced it.
fn history(visit: &Visit<'_>, token: &TokenHistory) -> Markup {
    let lang = visit.lang;
    let by = |rid: &str| html! { a href=(path_below("requests", rid)) { code { (rid) } } };
    html! {
        dt { (say!(lang, "Token of", "令牌所属")) } dd { code { (token.appid) } }
        dt { (say!(lang, "It was made", "签发")) } dd { (time_at(token.made)) " " (by(&token.made_by)) }
        dt { (say!(lang, "It ends", "到期")) } dd { (time_at(token.expires)) }
        @if let (Some(at), Some(rid)) = (token.replaced, &token.replaced_by) {
            dt { (say!(lang, "A newer one replaced it", "被新令牌替换")) } dd { (time_at(at)) " " (by(rid)) }
        }
    }
}
