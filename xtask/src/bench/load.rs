//! What is timed, and what depends on the machine. Reported, never gated.

mod build;
mod peers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_types::{Clock as _, SystemClock};

use crate::{Result, program, workspace};

const PACKAGE: &str = "tcb-bench-load";

/// How many tokens are at hand when their memory is looked at.
const MERCHANTS: [u32; 2] = [100_000, 1_000_000];

/// How often `tcbctl --version` is run.
const STARTS: usize = 21;

/// What is to be timed beside what always is.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Compare with other libraries too: wx-rust-open, wechat-minapp, wechatpy and node-easywechat, each from its registry.
    #[arg(long)]
    peers: bool,
    /// Walk a million merchants over `SQLite`, and measure what merchants cost a Redis server. Takes ten minutes.
    #[arg(long)]
    scale: bool,
    /// Build each crate from nothing, and count its dependencies. Takes ten minutes.
    #[arg(long)]
    build: bool,
}

/// Figures for the JSON line, by name.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) ratios: BTreeMap<String, Value>,
    pub(super) bytes_per_authorizer: BTreeMap<String, Value>,
}

/// Times all of it, or the parts whose names start with `only`, and prints it. The parts are `compare`, `wire`, `refresh`, `start`, `http2`,
/// `burst`, `merchants` and, when they are asked for, `scale` and `build`.
pub(super) fn run(args: &Args, only: Option<&str>) -> Result<Load> {
    let wanted = |part: &str| only.is_none_or(|only| part.starts_with(only));
    let mut load = Load::default();
    let parts = ["compare", "wire", "refresh", "start", "http2", "burst", "merchants", "scale"];
    if parts.into_iter().any(wanted) {
        let programs = build_programs(&[PACKAGE])?;
        if wanted("compare") {
            let peers = if args.peers { peers::provide() } else { Vec::new() };
            let arguments: Vec<String> =
                peers.iter().flat_map(|peer| ["--peer".to_owned(), peer.clone()]).collect();
            load.take(&role(&programs.join(PACKAGE), "compare", &arguments)?);
        }
        for part in ["wire", "refresh", "start", "http2", "burst"] {
            if wanted(part) {
                load.take(&role(&programs.join(PACKAGE), part, &[])?);
            }
        }
        if wanted("start") {
            load.time_tcbctl()?;
        }
        if wanted("merchants") {
            load.weigh_merchants(&programs.join("tcb-bench-bytes"))?;
        }
        if args.scale && wanted("scale") {
            role(&programs.join(PACKAGE), "scale", &[])?;
            program::require("redis-server")?;
            role(&programs.join(PACKAGE), "redis", &[])?;
        }
    }
    if args.build && wanted("build") {
        build::measure()?;
    }
    Ok(load)
}

impl Load {
    /// Takes the ratios out of what a role has told.
    fn take(&mut self, told: &Value) {
        if let Some(ratios) = told["ratios"].as_object() {
            self.ratios.extend(ratios.iter().map(|(name, ratio)| (name.clone(), ratio.clone())));
        }
    }

    fn time_tcbctl(&mut self) -> Result {
        let tcbctl = build_programs(&["tcbctl"])?.join("tcbctl");
        let mut took = Vec::new();
        for _ in 0..STARTS {
            let begun = SystemClock.monotonic();
            workspace::output(command(&tcbctl, &["--version"]))?;
            took.push(SystemClock.monotonic() - begun);
        }
        took.sort_unstable();
        let median = took.get(STARTS / 2).copied().unwrap_or_default();
        println!("tcbctl --version: {:.1} ms, median of {STARTS}.", median.as_secs_f64() * 1e3);
        // Of the ten milliseconds that it may take.
        let ratio = median.as_secs_f64() / Duration::from_millis(10).as_secs_f64();
        self.ratios.insert("start/tcbctl".to_owned(), json!(ratio));
        Ok(())
    }

    fn weigh_merchants(&mut self, program: &std::path::Path) -> Result {
        println!("\n| merchants in the cache | heap, bytes each | RSS, bytes each |");
        println!("| --- | --- | --- |");
        for merchants in MERCHANTS {
            let line = workspace::output(command(program, &[&merchants.to_string()]))?;
            let told: Value = serde_json::from_str(&line)?;
            println!("| {merchants} | {} | {} |", told["heap"], told["rss"]);
            for kind in ["heap", "rss"] {
                self.bytes_per_authorizer.insert(format!("{kind}/{merchants}"), told[kind].clone());
            }
        }
        Ok(())
    }
}

/// Builds programs as they are measured, and gives the folder that they are in.
fn build_programs(packages: &[&str]) -> Result<PathBuf> {
    let mut cargo = workspace::cargo(&["build", "--quiet", "--profile", "bench", "--message-format", "json"]);
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    let told = workspace::output(cargo)?;
    let executable = told.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let executable = PathBuf::from(message["executable"].as_str()?);
        Some(executable.parent()?.to_owned())
    });
    executable.ok_or_else(|| "cargo did not say what it has built".into())
}

/// Lets the program measure something. It prints tables and ends in one line with a JSON object, which is the answer.
fn role(program: &std::path::Path, name: &str, arguments: &[String]) -> Result<Value> {
    let mut command = command(program, &[name]);
    command.args(arguments).stdin(Stdio::null());
    let told = workspace::output(command)?;
    let (tables, last) = told.trim_end().rsplit_once('\n').unwrap_or(("", told.trim_end()));
    println!("\n{tables}");
    Ok(serde_json::from_str(last)?)
}

fn command(program: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(arguments);
    command
}
