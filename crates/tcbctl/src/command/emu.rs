//! `tcbctl emu start`

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use tcb_emulator::{Emulator, EmulatorError, EmulatorErrorKind};

use crate::cli::DEFAULT_ADDRESS;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::output::Output;

/// How long calls that have begun may take when the emulator is stopped.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// The line that a program reads to find the emulator. The secrets in it are made from the seed and
/// worth nothing elsewhere.
#[derive(Serialize)]
struct Started<'a> {
    base_url: &'a str,
    admin_url: &'a str,
    component_appid: &'a str,
    component_appsecret: &'a str,
    token: &'a str,
    encoding_aes_key: &'a str,
}

pub(super) async fn start(listen: SocketAddr, seed: u64, output: Output) -> Result<Exit, Box<Failure>> {
    // Before the line is out, for whoever reads it may stop the emulator at once.
    let mut stop = Stop::listen().map_err(|error| {
        Failure::new(
            Exit::Failed,
            "signals",
            say!("cannot listen for signals: {error}", "无法监听信号：{error}"),
        )
    })?;
    let emulator =
        Emulator::builder().listen(listen).seed(seed).start().await.map_err(|error| refused(&error))?;

    let platform = emulator.component();
    let started = Started {
        base_url: emulator.base_url(),
        admin_url: emulator.admin_url(),
        component_appid: platform.app_id.as_str(),
        component_appsecret: platform.secret.expose(),
        token: platform.callback_token.expose(),
        encoding_aes_key: platform.encoding_aes_key.expose(),
    };
    if Output::json(&started).is_err() {
        return Ok(Exit::Failed);
    }
    let url = emulator.base_url();
    output.talk(&say!(
        "WeChat, emulated, listens at {url}; stop it with Ctrl-C",
        "微信模拟器在 {url} 监听；按 Ctrl-C 停止"
    ));
    let setting = format!("http://{DEFAULT_ADDRESS}");
    let variable = if url == setting { String::new() } else { format!("TCBCTL_BASE_URL={url} ") };
    output.hint(&say!(
        "{variable}tcbctl cloud open   (in another terminal)",
        "{variable}tcbctl cloud open   （在另一个终端）"
    ));

    stop.wait().await;
    emulator.close(LAST_CALLS).await;
    output.talk(&say!("stopped", "已停止"));
    Ok(Exit::Ok)
}

fn refused(error: &EmulatorError) -> Box<Failure> {
    match error.kind() {
        EmulatorErrorKind::Bind => {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            Failure::new(Exit::Failed, "bind", error.to_string())
                .why(cause)
                .hint("tcbctl emu start --listen 127.0.0.1:0")
        }
        EmulatorErrorKind::NotLoopback => Failure::config(error.to_string())
            .why(say!("the emulator answers to nobody but this machine", "模拟器只应答本机"))
            .hint("tcbctl emu start --listen 127.0.0.1:0"),
        _ => Failure::new(Exit::Failed, "emulator", error.to_string()),
    }
}

/// The signals that stop the emulator.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Stop {
    #[expect(clippy::unnecessary_wraps, reason = "listening can fail on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn wait(&mut self) {
        // When the signal cannot be waited for, the emulator ends rather than run for ever.
        let _ = tokio::signal::ctrl_c().await;
    }
}
