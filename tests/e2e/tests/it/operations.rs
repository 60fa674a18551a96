//! Each operation with its refusals.

use std::time::Duration;

use serde::de::IgnoredAny;
use tcb_api::types::authorization::{
    GetAuthorizerAccessToken, GetAuthorizerInfo, GetAuthorizerRefreshToken, GetComponentAccessToken,
    GetPreAuthCode, ListAuthorizers, StartPushTicket,
};
use tcb_api::types::cloudbase_common::{CloudUser, GetTokenPolicy, ListEnvs, ListFunctions, SetTokenPolicy};
use tcb_api::types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};
use tcb_api::types::{ErrCode, Operation, Reaction};
use tcb_api::{Client, CreateCloudUser, CreateEnv, CreateFunction, ErrorKind, RawCall, StaticToken};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::Merchant;

on_both_backends![
    the_token_chain_by_hand,
    a_phone_that_is_missing_is_bound_first,
    one_message_goes_out_in_a_day,
    without_cloud_development_nothing_can_be_created,
    a_missing_permission_set_is_named,
    wrong_arguments_are_refused,
    a_stale_version_is_refused,
    an_account_is_bound_once_and_only_for_itself,
    a_token_of_the_wrong_kind_is_refused_by_wechat_too,
    what_is_not_built_is_not_answered,
];

/// The code that `operation` is refused with.
async fn refusal<O: Operation>(client: &Client, operation: O) -> ErrCode {
    let Err(error) = client.send(operation).await else { panic!("{} was not refused", O::SPEC.id) };
    error.api().unwrap_or_else(|| panic!("{error:?}")).code()
}

async fn the_token_chain_by_hand(backend: Backend) {
    let stage = Stage::set(backend).await;
    let credentials = stage.emulator.component();
    let component = &credentials.app_id;
    let platform = &stage.platform;

    platform.send(StartPushTicket::new(component, credentials.secret.clone())).await.unwrap();
    let ticket = stage.emulator.ticket(component).unwrap();
    let minted = platform
        .send(GetComponentAccessToken::new(component, credentials.secret.clone(), ticket))
        .await
        .unwrap();
    assert_eq!(minted.expires_in, 7200);
    let code = platform.send(GetPreAuthCode::new(component)).await.unwrap();
    assert!(code.expires_in > 0 && !code.pre_auth_code.is_empty());
    let link = platform.authorization_link("https://console.example.com/authorized").await.unwrap();
    assert!(link.for_desktop().expose().contains("pre_auth_code=preauthcode%40%40%40"));

    let shop = stage.emulator.add_merchant(Merchant::new().named("Corner shop"));
    stage.emulator.clear_callback_url(component).unwrap();
    let code = stage.emulator.authorize(component, &shop, Stage::SETS).await.unwrap();
    let granted =
        platform.send(GetAuthorizerRefreshToken::new(component, code)).await.unwrap().authorization_info;
    assert_eq!(granted.app_id, shop);
    assert_eq!(granted.permission_sets().collect::<Vec<_>>(), Stage::SETS);

    let refresh_token = granted.refresh_token.unwrap();
    let refresh = GetAuthorizerAccessToken::new(component, &shop, refresh_token.clone());
    let refreshed = platform.send(refresh).await.unwrap();
    assert_eq!(refreshed.refresh_token.as_ref(), Some(&refresh_token));

    let info = platform.send(GetAuthorizerInfo::new(component, &shop)).await.unwrap();
    assert_eq!(info.authorizer_info.unwrap().nick_name.as_deref(), Some("Corner shop"));
    let list = platform.send(ListAuthorizers::new(component, 0, 500)).await.unwrap();
    assert_eq!((list.total_count, &list.list[0].app_id), (Some(1), &shop));
    stage.emulator.assert_clean();
}

async fn a_phone_that_is_missing_is_bound_first(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.merchant(Merchant::new().without_phone()).await;
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::WaitingForPhone);
    stage.emulator.approve(stage.emulator.prompts()[0].id).unwrap();
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);
    stage.emulator.assert_clean();
}

async fn one_message_goes_out_in_a_day(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.merchant(Merchant::new()).await;
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::WaitingForConsent);
    stage.emulator.advance(Duration::from_secs(24 * 3600 - 60)).await;
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::AlreadyAsked);
    stage.emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::WaitingForConsent);
    stage.emulator.assert_clean();
}

async fn without_cloud_development_nothing_can_be_created(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.merchant(Merchant::new()).await;
    assert_eq!(refusal(&shop, CreateEnv::postpaid("shop")).await, ErrCode::CLOUD_NOT_OPEN);
    assert_eq!(refusal(&shop, CreateFunction::new("e", "f")).await, ErrCode::CLOUD_NOT_OPEN);
    assert_eq!(refusal(&shop, ListEnvs::new()).await, ErrCode::CLOUD_NOT_OPEN);
    assert_eq!(refusal(&shop, ListFunctions::new("e")).await, ErrCode::CLOUD_NOT_OPEN);
    assert_eq!(refusal(&shop, GetTokenPolicy::new("e")).await, ErrCode::CLOUD_NOT_OPEN);
    assert_eq!(stage.emulator.counters().executed("createEnv"), 0);
    stage.emulator.assert_clean();
}

async fn a_missing_permission_set_is_named(backend: Backend) {
    let stage = Stage::set(backend).await;
    let component = &stage.emulator.component().app_id;
    let app_id = stage.emulator.add_merchant(Merchant::new());
    stage.emulator.authorize(component, &app_id, [18, 24]).await.unwrap();
    let shop = stage.platform.authorizer(&app_id);
    let error = shop.send(CreateCloudUser::new()).await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.code(), api.reaction()), (ErrCode::PERMISSION_NOT_GRANTED, Reaction::Permission));
    assert!(api.rid().is_some());
    // Any one of 24, 25 and 60 is enough for the other family.
    let created = shop.send(CreateOpenAccount::new()).await.unwrap();
    assert!(matches!(created, OpenAccount::Created { .. }));
    stage.emulator.assert_clean();
}

async fn wrong_arguments_are_refused(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let raw = |body: RawCall| {
        let shop = shop.clone();
        async move { shop.call_raw::<IgnoredAny>(body).await.unwrap_err().api().unwrap().code() }
    };
    assert_eq!(
        raw(RawCall::post("/tcb/createfunction").member("env", "e")).await,
        ErrCode::MISSING_PARAMETER
    );
    let set = RawCall::post("/tcb/usecloudaccesstoken").member("action", "sett").member("env", "e");
    assert_eq!(raw(set).await, ErrCode::INVALID_ARGS);
    assert_eq!(raw(RawCall::get("/tcb/getenvinfo")).await, ErrCode::REQUIRE_POST);
    let typed = RawCall::post("/tcb/createfunction").member("env", 5).member("function_name", "f");
    assert_eq!(raw(typed).await, ErrCode::DATA_FORMAT);
    assert_eq!(refusal(&shop, CreateFunction::new("no-such-env", "f")).await, ErrCode::CLOUD_RESOURCE);
    stage.emulator.assert_clean();
}

async fn a_stale_version_is_refused(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    let version = shop.send(GetTokenPolicy::new(&env)).await.unwrap().version.unwrap();
    let set = SetTokenPolicy::new(&env, true, ["/a"], version);
    assert_eq!(shop.send(&set).await.unwrap().open, Some(true));
    assert_eq!(refusal(&shop, &set).await, ErrCode::INVALID_ARGS);
    stage.emulator.assert_clean();
}

async fn an_account_is_bound_once_and_only_for_itself(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.open_merchant().await;
    assert_eq!(shop.send(GetOpenAccount::new()).await.unwrap().open_app_id, None);
    let other = CreateOpenAccount::new().app_id("wx_somebody_else");
    assert_eq!(refusal(&shop, other).await, ErrCode::INVALID_APPID);
    let created = shop.send(CreateOpenAccount::new().app_id(&app_id)).await.unwrap();
    let OpenAccount::Created { open_app_id } = created else { panic!("{created:?}") };
    let bound = shop.send(GetOpenAccount::new().app_id(&app_id)).await.unwrap();
    assert_eq!(bound.open_app_id, Some(open_app_id));
    let (_, trial) = stage.merchant(Merchant::new().trial()).await;
    assert_eq!(trial.send(CreateOpenAccount::new()).await.unwrap_err().kind(), ErrorKind::Refused);
    stage.emulator.assert_clean();
}

async fn a_token_of_the_wrong_kind_is_refused_by_wechat_too(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.open_merchant().await;
    let component = stage.platform.app_id();
    assert_eq!(shop.send(GetPreAuthCode::new(component)).await.unwrap_err().kind(), ErrorKind::TokenKind);
    assert_eq!(stage.platform.send(ListEnvs::new()).await.unwrap_err().kind(), ErrorKind::TokenKind);

    // A token of unknown kind is sent, and WeChat is the judge.
    let token = async |source: &dyn tcb_api::auth::TokenSource| source.token().await.unwrap().value().clone();
    let client = |token| {
        Client::builder()
            .token(StaticToken::new(token))
            .transport(backend.transport(&stage.emulator))
            .build()
            .unwrap()
    };
    let of_shop = client(token(&stage.platform.tokens().authorizer(&app_id)).await);
    assert_eq!(refusal(&of_shop, GetPreAuthCode::new(component)).await, ErrCode::COMPONENT_TOKEN_REQUIRED);
    let of_platform = client(token(&stage.platform.tokens().component()).await);
    assert_eq!(refusal(&of_platform, ListEnvs::new()).await, ErrCode::AUTHORIZER_TOKEN_REQUIRED);
    stage.emulator.assert_clean();
}

async fn what_is_not_built_is_not_answered(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let error = shop.call_raw::<IgnoredAny>(RawCall::post("/componenttcb/getcslist")).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Indeterminate,
        "501 may have come from anywhere, so a create is unsettled"
    );
    assert_eq!(stage.emulator.findings().len(), 1);
}
