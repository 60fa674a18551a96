//! Long work shows itself: a line that moves on a terminal, a line every ten seconds without one,
//! and JSON objects for programs that ask for them.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tcb_types::{Clock as _, SystemClock};
use tokio::time::{MissedTickBehavior, interval};
use unicode_width::UnicodeWidthStr as _;

use crate::language::say;
use crate::output::Output;

const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// How often the line moves on a terminal.
const FRAME: Duration = Duration::from_millis(250);

/// How often a line is said where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// What long work has come to.
#[derive(Debug)]
pub(crate) struct Progress {
    output: Output,
    /// What is done, for programs.
    step: &'static str,
    said: Mutex<String>,
}

impl Progress {
    pub(crate) fn new(output: Output, step: &'static str, text: String) -> Self {
        Self { output, step, said: Mutex::new(text) }
    }

    /// Says how far it is.
    pub(crate) fn say(&self, text: String) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// Shows itself until `work` is done.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let terminal = io::stderr().is_terminal() && !self.output.is_for_programs();
        let period = if terminal { FRAME } else { LINE };
        let start = SystemClock.monotonic();
        let mut ticks = interval(period);
        // The first is at once.
        ticks.tick().await;
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut work = std::pin::pin!(work);
        let mut frame = 0;
        let mut widest = 0;
        loop {
            tokio::select! {
                done = &mut work => {
                    if widest > 0 {
                        draw(&" ".repeat(widest));
                    }
                    return done;
                }
                _ = ticks.tick() => {
                    let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let seconds = SystemClock.monotonic().saturating_duration_since(start).as_secs();
                    if terminal {
                        let sign = FRAMES.get(frame % FRAMES.len()).copied().unwrap_or(' ');
                        let line = say!("{sign} {said} ({seconds} s)", "{sign} {said}（{seconds} 秒）");
                        widest = widest.max(line.width());
                        draw(&line);
                        frame += 1;
                    } else if self.output.tells_events() {
                        let event = json!({"event": "progress", "step": self.step, "seconds": seconds, "text": said});
                        // The work goes on, whoever reads.
                        let _ = Output::json(&event);
                    } else {
                        self.output.talk(&say!("{said} ({seconds} s)", "{said}（{seconds} 秒）"));
                    }
                }
            }
        }
    }
}

/// Writes over the line of the terminal.
fn draw(line: &str) {
    let mut stderr = io::stderr().lock();
    // There is nowhere left to say that standard error is closed.
    let _ = write!(stderr, "\r{line}\r").and_then(|()| stderr.flush());
}
