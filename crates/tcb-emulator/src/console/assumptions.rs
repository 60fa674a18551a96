//! The open questions, and how the emulator answers each.

use maud::{Markup, html};
use tcb_lang::{Lang, say};

use super::form::Form;
use super::layout::{form, table};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::{Assumption, Emulator};

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Assumptions", "假设");
    let heads = [
        say!(lang, "Number", "编号"),
        say!(lang, "Open question", "未决问题"),
        say!(lang, "Variant", "取值"),
    ];
    let rows: Result<Vec<Markup>, Trouble> =
        Emulator::assumptions().iter().map(|one| row(visit, one)).collect();
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "No public source settles these questions. Your program is right when it works whichever way they are answered.",
            "公开资料没有给出这些问题的答案。无论取哪个值，您的程序都能工作，才算正确。"
        )) }
        (table(&heads, &rows?))
    };
    Ok(View::new(title, body))
}

fn row(visit: &Visit<'_>, assumption: &Assumption) -> Result<Markup, Trouble> {
    let lang = visit.lang;
    let current = visit.emulator.assumed(assumption.id)?;
    let chinese = assumption.in_chinese().filter(|_| lang == Lang::Zh);
    let (statement, why, settled_by) = match chinese {
        Some(text) => (text.statement, text.why, text.settled_by),
        None => (assumption.statement, assumption.why, assumption.settled_by),
    };
    let fields = html! {
        input type="hidden" name="id" value=(assumption.id);
        div.line {
            select name="variant" aria-label=(assumption.id) {
                @for variant in assumption.variants { option selected[*variant == current] { (variant) } }
            }
            button.plain { (say!(lang, "Set", "设置")) }
        }
    };
    Ok(html! {
        td id=(assumption.id) { (assumption.id) }
        td.wide lang=[chinese.is_none().then_some("en")] {
            (statement)
            details {
                summary { (say!(lang, "Why, and what would settle it", "理由及验证方法")) }
                p { (why) }
                p { (settled_by) }
                p { @for operation in assumption.operations { code { (operation) } " " } }
            }
        }
        td {
            @if assumption.variants.first() != Some(&current) { span.tag.bad { (say!(lang, "changed", "已修改")) } }
            (form(visit, &visit.home(), &fields))
        }
    })
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    visit.emulator.assume(form.need("id")?, form.need("variant")?)?;
    Ok(form.back(visit.home()))
}
