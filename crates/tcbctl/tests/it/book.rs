//! The shell scripts of the books.

use std::path::Path;
use std::process::Command;

use tcb_emulator::{Emulator, USUAL_PERMISSION_SETS};

use crate::nouns::callback_address;
use crate::store::Service;
use crate::support::tcbctl;

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/examples");
    std::fs::read_to_string(examples.join(name)).unwrap()
}

/// A shell in a folder of its own, with nothing of whoever runs the tests. It finds `tcbctl`.
fn shell(script: &str, folder: &Path) -> Command {
    // The settings of the other tests.
    let quiet = tcbctl(&[]);
    let mut shell = Command::new("sh");
    for (name, value) in quiet.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let installed = Path::new(env!("CARGO_BIN_EXE_tcbctl")).parent().unwrap();
    let path = format!("{}:{}:{}", folder.display(), installed.display(), std::env::var("PATH").unwrap());
    shell.env("PATH", path).current_dir(folder).env("XDG_STATE_HOME", folder);
    // A proxy that is set for the outside is not asked for this machine.
    shell.env("NO_PROXY", "127.0.0.1").args(["-euc", script]);
    shell
}

/// Runs a shell to its end, and gives what it printed.
fn printed(name: &str, shell: &mut Command) -> String {
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Runs a script with a `tcbctl` that talks to `emulator`, and gives what it printed.
fn run(emulator: &Emulator, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = shell(&example(name), folder.path());
    shell.env("EMU", emulator.admin_url()).env("BASE", emulator.base_url());
    printed(name, shell.env("TCBCTL_BASE_URL", emulator.base_url()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_of_the_books_run() {
    let emulator = Emulator::start().await.unwrap();
    let said = run(&emulator, "first_merchant.sh");
    assert!(said.contains("sum") && said.contains("createEnv"), "{said}");
    run(&emulator, "lost_answer.sh");
    assert!(run(&emulator, "assumptions.sh").contains("at-once"));
    assert_eq!(emulator.assumed("A-005").unwrap(), "at-once");
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

/// A `tcbctl` that ends as soon as the emulator that it has started says where it is; at a port
/// that is free.
const STARTER: &str = r#"#!/bin/sh
set -- $(echo "$*" | sed 's/:8099/:0/')
case "$*" in *--listen*) ;; *) set -- "$@" --listen 127.0.0.1:0 ;; esac
: > started
PROGRAM "$@" > started & started=$!
until grep -q base_url started; do kill -0 $started || exit 1; sleep 0.02; done
kill $started
wait $started
"#;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn emulators_start_as_the_books_start_them() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let emulator = Emulator::start().await.unwrap();
    emulator.save_snapshot("state").unwrap();
    std::fs::write(state, emulator.export_snapshot("state").unwrap().to_string()).unwrap();
    let starter = folder.path().join("tcbctl");
    std::fs::write(&starter, STARTER.replace("PROGRAM", env!("CARGO_BIN_EXE_tcbctl"))).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&starter, mode).unwrap();
    // One after the other, so that each is waited for.
    let script = example("start.sh").replace(" &", "");
    assert_eq!(script.matches("\ntcbctl emu start").count(), 6);
    let mut shell = shell(&script, folder.path());
    printed("start.sh", shell.env("EMU_TOKEN", "a-token-of-enough-letters"));
    assert!(folder.path().join("ca.pem").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_looked_at_before_it_goes_live() {
    let service = Service::start().await;
    let url = callback_address(&service.emulator).await;
    let platform = service.emulator.component();
    let file = service.file();
    for name in ["callbacks.sh", "go_live.sh"] {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = shell(&example(name), folder.path());
        shell.envs(service.env()).env("URL", format!("{url}/events")).env("TCBCTL_STORE", &file);
        shell.env("TCBCTL_CALLBACK_TOKEN", platform.callback_token.expose());
        shell.env("TCBCTL_ENCODING_AES_KEY", platform.encoding_aes_key.expose());
        assert!(printed(name, &mut shell).contains("verified"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_of_the_books_is_read() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tcbctl");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), example("profile.toml")).unwrap();
    crate::support::owner_only(&folder.join("config.toml"));
    let home = home.path().to_str().unwrap();
    let explained = crate::support::run(&[("XDG_CONFIG_HOME", home)], &["config", "explain", "base_url"]);
    assert_eq!(explained.exit, 0, "{explained:?}");
    assert!(explained.stdout.contains("https://api.weixin.qq.com"), "{explained:?}");
}
