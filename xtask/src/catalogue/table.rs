//! `cargo xtask catalogue table`: `docs/operations.md`, every endpoint with its types.

use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, Operation, TokenKind};
use tcb_types::registry::{self, Entry};

use super::check::{class, endpoints};
use crate::generated::cell;
use crate::{Result, generated};

const PATH: &str = "docs/operations.md";

/// The families with what they are, in the order of the page.
const FAMILIES: &[(&str, &str)] = &[
    ("authorization", "Tokens of the platform and of the accounts that authorised it."),
    ("cloudbase-common", "Cloud development in an environment that belongs to the merchant's mini program."),
    ("cloudbase-batch", "Cloud development in environments of the platform that many mini programs share."),
    ("open-account", "Open-platform accounts, which give a merchant's accounts a common unionid."),
    ("api-management", "Quotas, addresses and single calls."),
];

pub(super) fn run(check: bool) -> Result {
    let page = page(Catalogue::get().operations(), &registry::entries());
    generated::write(PATH, &page, "catalogue table", check)
}

fn page(operations: &[Operation], entries: &[Entry]) -> String {
    let types = endpoints(entries);
    let types_of = |operation: &Operation| {
        types.iter().find(|(id, _)| *id == operation.id).map_or(&[][..], |(_, types)| types)
    };
    let with_types = operations.iter().filter(|operation| !types_of(operation).is_empty()).count();
    let mut page = format!(
        "<!-- Written by `cargo xtask catalogue table` from the catalogue and the types. Do not edit. -->\n\n\
         # Operations\n\n\
         {with_types} of {} endpoints have types, {} in all: an endpoint that hides several operations behind a member such as `action` has \
         one for each. `client.call_raw` reaches any path without one.\n\n\
         - **Operation**: the official name, misprints included, with its title.\n\
         - **Type**: in `tcb_types`.\n\
         - **Token**: whose access token the call carries.\n\
         - **Sets**: numbers of the permission sets of which any one allows the call; — when none is documented.\n\
         - **Class**: whether the call may be repeated. *read* changes nothing, *idempotent* changes nothing more the second time, \
         *create* is never repeated when it may have run.\n\
         - **Evidence**: documentation pages, sources in all (pages, older editions and public clients), official samples, and quirks: \
         odd spellings and points in which sources differ.\n\
         - **Confidence**: *high* when the sources agree on all that matters, *medium* when they differ or a part rests on clients alone, \
         *low* when little could be confirmed.\n",
        operations.len(),
        entries.len(),
    );
    for (family, about) in families(operations) {
        let module = family.replace('-', "_");
        let of_family: Vec<_> = operations.iter().filter(|operation| operation.family() == family).collect();
        let _ = write!(
            page,
            "\n## {family}\n\n{about} {} endpoints, module `tcb_types::{module}`.\n\n\
             | Operation | Type | Call | Token | Sets | Class | Evidence | Confidence |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |\n",
            of_family.len(),
        );
        for operation in of_family {
            page.push_str(&row(operation, types_of(operation)));
        }
    }
    page
}

/// The families that there are; one that [`FAMILIES`] does not know comes last.
fn families(operations: &[Operation]) -> Vec<(&str, &str)> {
    let mut families = FAMILIES.to_vec();
    for operation in operations {
        if families.iter().all(|(family, _)| *family != operation.family()) {
            families.push((operation.family(), ""));
        }
    }
    families.retain(|(family, _)| operations.iter().any(|operation| operation.family() == *family));
    families
}

fn row(operation: &Operation, types: &[&Entry]) -> String {
    let title = operation.title();
    let names: Vec<_> = types.iter().map(|one| format!("`{}`", one.rust_name)).collect();
    let names = if names.is_empty() { "none yet".to_owned() } else { names.join("<br>") };
    let classes: Vec<_> = types.iter().map(|one| class(one.spec.class)).collect();
    let classes = match classes.split_first() {
        None => "—".to_owned(),
        Some((first, rest)) if rest.iter().all(|class| class == first) => (*first).to_owned(),
        // Line by line beside the types.
        Some(_) => classes.join("<br>"),
    };
    let tokens: Vec<_> = operation.token.kinds.iter().map(|kind| token(*kind)).collect();
    let sets: Vec<_> = operation.permission_sets.iter().map(ToString::to_string).collect();
    let sets = if sets.is_empty() { "—".to_owned() } else { sets.join(", ") };
    format!(
        "| `{}`<br>{}<br>{} | {names} | `{} {}` | {} | {sets} | {classes} | {} | {} |\n",
        operation.id,
        cell(&title.zh),
        cell(&title.en),
        operation.method,
        operation.path,
        tokens.join(" or "),
        evidence(operation),
        format!("{:?}", operation.confidence).to_lowercase(),
    )
}

fn evidence(operation: &Operation) -> String {
    let sources = operation.pages.iter().map(|page| page.sources.len()).sum();
    let counts = [
        (operation.pages.len(), "page"),
        (sources, "source"),
        (operation.samples.len(), "sample"),
        (operation.quirks.len(), "quirk"),
    ];
    let counts = counts.map(|(count, of)| match count {
        0 => format!("no {of}"),
        1 => format!("1 {of}"),
        _ => format!("{count} {of}s"),
    });
    counts.join(", ")
}

fn token(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Authorizer => "authorizer",
        TokenKind::Component => "component",
        TokenKind::None => "none",
        // A kind that the catalogue learns later.
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::page;

    #[test]
    fn every_endpoint_has_one_row() {
        let operations = Catalogue::get().operations();
        let page = page(operations, &[]);
        for operation in operations {
            assert_eq!(page.matches(&format!("\n| `{}`<br>", operation.id)).count(), 1, "{}", operation.id);
        }
        assert!(page.contains("\n0 of 117 endpoints have types, 0 in all"));
    }
}
