//! What a client does on the wire, as far as it can be counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::clients::Kind;
use crate::process::{Client, Server, on_core, ourselves};
use crate::protocol::count;

const CLIENT_CORE: usize = 0;
const SERVER_CORE: usize = 1;

pub(crate) fn count_all() {
    let tracer = Tracer::find();
    let by = tracer.map_or("neither `perf` nor `strace` can count here", Tracer::name);
    println!("On the wire. System calls are counted by: {by}.\n");
    println!(
        "| client | connections at 64 in flight | opened later | KB per connection | system calls per call at 1 | at 64 |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut ratios = BTreeMap::new();
    for kind in Kind::ALL {
        let (connections, later, memory) = connections(kind);
        let calls = [1, 64].map(|in_flight| tracer.map(|tracer| system_calls(kind, tracer, in_flight)));
        let shown = calls.map(|calls| calls.map_or("—".to_owned(), |calls| format!("{calls:.2}")));
        println!(
            "| {} | {connections} | {later} | {:.1} | {} | {} |",
            kind.name(),
            memory / 1024.0,
            shown[0],
            shown[1]
        );
        ratios.insert(format!("connections/{}/64", kind.name()), count(connections) / 64.0);
        for (in_flight, calls) in [1, 64].into_iter().zip(calls) {
            if let Some(calls) = calls {
                ratios.insert(format!("syscalls/{}/{in_flight}", kind.name()), calls);
            }
        }
    }
    println!("{}", json!({ "ratios": ratios }));
}

/// Connections that 64 callers open, those that are opened afterwards, and memory per connection.
fn connections(kind: Kind) -> (u64, u64, f64) {
    let mut server = Server::start(SERVER_CORE, 0);
    let words = ourselves(&["drive", kind.argument(), &server.base_url]);
    let mut client = Client::start(on_core(CLIENT_CORE, &words)).unwrap();
    let alone = client.run(1, 20_000).unwrap();
    // The SDK asks for its tokens before, on the connection that it then keeps.
    client.run(64, 6_400).unwrap();
    let opened = server.connections();
    client.run(64, 20_000).unwrap();
    let later = server.connections() - opened;
    let crowd = client.run(256, 25_600).unwrap();
    let more = count(server.connections().saturating_sub(1).max(1));
    (opened, later, count(crowd.rss_bytes.saturating_sub(alone.rss_bytes)) / more)
}

/// A program that counts system calls.
#[derive(Clone, Copy)]
enum Tracer {
    Perf,
    Strace,
}

impl Tracer {
    fn find() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("counts");
        [Self::Perf, Self::Strace].into_iter().find(|tracer| {
            let mut command = tracer.around(&["true".to_owned()], &file);
            let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            ended.is_ok_and(|status| status.success()) && tracer.read(&file).is_some()
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf, raw_syscalls:sys_enter",
            Self::Strace => "strace -f -c",
        }
    }

    /// The command, which writes its count into `file` at its end.
    fn around(self, words: &[String], file: &Path) -> Command {
        let mut command = match self {
            Self::Perf => {
                let mut command = Command::new("perf");
                command.args(["stat", "-e", "raw_syscalls:sys_enter", "-x", ",", "-o"]);
                command
            }
            Self::Strace => {
                let mut command = Command::new("strace");
                command.args(["-f", "-c", "-o"]);
                command
            }
        };
        command.arg(file).args(words);
        command
    }

    fn read(self, file: &Path) -> Option<f64> {
        let text = fs::read_to_string(file).ok()?;
        match self {
            Self::Perf => {
                text.lines().find(|line| line.contains("sys_enter"))?.split(',').next()?.parse().ok()
            }
            // Share, seconds, microseconds per call, calls, perhaps errors, and the word.
            Self::Strace => {
                text.lines().find(|line| line.ends_with(" total"))?.split_whitespace().nth(3)?.parse().ok()
            }
        }
    }
}

/// System calls per call: the difference between a process that makes calls and one that makes twice as many.
fn system_calls(kind: Kind, tracer: Tracer, in_flight: usize) -> f64 {
    const CALLS: u64 = 6_400;
    let server = Server::start(SERVER_CORE, 0);
    let folder = TempDir::new().unwrap();
    let counted = |calls: u64| {
        let file = folder.path().join(calls.to_string());
        let words = ourselves(&["drive", kind.argument(), &server.base_url]);
        let command = tracer.around(&words, &file);
        let words: Vec<String> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut client = Client::start(on_core(CLIENT_CORE, &words)).unwrap();
        client.run(in_flight, calls).unwrap();
        client.wait();
        tracer.read(&file).unwrap()
    };
    (counted(2 * CALLS) - counted(CALLS)) / count(CALLS)
}
