//! `tcbctl emu`: the emulator, and what is done with one that runs.

mod clock;
mod exec;
mod fault;
mod prompts;
mod seen;
mod snapshot;
mod start;
mod stop;
mod variables;

use clap::Subcommand;

use crate::run::{Ended, Run};

pub(super) use exec::exec;
pub(super) use start::start;

#[derive(Debug, Subcommand)]
pub(crate) enum Emu {
    /// Start the emulator and run until stopped || 启动模拟器，一直运行到被停止
    ///
    /// Prints one JSON line with `base_url`, `admin_url` and what the console page of its platform
    /// shows: `component_appid`, `component_appsecret`, `token`, `encoding_aes_key`. They are worth
    /// nothing elsewhere. ||
    /// 打印一行 JSON：`base_url`、`admin_url`，以及平台控制台页面上的 `component_appid`、`component_appsecret`、
    /// `token`、`encoding_aes_key`。它们在别处毫无价值。
    Start(start::Start),
    /// Run a command beside an emulator of its own, and end with its exit code ||
    /// 为一条命令启动专用模拟器，命令结束后以它的退出码退出
    ///
    /// The command finds the variables that `emu env` prints. The emulator ends with it. ||
    /// 命令可以使用 `emu env` 打印的环境变量；命令结束时模拟器随之停止。
    Exec(exec::Exec),
    #[command(flatten)]
    Running(Running),
}

/// What is done with an emulator that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Running {
    /// Count what is there || 统计现有的对象
    Status,
    /// Print the variables by which programs find the emulator: `eval "$(tcbctl emu env)"` ||
    /// 打印程序用来找到模拟器的环境变量：`eval "$(tcbctl emu env)"`
    ///
    /// With `--tls` they have `HTTPS_PROXY` and `SSL_CERT_FILE` among them, for programs whose
    /// hosts are hard-coded. || 启动时有 `--tls` 的，其中还有 `HTTPS_PROXY` 和
    /// `SSL_CERT_FILE`，供域名写死的程序使用。
    Env,
    /// Play the administrator and do what a prompt asks || 扮演管理员，同意待确认事项
    Approve(prompts::Which),
    /// Play the administrator and decline || 扮演管理员，拒绝待确认事项
    Deny(prompts::Which),
    /// The emulator's time || 模拟器的时间
    #[command(subcommand)]
    Clock(clock::Clock),
    /// What goes wrong on purpose || 故意制造的故障
    #[command(subcommand)]
    Fault(fault::Fault),
    /// Begin anew || 重新开始
    ///
    /// Time goes on, and snapshots stay. || 时间继续，快照保留。
    Reset {
        /// What is there then || 重置后的内容
        #[arg(long, value_enum, default_value_t)]
        to: snapshot::Origin,
    },
    /// States to go back to || 可以恢复的状态
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    /// Show the last requests, or one with what was decided and why || 显示最近的请求，或某个请求的处理经过与原因
    Trace {
        /// Id of the request; the last requests if not given || 请求的 rid；不给出则列出最近的请求
        rid: Option<String>,
    },
    /// List the operations and how far each is built || 列出各接口及其实现程度
    Coverage,
}

pub(super) async fn running(run: &Run<'_>, command: Running) -> Ended {
    let admin = run.admin()?.for_itself();
    match command {
        Running::Status => seen::status(&admin).await,
        Running::Env => variables::print(&admin).await,
        Running::Approve(which) => prompts::answer(&admin, which, prompts::Answer::Approve).await,
        Running::Deny(which) => prompts::answer(&admin, which, prompts::Answer::Deny).await,
        Running::Clock(command) => clock::clock(&admin, command).await,
        Running::Fault(command) => fault::fault(&admin, command).await,
        Running::Reset { to } => snapshot::reset(&admin, to).await,
        Running::Snapshot(command) => snapshot::snapshot(&admin, command).await,
        Running::Trace { rid: Some(rid) } => seen::request(&admin, &rid).await,
        Running::Trace { rid: None } => seen::requests(&admin).await,
        Running::Coverage => seen::coverage(&admin).await,
    }
}
