//! `docs/comparison.md`: what the clients did, beside each other.

use std::fmt::Write as _;
use std::fs;

use crate::chain::{self, Outcome, Walk};
use crate::habits::{self, CALLERS, Habits, TOKEN_DELAY};
use crate::peers::{PEERS, Peer};
use crate::tools::{Result, root};

/// The SDK of this project, in the tables.
const OURS: &str = concat!("tcb-api ", env!("CARGO_PKG_VERSION"));

struct Seen {
    peer: &'static Peer,
    walk: Walk,
    habits: Habits,
}

/// Runs all clients, and writes or prints the page. An error when one did otherwise than it is
/// known to.
pub(crate) async fn conformance(write: bool, only: Option<&str>) -> Result {
    let mut seen = Vec::new();
    for peer in PEERS.iter().filter(|peer| only.is_none_or(|only| peer.title().contains(only))) {
        let one = Seen { peer, walk: chain::walk(peer).await?, habits: habits::of(peer).await? };
        println!("{}: went through", peer.title());
        seen.push(one);
    }
    let page = page(&seen, &habits::of_ours().await?)?;
    if write {
        fs::write(root().join("docs/comparison.md"), page)?;
        println!("docs/comparison.md written");
    } else {
        println!("\n{page}");
    }
    let surprises: Vec<String> = seen.iter().flat_map(surprises).collect();
    if surprises.is_empty() { Ok(()) } else { Err(surprises.join("\n       ").into()) }
}

/// What a client did otherwise than it is known to do.
fn surprises(one: &Seen) -> Vec<String> {
    let title = one.peer.title();
    let known = |step: &str| one.peer.refuses.iter().any(|(refused, _)| *refused == step);
    let steps = one.walk.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(why) if !known(step) => Some(format!("{title}: {step}: {why}")),
        Outcome::Own | Outcome::Generic if known(step) => Some(format!("{title}: {step}: works now")),
        _ => None,
    });
    let findings = one.walk.findings.iter().map(|finding| format!("{title}: {finding}"));
    steps.chain(findings).collect()
}

fn page(seen: &[Seen], ours: &Habits) -> std::result::Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<!-- Written by `cargo xtask conformance --write`. Do not edit. -->\n\n\
         # Beside other clients\n\n\
         Open-source clients of the WeChat Open Platform that can be pointed at an address of one's own, each in its own \
         process and as published, against `tcb-emulator`. Clients that know nothing of this project show that the emulator is one of \
         WeChat and not of our SDK; and who chooses a client sees how it treats tokens.\n\n\
         All figures are counted at the emulator, and `cargo xtask conformance` counts them again. They say nothing about what \
         else a client can do: all of these do much that is no subject of this project.\n\n\
         | Client | Version | Language |\n| --- | --- | --- |\n",
    );
    for Peer { name, version, registry, .. } in seen.iter().map(|one| one.peer) {
        let language = match registry {
            url if url.contains("pypi") => "Python",
            url if url.contains("npm") => "JavaScript",
            _ => "Rust",
        };
        writeln!(page, "| [{name}]({registry}) | {version} | {language} |")?;
    }
    walks(&mut page, seen)?;
    let all: Vec<(String, &Habits)> = std::iter::once((OURS.to_owned(), ours))
        .chain(seen.iter().map(|one| (one.peer.title(), &one.habits)))
        .collect();
    cold(&mut page, &all)?;
    refused(&mut page, &all)?;
    Ok(page)
}

fn walks(page: &mut String, seen: &[Seen]) -> std::fmt::Result {
    page.push_str(
        "\n## The token chain and five operations\n\n\
         **Own**: the client has a method for it. **Generic**: it has none, and its call of any path does it. The merchant's \
         administrator agrees in between.\n\n| Step |",
    );
    let titles: Vec<String> = seen.iter().map(|one| one.peer.title()).collect();
    writeln!(page, " {} |\n| --- |{}", titles.join(" | "), " --- |".repeat(seen.len()))?;
    let steps = seen.first().map_or(0, |one| one.walk.steps.len());
    for at in 0..steps {
        let step = seen[0].walk.steps[at].0;
        let cells = seen.iter().map(|one| match &one.walk.steps[at].1 {
            Outcome::Own => "own",
            Outcome::Generic => "generic",
            Outcome::Failed(_) => "no",
        });
        writeln!(page, "| {step} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    let findings = seen.iter().map(|one| one.walk.findings.len().to_string());
    writeln!(
        page,
        "| requests out of line with the catalogue | {} |",
        findings.collect::<Vec<_>>().join(" | ")
    )?;
    let refuses = |one: &&Seen| !one.peer.refuses.is_empty();
    for one in seen.iter().filter(refuses) {
        writeln!(
            page,
            "\n{} was given its ticket directly, because it does not take the pushed one:\n",
            one.peer.title()
        )?;
        for (step, why) in one.peer.refuses {
            writeln!(page, "- {step}: no, {why}.")?;
        }
    }
    Ok(())
}

fn cold(page: &mut String, all: &[(String, &Habits)]) -> std::fmt::Result {
    write!(
        page,
        "\n## {CALLERS} callers start without a token\n\n\
         {CALLERS} callers in one process call for the same merchant at once; ticket and refresh token are there, access tokens \
         are not. An answer with a token takes {} ms.\n\nOne token of each kind is enough; WeChat ends the older of two after a \
         while, limits how many may be fetched, and may replace the refresh token with each.\n\n\
         | Client | Component tokens | Merchant's tokens | Callers served |\n| --- | --- | --- | --- |\n",
        TOKEN_DELAY.as_millis()
    )?;
    for (title, Habits { cold, .. }) in all {
        writeln!(
            page,
            "| {title} | {} | {} | {} of {CALLERS} |",
            cold.component_tokens, cold.merchant_tokens, cold.served
        )?;
    }
    Ok(())
}

fn refused(page: &mut String, all: &[(String, &Habits)]) -> std::fmt::Result {
    page.push_str(
        "\n## WeChat refuses every token\n\n\
         One call of one caller, and the service answers 40001 whatever token comes, as it does when somebody else \
         refreshes the same account.\n\n\
         | Client | Sent | Component tokens | Merchant's tokens | The caller is told |\n| --- | --- | --- | --- | --- |\n",
    );
    for (title, Habits { refused, .. }) in all {
        let told = refused.told.lines().next().unwrap_or_default();
        writeln!(
            page,
            "| {title} | {} | {} | {} | {told} |",
            refused.sent, refused.component_tokens, refused.merchant_tokens
        )?;
    }
    Ok(())
}
