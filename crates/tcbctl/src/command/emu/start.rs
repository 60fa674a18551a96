//! `tcbctl emu start`, and how an emulator begins.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tcb_emulator::{
    Builder, ClockMode, Credentials, Emulator, EmulatorError, EmulatorErrorKind, Reset, USUAL_PERMISSION_SETS,
};
use tcb_types::Secret;

use super::clock::mode;
use super::snapshot;
use super::stop::Stop;
use crate::args::DEFAULT_ADDRESS;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::output::Output;
use crate::settings::secret;
use crate::words::{of_system, told_as};

const ALLOW_REMOTE: &str = "--allow-remote";

/// The name under which the state is kept that an emulator began with.
const SNAPSHOT: &str = "start";

/// How long calls that have begun may take when the emulator is stopped.
pub(super) const LAST_CALLS: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// Address to listen on; port 0 takes a free one || 监听的地址；端口 0 表示任取空闲端口
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    listen: SocketAddr,
    /// Let other machines in; what leads to the token of the admin API and the console, at least 16
    /// characters: `env:NAME`, `file:PATH`, `exec:COMMAND` ||
    /// 允许其他机器访问；给出管理接口和控制台令牌（至少 16 个字符）的来源：`env:NAME`、`file:PATH`、`exec:COMMAND`
    #[arg(long, value_name = "REF")]
    allow_remote: Option<String>,
    #[command(flatten)]
    beginning: Beginning,
}

/// What an emulator begins with || 模拟器的初始状态
#[derive(Debug, Args)]
pub(crate) struct Beginning {
    /// Number that all ids, secrets and tokens are made from || 生成所有 ID、密钥和令牌的种子
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "snapshot")]
    seed: u64,
    /// State to begin with, from the file that `emu snapshot export` writes ||
    /// 初始状态，由 `emu snapshot export` 写出的文件
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// How time passes: `real`, `frozen`, or `x60` for sixty times as fast; `real` or as in the
    /// snapshot if not given ||
    /// 时间如何流逝：`real`、`frozen`，或 `x60` 表示六十倍速；不给出则为 `real` 或与快照相同
    #[arg(long, value_name = "MODE", value_parser = mode)]
    clock: Option<ClockMode>,
    /// Merchants that have authorised the platform, with cloud development open; beside those of
    /// the snapshot ||
    /// 已授权平台并开通云开发的授权方数量；快照中的另计
    #[arg(long, value_name = "N", default_value_t = 0)]
    merchants: usize,
    /// Speak HTTPS too, as a proxy to WeChat's hosts, and write the certificate that programs have
    /// to trust into this file ||
    /// 同时支持 HTTPS，充当通往微信域名的代理；程序须信任的证书写入此文件
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
}

impl Beginning {
    /// Starts an emulator as `builder` has it. Its first platform comes with it.
    pub(super) async fn begin(&self, builder: Builder) -> Result<(Emulator, Credentials), Box<Failure>> {
        let state = self.snapshot.as_deref().map(snapshot::read).transpose()?;
        let refused = |error| refused(&error);
        let builder = match &self.tls {
            Some(certificate) => builder.tls(certificate),
            None => builder,
        };
        let emulator = builder.seed(self.seed).start().await.map_err(refused)?;
        if let Some(state) = state {
            emulator.import_snapshot(SNAPSHOT, state).map_err(refused)?;
            emulator.reset(&Reset::Snapshot(SNAPSHOT.to_owned())).map_err(refused)?;
        }
        if let Some(mode) = self.clock {
            emulator.set_clock_mode(mode).map_err(refused)?;
        }
        let first = first_platform(&emulator)?;
        emulator
            .seed_open_merchants(&first.app_id, self.merchants, USUAL_PERMISSION_SETS)
            .map_err(refused)?;
        Ok((emulator, first))
    }
}

/// The platform that the admin API means where none is named.
fn first_platform(emulator: &Emulator) -> Result<Credentials, Box<Failure>> {
    let started = &emulator.component().app_id;
    let mut known = emulator.components();
    let place = known.iter().position(|platform| platform.app_id == *started).unwrap_or_default();
    if known.is_empty() {
        return Err(Failure::config(say!("the snapshot has no platform", "快照中没有平台")));
    }
    Ok(known.swap_remove(place))
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
    let mut builder = Emulator::builder().listen(args.listen);
    if let Some(reference) = &args.allow_remote {
        builder = builder.allow_remote(token(reference)?);
    }
    let (emulator, platform) = args.beginning.begin(builder).await?;

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
    let mut variables = if url == setting { String::new() } else { format!("TCBCTL_BASE_URL={url} ") };
    if args.allow_remote.is_some() {
        variables.push_str("TCBCTL_ADMIN_TOKEN=… ");
    }
    output.hint(&say!(
        "{variables}tcbctl cloud open   (in another terminal)",
        "{variables}tcbctl cloud open   （在另一个终端）"
    ));

    stop.wait().await;
    emulator.close(LAST_CALLS).await;
    output.talk(&say!("stopped", "已停止"));
    Ok(Exit::Ok)
}

/// The token that a reference leads to; the token itself is not taken, for others see arguments.
fn token(reference: &str) -> Result<Secret, Box<Failure>> {
    secret::led_to(ALLOW_REMOTE, reference)?.ok_or_else(|| {
        Failure::config(say!(
            "{ALLOW_REMOTE} takes no token, but what leads to one",
            "{ALLOW_REMOTE} 不接受令牌本身，只接受令牌的来源"
        ))
        .hint(format!("{ALLOW_REMOTE} file:PATH   (env:NAME, exec:COMMAND)"))
    })
}

fn refused(error: &EmulatorError) -> Box<Failure> {
    let source = std::error::Error::source(error);
    let cause = || match source.and_then(|source| source.downcast_ref()) {
        Some(error) => of_system(error),
        None => source.map(ToString::to_string).unwrap_or_default(),
    };
    match error.kind() {
        EmulatorErrorKind::Bind => Failure::new(Exit::Failed, "bind", told_as(error, "无法监听该地址"))
            .why(cause())
            .hint("tcbctl emu start --listen 127.0.0.1:0"),
        EmulatorErrorKind::NotLoopback => Failure::config(told_as(error, "该地址不只属于本机"))
            .why(say!(
                "other machines are let in only where its admin API wants a token",
                "只有管理接口设有令牌时才允许其他机器访问"
            ))
            .hint(format!("{ALLOW_REMOTE} file:PATH")),
        EmulatorErrorKind::Certificate => {
            Failure::new(Exit::Failed, "file", told_as(error, "无法写入证书")).why(cause())
        }
        EmulatorErrorKind::Invalid => {
            Failure::config(say!("{why}", "模拟器不接受此快照或设置：{why}", why = error))
        }
        _ => Failure::new(Exit::Failed, "emulator", say!("{why}", "模拟器出错：{why}", why = error)),
    }
}
