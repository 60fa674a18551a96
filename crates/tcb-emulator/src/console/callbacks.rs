//! What was pushed, and how it went.

use maud::{Markup, html};
use tcb_lang::say;

use super::form::Form;
use super::layout::{MOST, button, cut, merchant, nothing, table, time_at};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, path_below};
use crate::Delivery;

/// All pushes; below it one, by its number.
pub(super) fn show(visit: &Visit<'_>) -> Shown {
    match &visit.rest[..] {
        [] => Ok(all(visit)),
        [id] => {
            let deliveries = visit.emulator.callbacks();
            let found = deliveries.iter().find(|delivery| delivery.id.to_string() == *id);
            Ok(one(visit, found.ok_or(Trouble::NoPage)?))
        }
        _ => Err(Trouble::NoPage),
    }
}

fn all(visit: &Visit<'_>) -> View {
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
    View::new(title, body)
}

fn one(visit: &Visit<'_>, delivery: &Delivery) -> View {
    let lang = visit.lang;
    let id = delivery.id.to_string();
    let title = say!(lang, "Callback {id}", "消息 {id}");
    let body = html! {
        h1 { (title) }
        dl {
            dt { (say!(lang, "Event", "事件")) } dd { code { (delivery.event) } }
            dt { (say!(lang, "Platform", "第三方平台")) } dd { code { (delivery.component_appid) } }
            @if let Some(account) = &delivery.account { dt { (say!(lang, "Merchant", "商家")) } dd { (merchant(account)) } }
            dt { (say!(lang, "Due", "应发时间")) } dd { (time_at(delivery.time)) }
            dt { (say!(lang, "Attempts", "次数")) } dd { (delivery.attempts) }
            dt { (say!(lang, "Outcome", "结果")) } dd { (outcome(visit, delivery)) }
            @if let Some(fault) = &delivery.fault { dt { (say!(lang, "Fault", "故障")) } dd { code { (fault) } } }
        }
        (button(visit, &visit.home(), &[("id", &id)], "primary", &say!(lang, "Deliver again", "重新推送")))
        div.columns.even {
            section { h2 { (say!(lang, "Plain text", "明文")) } pre { (delivery.message) } }
            section {
                h2 { (say!(lang, "As it was sent", "密文")) }
                @if delivery.url.is_empty() { (nothing(&say!(lang, "It was not sent.", "没有发送。"))) }
                @else { pre { "POST " (delivery.url) "\n" (delivery.query) "\n\n" (delivery.body) } }
            }
        }
        h2 { (say!(lang, "Your reply", "您的应答")) }
        @match &delivery.answer {
            Some(answer) => pre { (answer) },
            None => (nothing(&say!(lang, "There was none.", "没有应答。"))),
        }
    };
    View::new(title, body)
}

fn outcome(visit: &Visit<'_>, delivery: &Delivery) -> Markup {
    let lang = visit.lang;
    html! {
        @if delivery.delivered { span.tag.good { (say!(lang, "delivered", "成功")) } }
        @else { span.tag.bad { (say!(lang, "failed", "失败")) } }
        @if let Some(failure) = &delivery.failure { " " (failure) }
    }
}

fn list(visit: &Visit<'_>, deliveries: &[Delivery]) -> Markup {
    let lang = visit.lang;
    if deliveries.is_empty() {
        return nothing(&say!(lang, "Nothing was pushed so far.", "还没有推送过。"));
    }
    let heads = [
        say!(lang, "Number", "序号"),
        say!(lang, "Time", "时间"),
        say!(lang, "Event", "事件"),
        say!(lang, "Platform", "第三方平台"),
        say!(lang, "Outcome", "结果"),
        say!(lang, "Attempts", "次数"),
        say!(lang, "Address", "地址"),
    ];
    let row = |delivery: &Delivery| {
        html! {
            td { a href=(path_below("callbacks", delivery.id.to_string())) { (delivery.id) } }
            td { (time_at(delivery.time)) }
            td { code { (delivery.event) } }
            td { code { (delivery.component_appid) } }
            td { (outcome(visit, delivery)) }
            td { (delivery.attempts) }
            td { code { (delivery.url) } }
        }
    };
    let rows: Vec<Markup> = deliveries.iter().rev().take(MOST).map(row).collect();
    html! { (table(&heads, &rows)) (cut(lang, deliveries.len())) }
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let delivery = visit.emulator.redeliver(form.number("id")?).await?;
    Ok(path_below("callbacks", delivery.id.to_string()))
}
