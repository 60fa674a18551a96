//! Every operation of the SDK against the emulator, each once at least, in the order in which a
//! service provider meets them.

use std::time::Duration;

use tcb_api::types::cloudbase_batch as batch;
use tcb_api::types::cloudbase_common as common;
use tcb_api::types::{AuthorizerAppId, EnvId, Operation, RequestId};
use tcb_api::types::{api_management, authorization, open_account};
use tcb_api::{Client, Content};
use tcb_e2e::{Backend, Stage};
use tcb_emulator::{Emulator, Merchant, Script};

/// Operations of the first edition of containers, which the emulator does not have.
const NOT_BUILT: usize = 13;

/// Sends an operation that has to succeed.
async fn send<O: Operation>(client: &Client, operation: O) -> O::Response {
    let id = O::SPEC.id;
    client.send(operation).await.unwrap_or_else(|error| panic!("{id}: {error:?}"))
}

#[tokio::test]
async fn no_operation_has_met_scripted_answers_only() {
    let stage = Stage::set(Backend::Hyper).await;
    everything(&stage).await;
    let executed = stage.emulator.counters().executed;
    assert_eq!(executed.len(), 117 - NOT_BUILT, "{:?}", executed.keys());
}

#[tokio::test]
async fn whichever_way_wechat_behaves_the_story_ends_well() {
    for assumption in Emulator::assumptions() {
        for variant in &assumption.variants[1..] {
            let emulator = Emulator::builder().assume(assumption.id, *variant).start().await.unwrap();
            everything(&Stage::set_on(Backend::Hyper, emulator).await).await;
        }
    }
}

async fn everything(stage: &Stage) {
    let (app_id, shop) = merchant(stage).await;
    authorization(stage, &app_id, &shop).await;
    open_account(stage, &shop).await;
    let env = environment(stage, &app_id, &shop).await;
    functions(stage, &shop, &env).await;
    database(&shop, &env).await;
    files_and_messages(&shop, &env).await;
    extras(stage, &app_id, &shop, &env).await;
    let shared = shared_environment(stage, &app_id).await;
    shared_functions(stage, &shared).await;
    shared_database(stage, &shared).await;
    shared_files(stage, &shared).await;
    api_management(stage, &app_id, &shop).await;
    stage.emulator.assert_clean();
}

/// A merchant that has granted everything, for whom cloud development is open.
async fn merchant(stage: &Stage) -> (AuthorizerAppId, Client) {
    let emulator = &stage.emulator;
    let component = emulator.component().app_id.clone();
    let app_id = emulator.add_merchant(Merchant::new());
    let code = send(stage.platform.client(), authorization::GetPreAuthCode::new(&component)).await;
    let link = code.pre_auth_code.expose().to_owned();
    let sets = [3, 18, 25, 30, 49, 99, 102];
    emulator.authorize_by_link(&component, &app_id, sets, &link).await.unwrap();
    let shop = stage.platform.authorizer(&app_id);
    assert!(send(&shop, common::GetPhoneBinding::new()).await.bound);
    assert_eq!(send(&shop, tcb_api::CreateCloudUser::new()).await, common::CloudUser::WaitingForConsent);
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert_eq!(send(&shop, tcb_api::CreateCloudUser::new()).await, common::CloudUser::Opened);
    (app_id, shop)
}

async fn authorization(stage: &Stage, app_id: &AuthorizerAppId, shop: &Client) {
    let platform = stage.platform.client();
    let credentials = stage.emulator.component();
    let component = &credentials.app_id;
    let secret = || credentials.secret.clone();
    send(platform, authorization::StartPushTicket::new(component, secret())).await;
    let ticket = stage.emulator.ticket(component).unwrap();
    send(platform, authorization::GetComponentAccessToken::new(component, secret(), ticket)).await;
    send(platform, authorization::GetAuthorizerInfo::new(component, app_id)).await;
    let list = send(platform, authorization::ListAuthorizers::new(component, 0, 10)).await.list;
    let refresh_token = list[0].refresh_token.clone().unwrap();
    send(platform, authorization::GetAuthorizerAccessToken::new(component, app_id, refresh_token)).await;
    let voice = authorization::AuthorizerOptionName::VoiceRecognize;
    send(shop, authorization::SetAuthorizerOption::new(voice.clone(), 1)).await;
    assert_eq!(send(shop, authorization::GetAuthorizerOption::new(voice)).await.value, Some(1));
}

async fn open_account(stage: &Stage, shop: &Client) {
    let component = &stage.emulator.component().app_id;
    let other = stage.emulator.add_merchant(Merchant::new());
    stage.emulator.authorize(component, &other, [25, 30]).await.unwrap();
    let other = stage.platform.authorizer(&other);
    assert!(!send(shop, open_account::HasOpenAccount::new()).await.bound);
    let created = send(shop, open_account::CreateOpenAccount::new()).await;
    assert!(matches!(created, open_account::OpenAccount::Created { .. }));
    let id = send(shop, open_account::GetOpenAccount::new()).await.open_app_id.unwrap();
    let bound = send(&other, open_account::BindOpenAccount::new(&id)).await;
    assert_eq!(bound, open_account::OpenAccountBinding::Bound);
    send(&other, open_account::GetOpenAccountEntity::new()).await;
    send(&other, open_account::UnbindOpenAccount::new(&id)).await;
}

async fn environment(stage: &Stage, app_id: &AuthorizerAppId, shop: &Client) -> EnvId {
    let env = send(shop, common::CreateEnv::postpaid("shop")).await.id;
    // As far as any variant goes, three looks are enough.
    for _ in 0..3 {
        assert_eq!(send(shop, common::ListEnvs::new()).await.envs[0].id, env);
    }
    stage.emulator.add_console_environment("console-1");
    send(shop, common::ConvertEnv::new("console-1")).await;
    send(shop, common::ShareEnv::new(&env, app_id)).await;
    let policy = send(shop, common::GetTokenPolicy::new(&env)).await;
    send(shop, common::SetTokenPolicy::new(&env, true, ["/*"], policy.version.unwrap())).await;
    send(shop, common::GetCloudCredential::new(60)).await;
    env
}

async fn functions(stage: &Stage, shop: &Client, env: &EnvId) {
    let functions = shop.env(env).functions();
    functions.create("hello").await.unwrap();
    functions.upload_code("hello", b"zip".to_vec()).await.unwrap();
    functions.code("hello").await.unwrap();
    assert_eq!(send(shop, common::ListFunctions::new(env)).await.functions.len(), 1);
    let kind = common::FunctionConfigKind::Environment;
    send(shop, common::SetFunctionConfig::new(env, "hello", kind, r#"{"timeout":5}"#)).await;
    let config = send(shop, common::GetFunctionConfig::new(env, "hello", kind)).await.config.unwrap();
    assert_eq!(config.raw(), r#"{"timeout":5}"#);
    stage.emulator.script(Script::answering("hello", r#"{"said":"hi"}"#));
    let said = send(shop, common::InvokeFunction::new(env, "hello", r#"{"to":"me"}"#)).await;
    assert_eq!(said.result.unwrap().raw(), r#"{"said":"hi"}"#);
    send(shop, common::CreateDelayedFunctionTask::new(env, "hello", "{}", 6)).await;
}

async fn database(shop: &Client, env: &EnvId) {
    send(shop, common::CreateCollection::new(env, "goods")).await;
    let key = common::IndexKey::new("sku", common::IndexDirection::Ascending);
    let index = common::NewIndex::new("sku", [key]).unique();
    send(shop, common::UpdateIndexes::new(env, "goods").create(index)).await;
    let statement = |steps: &str| format!("db.collection('goods').{steps}");
    let add = statement("add({data: [{sku: 1, n: 2}, {sku: 2, n: 3}]})");
    assert_eq!(send(shop, common::CreateRecords::new(env, add)).await.ids.len(), 2);
    let query = statement("where({n: _.gt(2)}).get()");
    assert_eq!(send(shop, common::QueryRecords::new(env, query)).await.data.len(), 1);
    let update = statement("where({sku: 1}).update({data: {n: _.inc(5)}})");
    assert_eq!(send(shop, common::UpdateRecords::new(env, update)).await.modified, Some(1));
    let sum = statement("aggregate().group({_id: null, n: $.sum('$n')}).end()");
    let sums = send(shop, common::AggregateRecords::new(env, sum)).await.data;
    assert_eq!(sums[0].raw(), r#"{"_id":null,"n":10}"#);
    let export = common::ExportRecords::new(env, statement("get()"), "out", common::FileFormat::Json);
    let job = send(shop, export).await.id;
    let state = send(shop, common::GetMigrationState::new(env, job)).await;
    let file = shop.links().download(&state.file_url.unwrap()).await.unwrap();
    shop.env(env).files().upload("in", file.to_vec()).await.unwrap();
    let import = common::ImportRecords::new(env, "copies", "in", common::FileFormat::Json);
    send(shop, import).await;
    assert_eq!(send(shop, common::ListCollections::new(env)).await.collections.len(), 2);
    assert_eq!(send(shop, common::CountRecords::new(env, "db.collection('copies').count()")).await.count, 2);
    send(shop, common::DeleteRecords::new(env, statement("where({sku: 1}).remove()"))).await;
    send(shop, common::DeleteCollection::new(env, "copies")).await;
}

async fn files_and_messages(shop: &Client, env: &EnvId) {
    let files = shop.env(env).files();
    let id = files.upload("a.txt", "hello").await.unwrap();
    assert_eq!(files.download(id.clone()).await.unwrap(), "hello");
    assert!(send(shop, common::DeleteFiles::new(env, [id])).await.files.is_complete());

    let number = "+8612345678910";
    assert!(
        send(shop, common::SendSms::marketing(env, [number], "news", "/index.html"))
            .await
            .messages
            .is_complete()
    );
    assert!(
        send(shop, common::SendSmsWithLink::new(env, [number], "844110", ["news"], "https://wxaurl.cn/x"))
            .await
            .messages
            .is_complete()
    );
    let file = common::ExtensionFile::new(common::ExtensionFileKind::Sms, "numbers.csv");
    let upload = send(shop, common::GetExtensionUploads::new([file])).await.uploads.remove(0);
    shop.links().put(&upload.upload, Content::from(format!("number\n{number}\n"))).await.unwrap();
    let task = send(shop, common::CreateSmsTask::new(env, upload.code_uri.unwrap())).await;
    let records = common::ListSmsRecords::new(env, "2000-01-01", "2999-01-01").task(task.id);
    assert_eq!(send(shop, records).await.records.len(), 1);
    assert_eq!(send(shop, common::GetSmsOverview::new(0, i64::from(u32::MAX), 0, 10)).await.rows.len(), 1);
    send(shop, common::CreateReport::new(env, "sendSmsTask", "activity")).await;
}

async fn extras(stage: &Stage, app_id: &AuthorizerAppId, shop: &Client, env: &EnvId) {
    let route = common::MessageRoute::message("image", env, "hello");
    send(shop, common::SetCallbackConfig::new().functions(common::FunctionPush::new([route]))).await;
    assert!(send(shop, common::GetCallbackConfig::new()).await.functions.unwrap().enable);
    let kind = common::AppConfigKind::MessagePush;
    let config = send(shop, common::GetAppConfig::new(kind)).await.config.unwrap();
    send(shop, common::SetAppConfig::new(kind, config)).await;

    let test = send(shop, common::CreatePressureTest::new("pages/index", 1, 1, 9)).await.id;
    send(shop, common::GetPressureTestStatus::new(test)).await;
    stage.emulator.advance(Duration::from_secs(1)).await;
    send(shop, common::GetPressureTestReport::new(test)).await;
    send(shop, common::BindMerchant::new("1900006511")).await;
    stage.emulator.approve(stage.emulator.prompts()[0].id).unwrap();
    assert_eq!(send(shop, common::ListMerchants::new()).await.merchants.len(), 1);
    stage.emulator.set_open_data(app_id, "cloud-1", "{\"step\":1}".parse().unwrap()).unwrap();
    assert_eq!(send(shop, common::GetOpenData::new(["cloud-1"])).await.data.len(), 1);
    send(shop, common::GetVoipSignature::new("room", "nonce", 1_700_000_000)).await;
}

async fn shared_environment(stage: &Stage, app_id: &AuthorizerAppId) -> EnvId {
    let platform = stage.platform.client();
    let env = send(platform, batch::CreateEnv::new("shared")).await.id;
    for _ in 0..3 {
        assert_eq!(send(platform, batch::ListEnvs::new()).await.envs[0].id, env);
    }
    let product = batch::EnvProduct::CloudHosting;
    let share = || [batch::EnvShare::new(&env, [app_id])];
    let shared = send(platform, batch::CreateEnvShares::new(share(), product)).await;
    assert_eq!(shared.confirmations.len(), 1);
    stage.emulator.approve(stage.emulator.prompts()[0].id).unwrap();
    assert!(send(platform, batch::ListEnvShares::new([app_id], product)).await.mini_programs.is_complete());
    assert!(send(platform, batch::DeleteEnvShares::new(share(), product)).await.shares.is_complete());
    env
}

async fn shared_functions(stage: &Stage, env: &EnvId) {
    let platform = stage.platform.client();
    assert!(
        send(platform, batch::CreateFunctionInEnvs::new("hello", [env], b"zip".to_vec()))
            .await
            .envs
            .is_complete()
    );
    assert!(
        send(platform, batch::UpdateFunctionCode::new("hello", [env], b"zip".to_vec()))
            .await
            .envs
            .is_complete()
    );
    send(platform, batch::UpdateFunctionConfig::new(env, "hello").memory(512)).await;
    assert_eq!(send(platform, batch::ListFunctions::new(env)).await.functions.len(), 1);
    let trigger = batch::NewTrigger::timer("nightly", "0 0 2 * * * *");
    assert!(send(platform, batch::UpdateTriggers::new("hello", [env], [trigger])).await.envs.is_complete());
    assert_eq!(send(platform, batch::ListTriggers::new(env, "hello")).await.triggers.len(), 1);
    send(platform, batch::DeleteFunction::new(env, "hello")).await;
}

async fn shared_database(stage: &Stage, env: &EnvId) {
    let platform = stage.platform.client();
    send(platform, batch::CreateCollection::new(env, "goods")).await;
    let key = common::IndexKey::new("n", common::IndexDirection::Ascending);
    send(platform, batch::CreateIndexes::new(env, "goods", [batch::NewIndex::new("n", [key])])).await;
    send(platform, batch::DeleteIndexes::new(env, "goods", ["n"])).await;
    send(platform, batch::SetCollectionPermission::custom(env, "goods", r#"{"read":true}"#)).await;
    send(platform, batch::GetCollectionPermission::new(env, "goods")).await;
    let statement = |steps: &str| format!("db.collection('goods').{steps}");
    send(platform, batch::CreateRecords::new(env, statement("add({data: {n: 1}})"))).await;
    send(platform, batch::UpdateRecords::new(env, statement("where({n: 1}).update({data: {n: 2}})"))).await;
    let found = send(platform, batch::QueryRecords::new(env, statement("where({n: 2}).get()"))).await;
    assert_eq!(found.data.len(), 1);
    send(platform, batch::AggregateRecords::new(env, statement("aggregate().count('all').end()"))).await;
    let export = batch::ExportRecords::new(env, statement("get()"), "out", common::FileFormat::Csv);
    let job = send(platform, export).await.id;
    let done = send(platform, batch::GetMigrationState::new(env, job)).await;
    let file = platform.links().download(&done.file_url.unwrap()).await.unwrap();
    stage.platform.env(env).files().upload("in", file.to_vec()).await.unwrap();
    let import = batch::ImportRecords::new(env, "copies", "in", common::FileFormat::Csv);
    send(platform, import).await;
    assert_eq!(send(platform, batch::ListCollections::new(env)).await.collections.len(), 2);
    send(platform, batch::DeleteRecords::new(env, statement("remove()"))).await;
    send(platform, batch::DeleteCollection::new(env, "goods")).await;
}

async fn shared_files(stage: &Stage, env: &EnvId) {
    let platform = stage.platform.client();
    let files = stage.platform.env(env).files();
    let id = files.upload("a.txt", "hello").await.unwrap();
    assert_eq!(files.download(id.clone()).await.unwrap(), "hello");
    assert_eq!(send(platform, batch::ListFiles::new(env)).await.files.len(), 2);
    assert!(send(platform, batch::DeleteFiles::new(env, [id])).await.files.is_complete());
    send(platform, batch::CreateStaticSite::new(env)).await;
    assert_eq!(send(platform, batch::ListStaticSites::new(env)).await.sites.len(), 1);
    stage.platform.env(env).static_sites().upload("index.html", Content::from("<p>")).await.unwrap();
    assert_eq!(send(platform, batch::ListStaticFiles::new(env)).await.files.len(), 1);
}

async fn api_management(stage: &Stage, app_id: &AuthorizerAppId, shop: &Client) {
    let platform = stage.platform.client();
    let credentials = stage.emulator.component();
    let component = &credentials.app_id;
    let quota = send(shop, api_management::GetApiQuota::new("/tcb/getenvinfo")).await;
    assert_eq!(quota.daily.unwrap().used, Some(3));
    send(shop, api_management::ClearApiQuota::new("/tcb/getenvinfo")).await;
    send(shop, api_management::ClearQuota::new(app_id.as_str())).await;
    let secret = credentials.secret.clone();
    send(platform, api_management::ClearComponentQuotaByAppSecret::new(component, secret)).await;
    let secret = stage.emulator.merchant_secret(app_id).unwrap();
    send(platform, api_management::ClearQuotaByAppSecret::new(app_id.as_str(), secret.expose())).await;
    let error = shop.send(common::DeleteCollection::new("nowhere", "x")).await.unwrap_err();
    let rid = error.api().unwrap().rid().unwrap();
    send(shop, api_management::GetRequestInfo::new(RequestId::from(rid))).await;
    send(platform, api_management::CheckCallback::new()).await;
    send(platform, api_management::ListApiAddresses::new()).await;
    send(platform, api_management::ListCallbackAddresses::new()).await;
}
