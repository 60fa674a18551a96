//! Deployments, of one function and of a merchant.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Fault, Merchant, Script};
use tempfile::TempDir;

use crate::support::{Run, run, tcbctl};

/// Longer than any test takes.
const VERY_LONG: Duration = Duration::from_secs(600);

const CREATES: [&str; 3] = ["createEnv", "createFunction", "addDatabaseCollection"];

fn against(emulator: &Emulator, args: &[&str]) -> Run {
    run(&[("TCBCTL_BASE_URL", emulator.base_url())], args)
}

#[track_caller]
fn json_of(emulator: &Emulator, exit: i32, args: &[&str]) -> Value {
    let run = against(emulator, &[args, &["-o", "json"]].concat());
    assert_eq!(run.exit, exit, "{args:?}: {run:?}");
    run.json()
}

fn executed(emulator: &Emulator) -> [u64; 3] {
    let counters = emulator.counters();
    CREATES.map(|operation| counters.executed(operation))
}

async fn with_merchant() -> Emulator {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    emulator
}

/// The folder of a function, which is called `hello`.
fn hello(answer: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let hello = folder.path().join("hello");
    fs::create_dir(&hello).unwrap();
    fs::write(hello.join("index.js"), format!("exports.main = async () => '{answer}'\n")).unwrap();
    let hello = hello.to_str().unwrap().to_owned();
    (folder, hello)
}

fn steps(report: &Value) -> Vec<&str> {
    let steps = report["items"].as_array().or(report["steps"].as_array()).unwrap();
    steps.iter().map(|step| step["action"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_a_function_that_is_invoked() {
    let emulator = with_merchant().await;
    let (_folder, dir) = hello("hi");
    json_of(&emulator, 0, &["cloud", "open"]);
    assert_eq!(json_of(&emulator, 4, &["function", "deploy", &dir])["error"]["kind"], "env");
    let env = json_of(&emulator, 0, &["env", "create", "shop"])["env_id"].clone();
    let deploy = ["function", "deploy", &dir, "--timeout", "7", "--variable", "MODE=live"];

    let shown = json_of(&emulator, 0, &[&deploy[..], &["--dry-run"]].concat());
    assert_eq!(shown["dry_run"], true);
    let all = ["create_function", "upload_code", "configure", "await_function"];
    assert_eq!(steps(&shown), all);
    assert_eq!(executed(&emulator), [1, 0, 0], "nothing was changed");

    let invoked = json_of(&emulator, 0, &[&deploy[..], &["--invoke", r#"{"n":1}"#]].concat());
    assert_eq!((&invoked["outcome"], steps(&invoked)), (&json!("deployed"), all.to_vec()), "{invoked}");
    assert_eq!(invoked["result"], json!({"emulated": "hello", "event": {"n": 1}}));
    assert_eq!((&invoked["function"], &invoked["env_id"]), (&json!("hello"), &env));
    let config = json_of(
        &emulator,
        0,
        &[
            "call",
            "getFuntionConfig",
            "-f",
            "type=3",
            "-f",
            "function_name=hello",
            "-f",
            &format!("env={}", env.as_str().unwrap()),
        ],
    );
    assert!(config["answer"]["config"].as_str().unwrap().contains("live"), "{config}");

    assert_eq!(json_of(&emulator, 0, &deploy)["outcome"], "unchanged");
    emulator.set_scripts([Script::answering("hello", "\"hi\"")]);
    let again = json_of(&emulator, 0, &["function", "deploy", &dir, "--invoke"]);
    assert_eq!((&again["outcome"], &again["result"]), (&json!("unchanged"), &json!("hi")), "{again}");
    let other = json_of(&emulator, 0, &["function", "deploy", &dir, "--name", "other"]);
    assert_eq!(steps(&other), ["create_function", "upload_code", "await_function"]);
    assert_eq!(executed(&emulator), [1, 2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_of_each_step() {
    let emulator = with_merchant().await;
    let (_folder, dir) = hello("hi");
    json_of(&emulator, 0, &["cloud", "open"]);
    json_of(&emulator, 0, &["env", "create", "shop"]);
    let told = against(&emulator, &["function", "deploy", &dir, "-o", "jsonl"]);
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = lines.iter().map(|line| (line["event"].as_str(), line["number"].as_u64())).collect();
    let event = |event, number| (Some(event), Some(number));
    assert_eq!(
        events,
        [
            event("begun", 1),
            event("done", 1),
            event("begun", 2),
            event("done", 2),
            event("begun", 3),
            event("done", 3),
            (None, None)
        ],
        "{told:?}"
    );
    assert_eq!((&lines[0]["of"], &lines[0]["name"]), (&json!(3), &json!("hello")));
    assert_eq!(lines[6]["ok"], true);
    let planned =
        against(&emulator, &["function", "deploy", &dir, "--name", "f", "--dry-run", "-o", "jsonl"]);
    assert_eq!(planned.stdout.lines().count(), 3, "{planned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_packed_is_told_with_its_place() {
    let emulator = with_merchant().await;
    let (folder, dir) = hello("hi");
    let before = emulator.counters();
    let deploy = |dir: &str, more: &[&str]| {
        let run = against(&emulator, &[&["function", "deploy", dir], more].concat());
        assert_eq!(run.exit, 2, "{run:?}");
        run.stderr
    };
    let nowhere = deploy(&format!("{dir}/none"), &[]);
    assert!(nowhere.contains("hello/none is no folder\nhint: name the one"), "{nowhere}");
    let empty = deploy(folder.path().to_str().unwrap(), &["--lang", "zh"]);
    assert!(empty.contains("没有 `index.js`\n提示：在其中的 index.js"), "{empty}");
    fs::write(Path::new(&dir).join(".tcbignore"), "*.log\n[z-a]\n").unwrap();
    let ignore = deploy(&dir, &[]);
    assert!(ignore.contains("hello/.tcbignore:2 is no pattern") && ignore.contains("[z-a]"), "{ignore}");
    let secret = deploy(&dir, &["--variable", "API_KEY=canary"]);
    assert!(!secret.contains("canary"), "{secret}");
    fs::remove_file(Path::new(&dir).join(".tcbignore")).unwrap();
    let secret = deploy(&dir, &["--variable", "API_KEY=canary"]);
    assert!(secret.contains("API_KEY=env:VARIABLE") && !secret.contains("canary"), "{secret}");
    assert_eq!(emulator.counters(), before, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_leads_to_an_invoked_function_once_the_administrator_agrees() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    let folder = tempfile::tempdir().unwrap();
    for language in ["en", "zh"] {
        let dir = folder.path().join(language);
        let dir = dir.to_str().unwrap();
        let init = ["deploy", "init", dir, "--lang", language];
        assert_eq!(json_of(&emulator, 0, &[&init[..], &["--dry-run"]].concat())["dry_run"], true);
        assert!(!Path::new(dir).exists());
        assert_eq!(json_of(&emulator, 0, &init)["outcome"], "written");
        assert_eq!(json_of(&emulator, 2, &init)["error"]["kind"], "file", "what is there stays");
    }
    let file = folder.path().join("en/blueprint.yaml");
    let file = file.to_str().unwrap();
    let with = |verb: &[&'static str]| {
        let mut args = vec!["deploy"];
        args.extend(verb);
        args.extend(["-f", file]);
        args
    };
    let all = [
        "open_cloud",
        "create_env",
        "await_env",
        "create_function",
        "upload_code",
        "configure",
        "await_function",
        "create_collection",
    ];
    let planned = json_of(&emulator, 2, &with(&["plan", "--detailed-exitcode"]));
    assert_eq!((&planned["ok"], steps(&planned)), (&json!(true), all.to_vec()), "{planned}");
    assert_eq!(steps(&json_of(&emulator, 0, &with(&["plan"]))), all);

    let apply = with(&["apply", "--invoke", "hello={\"name\":\"shop\"}"]);
    let waiting = json_of(&emulator, 8, &apply);
    assert_eq!(
        (&waiting["status"], &waiting["outcome"]),
        (&json!("action_required"), &json!("waiting_for_consent"))
    );
    let next = waiting["next"].as_array().unwrap().last().unwrap().as_str().unwrap();
    assert!(next.starts_with("tcbctl deploy apply --invoke 'hello={"), "{next}");
    emulator.approve(emulator.prompts()[0].id).unwrap();
    let applied = json_of(&emulator, 0, &apply);
    assert_eq!(applied["result"]["event"], json!({"name": "shop"}), "{applied}");
    assert_eq!(steps(&applied), all);
    assert!(applied["envs"]["shop"].as_str().unwrap().starts_with("shop-"), "{applied}");

    assert_eq!(json_of(&emulator, 0, &with(&["plan", "--detailed-exitcode"]))["items"], json!([]));
    assert_eq!(json_of(&emulator, 0, &apply)["outcome"], "unchanged");
    assert_eq!(executed(&emulator), [1; 3]);
    let chinese = folder.path().join("zh/blueprint.yaml");
    let same = ["deploy", "plan", "-f", chinese.to_str().unwrap(), "--lang", "zh"];
    assert_eq!(json_of(&emulator, 0, &same)["items"], json!([]), "both say the same");
    let table = against(&emulator, &[&same[..], &["--var", "UNUSED=1"]].concat());
    assert!(table.stdout.ends_with("\n无需变更\n"), "{table:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_two_for_changes_gets_one_for_every_failure() {
    let emulator = with_merchant().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    fs::write(&file, "environments:\n  - alias: shop-${STAGE}\n    colour: red\n").unwrap();
    let plan = ["deploy", "plan", "--file", file.to_str().unwrap()];
    let detailed = [&plan[..], &["--detailed-exitcode"]].concat();
    let refused = json_of(&emulator, 2, &plan);
    let findings = refused["error"]["findings"][0].as_str().unwrap();
    assert!(findings.contains("shop.yaml:3") && findings.contains("`colour`"), "{refused}");
    assert_eq!(json_of(&emulator, 1, &detailed)["error"], refused["error"]);
    fs::write(&file, "environments:\n  - alias: shop-${STAGE}\n").unwrap();
    assert!(against(&emulator, &detailed).stderr.contains("shop.yaml:2"));
    let filled = [&detailed[..], &["--var", "STAGE=live"]].concat();
    assert_eq!(steps(&json_of(&emulator, 2, &filled)), ["open_cloud", "create_env", "await_env"]);
    for wrong in [&["--colour"][..], &["--var"], &["--var", "STAGE"]] {
        assert_eq!(against(&emulator, &[&detailed[..], wrong].concat()).exit, 1, "{wrong:?}");
    }
    let nobody = run(&[("TCBCTL_BASE_URL", "http://127.0.0.1:9")], &filled);
    assert_eq!(nobody.exit, 1, "{nobody:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_in_a_create_goes_on_and_creates_nothing_twice() {
    for (create, list, before) in [
        ("/tcb/createenvandresource", "/tcb/getenvinfo", 1),
        ("/tcb/createfunction", "/tcb/listfunctions", 0),
        ("/tcb/databasecollectionadd", "/tcb/databasecollectionget", 0),
    ] {
        let emulator = with_merchant().await;
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("shop");
        json_of(&emulator, 0, &["deploy", "init", dir.to_str().unwrap()]);
        let file = dir.join("blueprint.yaml");
        let apply = ["deploy", "apply", "-f", file.to_str().unwrap(), "-o", "json"];
        // The create is executed and its answer lost; it is looked for, and that is when it dies.
        let mut faults = vec![Fault::commit_then_drop(create)];
        faults.extend((0..before).map(|_| Fault::delay(list, Duration::ZERO)));
        faults.push(Fault::delay(list, VERY_LONG));
        emulator.set_faults(faults).unwrap();
        let mut command = tcbctl(&apply);
        command.env("TCBCTL_BASE_URL", emulator.base_url()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        while !emulator.faults().is_empty() {
            assert!(process.try_wait().unwrap().is_none(), "{create}: {:?}", emulator.faults());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let beside = against(&emulator, &apply);
        assert_eq!((beside.exit, &beside.json()["error"]["kind"]), (1, &json!("busy")), "{beside:?}");
        process.kill().unwrap();
        process.wait().unwrap();

        let applied = json_of(&emulator, 0, &apply[..4]);
        assert!(applied["envs"]["shop"].is_string(), "{create}: {applied}");
        assert_eq!(executed(&emulator), [1; 3], "{create}");
        assert_eq!(json_of(&emulator, 0, &apply[..4])["outcome"], "unchanged", "{create}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_in_a_create_says_how_to_go_on() {
    let emulator = with_merchant().await;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("shop");
    json_of(&emulator, 0, &["deploy", "init", dir.to_str().unwrap()]);
    let file = dir.join("blueprint.yaml");
    let apply = ["deploy", "apply", "-f", file.to_str().unwrap()];
    emulator.set_faults([Fault::delay("/tcb/createfunction", VERY_LONG)]).unwrap();
    let mut command = tcbctl(&apply);
    command.env("TCBCTL_BASE_URL", emulator.base_url()).stdout(Stdio::null()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    while !emulator.faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = process.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let ended = process.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(10), "{said}");
    assert!(
        said.contains("hint: tcbctl deploy apply -f ") && said.contains("creates nothing twice"),
        "{said}"
    );
    // For ten minutes absence from a list proves nothing.
    let early = json_of(&emulator, 10, &apply);
    assert_eq!(
        (&early["error"]["kind"], &early["error"]["maybe_executed"]),
        (&json!("unknown"), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_what_is_gone_are_told_with_their_file() {
    let emulator = with_merchant().await;
    let folder = tempfile::tempdir().unwrap();
    let (dir, notes) = (folder.path().join("shop"), folder.path().join("notes.json"));
    json_of(&emulator, 0, &["cloud", "open"]);
    json_of(&emulator, 0, &["deploy", "init", dir.to_str().unwrap()]);
    let create = json!({"what": "function", "env": "gone-1", "mode": "ordinary", "name": "f"});
    fs::write(&notes, json!({"begun": [{"create": create, "at": 1}]}).to_string()).unwrap();
    let (file, notes) = (dir.join("blueprint.yaml"), notes.to_str().unwrap());
    let plan = ["deploy", "plan", "-f", file.to_str().unwrap(), "--notes", notes];
    // What was begun in an environment that is in no list came to nothing.
    let planned = json_of(&emulator, 0, &plan);
    assert_eq!(planned["items"][0]["action"], "create_env", "{planned}");
    // An environment that was created is not created again for that.
    fs::write(notes, json!({"envs": {"ordinary": {"shop": "gone-1"}}}).to_string()).unwrap();
    let lost = json_of(&emulator, 4, &plan);
    let said = lost["error"].to_string();
    assert!(said.contains("gone-1") && said.contains(notes), "{lost}");
    assert_eq!(executed(&emulator), [0; 3]);
}

#[test]
fn what_keeps_a_folder_from_being_packed_is_said_in_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let (file, code) = (folder.path().join("shop.yaml"), folder.path().join("code"));
    fs::create_dir(&code).unwrap();
    let index = code.join("index.js");
    let refused = |entry: &str| {
        let text = format!(
            "environments:\n  - alias: shop\n    functions:\n      - {{ name: f, folder: {entry} }}\n"
        );
        fs::write(&file, text).unwrap();
        let plan = ["deploy", "plan", "--file", file.to_str().unwrap(), "--lang", "zh"];
        let (plan, deploy) = (run(&[], &plan), run(&[], &["function", "deploy", code.to_str().unwrap()]));
        assert_eq!((plan.exit, deploy.exit), (2, 2), "{plan:?}");
        let line = plan.stderr.lines().find(|line| line.contains("无法打包：")).unwrap().to_owned();
        line.replace(folder.path().to_str().unwrap(), "")
    };
    assert!(refused("none").ends_with("/none 不是目录；请给出云函数代码所在的目录"));
    assert!(refused("code").contains("/code 中没有 `index.js`；在其中的 index.js 里写 "));
    fs::write(&index, "exports.main = 1").unwrap();
    fs::write(code.join(".tcbignore"), "[z-a]\n").unwrap();
    assert!(refused("code").contains("/code/.tcbignore:1 不是合法的模式（"));
}
