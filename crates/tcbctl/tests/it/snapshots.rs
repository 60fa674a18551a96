//! What people read, in both languages: one error of each kind.

use std::fmt::Write as _;

use tcb_emulator::{Emulator, Fault, Merchant};

use crate::compare::compare;
use crate::support::run;

const LANGUAGES: [&str; 2] = ["en", "zh"];

/// What changes from run to run.
fn without_chance(text: &str, emulator: &Emulator) -> String {
    let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
    let text = text.replace(&port, "PORT");
    let lines = text.lines().map(|line| match line.find("rid") {
        Some(start) if line.contains("rid:") || line.contains("rid：") => {
            format!("{}rid: RID", &line[..start])
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_error_of_each_kind_is_as_it_was_read_last() {
    for language in LANGUAGES {
        let emulator = Emulator::start().await.unwrap();
        emulator.add_merchant(Merchant::new());
        let live = [("TCBCTL_BASE_URL", "https://api.weixin.qq.com")];
        let here = [("TCBCTL_BASE_URL", emulator.base_url())];
        let nobody = [("TCBCTL_BASE_URL", "http://127.0.0.1:9")];
        let mut text = String::new();
        let mut note = |env: &[(&str, &str)], exit: i32, args: &[&str]| {
            let args = [args, &["--lang", language]].concat();
            let failed = run(env, &args);
            assert_eq!(failed.exit, exit, "{args:?}: {failed:?}");
            writeln!(
                text,
                "$ tcbctl {}   # {exit}\n{}\n",
                args.join(" "),
                without_chance(&failed.stderr, &emulator)
            )
            .unwrap();
        };
        note(&here, 2, &["frobnicate"]);
        note(&here, 2, &["env", "create"]);
        note(&here, 2, &["env", "list", "--colour"]);
        note(&here, 2, &["emu", "start", "--listen", "here"]);
        note(&here, 2, &["emu", "approve", "x"]);
        note(&here, 2, &["function", "deploy", "d", "--timeout", "x"]);
        note(&here, 2, &["fleet", "apply", "--waves", "few"]);
        note(&here, 2, &["storage", "upload", "/nonexistent"]);
        note(&here, 2, &["--base-url", "ftp://nowhere", "env", "list"]);
        note(&here, 4, &["emu", "snapshot", "restore", "never"]);
        note(&here, 1, &["doctor", "--base-url", "http://127.0.0.1:9"]);
        note(&here, 2, &["-o", "xml", "env", "list"]);
        note(&here, 2, &["call", "creatFunction"]);
        note(&here, 2, &["call", "createEnv", "-f", "colour=red"]);
        note(&here, 2, &["call", "startPushTicket", "-f", "component_secret=s"]);
        note(&here, 2, &["demo", "--dry-run"]);
        note(&here, 2, &["storage", "rm", "a.txt", "--env", "e"]);
        note(&here, 2, &["--profile", "nowhere", "env", "list"]);
        note(&live, 2, &["env", "list"]);
        note(&nobody, 2, &["env", "list"]);
        note(&here, 4, &["explain", "123456"]);
        note(&here, 4, &["explain", "A-999"]);
        note(&here, 5, &["env", "create", "shop", "--another"]);
        note(&here, 8, &["cloud", "open"]);
        emulator.fault(Fault::errcode("/tcb/getenvinfo", 45009).times(1)).unwrap();
        note(&here, 6, &["env", "list"]);
        emulator.fault(Fault::errcode("/tcb/getenvinfo", 61003).times(1)).unwrap();
        note(&here, 3, &["env", "list"]);
        compare(&format!("errors.{language}.txt"), &text);
    }
}
