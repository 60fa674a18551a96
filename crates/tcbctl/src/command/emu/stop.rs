//! The signals that stop an emulator.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    #[cfg(unix)]
    Terminate,
}

pub(super) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    pub(super) fn begin() -> Result<Self, Box<Failure>> {
        Self::listen().map_err(|error| {
            let message = say!(
                "cannot listen for signals: {error}",
                "无法监听信号：{error}",
                error = of_system(&error)
            );
            Failure::new(Exit::Failed, "signals", message)
        })
    }
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn wait(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
impl Stop {
    #[expect(clippy::unnecessary_wraps, reason = "listening can fail on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn wait(&mut self) -> Signal {
        // When the signal cannot be waited for, the emulator ends rather than run for ever.
        let _ = tokio::signal::ctrl_c().await;
        Signal::Interrupt
    }
}
