//! `tcbctl explain`

mod operation;

use serde_json::{Value, json};
use tcb_catalogue::{Catalogue, ErrorFact};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::lookup::Subject;
use crate::reaction;
use crate::report::Report;

/// How many operations the table names; some codes are listed by more than a hundred.
const SHOWN: usize = 8;

pub(super) fn explain(subject: Subject) -> Result<Report, Box<Failure>> {
    match subject {
        Subject::Errcode(errcode) => explain_errcode(errcode),
        Subject::Operation(known) => Ok(operation::explain(known)),
    }
}

fn explain_errcode(errcode: i64) -> Result<Report, Box<Failure>> {
    let fact = Catalogue::get().error(errcode).ok_or_else(|| {
        Failure::new(Exit::NotFound, "errcode", format!("{errcode} is in no table that is known")).why(
            "WeChat answers codes that it does not document; keep the number, the text and the request id",
        )
    })?;
    let meanings = meanings(fact);
    let for_programs: Vec<Value> =
        meanings.iter().map(|(operation, about)| json!({"operation": operation, "about": about})).collect();
    let operations: Vec<&str> = operations(fact).collect();
    let (name, words) = reaction::of(fact.code);
    Ok(Report::new("explain")
        .prose()
        .field("errcode", errcode)
        .field_as("message", fact.message.clone(), fact.message.clone().unwrap_or_default())
        .field("about", fact.about.as_str())
        .field_as("reaction", name, format!("{words} ({name})"))
        .field_as("operations", operations.clone(), shortened(&operations))
        .field_as("meanings", for_programs, grouped(&meanings))
        .field_as("sources", fact.sources.clone(), fact.sources.join("\n")))
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
        Some(more) => format!("{shown} and {more} more (-o json has them all)"),
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
    let lines = groups.iter().map(|(about, operations)| format!("{}: {about}", shortened(operations)));
    lines.collect::<Vec<_>>().join("\n")
}
