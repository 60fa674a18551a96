//! A headless browser of the test's own: `chromedriver` on a free port of this machine, with a
//! profile in a folder that goes with it.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::net::free_port;
use crate::program;

/// A driver, which speaks `WebDriver`. It ends with its browsers when this is dropped, and also
/// when this process is killed.
#[derive(Debug)]
pub struct BrowserDriver {
    folder: TempDir,
    port: u16,
    /// A shell that waits for the end of its input, and then ends the driver.
    keeper: Child,
}

impl BrowserDriver {
    /// Starts a driver for a test, which is left out where there is no browser or no driver.
    pub fn for_test() -> Option<Self> {
        if let Some(missing) = ["chromium", "chromedriver"].into_iter().find(|name| !program::is_there(name))
        {
            program::leave_out(missing);
            return None;
        }
        for _ in 0..3 {
            let (folder, port) = (TempDir::new().unwrap(), free_port());
            // Somebody else may take the port in between.
            if let Some(keeper) = launch(port) {
                return Some(Self { folder, port, keeper });
            }
        }
        panic!("chromedriver does not start");
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A folder for the profile of a browser.
    pub fn profile(&self) -> PathBuf {
        self.folder.path().join("profile")
    }
}

impl Drop for BrowserDriver {
    fn drop(&mut self) {
        end(&mut self.keeper);
    }
}

fn end(keeper: &mut Child) {
    drop(keeper.stdin.take());
    let _ = keeper.wait();
}

/// The shell that keeps a driver, once that listens.
fn launch(port: u16) -> Option<Child> {
    // In a session of its own, so that its browsers, which outlive it otherwise, end with it.
    const KEEP: &str = "setsid chromedriver \"$@\" >&2 & echo $!; read -r _; kill -9 -$!; wait";
    let mut keeper = Command::new("sh")
        .args(["-c", KEEP, "chromedriver", &format!("--port={port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pid = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    for _ in 0..2000 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Some(keeper);
        }
        if !program::signal(pid.trim().parse().unwrap(), "0") {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    end(&mut keeper);
    None
}
