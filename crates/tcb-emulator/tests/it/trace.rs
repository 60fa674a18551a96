//! What the emulator tells of the requests that it took.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tcb_emulator::{Check, Emulator, EmulatorErrorKind, Fault, Trace};

use crate::support::*;

/// The last request.
fn last(emulator: &Emulator) -> Trace {
    emulator.trace(None, 1).remove(0)
}

fn rid(answer: &Value) -> String {
    text(answer, "/errmsg").rsplit_once("rid: ").expect("a request id").1.to_owned()
}

#[tokio::test]
async fn a_success_is_found_by_looking_at_the_newest() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop", "aliass": "canary"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 0);

    let trace = last(&emulator);
    assert_eq!((trace.method.as_str(), trace.path.as_str()), ("POST", CREATE_ENV));
    assert_eq!(trace.operation.as_deref(), Some("createEnv"));
    assert_eq!(trace.caller.as_deref(), Some(shop.app_id.as_str()));
    assert_eq!((trace.status, trace.errcode, trace.time), (Some(200), Some(0), 1_700_000_000));
    assert_eq!(trace.query, format!("access_token={}…", &shop.token[..6]));
    assert!(trace.body.contains("canary") && trace.answer.contains("envid"));
    // What the checks alone look at counts as not read: the emulator makes nothing of it.
    assert_eq!(trace.unread, ["aliass", "type"]);
    assert_eq!(trace.findings, [emulator.findings()[0].to_string()]);
    assert_eq!(trace.assumptions["A-002"], "allowed");
    assert_eq!(emulator.explain(&trace.rid).unwrap(), trace);

    let all = emulator.trace(None, usize::MAX);
    assert!(all.is_sorted_by(|one, other| one.number == other.number + 1) && all[0] == trace);
    assert_eq!(emulator.trace(Some(trace.number), 2), all[1..3]);
    assert!(emulator.trace(Some(1), 2).is_empty());
    let told = |route: String| {
        let request = request(Method::GET, &format!("{}/{route}", emulator.admin_url()), "");
        async { send(request).await.unwrap() }
    };
    let requests = told("trace".to_owned()).await.json()["requests"].take();
    assert_eq!(serde_json::from_value::<Vec<Trace>>(requests).unwrap(), all);
    let one = told(format!("trace/{}", trace.rid)).await.json();
    assert_eq!(serde_json::from_value::<Trace>(one).unwrap(), trace);
    assert_eq!(told("trace/1-2-3".to_owned()).await.status.as_u16(), 404);
    assert_eq!(emulator.explain("1-2-3").unwrap_err().kind(), EmulatorErrorKind::UnknownRequest);
}

#[tokio::test]
async fn no_secret_is_in_a_trace() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    refresh(&emulator, &shop, &shop.refresh_token).await;
    let component = emulator.component();
    let ticket = emulator.ticket(&component.app_id).unwrap();
    let shown = format!("{:?}", emulator.trace(None, usize::MAX));
    for secret in [&*shop.token, &*shop.refresh_token, component.secret.expose(), ticket.expose()] {
        assert!(!shown.contains(secret));
        assert!(shown.contains(&secret[..6]));
    }
}

#[tokio::test]
async fn a_token_that_was_replaced_leads_to_who_replaced_it() {
    let clock = clock();
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    clock.passes(Duration::from_secs(60));
    refresh(&emulator, &shop, &shop.refresh_token).await;
    let replacing = last(&emulator);
    clock.passes(Duration::from_secs(300));
    let refused = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_code(&refused, 40001);

    let trace = emulator.explain(&rid(&refused)).unwrap();
    assert_eq!(trace.refused_by, Some(Check::Token));
    let token = trace.token.clone().unwrap();
    assert_eq!((token.made, token.replaced), (1_700_000_000, Some(1_700_000_060)));
    assert_eq!(token.replaced_by.as_ref(), Some(&replacing.rid));
    assert_eq!(trace.assumptions["A-005"], "overlap");
    let text = trace.to_string();
    for part in ["refused with 40001 by the check of the token", "replaced it at 1700000060", &replacing.rid]
    {
        assert!(text.contains(part), "{text}");
    }

    // It is still known when later tokens have ended it for good.
    refresh(&emulator, &shop, &shop.refresh_token).await;
    call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(last(&emulator).token, Some(token));
}

#[tokio::test]
async fn the_check_that_refused_is_named() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop_with(&emulator, tcb_emulator::Merchant::new(), &[18]).await;
    let create = |body: Value| call(&emulator, CREATE_ENV, &shop.token, body);
    assert_code(&create(json!({})).await, 61007);
    let trace = last(&emulator);
    assert_eq!(trace.refused_by, Some(Check::Permission));
    assert!(trace.why.unwrap().ends_with("granted are {18}"));
    assert_eq!(trace.caller.as_deref(), Some(shop.app_id.as_str()));

    let shop = cloud_shop(&emulator).await;
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, json!({"alias": 7})).await, 47001);
    let trace = last(&emulator);
    assert_eq!((trace.refused_by, trace.errcode), (Some(Check::Members), Some(47001)));
    assert!(trace.why.unwrap().contains("alias"));
    assert!(trace.unread.is_empty() && trace.findings.is_empty());

    emulator.unauthorize(&emulator.component().app_id, &shop.app_id).await.unwrap();
    call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(last(&emulator).assumptions["A-009"], "61003");
}

#[tokio::test]
async fn a_fault_is_named_and_what_was_carried_out_all_the_same() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::commit_then_drop(LIST_ENVS)).unwrap();
    let url = format!("{}{LIST_ENVS}?access_token={}", emulator.base_url(), shop.token);
    send(request(Method::POST, &url, "{}")).await.unwrap_err();
    let trace = last(&emulator);
    assert_eq!(trace.fault.as_deref(), Some("commit_then_drop"));
    assert_eq!((trace.status, trace.errcode, trace.answer.as_str()), (None, Some(0), ""));

    emulator.fault(Fault::errcode(LIST_ENVS, -1)).unwrap();
    let refused = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    let trace = emulator.explain(&rid(&refused)).unwrap();
    assert_eq!((trace.fault.as_deref(), trace.errcode), (Some("errcode"), Some(-1)));
    assert_eq!(trace.refused_by, None);
}

#[tokio::test]
async fn only_the_newest_requests_are_kept() {
    let emulator = Emulator::builder().traced(2).start().await.unwrap();
    cloud_shop(&emulator).await;
    let kept = emulator.trace(None, usize::MAX);
    assert_eq!((kept.len(), kept[0].path.as_str()), (2, OPEN_CLOUD));
    let url = format!("{}/componenttcb/getcslist", emulator.base_url());
    send(request(Method::POST, &url, "{}")).await.unwrap();
    let trace = last(&emulator);
    assert_eq!((trace.status, trace.operation, trace.errcode), (Some(501), None, None));
    assert_eq!(trace.findings.len(), 1);
}
