use std::time::Duration;

use tcb_api::auth::{AuthErrorKind, CachePolicy, MemoryStore, Subject, TokenKey, TokenSource, TokenStore};
use tcb_api::types::cloudbase_common::{CloudUser, ListEnvs};
use tcb_api::types::{ErrCode, VerifyTicket};
use tcb_api::{CreateCloudUser, CreateEnv, ErrorKind, Platform};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::{Emulator, Fault, Merchant};

on_both_backends![
    twenty_cold_callers_cost_one_platform_token_and_one_account_token,
    a_token_replaced_behind_our_back_is_noticed_and_replaced,
    a_platform_token_replaced_behind_our_back_does_not_stop_a_refresh,
    a_token_that_wechat_calls_expired_is_refreshed_once,
    a_permanent_refusal_costs_two_calls_and_one_refresh,
    a_dead_token_of_a_store_that_fell_back_costs_one_call_more,
    a_code_that_came_by_the_redirect_and_by_the_push_is_exchanged_once,
    an_account_that_cancels_is_not_called_for,
    a_wrong_secret_is_a_matter_of_configuration,
    no_ticket_yet_is_a_state_that_a_push_ends,
];

async fn without_overlap() -> Emulator {
    Emulator::builder().overlap(Duration::ZERO).start().await.unwrap()
}

async fn twenty_cold_callers_cost_one_platform_token_and_one_account_token(backend: Backend) {
    let stage = Stage::set(backend).await;
    let app_id = stage.emulator.add_merchant(Merchant::new().consenting());
    stage.emulator.clear_callback_url(&stage.emulator.component().app_id).unwrap();
    let code =
        stage.emulator.authorize(&stage.emulator.component().app_id, &app_id, Stage::SETS).await.unwrap();
    let rival = stage.rival().await;
    let granted = rival.tokens().exchange_code(code).await.unwrap();
    let before = stage.emulator.counters();

    stage.platform.tokens().restore(&app_id, granted.refresh_token.unwrap()).await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let shop = stage.platform.authorizer(&app_id);
            tokio::spawn(async move { shop.send(tcb_api::CreateCloudUser::new()).await })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    let after = stage.emulator.counters();
    assert_eq!(after.mints(stage.platform.app_id()) - before.mints(stage.platform.app_id()), 1);
    assert_eq!(after.mints(&app_id) - before.mints(&app_id), 1);
    stage.emulator.assert_clean();
}

async fn a_token_replaced_behind_our_back_is_noticed_and_replaced(backend: Backend) {
    let stage = Stage::set_on(backend, without_overlap().await).await;
    let (app_id, shop) = stage.open_merchant().await;
    let rival = stage.rival().await;
    rival
        .tokens()
        .restore(&app_id, stage.platform.tokens().refresh_token(&app_id).await.unwrap().unwrap())
        .await
        .unwrap();
    rival.tokens().authorizer(&app_id).token().await.unwrap();

    shop.send(CreateEnv::postpaid("shop")).await.unwrap();
    let counters = stage.emulator.counters();
    assert_eq!(counters.refused("createEnv", 40001) + counters.refused("createEnv", 40014), 1);
    assert_eq!(counters.executed("createEnv"), 1);
    stage.emulator.assert_clean();
}

async fn a_platform_token_replaced_behind_our_back_does_not_stop_a_refresh(backend: Backend) {
    let stage = Stage::set_on(backend, without_overlap().await).await;
    let (app_id, shop) = stage.open_merchant().await;
    stage.rival().await.tokens().component().token().await.unwrap();
    let source = stage.platform.tokens().authorizer(&app_id);
    source.reject(&source.token().await.unwrap()).await;
    shop.send(ListEnvs::new()).await.unwrap();
    stage.emulator.assert_clean();
}

async fn a_token_that_wechat_calls_expired_is_refreshed_once(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.open_merchant().await;
    let before = stage.emulator.counters();
    stage.emulator.advance(Duration::from_secs(7201)).await;
    shop.send(ListEnvs::new()).await.unwrap();
    let after = stage.emulator.counters();
    assert_eq!(after.refused("getEnvInfo", 42001), 1);
    assert_eq!(after.mints(&app_id) - before.mints(&app_id), 1);
    stage.emulator.assert_clean();
}

async fn a_permanent_refusal_costs_two_calls_and_one_refresh(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.open_merchant().await;
    let before = stage.emulator.counters();
    stage.emulator.fault(Fault::errcode("/tcb/getenvinfo", 40001).times(100)).unwrap();
    let error = shop.send(ListEnvs::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Refused, 2));
    assert_eq!(error.api().unwrap().code(), ErrCode::INVALID_CREDENTIAL);
    let after = stage.emulator.counters();
    assert_eq!(after.faults, 2);
    assert_eq!(after.mints(&app_id) - before.mints(&app_id), 1);

    // The next call finds that a refresh did not help a moment ago.
    shop.send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(stage.emulator.counters().faults, 3);
    assert_eq!(stage.emulator.counters().mints(&app_id), after.mints(&app_id));
    stage.emulator.assert_clean();
}

async fn a_dead_token_of_a_store_that_fell_back_costs_one_call_more(backend: Backend) {
    let stage = Stage::set_on(backend, without_overlap().await).await;
    let emulator = &stage.emulator;
    emulator.clear_callback_url(stage.platform.app_id()).unwrap();
    let store = MemoryStore::new().clock(emulator.clock());
    let mut policy = CachePolicy::default();
    policy.rejection_interval = Duration::from_secs(10);
    let component = emulator.component();
    let process = || {
        Platform::builder(&component.app_id, component.secret.clone())
            .transport(backend.transport(emulator))
            .store(store.clone())
            .clock(emulator.clock())
            .cache(policy.clone())
            .build()
            .unwrap()
    };
    let (here, there) = (process(), process());
    let ticket = emulator.ticket(here.app_id()).unwrap();
    here.tokens().ticket(ticket, emulator.now()).await.unwrap();
    let app_id = emulator.add_merchant(Merchant::new().consenting());
    let code = emulator.authorize(here.app_id(), &app_id, Stage::SETS).await.unwrap();
    here.tokens().exchange_code(code).await.unwrap();
    let opened = here.authorizer(&app_id).send(CreateCloudUser::new()).await.unwrap();
    assert_eq!(opened, CloudUser::Opened);

    let replace = async || {
        let source = there.tokens().authorizer(&app_id);
        source.reject(&source.token().await.unwrap()).await;
        source.token().await.unwrap();
    };
    replace().await;
    let key = TokenKey::new(here.app_id(), Subject::Authorizer(app_id.clone()));
    let (_, backup) = store.load(&key).await.unwrap().held.unwrap();
    emulator.advance(Duration::from_secs(11)).await;
    replace().await;
    let (newest, _) = store.load(&key).await.unwrap().held.unwrap();
    assert!(store.swap(&key, Some(newest), &backup).await.unwrap().is_some());

    here.authorizer(&app_id).send(ListEnvs::new()).await.unwrap();
    let refused = [40001, 40014].map(|code| emulator.counters().refused("getEnvInfo", code));
    assert_eq!(refused.iter().sum::<u64>(), 2, "the one at hand, and the stored one: {refused:?}");
    emulator.assert_clean();
}

async fn a_code_that_came_by_the_redirect_and_by_the_push_is_exchanged_once(backend: Backend) {
    let stage = Stage::set(backend).await;
    let app_id = stage.emulator.add_merchant(Merchant::new().consenting());
    let component = &stage.emulator.component().app_id;
    let code = stage.emulator.authorize(component, &app_id, Stage::SETS).await.unwrap();
    // The push has come; now the merchant's browser arrives with the same code.
    let by_redirect = stage.platform.tokens().exchange_code(code).await.unwrap();
    assert_eq!(by_redirect.app_id, app_id, "the push used the code up, and left word whose it was");
    let shop = stage.platform.authorizer(&app_id);
    assert_eq!(shop.send(tcb_api::CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);
    stage.emulator.assert_clean();
}

async fn an_account_that_cancels_is_not_called_for(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.open_merchant().await;
    stage.emulator.advance(Duration::from_secs(60)).await;
    stage.emulator.unauthorize(&stage.emulator.component().app_id, &app_id).await.unwrap();
    let error = shop.send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(error.auth().unwrap().kind(), AuthErrorKind::NotAuthorized);
    stage.emulator.assert_clean();
}

async fn a_wrong_secret_is_a_matter_of_configuration(backend: Backend) {
    let stage = Stage::set(backend).await;
    let platform = tcb_api::Platform::builder(stage.platform.app_id(), "not the secret")
        .transport(backend.transport(&stage.emulator))
        .build()
        .unwrap();
    platform
        .tokens()
        .ticket(stage.emulator.ticket(platform.app_id()).unwrap(), stage.emulator.now())
        .await
        .unwrap();
    let error = platform.tokens().component().token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Misconfigured);
    assert_eq!(error.api().unwrap().code(), ErrCode::INVALID_APPSECRET);
    stage.emulator.assert_clean();
}

async fn no_ticket_yet_is_a_state_that_a_push_ends(backend: Backend) {
    let stage = Stage::set(backend).await;
    let platform =
        tcb_api::Platform::builder(stage.platform.app_id(), stage.emulator.component().secret.clone())
            .transport(backend.transport(&stage.emulator))
            .build()
            .unwrap();
    let source = platform.tokens().component();
    assert!(matches!(source.token().await.unwrap_err().kind(), AuthErrorKind::NoTicket { .. }));
    platform.tokens().ticket(VerifyTicket::new("ticket@@@never-pushed"), stage.emulator.now()).await.unwrap();
    assert_eq!(source.token().await.unwrap_err().kind(), AuthErrorKind::TicketRefused);
    platform
        .tokens()
        .ticket(stage.emulator.ticket(platform.app_id()).unwrap(), stage.emulator.now())
        .await
        .unwrap();
    source.token().await.unwrap();
    stage.emulator.assert_clean();
}
