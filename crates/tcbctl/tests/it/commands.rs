//! The commands against an emulator.

use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::Platform;
use tcb_emulator::{Emulator, Fault, Merchant};

use crate::support::{BACKENDS, Run, run};

/// Runs a command against `emulator`. The emulator has to go on meanwhile, so the tests run on
/// several threads.
fn against(emulator: &Emulator, args: &[&str]) -> Run {
    run(&[("TCBCTL_BASE_URL", emulator.base_url())], args)
}

fn json_of(emulator: &Emulator, args: &[&str]) -> (i32, Value) {
    let run = against(emulator, &[args, &["-o", "json"]].concat());
    (run.exit, run.json())
}

/// An emulator with a merchant that has cloud development and an environment, whose id comes along.
async fn with_environment() -> (Emulator, String) {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 0);
    let (exit, env) = json_of(&emulator, &["env", "create", "shop"]);
    assert_eq!(exit, 0, "{env}");
    let id = env["env_id"].as_str().unwrap().to_owned();
    (emulator, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_operations_go_through_both_backends() {
    for backend in BACKENDS {
        let emulator = Emulator::start().await.unwrap();
        let send = |args: &[&str]| json_of(&emulator, &[args, &["--backend", backend]].concat());

        let (exit, waiting) = send(&["cloud", "open"]);
        assert_eq!((exit, &waiting["outcome"]), (8, &json!("waiting_for_consent")), "{waiting}");
        assert_eq!(waiting["status"], "action_required");
        assert_eq!(waiting["reason"], "admin_confirmation");
        assert_eq!(waiting["next"], json!(["tcbctl emu approve 1", "tcbctl cloud open"]));
        assert_eq!(send(&["cloud", "open"]).1["outcome"], "already_asked");
        emulator.approve(emulator.prompts()[0].id).unwrap();
        let (exit, opened) = send(&["cloud", "open"]);
        let shop = opened["appid"].clone();
        assert_eq!(
            (exit, opened),
            (
                0,
                json!({"schema": 1, "ok": true, "command": "cloud open", "appid": shop, "outcome": "opened", "settled": false})
            )
        );

        let (exit, env) = send(&["env", "create", "shop"]);
        assert_eq!((exit, &env["outcome"], &env["settled"]), (0, &json!("created"), &json!(false)), "{env}");
        let id = env["env_id"].as_str().unwrap();
        assert!(id.starts_with("shop-"), "{env}");

        let (exit, function) = send(&["function", "create", "hello", "--env", id]);
        assert_eq!((exit, &function["function"]), (0, &json!("hello")), "{function}");

        let policy = |answer: &Value| (answer["open"].clone(), answer["api_whitelist"].clone());
        let (exit, read) = send(&["env", "policy", "get", "--env", id]);
        assert_eq!((exit, policy(&read)), (0, (json!(true), json!(["/*"]))));
        let (exit, set) = send(&["env", "policy", "set", "--env", id, "--allow", "/a", "--allow", "/b"]);
        assert_eq!((exit, policy(&set)), (0, (json!(true), json!(["/a", "/b"]))));
        let (exit, set) = send(&["env", "policy", "set", "--env", id, "--open", "false"]);
        assert_eq!((exit, policy(&set)), (0, (json!(false), json!(["/a", "/b"]))));
        let (_, read) = send(&["env", "policy", "get", "--env", id]);
        assert_eq!((policy(&read), &read["version"]), (policy(&set), &set["version"]));

        let (exit, account) = send(&["account", "create"]);
        assert_eq!((exit, &account["outcome"]), (0, &json!("created")), "{account}");
        let (exit, again) = send(&["account", "create", "--appid", shop.as_str().unwrap()]);
        assert_eq!((exit, &again["outcome"]), (0, &json!("already_bound")), "{again}");
        assert_eq!(again["open_appid"], account["open_appid"]);

        assert_eq!(emulator.merchants().len(), 1, "all commands acted for one merchant");
        emulator.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_rows_and_a_hint() {
    let emulator = Emulator::start().await.unwrap();
    let shop = emulator.add_merchant(Merchant::new().without_phone());
    let waiting = against(&emulator, &["cloud", "open"]);
    assert_eq!(waiting.exit, 8);
    assert_eq!(
        waiting.stdout,
        format!(
            "appid    {shop}\n\
             outcome  waiting for a phone number and consent: the administrator has been sent a message (-601048)\n"
        )
    );
    assert_eq!(waiting.stderr, "hint: tcbctl emu approve 1 && tcbctl cloud open\n");

    emulator.deny(emulator.prompts()[0].id).unwrap();
    let denied = against(&emulator, &["cloud", "open"]);
    assert!(
        denied.stderr.contains("tcbctl emu clock advance 24h"),
        "nobody is left to ask, so time has to pass: {denied:?}"
    );
    emulator.advance(Duration::from_secs(86_400)).await;
    assert!(against(&emulator, &["cloud", "open"]).stderr.contains("tcbctl emu approve 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_its_exit_code_and_says_what_next() {
    let emulator = Emulator::start().await.unwrap();
    let refused = against(&emulator, &["env", "create", "shop", "--another", "-o", "json"]);
    assert_eq!(refused.exit, 5);
    let error = &refused.json()["error"];
    assert_eq!(error["errcode"], 85088);
    assert_eq!(error["exit_code"], 5);
    assert_eq!(error["hint"], "tcbctl cloud open");
    let rid = error["rid"].as_str().unwrap();
    let told = format!(
        "error[85088]: createEnv: WeChat refused the call\n  while: Create a cloud environment\n  \
         said: no qbase privilege\n  rid: {rid}\n  \
         why: the merchant or its administrator has to do something outside the API\n  docs: {}\n\
         hint: tcbctl cloud open\n",
        error["docs"].as_str().unwrap()
    );
    assert!(refused.stderr.ends_with(&told), "{}", refused.stderr);

    emulator.fault(Fault::errcode("/tcb/createclouduser", 45009)).unwrap();
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 6);
    let env = [("TCBCTL_BASE_URL", emulator.base_url()), ("TCBCTL_ACCESS_TOKEN", "old")];
    assert_eq!(run(&env, &["cloud", "open"]).exit, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_and_not_repeated() {
    for backend in BACKENDS {
        let (emulator, env) = with_environment().await;
        let create = ["function", "create", "hello", "--env", &env, "--backend", backend];

        emulator.fault(Fault::drop_before("/tcb/createfunction")).unwrap();
        let (exit, unknown) = json_of(&emulator, &create);
        assert_eq!((exit, &unknown["error"]["kind"]), (10, &json!("unknown")), "a list may lag: {unknown}");
        assert_eq!(unknown["error"]["maybe_executed"], true);

        emulator.fault(Fault::commit_then_drop("/tcb/createfunction")).unwrap();
        let (exit, landed) = json_of(&emulator, &create);
        assert_eq!((exit, &landed["settled"]), (0, &json!(true)), "{landed}");
        assert_eq!(emulator.counters().executed("createFunction"), 1);

        emulator.fault(Fault::drop_before("/cgi-bin/open/create")).unwrap();
        let (exit, not_landed) = json_of(&emulator, &["account", "create", "--backend", backend]);
        assert_eq!((exit, &not_landed["error"]["kind"]), (1, &json!("not_landed")), "{not_landed}");
        assert_eq!(not_landed["error"]["maybe_executed"], false);
        emulator.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_of_that_alias_is_reported_and_no_second_one_paid() {
    let (emulator, id) = with_environment().await;
    let create = ["env", "create", "shop"];
    let (exit, again) = json_of(&emulator, &create);
    assert_eq!((exit, &again["outcome"], &again["env_id"]), (0, &json!("existed"), &json!(id)), "{again}");
    assert_eq!(emulator.counters().executed("createEnv"), 1);

    let (exit, another) = json_of(&emulator, &[&create[..], &["--another"]].concat());
    assert_eq!((exit, &another["outcome"]), (0, &json!("created")), "{another}");
    assert_ne!(another["env_id"], id.as_str());
    let (exit, several) = json_of(&emulator, &create);
    assert_eq!((exit, &several["error"]["kind"]), (1, &json!("ambiguous_alias")), "{several}");
    assert_eq!(several["error"]["maybe_executed"], false);
    let message = several["error"]["message"].as_str().unwrap();
    assert!(message.contains(&id) && message.contains(another["env_id"].as_str().unwrap()), "{several}");
    assert_eq!(emulator.counters().executed("createEnv"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_whose_answer_is_lost_is_read_back() {
    let (emulator, env) = with_environment().await;
    // The first call of the path reads, the second one writes.
    emulator.fault(Fault::delay("/tcb/usecloudaccesstoken", Duration::ZERO)).unwrap();
    emulator.fault(Fault::commit_then_drop("/tcb/usecloudaccesstoken")).unwrap();
    let (exit, set) = json_of(&emulator, &["env", "policy", "set", "--env", &env, "--allow", "/a"]);
    assert_eq!((exit, &set["api_whitelist"]), (0, &json!(["/a"])), "{set}");
    let (_, read) = json_of(&emulator, &["env", "policy", "get", "--env", &env]);
    assert_eq!(read["version"], set["version"]);
    emulator.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_in_an_environment_that_is_not_there_is_refused() {
    let (emulator, _) = with_environment().await;
    let (exit, refused) = json_of(&emulator, &["function", "create", "f", "--env", "nowhere"]);
    assert_eq!((exit, &refused["error"]["errcode"]), (5, &json!(-501_000)), "{refused}");
    assert_eq!(refused["error"]["maybe_executed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_merchant_that_is_meant_has_to_be_clear() {
    let emulator = Emulator::start().await.unwrap();
    let first = emulator.add_merchant(Merchant::new().consenting());
    emulator.add_merchant(Merchant::new());
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 2);
    let env = |merchant| [("TCBCTL_BASE_URL", emulator.base_url()), ("TCBCTL_AUTHORIZER_APPID", merchant)];
    assert_eq!(run(&env(first.as_str()), &["cloud", "open"]).exit, 0);
    assert_eq!(run(&env("wxemu0000000000000"), &["cloud", "open"]).exit, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_s_own_credentials_do_as_well() {
    let emulator = Emulator::start().await.unwrap();
    let platform = emulator.component().clone();
    let shop = emulator.add_merchant(Merchant::new().consenting());
    let ticket = emulator.ticket(&platform.app_id).unwrap();
    let env = [
        ("TCBCTL_BASE_URL", emulator.base_url()),
        ("TCBCTL_COMPONENT_APPID", platform.app_id.as_str()),
        ("TCBCTL_COMPONENT_APPSECRET", platform.secret.expose()),
        ("TCBCTL_TICKET", ticket.expose()),
        ("TCBCTL_AUTHORIZER_APPID", shop.as_str()),
    ];
    let refused = run(&env, &["cloud", "open"]);
    assert_eq!(refused.exit, 3, "the merchant has not authorised: {refused:?}");

    // The emulator's own way authorises; after that WeChat can be asked for the refresh token.
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 0);
    let opened = run(&env, &["cloud", "open"]);
    assert_eq!(opened.exit, 0, "{opened:?}");

    let wrong = [&env[..], &[("TCBCTL_COMPONENT_APPSECRET", "wrong")]].concat();
    let refused = run(&wrong, &["cloud", "open", "-o", "json"]);
    assert_eq!(refused.exit, 3);
    assert_eq!(refused.json()["error"]["errcode"], 40125);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_changes_is_not_kept_quiet() {
    let emulator = Emulator::start().await.unwrap();
    emulator.assume("A-008", "strict").unwrap();
    let platform = emulator.component().clone();
    let shop = emulator.add_merchant(Merchant::new().consenting());
    let code = emulator.authorize(&platform.app_id, &shop, [49]).await.unwrap();
    let ticket = emulator.ticket(&platform.app_id).unwrap();
    let base_url = emulator.base_url().parse().unwrap();
    let other =
        Platform::builder(&platform.app_id, platform.secret.clone()).base_url(base_url).build().unwrap();
    other.tokens().ticket(ticket.clone(), emulator.now()).await.unwrap();
    let stored = other.tokens().exchange_code(code).await.unwrap().refresh_token.unwrap();

    let asking = [
        ("TCBCTL_BASE_URL", emulator.base_url()),
        ("TCBCTL_COMPONENT_APPID", platform.app_id.as_str()),
        ("TCBCTL_COMPONENT_APPSECRET", platform.secret.expose()),
        ("TCBCTL_TICKET", ticket.expose()),
        ("TCBCTL_AUTHORIZER_APPID", shop.as_str()),
    ];
    let storing = [&asking[..], &[("TCBCTL_REFRESH_TOKEN", stored.expose())]].concat();
    let first = run(&storing, &["cloud", "open"]);
    assert_eq!(first.exit, 0, "{first:?}");
    assert!(
        first.stderr.contains(&format!("\nwarning: WeChat has changed the refresh token of {shop}")),
        "{first:?}"
    );
    assert!(first.stderr.contains("\nhint: unset TCBCTL_REFRESH_TOKEN"), "{first:?}");

    let again = run(&storing, &["cloud", "open"]);
    assert_eq!(again.exit, 0, "the stored one is dead, and the recovery finds the living one: {again:?}");
    assert!(again.stderr.contains("warning: WeChat has changed the refresh token"), "{again:?}");
    let asked = run(&asking, &["cloud", "open"]);
    assert_eq!(asked.exit, 0, "{asked:?}");
    assert!(!asked.stderr.contains("has changed"), "nothing is stored, so nothing is stale: {asked:?}");
}

#[test]
fn nothing_given_and_no_emulator_is_wrong_configuration() {
    // A port that was free a moment ago and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{port}");
    let refused = run(&[("TCBCTL_BASE_URL", &nobody)], &["cloud", "open"]);
    assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("hint: tcbctl emu start"), "{refused:?}");

    let live = run(&[("TCBCTL_BASE_URL", "https://api.weixin.qq.com")], &["cloud", "open"]);
    assert_eq!(live.exit, 2, "{live:?}");
    assert!(live.stderr.contains("\nhint: "), "{live:?}");

    let token = [("TCBCTL_BASE_URL", nobody.as_str()), ("TCBCTL_ACCESS_TOKEN", "t")];
    let failed = run(&token, &["cloud", "open"]);
    assert_eq!(failed.exit, 1, "{failed:?}");
    assert!(failed.stderr.contains("hint: tcbctl emu start"), "{failed:?}");
}
