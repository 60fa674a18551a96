//! `tcbctl emu exec -- COMMAND`

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::{ExitCode, ExitStatus};

use clap::Args;
use tcb_emulator::Emulator;
use tokio::process::{Child, Command};

use super::start::{Beginning, LAST_CALLS};
use super::stop::{Signal, Stop};
use super::variables;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

#[derive(Debug, Args)]
pub(crate) struct Exec {
    #[command(flatten)]
    beginning: Beginning,
    /// The command with its arguments || 命令及其参数
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) async fn exec(args: &Exec) -> Result<ExitCode, Box<Failure>> {
    let mut stop = Stop::begin()?;
    let (emulator, platform) = args.beginning.begin(Emulator::builder()).await?;
    let credentials = [
        platform.app_id.as_str(),
        platform.secret.expose(),
        platform.callback_token.expose(),
        platform.encoding_aes_key.expose(),
    ];
    let certificate = emulator.certificate().map(|path| path.display().to_string());
    let certificate = certificate.as_deref();
    let variables = variables::of(emulator.base_url(), emulator.admin_url(), credentials, certificate);

    let mut command = Command::new(args.command.first().map_or_else(OsString::new, Clone::clone));
    command.args(args.command.iter().skip(1)).envs(variables).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| not_started(&args.command, &error))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = stop.wait() => pass_on(signal, &child),
        }
    };
    emulator.close(LAST_CALLS).await;
    status.map(code).map_err(|error| Failure::new(Exit::Failed, "exec", of_system(&error)))
}

fn not_started(command: &[OsString], error: &io::Error) -> Box<Failure> {
    let name = command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failed };
    Failure::new(
        exit,
        "exec",
        say!("{name} cannot be started: {error}", "无法启动 {name}：{error}", error = of_system(error)),
    )
}

/// Gives a signal to the command. A terminal has given it its interrupt already.
#[cfg(unix)]
fn pass_on(signal: Signal, child: &Child) {
    use rustix::process::{Pid, Signal as Number, kill_process};
    let number = match signal {
        Signal::Interrupt if io::stdin().is_terminal() => return,
        Signal::Interrupt => Number::INT,
        Signal::Terminate => Number::TERM,
    };
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended in this moment.
        let _ = kill_process(pid, number);
    }
}

/// Every process at a console gets its interrupts by itself.
#[cfg(not(unix))]
fn pass_on(_: Signal, _: &Child) {}

/// The exit code of the command; 128 and its number for a signal that ended it, as shells have it.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal =
        std::os::unix::process::ExitStatusExt::signal(&status).map(|number| number.saturating_add(128));
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}
