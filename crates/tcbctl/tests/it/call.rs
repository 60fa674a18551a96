//! Any operation of the catalogue, against an emulator and against a server that repeats what it is
//! sent.

use std::fs;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant};

use crate::echo::{Manner, start};
use crate::support::{Run, run};

fn call(emulator: &Emulator, args: &[&str]) -> Run {
    run(&[("TCBCTL_BASE_URL", emulator.base_url())], &[&["call"], args].concat())
}

fn json_of(emulator: &Emulator, args: &[&str]) -> (i32, Value) {
    let run = call(emulator, &[args, &["-o", "json"]].concat());
    (run.exit, run.json())
}

const CREATE_ENV: [&str; 5] = ["createEnv", "-f", "type=CreatePostpayPackage", "-f", "alias=shop"];

/// An emulator with a merchant that has cloud development.
async fn opened() -> Emulator {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    assert_eq!(json_of(&emulator, &["createCloudUser"]).0, 0);
    emulator
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_called_by_its_documented_names() {
    let emulator = opened().await;
    let (exit, created) = json_of(&emulator, &CREATE_ENV);
    assert_eq!((exit, &created["operation"]), (0, &json!("createEnv")), "{created}");
    assert_eq!(created["appid"], emulator.merchants()[0].appid.as_str());
    let env = created["answer"]["envid"].as_str().unwrap();
    assert!(env.starts_with("shop-"), "{created}");

    let field = format!("env={env}");
    let function = call(&emulator, &["/tcb/createfunction", "-f", &field, "-f", "function_name=hello"]);
    assert_eq!(function.exit, 0, "{function:?}");
    let list = call(&emulator, &["GETENVINFO"]);
    assert_eq!(list.exit, 0, "{list:?}");
    assert!(list.stdout.contains("[0].env ") && list.stdout.contains(env), "{list:?}");
    assert_eq!(emulator.counters().executed("createEnv"), 1);
    assert_eq!(emulator.counters().executed("createFunction"), 1);
    emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_documented_is_named_and_not_sent() {
    let emulator = opened().await;
    let before = emulator.counters();
    for (args, findings) in [
        (&["createEnv", "-f", "type=CreatePostpayPackage"][..], &["alias: required but missing"][..]),
        (&[&CREATE_ENV[..], &["-f", "colour=red"]].concat(), &["colour: not a documented field"]),
        (
            &["createEnv", "--data", r#"{"type": 7, "alias": true}"#],
            &["type: expected string, found integer", "alias: expected string, found boolean"],
        ),
        (&["getFuntionList", "-f", "env=e", "-f", "limit=many"], &["limit: expected integer, found string"]),
        (&[&CREATE_ENV[..], &["--query", "page=1"]].concat(), &["?page: not a documented field"]),
    ] {
        let refused = call(&emulator, &[args, &["-o", "json"]].concat());
        assert_eq!(refused.exit, 2, "{refused:?}");
        assert_eq!(refused.json()["error"]["findings"], json!(findings));
        for finding in findings {
            assert!(refused.stderr.contains(&format!("\n  {finding}\n")), "{refused:?}");
        }
        assert!(refused.stderr.contains("nothing was sent"), "{refused:?}");
    }
    assert_eq!(emulator.counters(), before);
}

#[test]
fn a_dry_run_shows_the_request_and_needs_nobody_to_send_it_to() {
    // Nothing listens at this target, and the token would be refused.
    let env = [("TCBCTL_BASE_URL", "http://127.0.0.1:9"), ("TCBCTL_ACCESS_TOKEN", "canary")];
    let shown = run(&env, &[&["call"], &CREATE_ENV[..], &["--dry-run", "-o", "json"]].concat());
    assert_eq!((shown.exit, shown.stderr.as_str()), (0, ""), "{shown:?}");
    assert_eq!(
        shown.json(),
        json!({
            "schema": 1,
            "ok": true,
            "command": "call",
            "operation": "createEnv",
            "dry_run": true,
            "method": "POST",
            "path": "/tcb/createenvandresource",
            "token_of": "merchant",
            "class": "not_repeatable",
            "query": [],
            "body": {"type": "CreatePostpayPackage", "alias": "shop"},
        })
    );

    let args = ["call", "dbcollectionManage", "--query", "action=get", "-f", "env=e", "--dry-run"];
    let shown = run(&env, &args);
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(shown.stdout.contains("action=get") && !shown.stdout.contains("canary"), "{shown:?}");
    assert_eq!(run(&env, &["call", "createEnv", "--dry-run"]).exit, 2, "it is checked all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_calls_with_its_own_token_and_secrets_are_masked() {
    let emulator = Emulator::start().await.unwrap();
    let field = format!("component_appid={}", emulator.component().app_id);
    let (exit, masked) = json_of(&emulator, &["getPreAuthCode", "-f", &field]);
    assert_eq!((exit, &masked["answer"]["pre_auth_code"]), (0, &json!("[masked]")), "{masked}");
    assert_eq!(masked["component_appid"], emulator.component().app_id.as_str());
    assert!(emulator.merchants().is_empty(), "no merchant is needed");

    let rows = call(&emulator, &["getPreAuthCode", "-f", &field]);
    assert!(rows.stdout.contains("pre_auth_code    [masked]"), "{rows:?}");
    assert_eq!(rows.stderr, "hint: secrets are masked; --show-secrets prints them\n");

    let (exit, shown) = json_of(&emulator, &["getPreAuthCode", "-f", &field, "--show-secrets"]);
    assert_eq!(exit, 0);
    assert!(shown["answer"]["pre_auth_code"].as_str().is_some_and(|code| code != "[masked]"), "{shown}");
    assert_eq!(emulator.counters().executed("getPreAuthCode"), 3);
    emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_without_a_token_takes_its_secret_from_a_file() {
    let emulator = Emulator::start().await.unwrap();
    let platform = emulator.component().clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    let body = json!({"component_appid": platform.app_id, "component_secret": platform.secret.expose()});
    fs::write(&path, body.to_string()).unwrap();
    let data = format!("@{}", path.display());

    let shown = call(&emulator, &["startPushTicket", "--data", &data, "--dry-run"]);
    assert!(shown.stdout.contains("[masked]") && !shown.stdout.contains(platform.secret.expose()));
    let (exit, started) = json_of(&emulator, &["startPushTicket", "--data", &data]);
    assert_eq!(exit, 0, "{started}");
    assert_eq!(emulator.counters().executed("startPushTicket"), 1);
}

#[test]
fn a_secret_is_never_an_argument() {
    let refused = run(&[], &["call", "startPushTicket", "-f", "component_secret=canary"]);
    assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("component_secret: a secret"), "{refused:?}");
    assert!(refused.stderr.contains("\nhint: tcbctl call startPushTicket --data @FILE"), "{refused:?}");
    assert!(!refused.stderr.contains("canary"), "{refused:?}");
}

#[test]
fn a_secret_that_the_server_repeats_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    let body = json!({"component_appid": "wxplatform", "component_secret": "canary-secret"});
    fs::write(&path, body.to_string()).unwrap();
    let data = format!("@{}", path.display());
    let field = ["-f", "component_appid=wxplatform"];
    for manner in [Manner::Refuse, Manner::Break, Manner::GiveTokens] {
        let url = start(manner);
        let env = [("TCBCTL_BASE_URL", url.as_str()), ("TCBCTL_ACCESS_TOKEN", "canary-token")];
        for args in [
            &["call", "startPushTicket", "--data", &data][..],
            &["call", "getPreAuthCode", field[0], field[1]],
            &["call", "getEnvInfo"],
        ] {
            for format in ["table", "json"] {
                let run = run(&env, &[args, &["-o", format]].concat());
                let all = run.stdout + &run.stderr;
                assert!(!all.contains("canary"), "{manner:?} {args:?}: {all}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn either_token_goes_where_both_are_taken() {
    let dry = |args: &[&str]| {
        let run = run(&[], &[&["call"], args, &["--dry-run", "-o", "json"]].concat());
        (run.exit, run.json())
    };
    let quota = ["getApiQuota", "-f", "cgi_path=/tcb/createfunction"];
    assert_eq!(dry(&quota).1["token_of"], "merchant");
    assert_eq!(dry(&[&quota[..], &["--as", "platform"]].concat()).1["token_of"], "platform");
    let (exit, refused) = dry(&[&CREATE_ENV[..], &["--as", "platform"]].concat());
    assert_eq!((exit, &refused["error"]["kind"]), (2, &json!("token_kind")), "{refused}");
}

#[test]
fn an_unknown_operation_is_wrong_usage_and_similar_ones_are_named() {
    for command in ["call", "explain"] {
        let refused = run(&[], &[command, "creatFunction"]);
        assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("similar: createFunction"), "{refused:?}");
    }
}
