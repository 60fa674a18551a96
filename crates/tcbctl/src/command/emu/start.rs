//! `tcbctl emu start`, and how an emulator begins.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tcb_emulator::{ClockMode, Emulator, EmulatorError, EmulatorErrorKind, USUAL_PERMISSION_SETS};

use super::clock::mode;
use super::stop::Stop;
use crate::args::DEFAULT_ADDRESS;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::output::Output;

/// How long calls that have begun may take when the emulator is stopped.
pub(super) const LAST_CALLS: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// Address of this machine to listen on; port 0 takes a free one || 监听的本机地址；端口 0 表示任取空闲端口
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    listen: SocketAddr,
    #[command(flatten)]
    beginning: Beginning,
}

/// What an emulator begins with || 模拟器的初始状态
#[derive(Debug, Args)]
pub(crate) struct Beginning {
    /// Number that all ids, secrets and tokens are made from || 生成所有 ID、密钥和令牌的种子
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How time passes: `real`, `frozen`, or `x60` for sixty times as fast ||
    /// 时间如何流逝：`real`、`frozen`，或 `x60` 表示六十倍速
    #[arg(long, value_name = "MODE", value_parser = mode, default_value = "real")]
    clock: ClockMode,
    /// Merchants that have authorised the platform, with cloud development open ||
    /// 已授权平台并开通云开发的授权方数量
    #[arg(long, value_name = "N", default_value_t = 0)]
    merchants: usize,
}

impl Beginning {
    /// Starts an emulator.
    pub(super) async fn begin(&self, listen: SocketAddr) -> Result<Emulator, Box<Failure>> {
        let begin = async {
            let emulator = Emulator::builder().listen(listen).seed(self.seed).start().await?;
            emulator.set_clock_mode(self.clock)?;
            let first = &emulator.component().app_id;
            emulator.seed_open_merchants(first, self.merchants, USUAL_PERMISSION_SETS)?;
            Ok(emulator)
        };
        begin.await.map_err(|error| refused(&error))
    }
}

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

pub(crate) async fn start(args: &Start, output: Output) -> Result<Exit, Box<Failure>> {
    // Before the line is out, for whoever reads it may stop the emulator at once.
    let mut stop = Stop::begin()?;
    let emulator = args.beginning.begin(args.listen).await?;

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
    output.talk(&say!("console: {url}/_emu/", "控制台：{url}/_emu/"));
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
