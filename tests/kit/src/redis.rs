//! Servers `redis-server` of the test's own, on free ports of this machine and in folders that go
//! with them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::net::free_port;
use crate::program;

const PROGRAM: &str = "redis-server";

/// A server. It ends when this is dropped, and also when this process is killed.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    options: Vec<String>,
    port: u16,
    /// A shell that waits for the end of its input, and then ends the server.
    keeper: Child,
    pid: u32,
}

impl RedisServer {
    /// Starts a server for a test, which is left out where there is no `redis-server`.
    pub fn for_test(options: &[&str]) -> Option<Self> {
        if program::is_there(PROGRAM) {
            return Some(Self::start(options));
        }
        program::leave_out(PROGRAM);
        None
    }

    /// Starts a server that keeps what it is given, with more options as on its command line.
    pub fn start(options: &[&str]) -> Self {
        assert!(program::is_there(PROGRAM), "{PROGRAM} is not on the PATH: install the package of this name");
        Self::start_in(TempDir::new().unwrap(), options)
    }

    fn start_in(folder: TempDir, options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        for _ in 0..3 {
            let port = free_port();
            // Somebody else may take the port in between.
            if let Some((keeper, pid)) = launch(folder.path(), port, &options) {
                return Self { folder, options, port, keeper, pid };
            }
        }
        panic!("redis-server does not start: {}", log(folder.path()));
    }

    /// Starts a sentinel, which knows `master` as `tokens`. One alone decides on a fail-over, as
    /// soon as the master has been silent for half a second.
    pub fn sentinel(master: &Self) -> Self {
        let folder = TempDir::new().unwrap();
        // It writes there what it learns.
        let path = folder.path().join("sentinel.conf");
        let watch = format!(
            "sentinel monitor tokens 127.0.0.1 {} 1\nsentinel down-after-milliseconds tokens 500\n\
             sentinel failover-timeout tokens 2000\n",
            master.port
        );
        std::fs::write(&path, watch).unwrap();
        Self::start_in(folder, &[path.to_str().unwrap(), "--sentinel"])
    }

    /// Starts a server that copies this one, and waits until it has done so.
    #[must_use]
    pub fn replica(&self) -> Self {
        let replica = Self::start(&["--replicaof", "127.0.0.1", &self.port.to_string()]);
        until(|| ask(replica.port, "INFO replication").unwrap().contains("master_link_status:up"));
        replica
    }

    /// Starts a cluster of as many masters, with as many replicas of each, for a test, which is
    /// left out where there is no `redis-server`. Masters come first, then their replicas in the
    /// same order.
    pub fn cluster_for_test(masters: usize, replicas: usize) -> Option<Vec<Self>> {
        if !program::is_there(PROGRAM) {
            program::leave_out(PROGRAM);
            return None;
        }
        let start = |_| {
            let bus = free_port().to_string();
            let cluster =
                ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "1000"];
            Self::start(&cluster)
        };
        let nodes: Vec<_> = (0..masters * (1 + replicas)).map(start).collect();
        let each = 16384usize.div_ceil(masters);
        for (number, node) in nodes.iter().enumerate() {
            if number < masters {
                let last = (each * (number + 1)).min(16384) - 1;
                node.tell(&format!("CLUSTER ADDSLOTSRANGE {} {last}", each * number));
            }
            let bus = ask(nodes[0].port, "CONFIG GET cluster-port").unwrap();
            let bus = bus.trim().lines().last().unwrap().to_owned();
            node.tell(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", nodes[0].port));
        }
        let knows_all = |node: &Self| {
            let known = ask(node.port, "CLUSTER NODES").unwrap();
            known.matches(" connected").count() == nodes.len()
        };
        until(|| nodes.iter().all(knows_all));
        for (number, replica) in nodes.iter().enumerate().skip(masters) {
            let master = ask(nodes[number % masters].port, "CLUSTER MYID").unwrap();
            replica.tell(&format!("CLUSTER REPLICATE {}", master.trim().lines().last().unwrap()));
        }
        let is_copied =
            |replica: &Self| ask(replica.port, "INFO replication").unwrap().contains("master_link_status:up");
        until(|| nodes.iter().skip(masters).all(is_copied));
        until(|| {
            nodes.iter().all(|node| ask(node.port, "CLUSTER INFO").unwrap().contains("cluster_state:ok"))
        });
        Some(nodes)
    }

    fn tell(&self, command: &str) {
        let answer = ask(self.port, command).unwrap();
        assert!(answer.contains("OK"), "{command}: {answer}");
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address, without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Kills it, as a crash does.
    pub fn kill(&self) {
        self.signal("KILL");
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Starts it again after it was killed, with the same address and folder.
    pub fn start_again(&mut self) {
        self.end_keeper();
        let again = launch(self.folder.path(), self.port, &self.options);
        let Some((keeper, pid)) = again else {
            panic!("redis-server does not start again: {}", log(self.folder()))
        };
        (self.keeper, self.pid) = (keeper, pid);
    }

    /// Stops it without ending it: connections stay open, and nothing is answered.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(program::signal(self.pid, signal), "cannot send {signal} to {}", self.pid);
    }

    fn end_keeper(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.end_keeper();
    }
}

/// Sends one command without arguments that need quotes, and gives the answer's first bytes.
pub fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = vec![0; 8192];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Waits until something is so.
fn until(is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("the servers do not find each other");
}

/// The shell that keeps a server, and the server's own id, once it answers.
fn launch(folder: &Path, port: u16, options: &[String]) -> Option<(Child, u32)> {
    const KEEP: &str = "redis-server \"$@\" & echo $!; read -r _; kill -9 $!; wait";
    // A sentinel wants its file first.
    let (file, options) =
        options.split_at(usize::from(options.first().is_some_and(|first| !first.starts_with('-'))));
    let mut keeper = Command::new("sh")
        .args(["-c", KEEP, "redis-server"])
        .args(file)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"])
        .args(["--save", "", "--appendonly", "yes", "--logfile", "log", "--dir"])
        .arg(folder)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid: u32 = line.trim().parse().unwrap();
    let ours = format!("process_id:{pid}\r\n");
    for _ in 0..1000 {
        // It answers this while it still reads its file, and refuses other commands.
        let who = ask(port, "INFO server").unwrap_or_default();
        let locked = who.contains("NOAUTH");
        if locked || who.contains(&ours) && ask(port, "PING").is_ok_and(|answer| answer.contains("PONG")) {
            return Some((keeper, pid));
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(keeper.stdin.take());
    let _ = keeper.wait();
    None
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}
