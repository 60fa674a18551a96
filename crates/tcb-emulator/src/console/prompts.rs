//! What waits for administrators.

use maud::{Markup, html};
use tcb_lang::say;

use super::form::Form;
use super::layout::{button, merchant, nothing, question, table, time_at};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, path};
use crate::{Prompt, PromptId};

/// All prompts; below it one, which the links of WeChat's messages lead to.
pub(super) fn show(visit: &Visit<'_>) -> Shown {
    let lang = visit.lang;
    let mut prompts = visit.emulator.prompts();
    let title = match &visit.rest[..] {
        [] => say!(lang, "Prompts", "待确认事项"),
        [id] => {
            prompts.retain(|prompt| prompt.id.to_string() == *id);
            say!(lang, "Prompt {id}", "待确认事项 {id}")
        }
        _ => return Err(Trouble::NoPage),
    };
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "What the merchants' administrators are asked in WeChat. Here you answer in their place.",
            "微信会请商家的管理员确认的事项，在这里由您代为答复。"
        )) }
        (list(visit, &prompts))
    };
    Ok(View::new(title, body))
}

pub(super) fn list(visit: &Visit<'_>, prompts: &[Prompt]) -> Markup {
    let lang = visit.lang;
    if prompts.is_empty() {
        return nothing(&say!(lang, "Nothing waits for an answer.", "没有待确认的事项。"));
    }
    let heads = [
        say!(lang, "Number", "编号"),
        say!(lang, "Merchant", "商家"),
        say!(lang, "Question", "事项"),
        say!(lang, "Asked", "发起时间"),
        say!(lang, "Answer", "答复"),
    ];
    let rows: Vec<Markup> = prompts
        .iter()
        .map(|prompt| {
            html! {
                td { (prompt.id.to_string()) }
                td { (merchant(prompt.appid.as_str())) }
                td { (question(lang, prompt.kind)) @if !prompt.about.is_empty() { " " code { (prompt.about) } } }
                td { (time_at(prompt.created)) }
                td { (answers(visit, prompt.id)) }
            }
        })
        .collect();
    table(&heads, &rows)
}

/// The buttons that answer a prompt.
pub(super) fn answers(visit: &Visit<'_>, id: PromptId) -> Markup {
    let (id, to) = (id.to_string(), path("prompts"));
    let fields = |answer| [("id", id.as_str()), ("answer", answer)];
    html! {
        div.buttons {
            (button(visit, &to, &fields("approve"), "primary", &say!(visit.lang, "Approve", "同意")))
            (button(visit, &to, &fields("deny"), "plain", &say!(visit.lang, "Deny", "拒绝")))
        }
    }
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let id = PromptId::new(form.number("id")?);
    match form.text("answer") {
        Some("approve") => visit.emulator.approve(id)?,
        Some("deny") => visit.emulator.deny(id)?,
        _ => return Err(Trouble::Field("answer")),
    }
    Ok(form.back(visit.home()))
}
