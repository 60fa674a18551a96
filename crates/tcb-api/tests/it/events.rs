use serde_json::{Value, json};
use tcb_api::{RawCall, RetryPolicy};
use tcb_test_kit::ProcessLog;

use crate::scripted::Wire;

/// The events of the call to `path`, without those of its span.
fn events(path: &str) -> Vec<String> {
    let log = ProcessLog::get().text();
    let of_call = log.lines().filter(|line| line.contains(path) && line.contains("tcb_api::call:"));
    of_call.map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_tells_its_end_once_and_each_pause_with_its_reason() {
    ProcessLog::get();
    let wire = Wire::default().then_status(502).then_code(-1).then_json(&json!({"n": 1}));
    wire.client().call_raw::<Value>(RawCall::post("/event/works").read()).await.unwrap();
    let [bad_status, busy, end] = &events("/event/works")[..] else { panic!("{:?}", events("/event/works")) };
    assert!(bad_status.contains(" WARN ") && bad_status.contains("reason=HTTP status 502 Bad Gateway"));
    assert!(busy.contains(" WARN ") && busy.contains("reason=errcode -1: text (rid 1-2-3)"), "{busy}");
    for pause in [bad_status, busy] {
        assert!(pause.contains("pause_ms=") && pause.contains(r#"operation="/event/works""#), "{pause}");
    }
    assert!(end.contains("DEBUG") && end.contains("attempts=3") && end.contains("elapsed_ms="), "{end}");
    assert!(!end.contains("errcode=") && !end.contains("kind="), "{end}");

    let wire = Wire::default().then_code(85088);
    let client = wire.client_with(RetryPolicy::never());
    client.call_raw::<Value>(RawCall::post("/event/fails")).await.unwrap_err();
    let [end] = &events("/event/fails")[..] else { panic!("{:?}", events("/event/fails")) };
    for part in ["DEBUG", "attempts=1", "errcode=85088", r#"rid="1-2-3""#, "kind=Refused"] {
        assert!(end.contains(part), "{part} in {end}");
    }
}
