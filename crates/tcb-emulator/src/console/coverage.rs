//! Which operations are built, how far, and how often each was called.

use maud::{Markup, html};
use tcb_catalogue::Catalogue;
use tcb_lang::say;

use super::layout::table;
use super::view::{Shown, Trouble, View};
use super::visit::{Visit, path};
use crate::Counters;
use crate::coverage::{self, OperationCoverage};

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Coverage", "接口覆盖");
    let (operations, counters) = (coverage::list(), visit.emulator.counters());
    let count = |status: &str| operations.iter().filter(|one| one.status == status).count();
    let heads = [
        say!(lang, "Operation", "接口"),
        say!(lang, "Call", "调用"),
        say!(lang, "Built", "实现"),
        say!(lang, "Succeeded", "成功"),
        say!(lang, "Refused", "拒绝"),
        say!(lang, "Assumptions", "假设"),
    ];
    let rows: Vec<Markup> = operations.iter().map(|one| row(visit, one, &counters)).collect();
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "{stateful} of {all} operations are stateful, {validated} are validated only, {not_built} are not built and answer HTTP 501.",
            "共 {all} 个接口：{stateful} 个有状态，{validated} 个只做校验，{not_built} 个未实现并返回 HTTP 501。",
            all = operations.len(),
            stateful = count("stateful"),
            validated = count("validated"),
            not_built = count("not_built"),
        )) }
        (table(&heads, &rows))
    };
    Ok(View::new(title, body))
}

fn row(visit: &Visit<'_>, described: &OperationCoverage, counters: &Counters) -> Markup {
    let lang = visit.lang;
    let id = described.id;
    let title = Catalogue::get()
        .operation(id)
        .map(|operation| lang.pick(operation.title().en.as_str(), operation.title().zh.as_str()));
    let (class, status) = match described.status {
        "stateful" => ("tag good", say!(lang, "stateful", "有状态")),
        "validated" => ("tag", say!(lang, "validated only", "只做校验")),
        _ => ("tag bad", say!(lang, "not built", "未实现")),
    };
    let refused: u64 = counters.refused.get(id).map(|codes| codes.values().sum()).unwrap_or_default();
    html! {
        td { code { (id) } br; (title.unwrap_or_default()) }
        td { code { (described.method) " " (described.path) } }
        td { span class=(class) { (status) } @if let Some(why) = described.why { " " (why) } }
        td { (counters.executed(id)) }
        td { (refused) }
        td { @for assumption in &described.assumptions {
            a href={ (path("assumptions")) "#" (assumption) } { (assumption) } " "
        } }
    }
}
