//! What goes wrong on purpose, and how often a path may be called.

use maud::{Markup, html};
use serde_json::json;
use tcb_lang::say;

use super::form::Form;
use super::layout::{button, nothing, table};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Faults and quotas", "故障与配额");
    let body = html! {
        h1 { (title) }
        (rules(visit))
    };
    Ok(View::new(title, body))
}

fn rules(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let faults = visit.emulator.faults();
    if faults.is_empty() {
        return nothing(&say!(lang, "Nothing goes wrong on purpose.", "没有设置故障。"));
    }
    let heads = [say!(lang, "Rule", "规则")];
    let rows: Vec<Markup> =
        faults.iter().map(|fault| html! { td { code { (json!(fault).to_string()) } } }).collect();
    html! {
        (table(&heads, &rows))
        (button(visit, &visit.home(), &[("action", "clear")], "plain", &say!(lang, "Remove all", "全部移除")))
    }
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    match form.text("action") {
        Some("clear") => visit.emulator.set_faults([])?,
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
