//! Long work shows itself: a bar that moves on a terminal, a line every ten seconds without one,
//! and JSON objects for programs that ask for them.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::language::say;
use crate::output::{Output, columns_for_talk};

const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// How often the line moves on a terminal.
const FRAME: Duration = Duration::from_millis(250);

/// How often a line is said where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// How many cells a bar has.
const BAR: usize = 20;

/// How wide a terminal is that does not say it.
const WIDTH: usize = 80;

/// What long work has come to.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    output: Output,
    /// What is done, for programs.
    step: &'static str,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    said: String,
    /// Which part is at work, from 1, and how many there are.
    part: Option<(usize, usize)>,
}

/// To whom work shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A person at a terminal with so many columns.
    Terminal(usize),
    /// A file or a pipe, in which lines stay.
    Lines,
    /// A program.
    Program,
}

impl Reader {
    fn of(output: Output) -> Self {
        if io::stderr().is_terminal() && !output.is_for_programs() {
            Self::Terminal(columns_for_talk().unwrap_or(WIDTH))
        } else if output.tells_events() {
            Self::Program
        } else {
            Self::Lines
        }
    }
}

impl Progress {
    pub(crate) fn new(output: Output, step: &'static str, text: String) -> Self {
        Self { output, step, state: Arc::new(Mutex::new(State { said: text, part: None })) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what is done now.
    pub(crate) fn say(&self, text: String) {
        self.state().said = text;
    }

    /// Says which part of several is at work now, from 1.
    pub(crate) fn part(&self, number: usize, of: usize, text: String) {
        *self.state() = State { said: text, part: Some((number, of)) };
    }

    /// Tells programs that ask for it what has happened just now.
    pub(crate) fn tell(&self, event: &Value) {
        if self.output.tells_events() {
            // The work goes on, whoever reads.
            let _ = Output::json(event);
        }
    }

    /// Shows itself until `work` is done.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let reader = Reader::of(self.output);
        let mut line = Line::default();
        let show = |text: String| match reader {
            Reader::Terminal(_) => line.draw(&text),
            Reader::Lines => self.output.talk(&text),
            Reader::Program => {
                let _ = Output::line(&text);
            }
        };
        self.shown(work, reader, show).await
    }

    /// Gives `show` what `reader` sees, until `work` is done.
    async fn shown<T>(
        &self,
        work: impl Future<Output = T>,
        reader: Reader,
        mut show: impl FnMut(String),
    ) -> T {
        let mut ticks = interval(if matches!(reader, Reader::Terminal(_)) { FRAME } else { LINE });
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // The first is at once.
        let start = ticks.tick().await;
        let mut work = std::pin::pin!(work);
        let mut frame = 0_usize;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                now = ticks.tick() => {
                    show(self.told(reader, now.saturating_duration_since(start).as_secs(), frame));
                    frame = frame.wrapping_add(1);
                }
            }
        }
    }

    /// What `reader` sees after so many seconds.
    fn told(&self, reader: Reader, seconds: u64, frame: usize) -> String {
        let State { said, part } = &*self.state();
        let number = part.map(|(number, of)| format!("{number}/{of} ")).unwrap_or_default();
        match reader {
            Reader::Terminal(columns) => {
                let sign = match part {
                    Some((number, of)) => bar(number.saturating_sub(1), *of),
                    None => FRAMES.get(frame % FRAMES.len()).copied().unwrap_or(' ').to_string(),
                };
                let line =
                    say!("{sign} {number}{said} ({seconds} s)", "{sign} {number}{said}（{seconds} 秒）");
                // A line that is broken could not be drawn over.
                cut(&line, columns.saturating_sub(1))
            }
            Reader::Lines => say!("{number}{said} ({seconds} s)", "{number}{said}（{seconds} 秒）"),
            Reader::Program => {
                let mut event =
                    json!({"event": "progress", "step": self.step, "seconds": seconds, "text": said});
                if let Some((number, of)) = part {
                    event["number"] = json!(number);
                    event["of"] = json!(of);
                }
                event.to_string()
            }
        }
    }
}

fn bar(done: usize, of: usize) -> String {
    let full = (done * BAR).checked_div(of).unwrap_or_default().min(BAR);
    format!("[{}{}]", "#".repeat(full), "-".repeat(BAR - full))
}

/// What of a line fits into so many columns.
fn cut(line: &str, columns: usize) -> String {
    let mut width = 0;
    let fits = |c: &char| {
        width += c.width().unwrap_or_default();
        width <= columns
    };
    line.chars().take_while(fits).collect()
}

/// A line of the terminal that is drawn over, and is empty in the end, also when the work is
/// dropped.
#[derive(Debug, Default)]
struct Line {
    widest: usize,
}

impl Line {
    fn draw(&mut self, text: &str) {
        self.widest = self.widest.max(text.width());
        let rest = " ".repeat(self.widest - text.width());
        let mut stderr = io::stderr().lock();
        // There is nowhere left to say that standard error is closed.
        let _ = write!(stderr, "\r{text}{rest}\r").and_then(|()| stderr.flush());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.widest > 0 {
            self.draw("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Format;

    async fn seen(reader: Reader, seconds: u64, part: Option<(usize, usize)>) -> Vec<String> {
        let progress = Progress::new(Output::new(Format::Table), "upload", "uploading 照片".to_owned());
        if let Some((number, of)) = part {
            progress.part(number, of, "uploading 照片".to_owned());
        }
        let mut seen = Vec::new();
        let work = tokio::time::sleep(Duration::from_secs(seconds));
        progress.shown(work, reader, |text| seen.push(text)).await;
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_terminal_a_line_is_said_every_ten_seconds() {
        assert_eq!(seen(Reader::Lines, 9, None).await, [""; 0]);
        assert_eq!(
            seen(Reader::Lines, 35, None).await,
            ["uploading 照片 (10 s)", "uploading 照片 (20 s)", "uploading 照片 (30 s)"]
        );
        assert_eq!(seen(Reader::Lines, 11, Some((3, 8))).await, ["3/8 uploading 照片 (10 s)"]);
    }

    #[tokio::test(start_paused = true)]
    async fn programs_get_an_object_a_line() {
        let seen = seen(Reader::Program, 25, Some((1, 2))).await;
        let events: Vec<Value> = seen.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let event = |seconds| {
            json!({"event": "progress", "step": "upload", "seconds": seconds, "text": "uploading 照片",
                   "number": 1, "of": 2})
        };
        assert_eq!(events, [event(10), event(20)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_terminal_sees_it_move_and_never_more_than_a_line() {
        let wide = seen(Reader::Terminal(80), 1, None).await;
        assert_eq!(wide[..2], ["| uploading 照片 (0 s)", "/ uploading 照片 (0 s)"]);
        let bar = seen(Reader::Terminal(80), 1, Some((3, 4))).await;
        assert_eq!(bar[0], "[##########----------] 3/4 uploading 照片 (0 s)");
        for line in seen(Reader::Terminal(40), 1, Some((3, 4))).await {
            assert_eq!(line, "[##########----------] 3/4 uploading 照");
            assert!(line.width() < 40, "{line}");
        }
    }
}
