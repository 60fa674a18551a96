//! Fleets, from the first command to the last.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::Emulator;
use tempfile::TempDir;

use crate::support::{Run, tcbctl};

const CREATES: [&str; 3] = ["createEnv", "createFunction", "addDatabaseCollection"];

/// Merchants, and a folder with what `init` writes.
struct Stage {
    emulator: Emulator,
    folder: TempDir,
}

impl Stage {
    async fn with(count: usize, opened: bool) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let component = emulator.component().app_id.clone();
        let sets = [18, 25, 30, 49];
        if opened {
            emulator.seed_open_merchants(&component, count, sets).unwrap();
        } else {
            emulator.seed_merchants(&component, count, sets).unwrap();
        }
        let stage = Self { emulator, folder: tempfile::tempdir().unwrap() };
        assert_eq!(stage.run(0, &["fleet", "init"])["outcome"], "written");
        stage
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = tcbctl(args);
        command.env("TCBCTL_BASE_URL", self.emulator.base_url()).current_dir(self.folder.path());
        command
    }

    #[track_caller]
    fn raw(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn run(&self, exit: i32, args: &[&str]) -> Value {
        let run = self.raw(&[args, &["-o", "json"]].concat());
        assert_eq!(run.exit, exit, "{args:?}: {run:?}");
        run.json()
    }

    fn executed(&self) -> [u64; 3] {
        let counters = self.emulator.counters();
        CREATES.map(|operation| counters.executed(operation))
    }

    /// A run that is in the middle of its work.
    async fn at_work(&self) -> Child {
        let mut apply = self.command(&["fleet", "apply", "--waves", "rest", "--rate", "40"]);
        let child = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while self.executed()[0] < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_commands_bring_all_merchants_to_what_the_blueprint_says() {
    let stage = Stage::with(12, true).await;
    assert_eq!(stage.run(2, &["fleet", "init"])["error"]["kind"], "file");
    assert_eq!(stage.run(4, &["fleet", "status"])["error"]["kind"], "journal");
    let shown = stage.run(0, &["fleet", "apply", "--dry-run"]);
    assert_eq!((&shown["dry_run"], &shown["new"]), (&json!(true), &json!(12)), "{shown}");
    assert_eq!((stage.executed(), stage.folder.path().join("fleet.db").exists()), ([0; 3], false));
    let planned = stage.run(2, &["fleet", "plan", "--detailed-exitcode"]);
    assert_eq!((&planned["new"], &planned["waves"]), (&json!(12), &json!(3)));
    assert_eq!(stage.executed(), [0; 3], "planning writes nothing");

    let applied = stage.raw(&["fleet", "apply", "--progress", "jsonl", "-o", "json"]);
    assert_eq!(applied.exit, 0, "{applied:?}");
    let events: Vec<Value> = applied.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(of("merchant"), 12);
    assert!(of("step") > 60 && of("counts") > 2, "{}", events.len());
    let last = events.last().unwrap();
    assert_eq!((&last["standings"]["ready"], &last["ok"]), (&json!(12), &json!(true)));
    assert_eq!(stage.executed(), [12; 3]);

    let again = stage.run(0, &["fleet", "plan", "--detailed-exitcode"]);
    assert_eq!(again["unchanged"], 12);
    let status = stage.run(0, &["fleet", "status", "--all", "--limit", "5"]);
    assert_eq!(status["items"].as_array().unwrap().len(), 5);
    assert_eq!(status["conditions"]["Ready"], 5);
    let status = stage.raw(&["fleet", "status"]).stdout;
    assert!(status.ends_with("\nall are ready\n"), "{status}");
    stage.run(0, &["fleet", "watch"]);
    stage.run(0, &["fleet", "report", "--csv", "r.csv", "--html", "r.html"]);
    let page = fs::read_to_string(stage.folder.path().join("r.html")).unwrap();
    assert!(page.contains("<h1>12 merchants</h1>"));

    let first = stage.run(0, &["fleet", "rollout", "status"])["blueprint"].clone();
    fs::write(stage.folder.path().join("functions/hello/index.js"), "exports.main = async () => 2\n")
        .unwrap();
    assert_eq!(stage.run(0, &["fleet", "apply"])["standings"]["ready"], 12);
    assert_ne!(stage.run(0, &["fleet", "rollout", "status"])["blueprint"], first);
    stage.run(0, &["fleet", "rollout", "undo"]);
    assert_eq!(stage.run(0, &["fleet", "rollout", "status"])["blueprint"], first);
    assert_eq!(stage.executed(), [12; 3]);
    stage.emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn that_people_are_missing_is_an_exit_code_of_its_own() {
    let stage = Stage::with(3, false).await;
    let applied = stage.run(8, &["fleet", "apply"]);
    assert_eq!(
        (&applied["status"], &applied["standings"]["waiting"]),
        (&json!("action_required"), &json!(3))
    );
    for prompt in stage.emulator.prompts() {
        stage.emulator.approve(prompt.id).unwrap();
    }
    assert_eq!(stage.run(0, &["fleet", "retry", "--waiting"])["merchants"], 3);
    assert_eq!(stage.run(4, &["fleet", "retry", "--forget", "shop-1"])["error"]["kind"], "env");
    // Who begins in a pause is told why nothing happens.
    stage.run(0, &["fleet", "pause"]);
    let mut apply = stage.command(&["fleet", "apply"]);
    let mut apply = apply.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(apply.stderr.take().unwrap()).lines().take(3).map_while(Result::ok);
    assert!(said.any(|line| line == "hint: tcbctl fleet resume"));
    stage.run(0, &["fleet", "resume"]);
    assert_eq!(apply.wait().unwrap().code(), Some(0));
    assert_eq!(stage.run(0, &["fleet", "status"])["standings"]["ready"], 3);
    assert_eq!(stage.executed(), [3; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_names_merchants_with_variables_and_labels() {
    let stage = Stage::with(3, true).await;
    let merchants = stage.emulator.merchants();
    let rows = merchants.iter().zip(["north", "south", "north"]);
    let rows = rows.map(|(merchant, region)| format!("{},hi,{region}\n", merchant.appid));
    let list = format!("appid,GREETING,label.region\n{}", rows.collect::<String>());
    fs::write(stage.folder.path().join("shops.csv"), list).unwrap();
    let north = ["-m", "shops.csv", "--only", "region=north"];
    let applied = stage.run(0, &[&["fleet", "apply"], &north[..]].concat());
    assert_eq!(applied["merchants"], 2);
    assert_eq!(stage.executed(), [2; 3]);
    fs::write(stage.folder.path().join("shops.csv"), "appid\nwx1\nwx1\n").unwrap();
    let wrong = stage.run(2, &["fleet", "plan", "-m", "shops.csv"]);
    assert!(wrong["error"]["why"].as_str().unwrap().contains("line 3"), "{wrong}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_after_the_calls_in_flight_and_the_next_run_goes_on() {
    let stage = Stage::with(20, true).await;
    let mut child = stage.at_work().await;
    assert!(tcb_test_kit::signal(child.id(), "INT"));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let status = stage.run(0, &["fleet", "status"]);
    assert!(status["standings"]["pending"].as_u64().unwrap() > 0, "{status}");
    assert_eq!(stage.run(0, &["fleet", "apply"])["standings"]["ready"], 20);
    assert_eq!(stage.executed(), [20; 3]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_is_gone_on_with_and_creates_nothing_twice() {
    let stage = Stage::with(20, true).await;
    let mut child = stage.at_work().await;
    child.kill().unwrap();
    child.wait().unwrap();
    let mut next = stage.command(&["fleet", "apply", "--waves", "rest"]);
    let mut next = next.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // A create that was noted when the process died, and perhaps never sent, is looked for until
    // ten minutes have passed. It would hold the next wave; within one all others are done with.
    let ready = loop {
        let ended = next.try_wait().unwrap();
        let standings = stage.run(0, &["fleet", "status"])["standings"].clone();
        let of = |name: &str| standings[name].as_u64().unwrap_or_default();
        if of("ready") + of("unsettled") == 20 {
            break of("ready");
        }
        assert!(ended.is_none(), "{ended:?}: {standings}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    if ready < 20 {
        assert!(tcb_test_kit::signal(next.id(), "INT"));
    }
    next.wait().unwrap();
    assert!(ready > 0);
    assert!(stage.executed().iter().all(|times| (ready..=20).contains(times)), "{:?}", stage.executed());
    stage.emulator.assert_clean();
}
