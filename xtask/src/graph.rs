//! `cargo xtask graph`: what a command can prove of the architecture.
//!
//! Each claim prints one line. The claims follow the crate graph and the invariants of `docs/architecture.md`; the others
//! are lints (`clippy.toml`) or tests.

mod edges;
mod manifests;
mod packages;
mod tree;

use crate::{Result, workspace};
use packages::Package;
use tree::Tree;

/// HTTP clients and TLS, which only the transport may know.
const HTTP_STACK: &[&str] =
    &["reqwest", "hyper", "hyper-util", "hyper-rustls", "rustls", "tokio-rustls", "h2"];

pub(crate) fn run() -> Result {
    let packages = Package::read_all()?;
    let mut proofs = Proofs::default();

    proofs.add("no edge of ours points upward", edges::upward(&packages));
    proofs.add("siblings are dev-dependencies by path alone", edges::dev_with_version(&packages));
    proofs.add(
        "no library above tcb-transport in the client tree depends directly on reqwest, hyper or rustls",
        edges::direct(&packages, edges::ABOVE_TRANSPORT, HTTP_STACK),
    );

    let api = Tree::of("tcb-api", &["--no-default-features"])?;
    proofs.add(
        "tcb-api without features has neither reqwest nor hyper nor rustls below it",
        api.has(HTTP_STACK),
    );
    let default = Tree::of("tcb-api", &[])?;
    proofs.add("tcb-api as it comes has no reqwest below it", default.has(&["reqwest"]));
    let reqwest = Tree::of("tcb-api", &["--no-default-features", "--features", "reqwest"])?;
    proofs.add(
        "the reqwest backend switches no feature of reqwest on",
        reqwest.features_differ("reqwest", &[]),
    );
    proofs.add("the reqwest backend brings no provider of TLS", reqwest.has(&["ring", "aws-lc-rs"]));
    let types = Tree::of("tcb-types", &["--all-features"])?;
    proofs.add("tcb-types has no tokio below it", types.has(&["tokio"]));
    let auth = Tree::of("tcb-auth", &["--all-features"])?;
    proofs.add(
        "tcb-auth pulls in the token chain of tcb-types and nothing else",
        auth.features_differ("tcb-types", &["token-chain"]),
    );
    let emulator = Tree::of("tcb-emulator", &["--all-features"])?;
    proofs.add(
        "tcb-emulator has no client crate below it",
        emulator.has(&["tcb-api", "tcb-auth", "tcb-transport", "reqwest"]),
    );
    proofs.add("tcb-emulator sees no SDK model", emulator.features_differ("tcb-types", &[]));
    proofs.add("tcb-emulator sees no SDK event", emulator.features_differ("tcb-callback", &["crypto"]));
    proofs.add("tcb-emulator builds alone", builds_alone("tcb-emulator"));

    let manifests = manifests::Manifests::read(&packages)?;
    proofs.add("internal dependencies have their defaults switched off", manifests.internal_with_defaults());
    proofs.add("every dependency of the root manifest has a reason on its line", manifests.without_reason());
    proofs.add("every crate takes the lints of the workspace", manifests.without_lints());
    proofs.add("no crate of ours has a build script", packages::with_build_script(&packages));
    proofs.finish()
}

/// Feature unification hides what a crate pulls in when it is built with others.
fn builds_alone(package: &str) -> Vec<String> {
    workspace::run(workspace::cargo(&["check", "--quiet", "-p", package]))
        .err()
        .map(|error| error.to_string())
        .into_iter()
        .collect()
}

/// Claims, and what speaks against them.
#[derive(Default)]
struct Proofs {
    refuted: usize,
    all: usize,
}

impl Proofs {
    fn add(&mut self, claim: &str, against: Vec<String>) {
        self.all += 1;
        if against.is_empty() {
            println!("proven: {claim}");
            return;
        }
        self.refuted += 1;
        println!("REFUTED: {claim}");
        for fact in against {
            println!("    {fact}");
        }
    }

    fn finish(self) -> Result {
        match self.refuted {
            0 => Ok(()),
            refuted => {
                Err(format!("{refuted} of {} claims about the crate graph are refuted", self.all).into())
            }
        }
    }
}
