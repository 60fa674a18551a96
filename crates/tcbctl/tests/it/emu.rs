use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use tcb_emulator::{ClockMode, Emulator, Merchant, Reset};

use crate::support::{Run, owner_only, run, tcbctl};

/// An emulator in a process of its own, and the line that it printed.
struct Started {
    process: Child,
    line: Value,
}

impl Started {
    fn new(args: &[&str]) -> Self {
        let anywhere: &[&str] = if args.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let args = [&["emu", "start"], anywhere, args].concat();
        let mut process = tcbctl(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, line: serde_json::from_str(&line).unwrap() }
    }

    fn url(&self, name: &str) -> &str {
        self.line[name].as_str().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_line_says_where_it_is_and_what_the_console_shows() {
    let emulator = Started::new(&["--seed", "7"]);
    let members: Vec<&String> = emulator.line.as_object().unwrap().keys().collect();
    let mut expected =
        ["base_url", "admin_url", "component_appid", "component_appsecret", "token", "encoding_aes_key"];
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(emulator.url("admin_url"), format!("{}/_emu/v1", emulator.url("base_url")));
    assert!(emulator.url("component_appid").starts_with("wxemu"));

    let again = Started::new(&["--seed", "7"]);
    assert_eq!(again.url("component_appsecret"), emulator.url("component_appsecret"));
    assert_ne!(Started::new(&[]).url("component_appsecret"), emulator.url("component_appsecret"));
}

#[test]
fn either_url_is_enough_for_the_other_commands() {
    let emulator = Started::new(&[]);
    let by_base = run(&[("TCBCTL_BASE_URL", emulator.url("base_url"))], &["cloud", "open"]);
    assert_eq!(by_base.exit, 8, "{by_base:?}");
    assert!(by_base.stderr.starts_with("the emulator had no merchant; made wxemu"), "{by_base:?}");

    let by_admin = run(&[("TCBCTL_ADMIN_URL", emulator.url("admin_url"))], &["cloud", "open"]);
    assert_eq!(by_admin.exit, 8, "{by_admin:?}");
    assert!(!by_admin.stderr.contains("made"), "the second command finds the first one's merchant");
}

#[cfg(unix)]
#[test]
fn it_ends_well_when_it_is_told_to() {
    for signal in ["TERM", "INT"] {
        let mut emulator = Started::new(&[]);
        let id = emulator.process.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(emulator.process.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn an_address_that_cannot_be_had_is_refused() {
    let emulator = Started::new(&[]);
    let address = emulator.url("base_url").trim_start_matches("http://");
    let second = run(&[], &["emu", "start", "--listen", address]);
    assert_eq!((second.exit, second.stdout.as_str()), (1, ""), "{second:?}");
    assert!(second.stderr.contains("hint: tcbctl emu start --listen 127.0.0.1:0"), "{second:?}");

    assert_eq!(run(&[], &["emu", "start", "--listen", "0.0.0.0:0"]).exit, 2);
}

#[test]
fn other_machines_are_let_in_with_a_token_alone() {
    const TOKEN: &str = "a-token-of-enough-letters";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).unwrap();
    owner_only(&file);
    let reference = format!("file:{}", file.display());
    let emulator = Started::new(&["--listen", "0.0.0.0:0", "--allow-remote", &reference]);
    assert!(!emulator.line.to_string().contains(TOKEN));

    let base = ("TCBCTL_BASE_URL", emulator.url("base_url"));
    for (token, why) in [("", "wants the token"), ("another-of-enough-letters", "is not the one")] {
        for args in [&["emu", "status"][..], &["cloud", "open"], &["platform", "show"]] {
            let refused = run(&[base, ("TCBCTL_ADMIN_TOKEN", token)], args);
            assert_eq!(refused.exit, 2, "{refused:?}");
            assert!(refused.stderr.contains(why), "{refused:?}");
            assert!(refused.stderr.contains("TCBCTL_ADMIN_TOKEN_FILE"), "{refused:?}");
        }
    }
    let beside = ("TCBCTL_ADMIN_TOKEN_FILE", file.to_str().unwrap());
    for (args, exit) in [(&["emu", "status"][..], 0), (&["cloud", "open"], 8), (&["platform", "show"], 0)] {
        let taken = run(&[base, beside], args);
        assert_eq!(taken.exit, exit, "{taken:?}");
    }

    let start = |more: &[&str]| {
        let listen = ["emu", "start", "--listen", "0.0.0.0:0"];
        run(&[("EMU_TEST_SHORT", "short")], &[&listen, more].concat())
    };
    for (more, why) in [
        (&[][..], "--allow-remote file:PATH"),
        (&["--allow-remote", TOKEN], "takes no token"),
        (&["--allow-remote", "env:EMU_TEST_UNSET"], "EMU_TEST_UNSET is not set"),
        (&["--allow-remote", "env:EMU_TEST_SHORT"], "16"),
    ] {
        let refused = start(more);
        assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(why) && !refused.stderr.contains(TOKEN), "{refused:?}");
    }
}

/// What the proxy answers who asks for a way to `target`.
fn way_to(emulator: &Started, target: &str) -> String {
    let address = emulator.url("base_url").strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

#[test]
fn programs_with_hard_coded_hosts_find_a_proxy_and_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("ca.pem");
    let file = file.to_str().unwrap();
    let emulator = Started::new(&["--tls", file]);
    assert!(std::fs::read_to_string(file).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(way_to(&emulator, "api.weixin.qq.com:443").starts_with("HTTP/1.1 200"));
    assert!(way_to(&emulator, "www.example.com:443").starts_with("HTTP/1.1 403"));

    let url = emulator.url("base_url");
    let variables = run(&[("TCBCTL_BASE_URL", url)], &["emu", "env", "-o", "json"]).json();
    assert_eq!((&variables["HTTPS_PROXY"], &variables["SSL_CERT_FILE"]), (&json!(url), &json!(file)));
    #[cfg(unix)]
    {
        let script = r#"printf '%s\n' "$HTTPS_PROXY" "$SSL_CERT_FILE""#;
        let printed = run(&[], &["emu", "exec", "--tls", file, "--", "sh", "-c", script]);
        let (proxy, certificate) = printed.stdout.trim_end().split_once('\n').unwrap();
        assert!(proxy.starts_with("http://127.0.0.1:") && certificate == file, "{printed:?}");
    }

    let nowhere = run(&[], &["emu", "start", "--listen", "127.0.0.1:0", "--tls", "/nonexistent/ca.pem"]);
    assert_eq!((nowhere.exit, nowhere.stdout.as_str()), (1, ""), "{nowhere:?}");
    assert!(nowhere.stderr.contains("/nonexistent/ca.pem"), "{nowhere:?}");
}

/// Runs a command against an emulator.
fn against(emulator: &Emulator, args: &[&str]) -> Run {
    run(&[("TCBCTL_BASE_URL", emulator.base_url())], args)
}

fn json_of(emulator: &Emulator, args: &[&str]) -> Value {
    let run = against(emulator, &[args, &["-o", "json"]].concat());
    assert_eq!(run.exit, 0, "{run:?}");
    run.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_counts_what_is_there() {
    let emulator = Emulator::builder().seed(7).start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 8);
    let status = json_of(&emulator, &["emu", "status"]);
    assert_eq!(status["console"], format!("{}/_emu/", emulator.base_url()));
    assert_eq!((&status["seed"], &status["mode"]), (&json!(7), &json!("real")));
    for (name, count) in [("platforms", 1), ("merchants", 1), ("prompts", 1), ("faults", 0), ("refused", 1)] {
        assert_eq!(status[name], count, "{name}: {status}");
    }
    assert!(against(&emulator, &["emu", "status"]).stdout.contains("GMT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_finds_the_emulator_by_what_env_prints() {
    let emulator = Emulator::start().await.unwrap();
    let printed = against(&emulator, &["emu", "env"]);
    assert!(printed.stdout.lines().all(|line| line.starts_with("export TCB")), "{printed:?}");
    let variables = json_of(&emulator, &["emu", "env"]);
    assert_eq!(variables["TCBCTL_BASE_URL"], emulator.base_url());
    let secret = &variables["TCB_EMULATOR_COMPONENT_APPSECRET"];
    assert_eq!(*secret, emulator.component().secret.expose());
    let by_flag = run(&[], &["emu", "env", "--base-url", emulator.base_url()]);
    assert_eq!(by_flag.stdout, printed.stdout);
    #[cfg(unix)]
    {
        let script = format!("{}\nprintf %s \"$TCB_EMULATOR_CALLBACK_TOKEN\"", printed.stdout);
        let shell = std::process::Command::new("sh").args(["-eu", "-c", &script]).output().unwrap();
        assert_eq!(shell.stdout, emulator.component().callback_token.expose().as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_played_by_number_or_for_all() {
    let emulator = Emulator::start().await.unwrap();
    let shops = [(); 3].map(|()| emulator.add_merchant(Merchant::new()));
    for shop in &shops {
        assert_eq!(against(&emulator, &["cloud", "open", "--authorizer-appid", shop.as_str()]).exit, 8);
    }
    let denied = json_of(&emulator, &["emu", "deny", "2"]);
    let prompt = json!({"prompt": 2, "kind": "cloud_consent", "appid": shops[1], "outcome": "denied"});
    assert_eq!(denied["items"], json!([prompt]));
    assert_eq!(against(&emulator, &["emu", "approve", "--all", "-o", "name"]).stdout, "1\n3\n");
    assert!(emulator.prompts().is_empty());
    assert_eq!(json_of(&emulator, &["emu", "approve", "--all"])["items"], json!([]));

    let unknown = against(&emulator, &["emu", "approve", "9"]);
    assert_eq!(unknown.exit, 4, "{unknown:?}");
    assert!(unknown.stderr.contains("no prompt 9 is waiting"), "{unknown:?}");
    for args in [&["emu", "approve"][..], &["emu", "approve", "1", "--all"], &["emu", "approve", "one"]] {
        assert_eq!(against(&emulator, args).exit, 2, "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_shown_moved_and_set() {
    let emulator = Emulator::start().await.unwrap();
    let clock = |args: &[&str]| json_of(&emulator, &[&["emu", "clock"], args].concat());
    assert_eq!(clock(&["set", "frozen"])["mode"], "frozen");
    assert_eq!(clock(&["set", "--now", "1700000000"])["now"], 1_700_000_000);
    assert_eq!(clock(&["advance", "1d2h3m4s"])["now"], 1_700_093_784);
    assert_eq!(clock(&["advance", "--to", "1700093785"])["now"], 1_700_093_785);
    assert_eq!(clock(&["advance", "--next-event"])["now"], 1_700_093_785, "nothing is to come");
    let shown = against(&emulator, &["emu", "clock", "show"]);
    assert!(shown.stdout.starts_with("now    Thu, 16 Nov 2023 00:16:25 GMT"), "{shown:?}");
    assert_eq!((clock(&["set", "x60"])["speed"].clone(), emulator.speed()), (json!(60), 60));
    assert_eq!(against(&emulator, &["emu", "clock", "advance", "--to", "1"]).exit, 2);
    for args in
        [&["advance"][..], &["advance", "1w"], &["set"], &["set", "fast"], &["set", "real", "--now", "1"]]
    {
        assert_eq!(against(&emulator, &[&["emu", "clock"], args].concat()).exit, 2, "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_operations_are_listed() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(against(&emulator, &["cloud", "open"]).exit, 8);
    let requests = json_of(&emulator, &["emu", "trace"]);
    let newest = &requests["items"][0];
    assert_eq!((&newest["path"], &newest["errcode"]), (&json!("/tcb/createclouduser"), &json!(-601_049)));
    let rid = newest["rid"].as_str().unwrap();
    let one = json_of(&emulator, &["emu", "trace", rid]);
    assert_eq!(one["request"]["operation"], "createCloudUser");
    assert!(against(&emulator, &["emu", "trace", rid]).stdout.contains("createCloudUser"));
    assert_eq!(against(&emulator, &["emu", "trace", "00000000-00000000-00000000"]).exit, 4);
    assert_eq!(against(&emulator, &["emu", "trace", "../health"]).exit, 2);

    let coverage = json_of(&emulator, &["emu", "coverage"]);
    assert_eq!(coverage["items"].as_array().unwrap().len(), 117);
    assert!(against(&emulator, &["emu", "coverage", "-o", "name"]).stdout.contains("createFunction\n"));
    let chinese = against(&emulator, &["emu", "coverage", "--lang", "zh"]).stdout;
    for english in ["stateful", "validated", "not_built", "documentation"] {
        assert!(!chinese.contains(english), "{english}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_explained_by_the_trace_as_long_as_it_is_known() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    let refused = against(&emulator, &["env", "policy", "get", "--env", "nowhere-1", "-o", "json"]).json();
    let rid = refused["error"]["rid"].as_str().unwrap();
    let explained = json_of(&emulator, &["explain", rid]);
    assert_eq!((&explained["rid"], &explained["trace"]["rid"]), (&json!(rid), &json!(rid)));
    let told = emulator.explain(rid).unwrap().to_string();
    let shown = against(&emulator, &["explain", rid]);
    assert!(told.lines().all(|line| shown.stdout.contains(line)), "{told}: {shown:?}");
    assert!(shown.stdout.contains("trace:"), "{shown:?}");
    let chinese = against(&emulator, &["explain", rid, "--lang", "zh"]).stdout;
    let lines: Vec<&str> = chinese.lines().collect();
    assert_eq!(lines.len(), shown.stdout.lines().count(), "{chinese}");
    assert_eq!(lines[1], "处理经过：");
    assert!(
        chinese.contains("POST /tcb/usecloudaccesstoken?access_token=") && chinese.contains("检查发现"),
        "{chinese}"
    );

    let asked = emulator.counters().executed("getRidInfo");
    assert_eq!(asked, 0, "the trace needs no call");
    let planned = against(&emulator, &["explain", rid, "--dry-run"]);
    assert!(planned.stdout.contains("/cgi-bin/openapi/rid/get"), "{planned:?}");

    let forgetful = Emulator::builder().traced(0).start().await.unwrap();
    forgetful.add_merchant(Merchant::new());
    let refused = against(&forgetful, &["env", "policy", "get", "--env", "nowhere-1", "-o", "json"]).json();
    let explained = json_of(&forgetful, &["explain", refused["error"]["rid"].as_str().unwrap()]);
    assert!(explained["request"].is_object() && explained["trace"].is_null(), "{explained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_added_listed_and_cleared() {
    let emulator = Emulator::start().await.unwrap();
    let rule = ["createCloudUser", "errcode", "-f", "code=-1", "-f", "times=2"];
    let added = json_of(&emulator, &[&["emu", "fault", "add"], &rule[..]].concat());
    assert_eq!((&added["items"][0]["kind"], &added["items"][0]["code"]), (&json!("errcode"), &json!(-1)));
    assert_eq!(emulator.faults().len(), 1);
    assert_eq!(json_of(&emulator, &["emu", "fault", "list"])["items"], added["items"]);
    for wrong in
        [&["nothing", "errcode", "-f", "code=-1"][..], &["*", "fire"], &["*", "errcode", "-f", "code"]]
    {
        assert_eq!(against(&emulator, &[&["emu", "fault", "add"], wrong].concat()).exit, 2, "{wrong:?}");
    }
    assert_eq!(json_of(&emulator, &["emu", "fault", "clear"])["items"], json!([]));
    assert!(emulator.faults().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_begins_anew() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    assert_eq!(json_of(&emulator, &["emu", "reset"])["state"], "seed");
    assert_eq!((emulator.components().len(), emulator.merchants().len()), (1, 0));
    assert_eq!(json_of(&emulator, &["emu", "reset", "--to", "empty"])["state"], "empty");
    assert!(emulator.components().is_empty());
    let nobody = against(&emulator, &["cloud", "open"]);
    assert_eq!(nobody.exit, 2, "{nobody:?}");
    assert!(nobody.stderr.contains("has no platform") && nobody.stderr.contains("tcbctl emu reset"));
    assert_eq!(against(&emulator, &["emu", "reset", "--to", "nowhere"]).exit, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_kept_restored_and_carried_in_files() {
    let emulator = Emulator::start().await.unwrap();
    let snapshot = |args: &[&str]| json_of(&emulator, &[&["emu", "snapshot"], args].concat());
    let shop = emulator.add_merchant(Merchant::new());
    assert_eq!(snapshot(&["save", "one-shop"])["outcome"], "saved");
    emulator.add_merchant(Merchant::new());
    assert_eq!(snapshot(&["restore", "one-shop"])["outcome"], "restored");
    let shops = emulator.merchants();
    assert_eq!((shops.len(), &shops[0].appid), (1, &shop));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let path = file.to_str().unwrap();
    assert_eq!(snapshot(&["export", "one-shop", path])["file"], path);
    assert_eq!(snapshot(&["delete", "one-shop"])["outcome"], "deleted");
    assert_eq!(snapshot(&["list"])["items"], json!([]));

    let other = Emulator::builder().seed(2).start().await.unwrap();
    assert_eq!(json_of(&other, &["emu", "snapshot", "import", "carried", path])["snapshot"], "carried");
    assert_eq!(against(&other, &["emu", "snapshot", "list", "-o", "name"]).stdout, "carried\n");
    assert_eq!(against(&other, &["emu", "snapshot", "restore", "carried", "-o", "name"]).stdout, "carried\n");
    assert_eq!(other.merchants()[0].appid, shop);
    assert_eq!(against(&other, &["cloud", "open"]).exit, 8, "the platform is the snapshot's");

    std::fs::write(&file, "{").unwrap();
    for wrong in [&["import", "carried", path][..], &["save", "a b"], &["save", ".."], &["save"]] {
        assert_eq!(against(&other, &[&["emu", "snapshot"], wrong].concat()).exit, 2, "{wrong:?}");
    }
    let unknown = against(&other, &["emu", "snapshot", "restore", "gone"]);
    assert_eq!(unknown.exit, 4, "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_begins_with_a_state_that_was_exported() {
    let folder = tempfile::tempdir().unwrap();
    let export = |emulator: &Emulator, name: &str| {
        let file = folder.path().join(format!("{name}.json"));
        let path = file.to_str().unwrap().to_owned();
        assert_eq!(against(emulator, &["emu", "snapshot", "save", name]).exit, 0);
        assert_eq!(against(emulator, &["emu", "snapshot", "export", name, &path]).exit, 0);
        path
    };
    let emulator = Emulator::builder().seed(7).start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    emulator.set_clock_mode(ClockMode::Frozen).unwrap();
    let full = export(&emulator, "full");

    let again = Started::new(&["--snapshot", &full, "--merchants", "2"]);
    let platform = emulator.component();
    assert_eq!(again.url("component_appid"), platform.app_id.as_str());
    assert_eq!(again.url("component_appsecret"), platform.secret.expose());
    let of_again = |args: &[&str]| {
        run(&[("TCBCTL_BASE_URL", again.url("base_url"))], &[args, &["-o", "json"]].concat()).json()
    };
    let status = of_again(&["emu", "status"]);
    assert_eq!((&status["mode"], &status["merchants"]), (&json!("frozen"), &json!(3)));
    assert_eq!(status["component_appid"], platform.app_id.as_str(), "the one that the line names");
    assert_eq!(of_again(&["emu", "snapshot", "list"])["items"], json!([{"snapshot": "start"}]));

    let other = Started::new(&["--snapshot", &full, "--clock", "x60"]);
    let shown = run(&[("TCBCTL_BASE_URL", other.url("base_url"))], &["emu", "clock", "show", "-o", "json"]);
    assert_eq!(shown.json()["speed"], 60, "the flag wins");

    emulator.reset(&Reset::Empty).unwrap();
    let empty = export(&emulator, "empty");
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{}").unwrap();
    for (more, why) in [
        (&["--snapshot", empty.as_str()][..], "the snapshot has no platform"),
        (&["--snapshot", broken.to_str().unwrap()], "this is no snapshot"),
        (&["--snapshot", "/nonexistent/state.json"], "cannot be read"),
        (&["--snapshot", &full, "--seed", "2"], "--seed"),
    ] {
        let refused = run(&[], &[&["emu", "start", "--listen", "127.0.0.1:0"], more].concat());
        assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    #[cfg(unix)]
    {
        let script = "printf %s $TCB_EMULATOR_COMPONENT_APPID";
        let printed = run(&[], &["emu", "exec", "--snapshot", &full, "--", "sh", "-c", script]);
        assert_eq!(printed.stdout, platform.app_id.as_str(), "{printed:?}");
    }
}

#[test]
fn what_needs_an_emulator_says_that_there_is_none() {
    let nobody = run(&[("TCBCTL_BASE_URL", "http://127.0.0.1:9")], &["emu", "status"]);
    assert_eq!(nobody.exit, 2, "{nobody:?}");
    assert!(nobody.stderr.contains("no emulator answers") && nobody.stderr.contains("tcbctl emu start"));
    let live = [("TCBCTL_BASE_URL", "https://api.weixin.qq.com"), ("TCBCTL_LIVE", "1")];
    let live = run(&live, &["emu", "status"]);
    assert_eq!(live.exit, 2, "{live:?}");
    assert!(live.stderr.contains("is no emulator"), "{live:?}");
}

#[cfg(unix)]
mod exec {
    use super::*;

    fn exec(args: &[&str]) -> Run {
        run(&[], &[&["emu", "exec"], args].concat())
    }

    #[test]
    fn a_command_finds_an_emulator_of_its_own() {
        let tcbctl = env!("CARGO_BIN_EXE_tcbctl");
        let began = exec(&[
            "--seed",
            "7",
            "--merchants",
            "2",
            "--clock",
            "frozen",
            "--",
            tcbctl,
            "emu",
            "status",
            "-o",
            "json",
        ]);
        assert_eq!(began.exit, 0, "{began:?}");
        let status = began.json();
        assert_eq!((&status["merchants"], &status["mode"]), (&json!(2), &json!("frozen")));
        let listed = exec(&["--", tcbctl, "cloud", "open"]);
        assert_eq!(listed.exit, 8, "the exit code is the command's: {listed:?}");
    }

    #[test]
    fn its_exit_code_is_the_command_s() {
        assert_eq!(exec(&["--", "sh", "-c", "exit 42"]).exit, 42);
        assert_eq!(exec(&["--", "sh", "-c", "kill -KILL $$"]).exit, 128 + 9);
        let printed = exec(&["--", "sh", "-c", "echo $TCB_EMULATOR_BASE_URL"]);
        assert!(printed.stdout.starts_with("http://127.0.0.1:"), "{printed:?}");
        let missing = exec(&["--", "/nonexistent/program"]);
        assert_eq!(missing.exit, 4, "{missing:?}");
        assert_eq!(exec(&[]).exit, 2);
    }

    #[test]
    fn a_signal_reaches_the_command() {
        for (signal, code) in [("TERM", 15), ("INT", 2)] {
            let script = format!("trap 'exit {code}' {signal}; echo ready; while :; do sleep 0.05; done");
            let args = ["emu", "exec", "--", "sh", "-c", &script];
            let mut process = tcbctl(&args).stdout(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            let mut output = BufReader::new(process.stdout.take().unwrap());
            output.read_line(&mut line).unwrap();
            assert_eq!(line, "ready\n");
            let id = process.id().to_string();
            assert!(std::process::Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
            assert_eq!(process.wait().unwrap().code(), Some(code), "{signal}");
        }
    }
}
