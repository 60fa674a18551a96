//! `cargo xtask graph`: what a command can prove of the architecture.
//!
//! Each claim prints one line. The claims follow the crate graph and the invariants of
//! `docs/architecture.md`; the others are lints (`clippy.toml`) or tests.

mod circles;
mod edges;
mod sizes;
mod tree;

use std::fs;

use cargo_metadata::{MetadataCommand, Package, Target, TargetKind};

use crate::{Result, workspace};
use tree::Tree;

#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Prints how many lines each crate and the workshop have, and fails when the workshop has more
    /// than it may.
    #[arg(long)]
    sizes: bool,
}

/// HTTP clients and TLS, which only the transport may know.
const HTTP_STACK: &[&str] =
    &["reqwest", "hyper", "hyper-util", "hyper-rustls", "rustls", "tokio-rustls", "h2"];

/// The libraries above tcb-transport in the client tree, each behind `tcb-`.
const ABOVE_TRANSPORT: &[&str] =
    &["auth", "store-postgres", "store-sqlite", "callback", "api", "deploy", "fleet"];

pub(crate) fn run(args: &Args) -> Result {
    let metadata = MetadataCommand::new().current_dir(workspace::root()).no_deps().exec()?;
    let packages = metadata.packages;
    if args.sizes {
        return sizes::run(&packages);
    }
    let mut proofs = Proofs::default();

    proofs.add("no edge of ours points upward", edges::upward(&packages));
    proofs.add("siblings are dev-dependencies by path alone", edges::dev_with_version(&packages));
    proofs.add(
        "no library above tcb-transport in the client tree depends directly on reqwest, hyper or rustls",
        edges::direct(&packages, ABOVE_TRANSPORT, HTTP_STACK),
    );
    for package in &packages {
        proofs
            .add(&format!("no files of {} lean on each other in a circle", package.name), circles(package)?);
    }

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

    let root = fs::read_to_string(workspace::root().join("Cargo.toml"))?;
    let (internal, foreign): (Vec<&str>, Vec<&str>) =
        dependencies(&root).partition(|line| line.contains("path = "));
    proofs.add(
        "internal dependencies have their defaults switched off",
        without(internal, "default-features = false"),
    );
    proofs.add("every dependency of the root manifest has a reason on its line", without(foreign, " # "));
    let mut lenient = Vec::new();
    for package in &packages {
        if !fs::read_to_string(&package.manifest_path)?.contains("\n[lints]\nworkspace = true\n") {
            lenient.push(package.name.to_string());
        }
    }
    proofs.add("every crate takes the lints of the workspace", lenient);
    let builds = |package: &&Package| package.targets.iter().any(Target::is_custom_build);
    proofs.add(
        "no crate of ours has a build script",
        packages.iter().filter(builds).map(|package| package.name.to_string()).collect(),
    );
    proofs.finish()
}

/// The circles among the files of a package's library and programs.
fn circles(package: &Package) -> Result<Vec<String>> {
    let code = [TargetKind::Lib, TargetKind::Bin];
    let roots = package.targets.iter().filter(|target| code.iter().any(|kind| target.kind.contains(kind)));
    let circles =
        roots.map(|target| circles::of(target.src_path.as_std_path())).collect::<Result<Vec<_>>>()?;
    Ok(circles.concat())
}

/// The lines with the dependencies of the workspace.
fn dependencies(root: &str) -> impl Iterator<Item = &str> {
    let lines = root.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn without(lines: Vec<&str>, part: &str) -> Vec<String> {
    lines.into_iter().filter(|line| !line.contains(part)).map(ToOwned::to_owned).collect()
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
        let Self { refuted, all } = self;
        let claims = || format!("{refuted} of {all} claims about the crate graph are refuted").into();
        if refuted == 0 { Ok(()) } else { Err(claims()) }
    }
}
