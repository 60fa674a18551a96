//! `cargo xtask lint`: all checks that are no tests.

use crate::steps::Steps;
use crate::{Result, catalogue, comments, deny, graph, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs `cargo xtask deny` even when cargo-deny has to be built for it.
    #[arg(long)]
    with_deny: bool,
}

/// The client crates with their features switched off. Code behind a feature must not be needed
/// without it, and imports that only a feature needs are warnings then.
const FEATURES: &[(&str, &str)] = &[
    ("tcb-types", ""),
    ("tcb-types", "token-chain"),
    ("tcb-types", "operations"),
    ("tcb-transport", ""),
    ("tcb-transport", "reqwest"),
    ("tcb-transport", "hyper"),
    ("tcb-transport", "mock"),
    ("tcb-transport", "metrics"),
    ("tcb-auth", ""),
    ("tcb-store-postgres", ""),
    ("tcb-store-redis", ""),
    ("tcb-callback", ""),
    ("tcb-callback", "crypto"),
    ("tcb-callback", "events"),
    ("tcb-api", ""),
    ("tcb-api", "hyper"),
    ("tcb-api", "reqwest"),
    ("tcbctl", ""),
];

pub(crate) fn run(args: &Args) -> Result {
    let mut steps = Steps::default();
    steps.run("format", || workspace::run(workspace::cargo(&["fmt", "--all", "--check"])));
    steps.run("width of comments", comments::check);
    steps.run("catalogue check", catalogue::check);
    steps.run("catalogue errors --check", || catalogue::errors(true));
    steps.run("catalogue coverage --check", || catalogue::coverage(true));
    steps.run("clippy", || clippy(&["--workspace", "--all-targets", "--all-features"]));
    for (package, features) in FEATURES {
        let with = if features.is_empty() { "no feature" } else { features };
        steps.run(&format!("{package} with {with}"), || {
            clippy(&["-p", package, "--no-default-features", "--features", features])
        });
    }
    steps.run("graph", || graph::run(&graph::Args::default()));
    steps.run("documentation", || {
        let mut doc = workspace::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        workspace::run(doc)
    });
    // Building cargo-deny takes longer than everything else together, so CI, which starts from
    // nothing, goes without.
    if args.with_deny || deny::CARGO_DENY.is_installed() {
        steps.run("deny", deny::run);
    } else {
        println!(
            "\n== deny\nleft out, cargo-deny is not installed\nhint: `cargo xtask deny` builds and runs it"
        );
    }
    steps.finish()
}

fn clippy(selection: &[&str]) -> Result {
    let args = [&["clippy", "--quiet"], selection, &["--", "-D", "warnings"]].concat();
    workspace::run(workspace::cargo(&args))
}
