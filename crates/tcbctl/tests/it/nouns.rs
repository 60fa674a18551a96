//! The nouns, against an emulator.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_callback::axum::endpoint;
use tcb_callback::{
    CallbackService, EncodingAesKey, EventSink, MessageCrypto, PlatformEvent, Receiver, SinkError,
};
use tcb_emulator::{Emulator, Fault, Merchant, Script};

use crate::support::{Run, run};

fn against(emulator: &Emulator, args: &[&str]) -> Run {
    run(&[("TCBCTL_BASE_URL", emulator.base_url())], args)
}

fn json_of(emulator: &Emulator, args: &[&str]) -> Value {
    let run = against(emulator, &[args, &["-o", "json"]].concat());
    assert_eq!(run.exit, 0, "{args:?}: {run:?}");
    run.json()
}

/// An emulator with one merchant that has one environment, whose id comes along.
async fn with_environment() -> (Emulator, String) {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    assert_eq!(json_of(&emulator, &["cloud", "status"])["open"], false);
    json_of(&emulator, &["cloud", "open"]);
    let env = json_of(&emulator, &["env", "create", "shop"])["env_id"].as_str().unwrap().to_owned();
    emulator.advance(std::time::Duration::from_secs(900)).await;
    (emulator, env)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_can_be_created_can_be_listed() {
    let (emulator, env) = with_environment().await;
    assert_eq!(json_of(&emulator, &["cloud", "status"])["envs"], json!([env]));
    let list = json_of(&emulator, &["env", "list"]);
    assert_eq!(
        (&list["items"][0]["env_id"], &list["items"][0]["alias"]),
        (&json!(env), &json!("shop")),
        "{list}"
    );
    assert_eq!(json_of(&emulator, &["env", "show"])["env_id"], env.as_str(), "the only one is meant");
    assert_eq!(against(&emulator, &["env", "show", "other-1"]).exit, 4);

    json_of(&emulator, &["function", "create", "hello"]);
    let list = json_of(&emulator, &["function", "list"]);
    assert_eq!(list["items"][0]["name"], "hello", "{list}");

    json_of(&emulator, &["db", "collection", "create", "orders"]);
    let list = json_of(&emulator, &["db", "collection", "list"]);
    assert_eq!(list["items"][0]["name"], "orders", "{list}");
    json_of(&emulator, &["db", "collection", "rm", "orders"]);
    assert_eq!(json_of(&emulator, &["db", "collection", "list"])["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_five_forms() {
    let (emulator, env) = with_environment().await;
    json_of(&emulator, &["function", "create", "one"]);
    json_of(&emulator, &["function", "create", "two"]);
    let of = |format: &str| {
        let run = against(&emulator, &["function", "list", "--env", &env, "-o", format]);
        assert_eq!(run.exit, 0, "{run:?}");
        run.stdout
    };
    assert_eq!(of("name").lines().collect::<Vec<_>>(), ["one", "two"]);
    let lines: Vec<Value> = of("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["name"], &lines[1]["name"]), (&json!("one"), &json!("two")));
    assert!(
        of("yaml").contains("\nitems:\n  - modified: ") || of("yaml").contains("- name: \"one\""),
        "{}",
        of("yaml")
    );
    let table = of("table");
    assert!(table.contains("name") && table.contains("runtime") && !table.contains('│'), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_lines_is_printed_page_by_page() {
    let emulator = Emulator::start().await.unwrap();
    let platform = emulator.component().app_id.clone();
    emulator.seed_open_merchants(&platform, 501, [49]).unwrap();
    let path = "/cgi-bin/component/api_get_authorizer_list";
    let lines = |run: &Run| run.stdout.lines().count();
    let all = against(&emulator, &["auth", "list", "-o", "jsonl"]);
    assert_eq!((all.exit, lines(&all)), (0, 501), "{}", all.stderr);
    emulator.set_faults([Fault::delay(path, Duration::ZERO), Fault::errcode(path, 45009)]).unwrap();
    let half = against(&emulator, &["auth", "list", "-o", "jsonl"]);
    assert_eq!((half.exit, lines(&half)), (6, 501), "500 merchants and the failure: {}", half.stderr);
    assert!(half.stdout.lines().next_back().unwrap().contains("45009"));
    assert_eq!(json_of(&emulator, &["auth", "list"])["items"].as_array().unwrap().len(), 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_come_down_and_go_away() {
    let (emulator, env) = with_environment().await;
    let folder = tempfile::tempdir().unwrap();
    let (up, down) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
    fs::write(&up, "你好").unwrap();
    let sent = json_of(&emulator, &["storage", "upload", up.to_str().unwrap(), "notes/a.txt"]);
    assert_eq!((&sent["path"], &sent["bytes"]), (&json!("notes/a.txt"), &json!(6)), "{sent}");
    let id = sent["file_id"].as_str().unwrap();
    json_of(&emulator, &["storage", "download", id, "--to", down.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&down).unwrap(), "你好");
    assert_eq!(json_of(&emulator, &["storage", "rm", id])["items"][0]["outcome"], "deleted");
    assert_eq!(against(&emulator, &["storage", "download", id, "--to", down.to_str().unwrap()]).exit, 5);
    assert_eq!(against(&emulator, &["storage", "ls", "--env", &env]).exit, 5, "it is the merchant's");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_go_in_are_found_and_come_out() {
    let (emulator, _) = with_environment().await;
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.json"), folder.path().join("out.json"));
    fs::write(&from, "{\"_id\":\"a\",\"n\":1}\n{\"_id\":\"b\",\"n\":2}\n").unwrap();
    json_of(&emulator, &["db", "collection", "create", "orders"]);
    let done = json_of(&emulator, &["db", "import", from.to_str().unwrap(), "--collection", "orders"]);
    assert_eq!((&done["records"], &done["failed"]), (&json!(2), &json!(0)), "{done}");
    let found = json_of(&emulator, &["db", "query", "db.collection(\"orders\").limit(10).get()"]);
    assert_eq!(found["items"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["items"][0]["name"], "a", "{found}");
    let all = "db.collection(\"orders\").get()";
    json_of(&emulator, &["db", "export", all, "--to", to.to_str().unwrap()]);
    assert!(fs::read_to_string(&to).unwrap().contains("\"_id\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_and_configured() {
    let (emulator, _) = with_environment().await;
    json_of(&emulator, &["function", "create", "hello"]);
    let config =
        json_of(&emulator, &["function", "config", "hello", "--data", r#"{"permissions":{"openapi":[]}}"#]);
    assert_eq!(config["config"]["permissions"]["openapi"], json!([]));
    let read = json_of(&emulator, &["function", "config", "hello"]);
    assert_eq!(read["config"], config["config"]);
    let invoke = ["function", "invoke", "hello", "--data", r#"{"a":1}"#];
    assert_eq!(against(&emulator, &invoke).exit, 5, "the emulator runs no code");
    emulator.set_scripts([Script::answering("hello", r#"{"sum":3}"#)]);
    assert_eq!(json_of(&emulator, &invoke)["result"], json!({"sum": 3}));
    assert_eq!(emulator.invocations().last().unwrap().event, r#"{"a":1}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_and_its_merchants_are_shown() {
    let (emulator, _) = with_environment().await;
    let merchant = emulator.merchants()[0].appid.to_string();
    let show = json_of(&emulator, &["platform", "show"]);
    assert_eq!(show["component_appid"], emulator.component().app_id.as_str());
    assert!(show["age_seconds"].is_u64(), "{show}");
    let list = json_of(&emulator, &["auth", "list"]);
    assert_eq!(list["items"][0]["appid"], merchant.as_str());
    let shown = json_of(&emulator, &["auth", "show", &merchant]);
    assert!(shown["permission_sets"].as_array().unwrap().contains(&json!("49 小程序云开发管理")), "{shown}");
    let link = json_of(&emulator, &["auth", "link", "--redirect", "https://console.example.com/back"]);
    assert!(link["link"].as_str().unwrap().starts_with("https://mp.weixin.qq.com/"), "{link}");
    assert_eq!(json_of(&emulator, &["auth", "refresh"])["outcome"], "refreshed");
    assert_eq!(json_of(&emulator, &["auth", "reconcile"])["listed"], 1);
    assert_eq!(against(&emulator, &["auth", "restore", &merchant]).exit, 2, "there is no store");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_quotas_are_shown_and_changed() {
    let (emulator, _) = with_environment().await;
    assert_eq!(json_of(&emulator, &["account", "show"])["have_open"], false);
    let created = json_of(&emulator, &["account", "create"]);
    let open = created["open_appid"].as_str().unwrap();
    assert_eq!(json_of(&emulator, &["account", "show"])["open_appid"], open);
    assert_eq!(json_of(&emulator, &["account", "unbind", open])["outcome"], "unbound");
    assert_eq!(json_of(&emulator, &["account", "bind", open])["outcome"], "bound");
    let quota = json_of(&emulator, &["quota", "show", "createFunction"]);
    assert!(quota["daily_limit"].is_u64(), "{quota}");
    assert_eq!(json_of(&emulator, &["quota", "clear", "createFunction"])["outcome"], "cleared");
    assert_eq!(json_of(&emulator, &["quota", "clear"])["outcome"], "cleared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_website_is_opened_filled_and_listed() {
    let emulator = Emulator::start().await.unwrap();
    json_of(&emulator, &["call", "createTcbEnv", "-f", "alias=sites", "-f", "EnvType=run"]);
    emulator.advance(std::time::Duration::from_secs(900)).await;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("index.html");
    fs::write(&page, "<h1>店</h1>").unwrap();
    json_of(&emulator, &["static", "open"]);
    emulator.advance(std::time::Duration::from_secs(900)).await;
    assert!(json_of(&emulator, &["static", "show"])["items"][0]["domain"].is_string());
    json_of(&emulator, &["static", "upload", page.to_str().unwrap()]);
    let list = json_of(&emulator, &["static", "ls"]);
    assert_eq!(list["items"][0]["path"], "index.html", "{list}");
    assert_eq!(json_of(&emulator, &["storage", "ls"])["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_whatever_changes_something_sends_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let file = file!();
    let before = emulator.counters();
    for (args, operation) in [
        (&["cloud", "open"][..], "createCloudUser"),
        (&["env", "create", "shop"], "createEnv"),
        (&["env", "policy", "set", "--env", "e", "--open", "true"], "setCloudAccessToken"),
        (&["function", "create", "f", "--env", "e"], "createFunction"),
        (&["function", "invoke", "f", "--env", "e"], "invokeCloudFunction"),
        (&["function", "config", "f", "--env", "e", "--data", "{}"], "getUploadFuntionConfig"),
        (&["db", "collection", "create", "c", "--env", "e"], "addDatabaseCollection"),
        (&["db", "collection", "rm", "c", "--env", "e"], "deleteDatabaseCollection"),
        (&["db", "export", "q", "--to", "f", "--env", "e"], "exportDatabaseItem"),
        (&["storage", "rm", "cloud://f", "--env", "e"], "deleteTcbCloudFile"),
        (&["static", "open", "--env", "e"], "createStaticStore"),
        (&["account", "create"], "createOpenAccount"),
        (&["account", "bind", "wx1"], "bindOpenAccount"),
        (&["account", "unbind", "wx1"], "unbindOpenAccount"),
        (&["quota", "clear"], "clearQuota"),
        (&["auth", "link", "--redirect", "https://a.example"], "getPreAuthCode"),
        (&["auth", "refresh"], "getAuthorizerAccessToken"),
        (&["auth", "restore", "wx1"], "getAuthorizerInfo"),
        (&["auth", "reconcile"], "getAuthorizerList"),
        (&["platform", "ticket", "--start-push"], "startPushTicket"),
    ] {
        let shown = json_of(&emulator, &[args, &["--dry-run"]].concat());
        assert_eq!((&shown["operation"], &shown["dry_run"]), (&json!(operation), &json!(true)), "{shown}");
    }
    for args in [&["platform", "show"][..], &["platform", "ticket"]] {
        let shown = json_of(&emulator, &[args, &["--dry-run"]].concat());
        assert_eq!((&shown["requests"], &shown["dry_run"]), (&json!([]), &json!(true)), "{shown}");
    }
    let stored = [("TCBCTL_BASE_URL", emulator.base_url()), ("TCBCTL_REFRESH_TOKEN", "canary")];
    let restore = run(&stored, &["auth", "restore", "wx1", "--dry-run", "-o", "json"]);
    assert_eq!(restore.json()["requests"], json!([]), "{restore:?}");
    assert!(!restore.stdout.contains("canary"), "{restore:?}");
    assert_eq!(
        against(&emulator, &["platform", "callback", "verify", "http://127.0.0.1:9", "--dry-run"]).exit,
        2
    );
    assert_eq!(emulator.counters(), before, "{file}");
    assert!(emulator.merchants().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_stops_at_the_first_cause() {
    let (emulator, _) = with_environment().await;
    let well = json_of(&emulator, &["doctor"]);
    let outcomes: Vec<(&str, &str)> = well["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["check"].as_str().unwrap(), item["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes[0], ("config", "ok"));
    assert!(outcomes.contains(&("ip_whitelist", "ok")), "{outcomes:?}");

    let alone = run(&[("TCBCTL_BASE_URL", "http://127.0.0.1:9")], &["doctor", "-o", "json"]);
    assert_eq!(alone.exit, 1, "{alone:?}");
    let last = alone.json()["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["check"], &last["outcome"]), (&json!("host"), &json!("failed")));
    assert_eq!(alone.stderr, "hint: tcbctl emu start\n");
    let key = [("TCBCTL_BASE_URL", emulator.base_url()), ("TCBCTL_ENCODING_AES_KEY", "short")];
    let failed = run(&key, &["doctor", "-o", "json"]);
    assert_eq!(failed.exit, 2, "{failed:?}");
    assert!(!failed.stdout.contains("short"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_assumptions_and_exit_codes_are_explained() {
    let (emulator, _) = with_environment().await;
    let refused = against(&emulator, &["env", "policy", "get", "--env", "nowhere-1", "-o", "json"]).json();
    let rid = refused["error"]["rid"].as_str().unwrap().to_owned();
    let explained = json_of(&emulator, &["explain", &rid]);
    assert_eq!(explained["rid"], rid.as_str(), "{explained}");
    assert!(json_of(&emulator, &["explain", "a-013"])["about"].is_string());
    assert_eq!(json_of(&emulator, &["explain", "exit-8"])["exit_code"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_only_chinese_gets_from_nothing_to_an_invoked_function() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    let chinese = |args: &[&str]| {
        run(&[("TCBCTL_BASE_URL", emulator.base_url()), ("LC_ALL", ""), ("LANG", "zh_CN.UTF-8")], args)
    };
    let waiting = chinese(&["cloud", "open"]);
    assert_eq!(waiting.exit, 8);
    assert!(waiting.stdout.contains("等待同意") && waiting.stderr.starts_with("提示："), "{waiting:?}");
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert_eq!(chinese(&["cloud", "open"]).exit, 0);
    let env = chinese(&["env", "create", "shop", "-o", "name"]).stdout.trim().to_owned();
    let created = chinese(&["function", "create", "hello", "--env", &env]);
    assert!(created.stdout.contains("云函数"), "{created:?}");
    let refused = chinese(&["function", "create", "hello", "--env", "nowhere-1"]);
    assert!(
        refused.stderr.contains("\n错误[") && refused.stderr.contains("微信拒绝了此次调用"),
        "{refused:?}"
    );
    let explained = chinese(&["explain", "85088"]);
    assert!(explained.stdout.contains("云开发未开通"), "{explained:?}");
    let unknown = chinese(&["frobnicate"]);
    assert!(unknown.stderr.starts_with("错误：没有命令 frobnicate"), "{unknown:?}");
    assert_eq!(
        chinese(&["env", "list", "--lang", "en", "--colour"]).stderr.lines().next().unwrap(),
        "error: there is no argument --colour"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_in_the_whitelist_is_told() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault(Fault::errcode("/cgi-bin/component/api_component_token", 61004)).unwrap();
    let doctor = against(&emulator, &["doctor", "-o", "json"]);
    let report = doctor.json();
    assert_eq!((doctor.exit, &report["errcode"]), (3, &json!(61004)), "{report}");
    assert_eq!(report["items"].as_array().unwrap().last().unwrap()["check"], "ip_whitelist");
    assert!(doctor.stderr.contains("IP whitelist"), "{doctor:?}");
}

/// Takes everything.
struct Taken;

#[async_trait::async_trait]
impl EventSink for Taken {
    async fn platform_event(&self, _: PlatformEvent) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Where a service of the emulator's platform takes pushes in, at `/events`; two others beside it
/// answer without looking.
pub(crate) async fn callback_address(emulator: &Emulator) -> String {
    let platform = emulator.component();
    let key = EncodingAesKey::parse(platform.encoding_aes_key.expose()).unwrap();
    let receiver = Receiver::new(MessageCrypto::new(&platform.app_id, platform.callback_token.clone(), key));
    let app = axum::Router::new()
        .route("/events", endpoint(CallbackService::new(receiver, Taken)))
        .route("/careless", axum::routing::post(|| async { "success" }))
        .route("/deaf", axum::routing::post(|| async { "hello" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_address_is_asked_as_wechat_asks_it() {
    let emulator = Emulator::start().await.unwrap();
    let platform = emulator.component().clone();
    let base = callback_address(&emulator).await;
    let env = [
        ("TCBCTL_COMPONENT_APPID", platform.app_id.as_str()),
        ("TCBCTL_CALLBACK_TOKEN", platform.callback_token.expose()),
        ("TCBCTL_ENCODING_AES_KEY", platform.encoding_aes_key.expose()),
    ];
    let verify =
        |path: &str| run(&env, &["platform", "callback", "verify", &format!("{base}{path}"), "-o", "json"]);
    let verified = verify("/events");
    assert_eq!((verified.exit, &verified.json()["outcome"]), (0, &json!("verified")), "{verified:?}");
    assert_eq!(verify("/careless").exit, 1, "it takes what is not signed");
    assert_eq!(verify("/deaf").exit, 1);
    assert_eq!(verify("/nowhere").exit, 1);
    assert_eq!(run(&env, &["platform", "callback", "verify", "nonsense"]).exit, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_checked_for_release() {
    let emulator = Emulator::start().await.unwrap();
    let base = callback_address(&emulator).await;
    let env = [("TCBCTL_ADMIN_URL", emulator.admin_url())];
    let check = |path: &str, more: &[&str]| {
        let url = format!("{base}{path}");
        run(&env, &[&["platform", "release-check", "--callback", &url], more].concat())
    };
    let passed = check("/events", &["-o", "json"]);
    assert_eq!((passed.exit, &passed.json()["outcome"]), (0, &json!("passed")), "{passed:?}");
    assert_eq!(passed.json()["items"].as_array().unwrap().len(), 5 * 7);

    let failed = check("/nowhere", &["-o", "json"]);
    assert_eq!((failed.exit, &failed.json()["outcome"]), (1, &json!("failed")), "{failed:?}");
    assert_eq!(failed.json()["items"][0]["problem"]["kind"], "status");
    assert!(failed.json()["items"][0]["pushed"].as_str().unwrap().contains("component_verify_ticket"));
    for (language, fix) in [("en", "answer HTTP 200"), ("zh", "须返回 HTTP 200")] {
        let failed = check("/nowhere", &["--group", "2", "--lang", language]);
        assert!(failed.stdout.contains(fix), "{failed:?}");
    }
    assert_eq!(check("/events", &["--group", "6"]).exit, 2);
}
