//! A broken wire, and a service that breaks off.

use std::time::Duration;

use tcb_api::types::cloudbase_common::{CloudUser, ListEnvs, SetTokenPolicy};
use tcb_api::types::open_account::{CreateOpenAccount, OpenAccount};
use tcb_api::{
    Client, CreateCloudUser, CreateEnv, CreateFunction, ErrorKind, Probe, RetryPolicy, Settled, StaticToken,
};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::{Fault, Merchant};

on_both_backends![
    a_create_whose_answer_is_lost_is_executed_once_and_found_again,
    a_create_that_was_dropped_before_it_ran_is_not_repeated_either,
    a_busy_answer_to_a_create_settles_nothing,
    reads_outlive_a_bad_minute,
    a_page_of_a_proxy_is_no_answer,
    a_slow_service_ends_in_time,
    a_port_where_nobody_listens,
];

/// Sends `operation`, whose answer is lost after it was executed, and settles it.
async fn lose_and_settle<O: Probe>(stage: &Stage, client: &Client, operation: O) -> Settled<O::Response> {
    stage.emulator.fault(Fault::commit_then_drop(O::SPEC.path)).unwrap();
    let before = stage.emulator.counters().executed(O::SPEC.id);
    let Err(error) = client.send(&operation).await else { panic!("{} had an answer", O::SPEC.id) };
    assert_eq!(error.kind(), ErrorKind::Indeterminate, "{error:?}");
    assert!(error.maybe_executed());
    assert_eq!(stage.emulator.counters().executed(O::SPEC.id) - before, 1, "{}", O::SPEC.id);
    client.settle(&operation, &error).await.unwrap()
}

async fn a_create_whose_answer_is_lost_is_executed_once_and_found_again(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.merchant(Merchant::new().consenting()).await;
    let opened = lose_and_settle(&stage, &shop, CreateCloudUser::new()).await;
    assert_eq!(opened, Settled::Landed(CloudUser::Opened));
    let Settled::Landed(env) = lose_and_settle(&stage, &shop, CreateEnv::postpaid("shop")).await else {
        panic!()
    };
    let function = CreateFunction::new(&env.id, "hello");
    assert!(matches!(lose_and_settle(&stage, &shop, function).await, Settled::Landed(_)));
    let set = SetTokenPolicy::new(&env.id, false, ["/a"], 1);
    assert!(matches!(lose_and_settle(&stage, &shop, set).await, Settled::Landed(_)));
    let account = lose_and_settle(&stage, &shop, CreateOpenAccount::new()).await;
    assert!(matches!(account, Settled::Landed(OpenAccount::Created { .. })));
    stage.emulator.assert_clean();
}

async fn a_create_that_was_dropped_before_it_ran_is_not_repeated_either(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    stage.emulator.fault(Fault::drop_before("/cgi-bin/open/create")).unwrap();
    let error = shop.send(CreateOpenAccount::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Indeterminate, 1));
    assert_eq!(stage.emulator.counters().executed("createOpenAccount"), 0);
    let settled = shop.settle(&CreateOpenAccount::new(), &error).await.unwrap();
    assert_eq!(settled, Settled::NotLanded);
    stage.emulator.assert_clean();
}

async fn a_busy_answer_to_a_create_settles_nothing(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    stage.emulator.fault(Fault::errcode("/tcb/createenvandresource", -1).times(5)).unwrap();
    let create = CreateEnv::postpaid("shop");
    let error = shop.send(&create).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Indeterminate, 1));
    assert!(error.indeterminate().unwrap().rid.is_some());
    // The list does not have it, but a list may lag behind.
    assert!(matches!(shop.settle(&create, &error).await.unwrap(), Settled::Unknown));
    stage.emulator.assert_clean();
}

async fn reads_outlive_a_bad_minute(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    stage.emulator.fault(Fault::drop_before("/tcb/getenvinfo")).unwrap();
    stage.emulator.fault(Fault::http("/tcb/getenvinfo", 502, "<html>Bad Gateway</html>")).unwrap();
    shop.send(ListEnvs::new()).await.unwrap();
    stage.emulator.assert_clean();
}

async fn a_page_of_a_proxy_is_no_answer(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let page = Fault::http("/tcb/createfunction", 200, "<html>Please log in</html>");
    stage.emulator.fault(page).unwrap();
    let error = shop.send(CreateFunction::new("e", "f")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Indeterminate);
    assert!(error.attempt().unwrap().to_string().contains("<html>Please log in</html>"));
    stage.emulator.assert_clean();
}

async fn a_slow_service_ends_in_time(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, _) = stage.open_merchant().await;
    let token =
        tcb_api::auth::TokenSource::token(&stage.platform.tokens().authorizer(&app_id)).await.unwrap();
    let client = Client::builder()
        .token(StaticToken::from(token))
        .transport(backend.transport(&stage.emulator))
        .retry(RetryPolicy::never().attempt_timeout(Duration::from_millis(100)))
        .build()
        .unwrap();
    // A machine that is busy has its connection before the time matters.
    while client.send(ListEnvs::new()).await.is_err() {}
    stage.emulator.fault(Fault::delay("/tcb/getenvinfo", Duration::from_secs(60))).unwrap();
    let error = client.send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.maybe_executed());
}

async fn a_port_where_nobody_listens(backend: Backend) {
    let stage = Stage::set(backend).await;
    let transport = backend.transport(&stage.emulator);
    stage.emulator.close(Duration::from_secs(1)).await;
    let client = Client::builder().token(StaticToken::new("t")).transport(transport).build().unwrap();
    let error = client.send(CreateEnv::postpaid("shop")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 3));
    assert!(!error.maybe_executed(), "nothing was sent, so even a create was tried again");
}
