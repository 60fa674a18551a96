//! `tcbctl fleet apply`, `watch` and `rollout undo`: work that shows itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tcb_api::Platform;
use tcb_fleet::{
    Budget, Choice, Counts, Ended as RunEnded, Event, Fleet, Limits, MerchantList, Refresh, Release, Runner,
    Standing, View,
};
use tcb_types::{AuthorizerAppId, Clock as _, SystemClock};

use super::args::{Apply, Refresh as WhichRefresh};
use super::place::platform;
use super::shown;
use crate::exit::Exit;
use crate::interrupt::ctrl_c;
use crate::language::say;
use crate::output::Output;
use crate::progress::Progress;
use crate::report::Report;
use crate::run::{Ended, Run, Stop};

/// How many merchants at work are named.
const NAMED: usize = 5;

/// How often `watch` looks.
const LOOK: Duration = Duration::from_secs(2);

/// A fleet that is about to be worked on.
pub(super) struct Work<'a> {
    command: &'static str,
    args: &'a Apply,
    pub(super) fleet: Fleet,
    pub(super) list: MerchantList,
    platform: Platform,
    budget: Budget,
    teller: Arc<Teller>,
}

impl<'a> Work<'a> {
    pub(super) async fn open(run: &'a Run<'_>, command: &'static str, args: &'a Apply) -> Result<Self, Stop> {
        let budget = Budget::new(Limits { overall: args.rate, ..Limits::default() });
        run.watch().budget(&budget);
        let session = platform(run).await?;
        let platform = session.platform()?.clone();
        if !session.is_shared {
            // WeChat's list has the refresh token of each merchant.
            platform.tokens().reconcile().await?;
        }
        let list = args.what.list(run).await?;
        let fleet = args.journal.open().await?;
        let teller = Arc::new(Teller::new(run.output, "fleet", args.progress.progress.is_some()));
        Ok(Self { command, args, fleet, list, platform, budget, teller })
    }

    /// Rolls a blueprint out until nothing is left to do but what people have to do.
    pub(super) async fn run(&self, release: &Release) -> Ended {
        let Apply { waves, chosen, at_once, refresh, stay, .. } = self.args;
        self.fleet.roll_out(release, &self.list).await?;
        self.fleet.set_waves(&waves.waves, waves.max_failures).await?;
        let refresh = match refresh {
            WhichRefresh::Stale => Refresh::default(),
            WhichRefresh::Always => Refresh::Always,
            WhichRefresh::Never => Refresh::Never,
        };
        let teller = Arc::clone(&self.teller);
        let runner = Runner::new(&self.fleet, &self.platform, &self.list)
            .budget(&self.budget)
            .choice(chosen.choice())
            .refresh(refresh)
            .at_once(*at_once)
            .stays(*stay)
            .watch(move |event: &Event<'_>| teller.event(event));
        let stop = async {
            ctrl_c().await;
            self.teller.progress.say(say!(
                "ending the calls in flight; Ctrl-C again ends at once",
                "正在结束进行中的调用；再按一次 Ctrl-C 立即结束"
            ));
        };
        let summary = Box::pin(self.teller.progress.during(runner.run(stop))).await?;
        Ok(ended(self.command, summary.ended, &summary.view))
    }
}

/// How a run ended. That people have to act is no failure.
fn ended(command: &'static str, ended: RunEnded, view: &View) -> Report {
    let counts = Counts::of(view);
    let mut report = shown::status(command, view, false);
    let again = "tcbctl fleet apply".to_owned();
    if ended == RunEnded::Stopped {
        report.exit = Exit::Interrupted;
        report.hint = Some(say!("{again}   (it goes on where it was)", "{again}   （从中断处继续）"));
    } else if ended == RunEnded::Braked || counts.standing(Standing::Refused) > 0 {
        report.exit = Exit::Failed;
        report.hint = Some(format!("tcbctl fleet retry && {again}"));
    } else if counts.waits_for_people_only() {
        return report.action_required("admin_confirmation", &[again]);
    }
    report
}

/// Shows what happens elsewhere.
pub(super) async fn watch(run: &Run<'_>, fleet: &Fleet, choice: &Choice, tells: bool) -> Ended {
    let teller = Teller::new(run.output, "fleet", tells);
    let looking = async {
        loop {
            let view = fleet.view(choice).await?;
            teller.looked(&view, &at_work(&view), None);
            let is_still = |it: &tcb_fleet::Merchant| {
                matches!(it.standing, Standing::Ready | Standing::Waiting | Standing::Refused)
            };
            let is_over = view.open_merchants().iter().all(|(_, it)| is_still(it) && !it.is_at_work(view.at));
            if is_over {
                return Ok::<_, tcb_fleet::FleetError>(view);
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = ctrl_c() => return Ok(view),
            }
        }
    };
    let view = teller.progress.during(looking).await?;
    Ok(shown::status("fleet watch", &view, false))
}

/// Who is worked on, and the step that is on.
fn at_work(view: &View) -> BTreeMap<AuthorizerAppId, String> {
    let busy = view.merchants.iter().filter(|(_, it)| it.is_at_work(view.at));
    busy.map(|(app_id, it)| (app_id.clone(), it.step.clone().unwrap_or_default())).collect()
}

/// Tells people and programs what happens.
struct Teller {
    output: Output,
    progress: Progress,
    /// Whether the fleet was paused at the last look.
    was_paused: AtomicBool,
    /// Whether programs asked for an event per change.
    tells: bool,
    begun: Instant,
    /// How many were ready at the first look.
    ready_before: std::sync::OnceLock<usize>,
}

impl Teller {
    fn new(output: Output, step: &'static str, tells: bool) -> Self {
        let text = say!("reading the journal", "正在读取日志库");
        Self {
            output,
            progress: Progress::new(output, step, text),
            was_paused: AtomicBool::new(false),
            tells,
            begun: SystemClock.monotonic(),
            ready_before: std::sync::OnceLock::new(),
        }
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Looked { view, at_work, calls, .. } => self.looked(view, at_work, Some(*calls)),
            Event::Step { app_id, step, .. } => {
                self.tell(&json!({"event": "step", "appid": app_id.as_str(), "step": step}));
            }
            Event::Ended { app_id, merchant, .. } => {
                let mut item = shown::item(app_id.as_str(), merchant);
                item["event"] = json!("merchant");
                self.tell(&item);
            }
            _ => {}
        }
    }

    fn looked(&self, view: &View, at_work: &BTreeMap<AuthorizerAppId, String>, calls: Option<u64>) {
        let counts = Counts::of(view);
        let ready = counts.standing(Standing::Ready);
        let before = *self.ready_before.get_or_init(|| ready);
        let spent = SystemClock.monotonic().saturating_duration_since(self.begun);
        let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX).max(1);
        let done = ready.saturating_sub(before) as u64;
        let per_minute = done.saturating_mul(60_000) / millis;
        let left = counts.standing(Standing::Pending) + counts.standing(Standing::Retrying);
        let left = (left as u64).saturating_mul(millis / 1000).checked_div(done);
        self.tell(&json!({
            "event": "counts", "merchants": counts.merchants, "standings": shown::standings(&counts),
            "wave": view.open.wave, "waves": view.open.of, "paused": view.settings.is_paused,
            "at_work": at_work.len(), "calls": calls, "per_minute": per_minute, "seconds_left": left,
        }));
        let wave = shown::wave_of(view);
        let mut parts = Vec::from_iter(self.pause(view));
        parts.extend([shown::counted(&counts), say!("wave {wave}", "批次：{wave}")]);
        parts.push(say!("{per_minute} a minute", "每分钟 {per_minute} 个"));
        parts.extend(left.map(|left| say!("{left} s left", "约剩 {left} 秒")));
        parts.extend(calls.map(|calls| say!("{calls} calls", "已调用 {calls} 次")));
        let named = at_work.iter().filter(|(_, step)| !step.is_empty()).take(NAMED);
        parts.extend(named.map(|(app_id, step)| format!("{app_id}: {step}")));
        self.progress.say(parts.join(" · "));
    }

    /// That nothing is sent, and what to do: first in the line, and once in a line of its own, for
    /// a run that begins in a pause would seem to hang.
    fn pause(&self, view: &View) -> Option<String> {
        let is_paused = view.settings.is_paused;
        let was_paused = self.was_paused.swap(is_paused, Ordering::Relaxed);
        if is_paused && !was_paused {
            self.output.talk(&say!("the fleet is paused; nothing is sent", "商户群已暂停，不会发送任何调用"));
            self.output.hint("tcbctl fleet resume");
        }
        is_paused.then(|| say!("paused", "已暂停"))
    }

    fn tell(&self, event: &Value) {
        if self.tells {
            // The work goes on, whoever reads.
            let _ = Output::json(event);
        }
    }
}
