//! The clients, each in its version.

use tokio::process::Command;

use crate::tools::{self, Result};

/// A client that others wrote.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) registry: &'static str,
    /// Steps that it is known not to take, by their names, and why.
    pub(crate) refuses: &'static [(&'static str, &'static str)],
    command: fn() -> Result<Command>,
}

/// Steps that not every client takes.
pub(crate) const PUSH: &str = "a pushed ticket, decrypted";
pub(crate) const ENCRYPT: &str = "a message encrypted for our receiver";

const JOINED: &str = "it joins what is signed with `&`, which WeChat does not";

pub(crate) const PEERS: [Peer; 4] = [
    Peer {
        name: "wechatpy",
        version: "2.0.0a26",
        registry: "https://pypi.org/project/wechatpy/2.0.0a26/",
        refuses: &[],
        command: || wechatpy("wechatpy-2", "wechatpy==2.0.0a26"),
    },
    Peer {
        name: "wechatpy",
        version: "1.8.18",
        registry: "https://pypi.org/project/wechatpy/1.8.18/",
        refuses: &[],
        command: || wechatpy("wechatpy-1", "wechatpy==1.8.18"),
    },
    Peer {
        name: "node-easywechat",
        version: "3.6.2",
        registry: "https://www.npmjs.com/package/node-easywechat/v/3.6.2",
        refuses: &[],
        command: easywechat,
    },
    Peer {
        name: "wx-rust-open",
        version: "0.1.5",
        registry: "https://crates.io/crates/wx-rust-open/0.1.5",
        refuses: &[(PUSH, JOINED), (ENCRYPT, JOINED)],
        command: || Ok(Command::new(tools::cargo("wx-rust-open", "driver-wx-rust-open")?)),
    },
];

impl Peer {
    /// How its driver starts. Installs what is missing.
    pub(crate) fn command(&self) -> Result<Command> {
        (self.command)()
    }

    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// The library of its message crypto is an extra whose name one of the versions has lost.
fn wechatpy(folder: &str, package: &str) -> Result<Command> {
    let environment = tools::python(folder, &[package, "cryptography"])?;
    let mut command = Command::new(environment.join("bin/python"));
    // `-B` leaves no compiled script behind in the source tree.
    command.arg("-B").arg(tools::here().join("driver_wechatpy.py"));
    Ok(command)
}

fn easywechat() -> Result<Command> {
    let packages = tools::npm("easywechat.json")?;
    let mut command = Command::new("node");
    command.arg(tools::here().join("driver_easywechat.cjs")).arg(packages);
    Ok(command)
}
