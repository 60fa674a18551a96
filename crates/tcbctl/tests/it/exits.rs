//! How commands end: each exit code is reached by a run.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use tcb_emulator::{Emulator, Fault, Merchant};

use crate::support::{run, tcbctl};

/// The codes that the help lists.
fn listed() -> BTreeSet<i32> {
    let help = run(&[], &["--help", "--lang", "en"]).stdout;
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    codes.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_exit_code_is_reached() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    let here = [("TCBCTL_BASE_URL", emulator.base_url())];
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    let mut reached = BTreeSet::new();
    let mut ends = |exit: i32, env: &[(&str, &str)], args: &[&str]| {
        let ended = run(env, args);
        assert_eq!(ended.exit, exit, "{args:?}: {ended:?}");
        reached.insert(exit);
    };
    ends(0, &[], &["explain", "exit-0"]);
    ends(1, &[], &["man", "--check", "--dir", folder.path().to_str().unwrap()]);
    ends(2, &[], &["frobnicate"]);
    ends(3, &[here[0], ("TCBCTL_ACCESS_TOKEN", "old")], &["env", "list"]);
    ends(4, &[], &["explain", "123456"]);
    ends(5, &here, &["env", "list"]);
    ends(8, &here, &["cloud", "open"]);
    // Whoever listens and never answers.
    ends(9, &[("TCBCTL_BASE_URL", silent.as_str())], &["env", "list"]);
    emulator.fault(Fault::errcode("/tcb/getenvinfo", 45009)).unwrap();
    ends(6, &here, &["env", "list"]);
    emulator.approve(emulator.prompts()[0].id).unwrap();
    ends(0, &here, &["cloud", "open"]);
    emulator.fault(Fault::drop_before("/tcb/createenvandresource")).unwrap();
    ends(10, &here, &["env", "create", "shop"]);
    if cfg!(unix) {
        emulator.fault(Fault::delay("/tcb/getenvinfo", Duration::from_secs(600))).unwrap();
        let mut command = tcbctl(&["env", "list"]);
        let mut process = command.envs(here).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !emulator.faults().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let id = process.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
        assert_eq!(process.wait().unwrap().code(), Some(130));
    }
    reached.insert(130);
    assert_eq!(reached, listed(), "a code without a test, or a test without a code");
}
