//! `cargo xtask conformance`: an outside client against `tcbctl emu start`.
//!
//! wechatpy knows nothing of this project, so what it accepts is not merely what our own client
//! expects. It comes from Python's registry, and so this is no part of CI.

use crate::server::Server;
use crate::{Result, python};

/// The client, and the library of its message crypto: this version has lost the extra of that name.
const PACKAGES: &[&str] = &["wechatpy==2.0.0a26", "cryptography"];

pub(crate) fn run() -> Result {
    let environment = python::environment("conformance-venv", PACKAGES)?;
    let emulator = Server::emulator()?;
    python::script(&environment, "chain.py", &[], &emulator.line)
}
