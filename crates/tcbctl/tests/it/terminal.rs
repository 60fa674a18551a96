//! What a person sees at a terminal of a certain width.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tcb_emulator::{Emulator, Fault, Merchant};
use unicode_width::UnicodeWidthStr;

use crate::support::tcbctl;

/// Longer than any test takes.
const VERY_LONG: Duration = Duration::from_secs(600);

/// A terminal with so many columns, and the name of its other end.
fn open(columns: u16) -> (File, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    (File::from(terminal), name)
}

/// What the command prints on a terminal with so many columns.
fn printed(columns: u16, env: &[(&str, &str)], args: &[&str]) -> String {
    let (mut terminal, name) = open(columns);
    let stdout = File::options().read(true).write(true).open(name).unwrap();
    let mut command = tcbctl(args);
    let mut process = command.env_remove("COLUMNS").envs(env.iter().copied()).stdout(stdout).spawn().unwrap();
    // The command holds the other end open too.
    drop(command);
    let mut text = Vec::new();
    // The end of a terminal is an error.
    let _ = terminal.read_to_end(&mut text);
    assert!(process.wait().unwrap().success());
    String::from_utf8(text).unwrap().replace("\r\n", "\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_as_wide_as_the_terminal_and_no_wider() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    let env = [("TCBCTL_BASE_URL", emulator.base_url())];
    assert!(printed(120, &env, &["cloud", "open"]).contains("opened"));
    let long = ["call", "createEnv", "-f", "type=CreatePostpayPackage", "-f"];
    let alias = format!("alias={}", "shop and ".repeat(40));
    let args = [&long[..], &[&alias, "--dry-run"]].concat();
    for (columns, env) in [(60, None), (100, None), (200, Some(("COLUMNS", "60")))] {
        let table = printed(columns, env.as_slice(), &args);
        let limit = if columns == 100 { 100 } else { 60 };
        let widest = table.lines().map(UnicodeWidthStr::width).max().unwrap();
        assert!(widest <= limit && widest > limit - 12, "{widest} of {limit}:\n{table}");
        assert!(table.contains('│'), "{table}");
    }
}

#[test]
fn an_explanation_is_no_table_and_its_lines_hang() {
    let explained = printed(70, &[], &["explain", "createFunction"]);
    assert!(!explained.contains('│'), "{explained}");
    assert!(explained.starts_with("operation: createFunction\n"), "{explained}");
    for line in explained.lines() {
        // Addresses stay whole, so that they can be followed.
        let fits = line.width() <= 70 || !line.trim().contains(' ');
        assert!(fits, "{} columns: {line}", line.width());
    }
    let request = explained.split_once("\nrequest:\n").unwrap().1;
    assert!(
        request.starts_with("  function_name (string; required): ") || request.starts_with("  env "),
        "{explained}"
    );
    assert!(explained.contains("\n    "), "what goes on hangs: {explained}");
}

#[test]
fn help_fits_a_narrow_terminal_in_both_languages() {
    for language in ["en", "zh"] {
        for args in [&["--help"][..], &["env", "create", "--help"], &["call", "--help"]] {
            let help = printed(60, &[], &[args, &["--lang", language]].concat());
            for line in help.lines() {
                // What has no place to break at stays whole.
                assert!(line.width() <= 60 || !line.trim().contains(' '), "{} columns: {line}", line.width());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_wide_characters_is_aligned() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    let env = [("TCBCTL_BASE_URL", emulator.base_url()), ("LC_ALL", "zh_CN.UTF-8")];
    let table = printed(60, &env, &["auth", "show"]);
    let widths: Vec<usize> = table.lines().map(UnicodeWidthStr::width).collect();
    assert!(table.contains("权限集") && widths.iter().all(|width| *width == widths[0]), "{table}");
    assert!(widths[0] <= 60, "{table}");
}

#[test]
fn what_cannot_be_undone_wants_the_appid_typed() {
    let env = [
        ("TCBCTL_BASE_URL", "https://nowhere.invalid"),
        ("TCBCTL_LIVE", "1"),
        ("TCBCTL_ENV", "e"),
        ("TCBCTL_COMPONENT_APPID", "wxplatform"),
        ("TCBCTL_COMPONENT_APPSECRET", "s"),
        ("TCBCTL_TICKET", "t"),
        ("TCBCTL_AUTHORIZER_APPID", "wxmerchant"),
        ("TCBCTL_REFRESH_TOKEN", "r"),
        ("NO_COLOR", "1"),
    ];
    for (language, question, refused) in [
        ("en", "Type wxmerchant to go on: ", "not confirmed; nothing was sent"),
        ("zh", "输入 wxmerchant 以继续：", "未确认；什么都没有发送"),
    ] {
        let args = ["db", "collection", "rm", "orders", "--lang", language];
        let said = answered(&env, &args, question, "yes\n");
        assert!(said.contains(refused), "{said}");
        let said = answered(&env, &args, question, "wxmerchant\n");
        assert!(!said.contains(refused), "it was sent: {said}");
        assert!(!said.contains('\u{1b}'), "no colour: {said}");
    }
}

/// Types an answer to a question. Returns all that a person then sees.
fn answered(env: &[(&str, &str)], args: &[&str], question: &str, answer: &str) -> String {
    let mut command = tcbctl(args);
    command.envs(env.iter().copied());
    typed(command, 100, question, answer).1
}

/// Runs a command at a terminal, and types `answer` when `question` is seen. Returns how it ended,
/// and all that a person sees.
fn typed(mut command: Command, columns: u16, question: &str, answer: &str) -> (Option<i32>, String) {
    let (mut terminal, name) = open(columns);
    let end = || File::options().read(true).write(true).open(&name).unwrap();
    let mut process = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    drop(command);
    let (mut said, mut some) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&said).contains(question) {
        let count = terminal.read(&mut some).unwrap();
        said.extend(&some[..count]);
    }
    terminal.write_all(answer.as_bytes()).unwrap();
    // The end of a terminal is an error.
    let _ = terminal.read_to_end(&mut said);
    (process.wait().unwrap().code(), String::from_utf8(said).unwrap())
}

/// The binary, to which its terminal is the one that Ctrl-C is typed at.
fn controlled(args: &[&str]) -> Command {
    let inner = tcbctl(args);
    let mut command = Command::new("setsid");
    command.arg("--ctty").arg(inner.get_program()).args(inner.get_args()).env_remove("COLUMNS");
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// What is left of each line of the screen when all is drawn.
fn screen(said: &str) -> Vec<String> {
    let drawn = |line: &str| {
        let mut cells: Vec<char> = Vec::new();
        for part in line.split('\r') {
            let part: Vec<char> = part.chars().collect();
            let rest = cells.split_off(part.len().min(cells.len()));
            cells = [part, rest].concat();
        }
        cells.into_iter().collect::<String>().trim_end().to_owned()
    };
    said.replace("\r\n", "\n").split('\n').map(drawn).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_shows_the_steps_and_ctrl_c_wipes_it_away() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new().consenting());
    let env = [("TCBCTL_BASE_URL", emulator.base_url())];
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("shop");
    let file = dir.join("blueprint.yaml");
    assert!(tcbctl(&["deploy", "init", dir.to_str().unwrap()]).status().unwrap().success());
    let args = ["deploy", "apply", "-f", file.to_str().unwrap()];
    let plan = printed(60, &env, &["deploy", "plan", "-f", file.to_str().unwrap(), "--lang", "zh"]);
    assert!(plan.contains("创建云函数 hello"), "{plan}");
    assert!(plan.lines().all(|line| line.width() <= 60), "{plan}");

    emulator.set_faults([Fault::delay("/tcb/createenvandresource", VERY_LONG)]).unwrap();
    let mut command = controlled(&args);
    command.envs(env);
    let bar = "[##------------------] 2/8 create the environment shop";
    let (code, said) = typed(command, 60, bar, "\u{3}");
    assert_eq!(code, Some(10), "{said}");
    let screen = screen(&said);
    assert!(screen.iter().any(|line| line.contains("may have been executed")), "{said}");
    assert!(screen.iter().all(|line| !line.contains("[#")), "the bar stays on the screen: {said:?}");
}
