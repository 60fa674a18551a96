use tcb_api::auth::TokenSource;
use tcb_api::types::cloudbase_common::{CloudUser, ListEnvs};
use tcb_api::{CreateCloudUser, CreateEnv};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::{Fault, Merchant};
use tcb_test_kit::ProcessLog;

on_both_backends![no_log_of_the_whole_process_holds_a_secret];

async fn no_log_of_the_whole_process_holds_a_secret(backend: Backend) {
    let log = ProcessLog::get();
    let stage = Stage::set(backend).await;
    let (app_id, shop) = stage.merchant(Merchant::new().consenting()).await;
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);
    stage.emulator.fault(Fault::errcode("/tcb/getenvinfo", 40001)).unwrap();
    shop.send(ListEnvs::new()).await.unwrap();
    stage.emulator.fault(Fault::commit_then_drop("/tcb/createenvandresource")).unwrap();
    shop.send(CreateEnv::postpaid("shop")).await.unwrap_err();

    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let files = shop.env(&env).files();
    let permission = files.upload_link("a.txt").await.unwrap();
    shop.links().upload(&permission, "a.txt", "hello").await.unwrap();
    shop.links().upload(&permission, "b.txt", "hello").await.unwrap_err();
    files.download(permission.file_id).await.unwrap();

    let credentials = stage.emulator.component();
    let tokens = stage.platform.tokens();
    let log = log.text();
    assert!(
        log.contains("tcb.link") && log.contains("tcb.call") && log.contains("createEnv"),
        "the log was captured"
    );
    for (name, secret) in [
        ("platform secret", credentials.secret.expose().to_owned()),
        ("callback token", credentials.callback_token.expose().to_owned()),
        ("AES key", credentials.encoding_aes_key.expose().to_owned()),
        ("ticket", stage.emulator.ticket(&credentials.app_id).unwrap().expose().to_owned()),
        ("platform token", tokens.component().token().await.unwrap().value().expose().to_owned()),
        ("account token", tokens.authorizer(&app_id).token().await.unwrap().value().expose().to_owned()),
        ("refresh token", tokens.refresh_token(&app_id).await.unwrap().unwrap().expose().to_owned()),
        ("security token of an upload", permission.token.expose().to_owned()),
        ("any signature of a link", "q-sign".to_owned()),
        ("any secret", "@@@".to_owned()),
        ("any token in a URL", "access_token=".to_owned()),
    ] {
        assert!(!log.contains(&secret), "the log holds the {name}");
    }
}
