//! Ctrl-C, while something is on its way.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Fault, Merchant};
use tcb_types::{Clock as _, SystemClock};

use crate::store::Service;
use crate::support::tcbctl;

/// Longer than any test takes.
const VERY_LONG: Duration = Duration::from_secs(600);

fn start(env: &[(&str, &str)], args: &[&str]) -> Child {
    let mut command = tcbctl(args);
    command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(process: &Child) {
    let id = process.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
}

/// Waits until the one fault of the emulator has met its call.
async fn met(emulator: &Emulator) {
    while !emulator.faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn end(process: Child) -> (i32, Value, String) {
    let Output { status, stdout, stderr } = process.wait_with_output().unwrap();
    let object = serde_json::from_slice(&stdout).unwrap_or_default();
    (status.code().expect("it ends by itself"), object, String::from_utf8(stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_on_its_way_may_have_been_executed() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    let env = [("TCBCTL_BASE_URL", emulator.base_url())];
    for (path, args, look) in [
        ("/tcb/createclouduser", &["cloud", "open"][..], "tcbctl cloud open"),
        ("/tcb/createenvandresource", &["env", "create", "shop"], "tcbctl env list"),
        ("/tcb/createfunction", &["function", "create", "f", "--env", "e"], "tcbctl function list --env e"),
        ("/cgi-bin/open/create", &["account", "create"], "tcbctl account create"),
        (
            "/tcb/createfunction",
            &["call", "createFunction", "-f", "env=e", "-f", "function_name=f"],
            "read the state back",
        ),
    ] {
        // Nothing but the create takes so long, so the rest of a command has been done before.
        assert_eq!(tcbctl(&["cloud", "open"]).envs(env).output().unwrap().status.code(), Some(0));
        emulator.set_faults([Fault::delay(path, VERY_LONG)]).unwrap();
        let process = start(&env, &[args, &["-o", "json"]].concat());
        met(&emulator).await;
        interrupt(&process);
        let (exit, object, said) = end(process);
        let error = &object["error"];
        assert_eq!((exit, &error["kind"]), (10, &json!("interrupted")), "{args:?}: {object} {said}");
        assert_eq!((&object["ok"], &error["maybe_executed"]), (&json!(false), &json!(true)), "{object}");
        assert!(error["hint"].as_str().unwrap().starts_with(look), "{object}");
        assert!(said.contains("may have been executed"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_on_its_way_is_merely_interrupted() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    let env = [("TCBCTL_BASE_URL", emulator.base_url())];
    emulator.fault(Fault::delay("/tcb/getenvinfo", VERY_LONG)).unwrap();
    let process = start(&env, &["env", "create", "shop", "-o", "json"]);
    met(&emulator).await;
    interrupt(&process);
    let (exit, object, _) = end(process);
    assert_eq!((exit, &object["error"]["maybe_executed"]), (130, &json!(false)), "{object}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_on_its_way_into_a_store_is_waited_for_until_the_second_time() {
    for (delay, times) in [(Duration::from_secs(1), 1), (VERY_LONG, 2)] {
        let service = Service::start().await;
        let emulator = &service.emulator;
        emulator.fault(Fault::delay("/cgi-bin/component/api_authorizer_token", delay)).unwrap();
        let (file, env) = (service.file(), service.env());
        let env = [&env[..], &[("TCBCTL_STORE", file.as_str())]].concat();
        let mut process = start(&env, &["cloud", "open"]);
        met(emulator).await;
        let begun = SystemClock.monotonic();
        interrupt(&process);
        let (mut told, mut said) = (BufReader::new(process.stderr.take().unwrap()), String::new());
        while !said.contains("Ctrl-C again") {
            assert_ne!(told.read_line(&mut said).unwrap(), 0, "{said}");
        }
        if times == 2 {
            interrupt(&process);
        }
        told.read_to_string(&mut said).unwrap();
        let (exit, ..) = end(process);
        assert_eq!(exit, 130, "{said}");
        assert!(SystemClock.monotonic() - begun < Duration::from_secs(8), "{said}");
        assert_eq!(emulator.counters().executed("createCloudUser"), 0, "nothing follows the token");
        if times == 1 {
            assert_eq!(tcbctl(&["cloud", "open"]).envs(env).output().unwrap().status.code(), Some(0));
            assert_eq!(emulator.mints(&service.merchant), 1, "the answer is in the store");
        }
    }
}
