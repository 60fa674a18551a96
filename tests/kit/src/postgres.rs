//! A `PostgreSQL` server of the test's own, on a free port of this machine and in a folder that
//! goes with it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::net::free_port;
use crate::program;

const PROGRAM: &str = "postgres";

/// What its user has to say.
const PASSWORD: &str = "hunter2";

/// A server, with one user and one database, `tcb`. It ends when this is dropped, and also when
/// this process is killed.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    options: Vec<String>,
    port: u16,
    /// A shell that waits for the end of its input, and then ends the server.
    keeper: Child,
    pid: u32,
}

impl PostgresServer {
    /// Starts a server for a test, which is left out where there is no `PostgreSQL`.
    pub fn for_test(options: &[&str]) -> Option<Self> {
        if program::is_there(&tool(PROGRAM)) {
            return Some(Self::start(options));
        }
        program::leave_out(PROGRAM);
        None
    }

    /// Starts a server, with more settings as in `fsync=off`.
    pub fn start(options: &[&str]) -> Self {
        assert!(program::is_there(&tool(PROGRAM)), "there is no {PROGRAM}: install the package postgresql");
        let folder = TempDir::new().unwrap();
        if let Some((user, group)) = user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        if let Some((user, group)) = user() {
            chown(&password, Some(user), Some(group)).unwrap();
        }
        let made = as_user(&tool("initdb"), folder.path())
            .args(["--username", "tcb", "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"])
            .args(["--no-sync", "--no-instructions", "--pgdata", "data", "--pwfile", "password"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        for _ in 0..3 {
            let port = free_port();
            // Somebody else may take the port in between.
            if let Some((keeper, pid)) = launch(folder.path(), port, &options) {
                let server = Self { folder, options, port, keeper, pid };
                server.tell_in("postgres", "CREATE DATABASE tcb");
                return server;
            }
        }
        panic!("PostgreSQL does not start: {}", log(folder.path()));
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address, with the password.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Carries out statements, in one transaction, and gives what they answer.
    pub fn tell(&self, statements: &str) -> String {
        self.tell_in("tcb", statements)
    }

    fn tell_in(&self, database: &str, statements: &str) -> String {
        let told = Command::new(tool("psql"))
            .args(["--host", "127.0.0.1", "--port", &self.port.to_string(), "--username", "tcb"])
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", database])
            .args(["--command", statements])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .unwrap();
        assert!(told.status.success(), "{statements}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).trim().to_owned()
    }

    /// Kills it, as a crash does.
    pub fn kill(&self) {
        assert!(program::signal(self.pid, "KILL"), "cannot kill {}", self.pid);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Starts it again after it was killed, with the same address and folder.
    pub fn start_again(&mut self) {
        self.end_keeper();
        let mut again = None;
        // What is left of the one before has to see first that it is alone.
        for _ in 0..20 {
            again = launch(self.folder.path(), self.port, &self.options);
            if again.is_some() {
                break;
            }
        }
        let Some((keeper, pid)) = again else {
            panic!("PostgreSQL does not start again: {}", log(self.folder()))
        };
        (self.keeper, self.pid) = (keeper, pid);
    }

    fn end_keeper(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.end_keeper();
    }
}

/// The address of a server, or of what leads to one.
pub fn url(port: u16) -> String {
    format!("postgres://tcb:{PASSWORD}@127.0.0.1:{port}/tcb")
}

/// Debian keeps its programs apart, by their major version.
fn tool(name: &str) -> String {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let tools = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists());
    let newest: Option<PathBuf> = tools.max();
    newest.map_or_else(|| name.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// Whom the server runs as where we are root, as whom it refuses to run: the owner of what Debian's
/// package brings, or else the last user of the system.
fn user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let owner = fs::metadata("/var/lib/postgresql").map(|folder| (folder.uid(), folder.gid()));
    Some(owner.ok().filter(|(user, _)| *user != 0).unwrap_or((65534, 65534)))
}

fn as_user(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some((user, group)) = user() {
        command.uid(user).gid(group);
    }
    command
}

/// The shell that keeps a server, and the server's own id, once it answers.
fn launch(folder: &Path, port: u16, options: &[String]) -> Option<(Child, u32)> {
    const KEEP: &str =
        "program=$1; shift; \"$program\" \"$@\" 2>>log >&2 & echo $!; read -r _; kill -QUIT $!; wait";
    let mut keeper = as_user("sh", folder)
        .args(["-c", KEEP, "postgres", &tool(PROGRAM), "-D", "data", "-p", &port.to_string()])
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
        .args(["-c", "max_connections=200", "-c", "shared_buffers=16MB"])
        .args(options.iter().flat_map(|option| ["-c", option]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid: u32 = line.trim().parse().unwrap();
    for _ in 0..2000 {
        if asks_for_a_password(port).unwrap_or(false) {
            return Some((keeper, pid));
        }
        if keeper.try_wait().unwrap().is_some() || !program::signal(pid, "0") {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(keeper.stdin.take());
    let _ = keeper.wait();
    None
}

/// Whether the server is there and takes users in, which it does not while it starts.
fn asks_for_a_password(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    // The length, version 3.0 of the protocol, who it is.
    stream.write_all(b"\0\0\0\x12\0\x03\0\0user\0tcb\0\0")?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"R")
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}
