//! Which operations are built, how far, and on what they rest.

use std::fmt::Write as _;

use serde::Serialize;
use tcb_catalogue::{Catalogue, Confidence, Operation};

use crate::Emulator;
use crate::assumption;
use crate::operations::{Build, ROUTES, Route};

/// Each route with its facts, in the order of the table.
fn all() -> impl Iterator<Item = (&'static Route, &'static Operation)> {
    ROUTES.iter().filter_map(|route| Some((route, Catalogue::get().operation(route.id)?)))
}

fn why_not(route: &Route) -> Option<&'static str> {
    match route.build {
        Build::NotBuilt(why) => Some(why),
        _ => None,
    }
}

/// Numbers of the assumptions that an operation rests on.
fn assumptions(id: &str) -> Vec<&'static str> {
    let concerned = assumption::ALL.iter().filter(|known| known.operations.contains(&id));
    concerned.map(|known| known.id).collect()
}

fn confidence(operation: &Operation) -> &'static str {
    match operation.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        _ => "low",
    }
}

/// The sources of all pages of an operation.
fn sources(operation: &Operation) -> usize {
    operation.pages.iter().map(|page| page.sources.len()).sum()
}

fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// An operation as the admin API lists it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OperationCoverage {
    /// Its official id.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// `stateful`, `validated` or `not_built`.
    pub(crate) status: &'static str,
    /// Why it is not built.
    pub(crate) why: Option<&'static str>,
    evidence: Evidence,
    /// Numbers of the assumptions that its answers rest on.
    pub(crate) assumptions: Vec<&'static str>,
}

/// What the facts about an operation come from.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Evidence {
    /// Documentation pages.
    pages: usize,
    /// Sources of all pages.
    sources: usize,
    /// Official samples.
    samples: usize,
    /// How sure they are: `high`, `medium` or `low`.
    confidence: &'static str,
}

/// All operations as the admin API lists them.
pub(crate) fn list() -> Vec<OperationCoverage> {
    let described = all().map(|(route, operation)| OperationCoverage {
        id: &operation.id,
        method: operation.method.as_str(),
        path: &operation.path,
        status: route.build.status(),
        why: why_not(route),
        evidence: Evidence {
            pages: operation.pages.len(),
            sources: sources(operation),
            samples: operation.samples.len(),
            confidence: confidence(operation),
        },
        assumptions: assumptions(&operation.id),
    });
    described.collect()
}

impl Emulator {
    /// A page in Markdown that lists all operations: how far each is built, the evidence that it
    /// rests on, and the assumptions.
    pub fn coverage() -> String {
        let count = |status: &str| ROUTES.iter().filter(|route| route.build.status() == status).count();
        let mut page = format!(
            "<!-- Written by `cargo xtask catalogue coverage` from the table that routes. Do not edit. -->\n\n\
             # What the emulator covers\n\n\
             {} of {} operations are stateful: what they answer follows from what was done before. {} are validated only: the \
             request is checked, and the answer always the same. {} are not built and answer HTTP 501.\n\n\
             - **Evidence**: documentation pages, sources in all, official samples, and how sure the facts are.\n\
             - **Assumptions**: numbers of the open questions that the answers rest on; the README of `tcb-emulator` lists them.\n\n\
             | Operation | Call | Built | Evidence | Assumptions |\n\
             | --- | --- | --- | --- | --- |\n",
            count("stateful"),
            ROUTES.len(),
            count("validated"),
            count("not_built"),
        );
        for (route, operation) in all() {
            let built = match route.build {
                Build::Stateful(_) => "stateful".to_owned(),
                Build::Validated(_) => "validated only".to_owned(),
                Build::NotBuilt(why) => format!("not built: {why}"),
            };
            let assumed = assumptions(&operation.id);
            let assumed = if assumed.is_empty() { "—".to_owned() } else { assumed.join(", ") };
            // Nothing is wrong with a text that grows.
            let _ = writeln!(
                page,
                "| `{}`<br>{} | `{} {}` | {built} | {}, {}, {}; {} | {assumed} |",
                operation.id,
                operation.title().en,
                operation.method,
                operation.path,
                counted(operation.pages.len(), "page"),
                counted(sources(operation), "source"),
                counted(operation.samples.len(), "sample"),
                confidence(operation),
            );
        }
        page
    }
}
