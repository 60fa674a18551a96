//! `tcbctl demo`: the whole chain against an emulator of its own, once for each HTTP backend that
//! there is.

mod callback;
mod recorder;
mod report;
mod story;

use std::time::Duration;

use tcb_emulator::Emulator;
use tcb_transport::BaseUrl;
use tcb_types::{Clock as _, SystemClock};

use crate::backend::Backend;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::output::Output;
use recorder::Recorder;
use story::Story;

/// How long calls that have begun may take at the end.
const LAST_CALLS: Duration = Duration::from_secs(2);

pub(crate) async fn run(output: Output) -> Result<Exit, Box<Failure>> {
    let broken = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Failed,
            "demo",
            say!("the demo cannot start: {what}: {why}", "演示无法开始：{what}：{why}", why = error),
        )
    };
    let began = SystemClock.monotonic();
    // A replaced token dies at once, so that the client notices.
    let emulator = Emulator::builder().overlap(Duration::ZERO).start().await;
    let emulator = emulator.map_err(|error| broken("emulator", &error))?;
    let base: BaseUrl = emulator.base_url().parse().map_err(|error| broken("address", &error))?;

    let mut recorder = Recorder::default();
    for &backend in Backend::ALL {
        let wire = backend.transport(&base).map_err(|error| broken("HTTP client", &error))?;
        let story = Story::begin(&emulator, backend, wire, &mut recorder).await;
        // A story that stops has recorded why; the other backend has its own to tell.
        let _ = Box::pin(story.map_err(|error| broken("callback receiver", &error))?.tell()).await;
    }
    let took = SystemClock.monotonic().saturating_duration_since(began);
    let base = emulator.base_url().to_owned();
    emulator.close(LAST_CALLS).await;

    let steps = recorder.into_steps();
    let as_expected = !steps.is_empty() && steps.iter().all(recorder::Step::is_as_expected);
    let printed = if output.is_for_programs() {
        report::json(&steps, as_expected)
    } else {
        report::print(&steps, as_expected, &base, took)
    };
    Ok(if as_expected && printed.is_ok() { Exit::Ok } else { Exit::Failed })
}
