//! `docs/errors.md`: every error code for a person who met one.

use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, ErrorFact, Operation};
use tcb_types::{ErrCode, Reaction};

use crate::generated::cell;

pub(super) const PATH: &str = "docs/errors.md";

/// More operations than this stand below the table and not in it.
const MOST_IN_A_ROW: usize = 6;

/// All reactions with what a caller does about them, in the order in which they are worth reading.
const REACTIONS: &[(Reaction, &str)] = &[
    (Reaction::Success, "Nothing: the call succeeded."),
    (
        Reaction::Absent,
        "Take it as an answer: the thing does not exist. After a create whose outcome is unknown it means that nothing was created.",
    ),
    (
        Reaction::AlreadyDone,
        "Read the state back; when it is what was wanted, treat the call as a success. Do not repeat it.",
    ),
    (
        Reaction::RetryLater,
        "Wait with growing pauses and repeat a bounded number of times what is safe to repeat. A create may have been executed: read the state back first.",
    ),
    (
        Reaction::RefreshTokenAndRetry,
        "The client refreshes the refused token once and repeats the call once. When the code still comes out of it, look at the platform's secret and at who else refreshes tokens.",
    ),
    (
        Reaction::WaitForTicket,
        "Read the stored ticket again, wait for the next push (about every ten minutes), then ask for pushes with `startPushTicket`.",
    ),
    (
        Reaction::QuotaOrFrequency,
        "Stop calling for the period that the message names: minute, day or month. `getApiQuota` tells what is left.",
    ),
    (Reaction::FixCaller, "Correct the program or its data. Repeating changes nothing."),
    (
        Reaction::ConfigurePlatform,
        "The service provider's operator changes something in the console: address whitelist, secret, ticket push, release.",
    ),
    (
        Reaction::Permission,
        "Name the permission set that is missing and ask the merchant for an extended authorisation. [The table of operations](operations.md) lists the sets of each.",
    ),
    (
        Reaction::MerchantAction,
        "The merchant or its administrator does something outside the API: agrees, verifies, opens, pays. Ask, and try again after that.",
    ),
    (
        Reaction::NotAuthorized,
        "No authorisation stands: stop all work for the account until the merchant authorises again.",
    ),
    (
        Reaction::Reauthorize,
        "The credentials are dead. When no newer ones can be recovered, send the merchant an authorisation link.",
    ),
];

/// The page.
pub(super) fn page(catalogue: &Catalogue) -> String {
    let mut page = String::from(
        "<!-- Written by `cargo xtask catalogue errors` from the catalogue. Do not edit. -->\n\n\
         # Error codes\n\n\
         WeChat answers a refused call with HTTP status 200 and a code other than 0 in `errcode`. In Rust it is an `ErrCode`, and \
         `ErrCode::reaction` gives the reaction. A code that is not in this table has `Reaction::Unknown`: it is not repeated, and \
         the caller decides. Codes that callers match on have a constant (`ErrCode::CLOUD_NOT_OPEN`). Texts in `errmsg` change; match the \
         number only.\n\n\
         ## Reactions\n\n\
         | `Reaction::` | what to do | codes |\n| --- | --- | --- |\n",
    );
    let errors = catalogue.errors();
    for (reaction, advice) in REACTIONS {
        let codes = errors.iter().filter(|fact| fact.reaction == reaction.name()).count();
        let _ = writeln!(page, "| <a id=\"{}\"></a>`{reaction:?}` | {advice} | {codes} |", anchor(*reaction));
    }
    page.push_str(
        "| `Unknown` | The code is in no table. Nothing is repeated by itself; look up its request id, and report the code. A create may have \
         been executed: read the state back first. | |\n",
    );
    page.push_str(
        "\n## Codes\n\n\
         The last column names the operations whose own pages list the code; any operation can answer any code.\n\n\
         | code | `ErrCode::` | message | meaning | reaction | listed by |\n| ---: | --- | --- | --- | --- | --- |\n",
    );
    let mut by_many = String::new();
    for fact in errors {
        let listing = listing(fact, catalogue.operations());
        let (code, message) = (fact.code, fact.message.as_deref().unwrap_or_default());
        let reaction = ErrCode::new(code).reaction();
        let listed = if listing.len() > MOST_IN_A_ROW {
            let _ = writeln!(by_many, "\n<a id=\"listed-{code}\"></a>**{code}**: {}.", ids(&listing));
            format!("[{} operations](#listed-{code})", listing.len())
        } else {
            ids(&listing)
        };
        let about = cell(&fact.about);
        let name = ErrCode::new(code).name().map(|name| format!("`{name}`")).unwrap_or_default();
        let _ = writeln!(
            page,
            "| {code} | {name} | {} | {about} | [`{reaction:?}`](#{}) | {listed} |",
            cell(message),
            anchor(reaction)
        );
    }
    let _ = write!(page, "\n## Listed by many operations\n{by_many}");
    page
}

/// The operations whose pages list the code, by either side of the catalogue.
fn listing<'a>(fact: &ErrorFact, operations: &'a [Operation]) -> Vec<&'a str> {
    let lists = |operation: &&Operation| {
        fact.seen_in.contains(&operation.id) || operation.errors.iter().any(|listed| listed.code == fact.code)
    };
    operations.iter().filter(lists).map(|operation| operation.id.as_str()).collect()
}

fn ids(operations: &[&str]) -> String {
    operations.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

fn anchor(reaction: Reaction) -> String {
    reaction.name().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::{REACTIONS, page};

    #[test]
    fn every_reaction_of_the_table_says_what_to_do() {
        for fact in Catalogue::get().errors() {
            assert!(REACTIONS.iter().any(|(reaction, _)| reaction.name() == fact.reaction), "{fact:?}");
        }
    }

    #[test]
    fn each_code_has_one_row_with_its_reaction_and_its_operations() {
        let page = page(Catalogue::get());
        let codes = Catalogue::get().errors();
        for fact in codes {
            assert_eq!(page.matches(&format!("\n| {} | ", fact.code)).count(), 1, "{}", fact.code);
        }
        let row = page.lines().find(|line| line.starts_with("| 89002 | ")).unwrap();
        assert!(
            row.starts_with("| 89002 | `NOT_BOUND` | ")
                && row.contains("| [`Absent`](#absent) |")
                && row.contains("`getOpenAccount`"),
            "{row}"
        );
        let row = page.lines().find(|line| line.starts_with("| 41001 | ")).unwrap();
        assert!(row.ends_with(" operations](#listed-41001) |"), "{row}");
        assert!(page.contains("<a id=\"listed-41001\"></a>**41001**: `"));
    }
}
