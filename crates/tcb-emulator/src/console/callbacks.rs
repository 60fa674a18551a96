//! What was pushed, and how it went.

use maud::{Markup, html};
use tcb_lang::say;

use super::layout::{MOST, cut, nothing, table};
use super::view::{Shown, Trouble, View};
use super::visit::Visit;
use crate::Delivery;

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Callbacks", "第三方消息");
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "Events that were pushed to platforms, encrypted and signed, the newest first.",
            "推送给第三方平台的事件（已加密并签名），最新的在前。"
        )) }
        (list(visit, &visit.emulator.callbacks()))
    };
    Ok(View::new(title, body))
}

fn list(visit: &Visit<'_>, deliveries: &[Delivery]) -> Markup {
    let lang = visit.lang;
    if deliveries.is_empty() {
        return nothing(&say!(lang, "Nothing was pushed so far.", "还没有推送过。"));
    }
    let heads = [
        say!(lang, "Event", "事件"),
        say!(lang, "Platform", "第三方平台"),
        say!(lang, "Address", "地址"),
        say!(lang, "Attempts", "次数"),
        say!(lang, "Outcome", "结果"),
    ];
    let row = |delivery: &Delivery| {
        html! {
            td { code { (delivery.event) } }
            td { code { (delivery.component_appid) } }
            td { code { (delivery.url) } }
            td { (delivery.attempts) }
            td {
                @if delivery.delivered { span.tag.good { (say!(lang, "delivered", "成功")) } }
                @else { span.tag.bad { (say!(lang, "failed", "失败")) } }
                @if let Some(failure) = &delivery.failure { " " (failure) }
            }
        }
    };
    let rows: Vec<Markup> = deliveries.iter().rev().take(MOST).map(row).collect();
    html! { (table(&heads, &rows)) (cut(lang, deliveries.len())) }
}
