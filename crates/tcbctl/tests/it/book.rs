//! The shell scripts of the books.

use std::path::Path;
use std::process::Command;

use tcb_emulator::{Emulator, USUAL_PERMISSION_SETS};

use crate::support::tcbctl;

/// Runs a script with a `tcbctl` that talks to `emulator`, and gives what it printed.
fn run(emulator: &Emulator, name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/examples");
    let script = std::fs::read_to_string(examples.join(name)).unwrap();
    // The settings of the other tests: nothing of whoever runs them.
    let quiet = tcbctl(&[]);
    let mut shell = Command::new("sh");
    for (name, value) in quiet.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let folder = Path::new(env!("CARGO_BIN_EXE_tcbctl")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    shell.env("PATH", path).env("EMU", emulator.admin_url()).env("TCBCTL_BASE_URL", emulator.base_url());
    let folder = tempfile::tempdir().unwrap();
    shell.current_dir(folder.path()).env("XDG_STATE_HOME", folder.path());
    shell.env("BASE", emulator.base_url());
    // A proxy that is set for the outside is not asked for this machine.
    let output = shell.env("NO_PROXY", "127.0.0.1").args(["-euc", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_of_the_books_run() {
    let emulator = Emulator::start().await.unwrap();
    let said = run(&emulator, "first_merchant.sh");
    assert!(said.contains("sum") && said.contains("createEnv"), "{said}");
    run(&emulator, "lost_answer.sh");
    assert_eq!(emulator.counters().executed("createEnv"), 2, "one for each script");
    // That a function was invoked before the emulator was told what it answers.
    assert_eq!(emulator.findings().len(), 1, "{:?}", emulator.findings());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_comes_to_a_blueprint_and_back() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    emulator.seed_open_merchants(&component, 40, USUAL_PERMISSION_SETS).unwrap();
    run(&emulator, "fleet.sh");
    let counters = emulator.counters();
    for create in ["createEnv", "createFunction", "addDatabaseCollection"] {
        assert_eq!(counters.executed(create), 40, "{create}");
    }
    emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_python_have_a_merchant_without_the_sdk() {
    let emulator = Emulator::start().await.unwrap();
    let said = run(&emulator, "emulator.sh");
    for part in
        ["the platform's token: ", "-601049", "\"envid\":", "\"errcode\":-1,", "42001", "\"findings\":[]"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let counters = emulator.counters();
    assert_eq!((counters.executed("createCloudUser"), counters.executed("createEnv")), (1, 1));
    emulator.assert_clean();

    let emulator = Emulator::start().await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/examples/emulator.py");
    let Ok(python) = Command::new("python3").arg(script).env("BASE", emulator.base_url()).output() else {
        return println!("left out: python3 is missing");
    };
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    assert_eq!(emulator.counters().executed("getAuthorizerRefreshToken"), 1);
    emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_of_the_books_is_read() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tcbctl");
    std::fs::create_dir(&folder).unwrap();
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/examples/profile.toml");
    std::fs::copy(profile, folder.join("config.toml")).unwrap();
    crate::support::owner_only(&folder.join("config.toml"));
    let home = home.path().to_str().unwrap();
    let explained = crate::support::run(&[("XDG_CONFIG_HOME", home)], &["config", "explain", "base_url"]);
    assert_eq!(explained.exit, 0, "{explained:?}");
    assert!(explained.stdout.contains("https://api.weixin.qq.com"), "{explained:?}");
}
