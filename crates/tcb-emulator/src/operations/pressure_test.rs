//! Pressure tests of a page. Nothing is loaded; the reports are made of what was asked for.

use std::time::Duration;

use serde_json::json;

use crate::assumption::{EarlyReport, PressureTestEnd};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::PressureTest;
use crate::transition::{Progress, Resource};

/// How long every opening of the page takes, in milliseconds.
const OPENING: i64 = 1000;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (page, workers, span) =
        (call.filled_text("task_url")?, call.number("run_count"), call.number("run_time"));
    if workers < 1 || span < 1 {
        return refuse(40097);
    }
    let now = call.now;
    let tests = &mut call.cloud_account()?.pressure_tests;
    let id = i64::try_from(tests.len()).unwrap_or_default() + 1001;
    // It is done when it has run for its time, and the transition on top of that.
    let end = now.plus(Duration::from_secs(span.unsigned_abs()));
    tests.push(PressureTest {
        id,
        page,
        workers,
        span,
        begun: now.seconds(),
        progress: Progress::begun(end),
    });
    Ok(success(json!({"pressure_id": id})))
}

/// The test that the call names, and whether it is over.
fn test<'a>(call: &'a mut Call<'_>) -> Result<(&'a PressureTest, bool), Refusal> {
    let (id, now, policy) = (call.number("pressure_id"), call.now, call.state.policy(Resource::PressureTest));
    let test = call.cloud_account()?.pressure_tests.iter_mut().find(|test| test.id == id);
    let test = test.ok_or_else(|| refusal(-501_009).saying("there is no such test"))?;
    test.progress.look();
    let has_run = now.seconds() >= test.begun.saturating_add(test.span.unsigned_abs());
    let is_over = has_run && policy.is_done(test.progress, now);
    Ok((test, is_over))
}

pub(super) fn status(call: &mut Call<'_>) -> CallAnswer {
    let end = match call.state.assumptions.chosen::<PressureTestEnd>() {
        PressureTestEnd::Finished => "Finished",
        PressureTestEnd::Done => "Done",
    };
    let (test, is_over) = test(call)?;
    Ok(success(json!({
        "status": if is_over { end } else { "Crawling" },
        "beg_time": test.begun,
        "end_time": test.begun.saturating_add(test.span.unsigned_abs()),
    })))
}

pub(super) fn report(call: &mut Call<'_>) -> CallAnswer {
    let (appid, refuses_early) = (call.authorizer()?, call.state.assumptions.is(EarlyReport::Refused));
    let (test, is_over) = test(call)?;
    if !is_over && refuses_early {
        return Err(refusal(-501_009).saying("the test is not over"));
    }
    // Each worker opens the page once in each second.
    let openings = if is_over { test.workers.saturating_mul(test.span) } else { 0 };
    Ok(success(json!({"report": {
        "pressure_id": test.id,
        "appid": appid,
        "task_url": test.page,
        "run_time": test.span,
        "blankpage_pencent": 0,
        "aver_time_cost": if is_over { OPENING } else { 0 },
        "max_time_cost": if is_over { OPENING } else { 0 },
        "total_launch_cnt": openings,
        "total_request_cnt": 0,
        "network_list": [],
    }})))
}
