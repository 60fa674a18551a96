//! `tcbctl explain`

mod operation;
mod told;
mod trace;

use serde_json::{Value, json};
use tcb_catalogue::{Catalogue, ErrorFact, Operation};
use tcb_emulator::{Emulator, Trace};
use tcb_lang::Lang;

use told::told;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::lookup::Subject;
use crate::masking;
use crate::output::{columns, prose};
use crate::reaction;
use crate::report::Report;
use crate::run::{Ended, Run};
use crate::settings::{TokenOwner, target};

/// How many operations the table names; some codes are listed by more than a hundred.
const SHOWN: usize = 8;

pub(super) async fn explain(run: &Run<'_>, subject: Subject) -> Ended {
    match subject {
        Subject::Errcode(errcode) => Ok(explain_errcode(errcode)?),
        Subject::Operation(known) => Ok(operation::explain(known)),
        Subject::Rid(rid) => explain_rid(run, &rid).await,
        Subject::Assumption(id) => Ok(explain_assumption(&id)?),
        Subject::Exit(exit) => {
            Ok(Report::new("explain").prose().field("exit_code", exit.code()).field("about", exit.about()))
        }
    }
}

/// What is known of an operation, as people read it.
pub(crate) fn of(operation: &Operation) -> String {
    prose(&operation::explain(operation), columns())
}

/// What the emulator decided about a request and why; else what WeChat remembers of it.
async fn explain_rid(run: &Run<'_>, rid: &str) -> Ended {
    if let Some(report) = traced(run, rid).await {
        return Ok(report);
    }
    let answer = run.call("explain", "getRidInfo", json!({"rid": rid})).await?;
    let report = run.session(TokenOwner::Merchant).await?.report("explain").prose().field("rid", rid);
    let mut request = answer["request"].clone();
    masking::mask("getRidInfo", &mut request);
    Ok(super::call::with_rows(report, &request).member("request", request))
}

/// What the emulator's trace says of a request. None where the target is no emulator, where its
/// trace does not know the request, and where nothing may be sent.
async fn traced(run: &Run<'_>, rid: &str) -> Option<Report> {
    if run.global.dry_run || target(&run.sources).ok()?.scheme().as_str() != "http" {
        return None;
    }
    let admin = run.admin().ok()?;
    let trace: Value = admin.get(&format!("/trace/{rid}")).await.ok()?;
    let told: Trace = serde_json::from_value(trace.clone()).ok()?;
    let text = super::call::plain(trace::in_words(&told).trim_end());
    Some(Report::new("explain").prose().field("rid", rid).field_as("trace", trace, text))
}

fn explain_assumption(id: &str) -> Result<Report, Box<Failure>> {
    let known = Emulator::assumptions().iter().find(|known| known.id == id).ok_or_else(|| {
        let message = say!("there is no assumption {id}", "没有假设 {id}");
        Failure::new(Exit::NotFound, "assumption", message)
    })?;
    let chinese = known.in_chinese().filter(|_| current() == Lang::Zh);
    let (about, why, settled_by) = match chinese {
        Some(text) => (text.statement, text.why, text.settled_by),
        None => (known.statement, known.why, known.settled_by),
    };
    Ok(Report::new("explain")
        .prose()
        .field("assumption", known.id)
        .field_as("about", known.statement, about.to_owned())
        .field_as("why", known.why, why.to_owned())
        .field_as("settled_by", known.settled_by, settled_by.to_owned())
        .field("variants", known.variants.to_vec())
        .field("operations", known.operations.to_vec()))
}

fn explain_errcode(errcode: i64) -> Result<Report, Box<Failure>> {
    let fact = Catalogue::get().error(errcode).ok_or_else(|| {
        let message = say!("{errcode} is in no table that is known", "没有已知的表列出 {errcode}");
        Failure::new(Exit::NotFound, "errcode", message).why(say!(
            "WeChat answers codes that it does not document; keep the number, the text and the request id",
            "微信会返回文档中没有的错误码；请保留错误码、原文和 rid"
        ))
    })?;
    let meanings = meanings(fact);
    let for_programs: Vec<Value> =
        meanings.iter().map(|(operation, about)| json!({"operation": operation, "about": about})).collect();
    let operations: Vec<&str> = operations(fact).collect();
    let (name, words) = reaction::of(fact.code);
    let sources: Vec<String> = fact.sources.iter().map(|source| told(source)).collect();
    Ok(Report::new("explain")
        .prose()
        .field("errcode", errcode)
        .field_as("message", fact.message.clone(), fact.message.clone().unwrap_or_default())
        .field_as("about", fact.about.as_str(), about(fact))
        .field_as("reaction", name, say!("{words} ({name})", "{words}（{name}）"))
        .field_as("operations", operations.clone(), shortened(&operations))
        .field_as("meanings", for_programs, grouped(&meanings))
        .field_as("sources", fact.sources.clone(), sources.join("\n")))
}

/// What the code means, in the language of this run if the catalogue has it.
fn about(fact: &ErrorFact) -> String {
    let chinese = Catalogue::get().error_in_chinese(fact.code).filter(|_| current() == Lang::Zh);
    chinese.unwrap_or(&fact.about).to_owned()
}

/// The operations whose pages list the code.
fn operations(fact: &ErrorFact) -> impl Iterator<Item = &str> {
    fact.seen_in.iter().map(String::as_str).filter(|name| *name != "global")
}

/// What the pages of the operations say about the code, where it is not what the table says.
fn meanings(fact: &ErrorFact) -> Vec<(&str, &'static str)> {
    let listed = operations(fact).filter_map(|id| {
        let operation = Catalogue::get().operation(id)?;
        let listed = operation.errors.iter().find(|listed| listed.code == fact.code)?;
        Some((id, listed.about.as_str()))
    });
    listed.filter(|(_, about)| *about != fact.about).collect()
}

/// The first of a list, with how many are left out.
fn shortened(list: &[&str]) -> String {
    let shown = list.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match list.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => say!(
            "{shown} and {more} more (-o json has them all)",
            "{shown} 以及另外 {more} 个（-o json 列出全部）"
        ),
    }
}

/// Each meaning once, with the operations that it holds for.
fn grouped(meanings: &[(&str, &str)]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (operation, about) in meanings {
        match groups.iter_mut().find(|(known, _)| known == about) {
            Some((_, operations)) => operations.push(operation),
            None => groups.push((about, vec![operation])),
        }
    }
    let lines = groups.iter().map(|(about, operations)| {
        let (operations, about) = (shortened(operations), told(about));
        say!("{operations}: {about}", "{operations}：{about}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
