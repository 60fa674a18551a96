use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{run, tcbctl};

/// An emulator in a process of its own, and the line that it printed.
struct Started {
    process: Child,
    line: Value,
}

impl Started {
    fn new(args: &[&str]) -> Self {
        let args = [&["emu", "start", "--listen", "127.0.0.1:0"], args].concat();
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
