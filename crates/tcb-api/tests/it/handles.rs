//! What each method of a handle sends: path, parameters of the URL, and body.

use std::collections::BTreeSet;

use tcb_api::auth::TestClock;
use tcb_api::types::api_management::CheckCallback;
use tcb_api::types::authorization::AuthorizerOptionName;
use tcb_api::types::cloudbase_batch::{
    self, AclTag, ContainerSource, ContainerVersionRef, EnvProduct, EnvShare, NewContainerVersion,
    NewTrigger, ServiceTraffic, TrafficShare,
};
use tcb_api::types::cloudbase_common::{
    AppConfigKind, ExtensionFile, ExtensionFileKind, FileFormat, FunctionConfigKind, IndexDirection,
    IndexKey, NewIndex, WantedFile,
};
use tcb_api::types::{Clock, JobId, PressureTestId, registry};
use tcb_api::{Client, Error, Paged, Pager, Platform};

use crate::scripted::Wire;

/// Checks what calls send, and gives what they sent.
macro_rules! sent {
    ($wire:expr; $($call:expr => $sent:literal;)+) => {
        [$({
            let sent = $wire.sent_by($call).await;
            assert_eq!(sent, $sent);
            sent
        }),+]
    };
}

async fn first<O: Paged>(mut pager: Pager<O>) -> Result<O::Item, Error> {
    pager.next().await.unwrap()
}

/// A platform whose own token is there.
async fn platform(wire: &Wire) -> Platform {
    let platform =
        Platform::builder("p", "s").transport(wire.clone()).clock(TestClock::default()).build().unwrap();
    platform.tokens().ticket("ticket", TestClock::default().wall()).await.unwrap();
    let _ = wire.clone().then_json(&serde_json::json!({"component_access_token": "c", "expires_in": 7200}));
    let _ = wire.clone().then_code(40066);
    platform.send(CheckCallback::new()).await.unwrap_err();
    platform
}

async fn environments(wire: &Wire, shop: Client) -> impl IntoIterator<Item = String> {
    let env = shop.env("e");
    sent! { wire;
        shop.envs().create_postpaid("a")
            => r#"/tcb/createenvandresource {"type":"CreatePostpayPackage","alias":"a"}"#;
        shop.envs().list() => "/tcb/getenvinfo {}";
        env.convert() => r#"/tcb/modifyenv {"env":"e"}"#;
        env.share("wx") => r#"/tcb/shareenv {"env":"e","appid":"wx"}"#;
        env.report("act", "1")
            => r#"/tcb/cloudbasereport {"report_action":"act","env_id":"e","activity_id":"1"}"#;
        env.token_policy().get() => r#"/tcb/usecloudaccesstoken {"action":"get","env":"e"}"#;
        env.functions().create("f") => r#"/tcb/createfunction {"env":"e","function_name":"f"}"#;
        env.functions().list() => r#"/tcb/listfunctions {"env":"e"}"#;
        first(env.functions().stream()) => r#"/tcb/listfunctions {"env":"e","limit":100}"#;
        env.functions().code("f") => r#"/tcb/downloadfunction {"env":"e","function_name":"f"}"#;
        env.functions().config("f", FunctionConfigKind::Timer)
            => r#"/tcb/getfuncconfig {"type":2,"env":"e","function_name":"f"}"#;
        env.functions().set_config("f", FunctionConfigKind::Timer, "{}")
            => r#"/tcb/uploadfuncconfig {"type":2,"env":"e","function_name":"f","config":"{}"}"#;
        env.functions().invoke("f", r#"{"a":1}"#) => r#"/tcb/invokecloudfunction env=e name=f {"a":1}"#;
        env.functions().invoke_later("f", "{}", 60)
            => r#"/tcb/adddelayedfunctiontask {"env":"e","function_name":"f","data":"{}","delay_time":60}"#;
        env.files().upload_link("a/b") => r#"/tcb/uploadfile {"env":"e","path":"a/b"}"#;
        env.files().download_links([WantedFile::new("i", 60)])
            => r#"/tcb/batchdownloadfile {"env":"e","file_list":[{"fileid":"i","max_age":60}]}"#;
        env.files().delete(["i", "j"]) => r#"/tcb/batchdeletefile {"env":"e","fileid_list":["i","j"]}"#;
        env.sms().send_marketing(["+861"], "text", "/path")
            => r#"/tcb/sendsms {"env":"e","phone_number_list":["+861"],"sms_type":"Marketing","content":"text","path":"/path"}"#;
        env.sms().send_notification(["+861"], "t", ["x"])
            => r#"/tcb/sendsms {"env":"e","phone_number_list":["+861"],"sms_type":"Notification","template_id":"t","template_param_list":["x"]}"#;
        env.sms().send_link(["+861"], "t", ["x"], "u")
            => r#"/tcb/sendsmsv2 {"env":"e","url_link":"u","template_id":"t","template_param_list":["x"],"phone_number_list":["+861"]}"#;
        env.sms().create_task("u") => r#"/tcb/createsendsmstask {"env":"e","file_url":"u"}"#;
        env.sms().list("2021-01-01", "2021-01-02")
            => r#"/tcb/describesmsrecords {"PostData":{"EnvId":"e","StartDate":"2021-01-01","EndDate":"2021-01-02"}}"#;
        first(env.sms().stream("2021-01-01", "2021-01-02"))
            => r#"/tcb/describesmsrecords {"PostData":{"EnvId":"e","StartDate":"2021-01-01","EndDate":"2021-01-02","PageNumber":1,"PageSize":100}}"#;
    }
}

async fn databases(wire: &Wire, shop: Client) -> impl IntoIterator<Item = String> {
    let database = shop.env("e").database();
    let (collections, records) = (database.collections(), database.records());
    let index = NewIndex::new("n", [IndexKey::new("k", IndexDirection::Ascending)]);
    sent! { wire;
        collections.create("c") => r#"/tcb/databasecollectionadd {"env":"e","collection_name":"c"}"#;
        collections.list() => r#"/tcb/databasecollectionget {"env":"e"}"#;
        first(collections.stream()) => r#"/tcb/databasecollectionget {"env":"e","limit":100}"#;
        collections.delete("c") => r#"/tcb/databasecollectiondelete {"env":"e","collection_name":"c"}"#;
        collections.create_index("c", index)
            => r#"/tcb/updateindex {"env":"e","collection_name":"c","create_indexes":[{"name":"n","unique":false,"keys":[{"name":"k","direction":"1"}]}],"drop_indexes":[]}"#;
        collections.drop_index("c", "n")
            => r#"/tcb/updateindex {"env":"e","collection_name":"c","create_indexes":[],"drop_indexes":[{"name":"n"}]}"#;
        records.query("q") => r#"/tcb/databasequery {"env":"e","query":"q"}"#;
        records.count("q") => r#"/tcb/databasecount {"env":"e","query":"q"}"#;
        records.aggregate("q") => r#"/tcb/databaseaggregate {"env":"e","query":"q"}"#;
        records.create("q") => r#"/tcb/databaseadd {"env":"e","query":"q"}"#;
        records.update("q") => r#"/tcb/databaseupdate {"env":"e","query":"q"}"#;
        records.delete("q") => r#"/tcb/databasedelete {"env":"e","query":"q"}"#;
        records.import("c", "in", FileFormat::Json)
            => r#"/tcb/databasemigrateimport {"env":"e","collection_name":"c","file_path":"in","file_type":1,"stop_on_error":false,"conflict_mode":1}"#;
        records.export("q", "out", FileFormat::Csv)
            => r#"/tcb/databasemigrateexport {"env":"e","file_path":"out","file_type":2,"query":"q"}"#;
        records.migration_state(JobId::new(7)) => r#"/tcb/databasemigratequeryinfo {"env":"e","job_id":7}"#;
    }
}

async fn accounts(wire: &Wire, shop: Client) -> impl IntoIterator<Item = String> {
    let (account, open, api) = (shop.account(), shop.open_account(), shop.api());
    let extension = ExtensionFile::new(ExtensionFileKind::Sms, "n");
    sent! { wire;
        account.open() => "/tcb/createclouduser {}";
        account.phone_binding() => "/tcb/checkmobile {}";
        account.request_phone_binding() => r#"/tcb/checkmobile {"push_tmpl":true}"#;
        account.code_secret() => "/tcb/getcodesecret {}";
        account.credential(7200) => r#"/tcb/getqcloudtoken {"lifespan":7200}"#;
        account.config(AppConfigKind::MessagePush) => r#"/tcb/getappconfig {"type":1}"#;
        account.set_config(AppConfigKind::MessagePush, "{}")
            => r#"/tcb/uploadappconfig {"type":1,"config":"{}"}"#;
        account.callback_config() => "/tcb/getcallbackconfig {}";
        account.open_data(["c"]) => r#"/wxa/getopendata {"cloudid_list":["c"]}"#;
        account.voip_signature("g", "n", 1)
            => r#"/wxa/getvoipsign {"group_id":"g","timestamp":1,"nonce":"n"}"#;
        account.upload_signature("h") => r#"/tcb/getuploadsignature {"hashed_payload":"h"}"#;
        account.extension_uploads([extension])
            => r#"/tcb/describeextensionuploadinfo {"PostData":{"ExtensionFiles":[{"FileType":"SMS","FileName":"n"}]}}"#;
        shop.merchants().list() => "/tcb/wxpaylist {}";
        shop.merchants().bind("m") => r#"/tcb/wxpayopenauth {"action":"bind","merchant_code":"m"}"#;
        shop.merchants().request_payments("m")
            => r#"/tcb/wxpayopenauth {"action":"openjsapi","merchant_code":"m"}"#;
        shop.merchants().request_refunds("m")
            => r#"/tcb/wxpayopenauth {"action":"openrefund","merchant_code":"m"}"#;
        shop.pressure_tests().create("p", 1, 2, 3)
            => r#"/tcb/createpressuretesttask {"task_url":"p","run_count":1,"run_time":2,"source_type":3}"#;
        shop.pressure_tests().status(PressureTestId::new(7))
            => r#"/tcb/getpressureteststatus {"pressure_id":7}"#;
        shop.pressure_tests().report(PressureTestId::new(7))
            => r#"/tcb/getpressuretestreport {"pressure_id":7}"#;
        shop.sms_statistics().overview(1, 2, 3, 4)
            => r#"/tcb/getstatistics {"action":"smsMarketingOverviewData","begin_date":1,"end_date":2,"page_limit":4,"page_offset":3}"#;
        shop.sms_statistics().conversion(1, 2, 3, 4)
            => r#"/tcb/getstatistics {"action":"smsMarketingConversionData","begin_date":1,"end_date":2,"page_limit":4,"page_offset":3}"#;
        shop.sms_statistics().real_time(1, 2)
            => r#"/tcb/getstatistics {"action":"smsMarketingRealTimeData","begin_date":1,"end_date":2}"#;
        open.create() => "/cgi-bin/open/create {}";
        open.get() => "/cgi-bin/open/get {}";
        open.bind("o") => r#"/cgi-bin/open/bind {"open_appid":"o"}"#;
        open.unbind("o") => r#"/cgi-bin/open/unbind {"open_appid":"o"}"#;
        open.exists() => "/cgi-bin/open/have";
        open.entity() => "/cgi-bin/open/sameentity";
        shop.options().get(AuthorizerOptionName::VoiceRecognize)
            => r#"/cgi-bin/component/get_authorizer_option {"option_name":"voice_recognize"}"#;
        shop.options().set(AuthorizerOptionName::VoiceRecognize, 1)
            => r#"/cgi-bin/component/set_authorizer_option {"option_name":"voice_recognize","option_value":"1"}"#;
        api.quota("/p") => r#"/cgi-bin/openapi/quota/get {"cgi_path":"/p"}"#;
        api.clear_quota("/p") => r#"/cgi-bin/openapi/quota/clear {"cgi_path":"/p"}"#;
        api.clear_all_quotas("wx") => r#"/cgi-bin/clear_quota {"appid":"wx"}"#;
        api.clear_all_quotas_by_secret("wx", "secret")
            => r#"/cgi-bin/clear_quota/v2 {"appid":"wx","appsecret":"secret"}"#;
        api.request("1-2-3") => r#"/cgi-bin/openapi/rid/get {"rid":"1-2-3"}"#;
    }
}

async fn platforms(wire: &Wire, platform: Platform) -> impl IntoIterator<Item = String> {
    let (api, authorizers) = (platform.api(), platform.authorizers());
    sent! { wire;
        api.quota("/p") => r#"/cgi-bin/openapi/quota/get {"cgi_path":"/p"}"#;
        api.clear_quota("/p") => r#"/cgi-bin/openapi/quota/clear {"cgi_path":"/p"}"#;
        api.clear_all_quotas() => r#"/cgi-bin/clear_quota {"appid":"p"}"#;
        api.clear_all_quotas_by_secret("secret")
            => r#"/cgi-bin/component/clear_quota/v2 {"component_appid":"p","appsecret":"secret"}"#;
        api.request("1-2-3") => r#"/cgi-bin/openapi/rid/get {"rid":"1-2-3"}"#;
        api.addresses() => "/cgi-bin/get_api_domain_ip";
        api.callback_addresses() => "/cgi-bin/getcallbackip";
        api.check_callback() => r#"/cgi-bin/callback/check {"action":"all","check_operator":"DEFAULT"}"#;
        authorizers.list(0, 10)
            => r#"/cgi-bin/component/api_get_authorizer_list {"component_appid":"p","offset":0,"count":10}"#;
        first(authorizers.stream())
            => r#"/cgi-bin/component/api_get_authorizer_list {"component_appid":"p","offset":0,"count":500}"#;
        authorizers.info("wx")
            => r#"/cgi-bin/component/api_get_authorizer_info {"component_appid":"p","authorizer_appid":"wx"}"#;
    }
}

async fn batch_environments(wire: &Wire, platform: Platform) -> impl IntoIterator<Item = String> {
    let (envs, env) = (platform.envs(), platform.env("e"));
    let share = || EnvShare::new("e", ["wx"]);
    let trigger = NewTrigger::timer("t", "0 0 2 1 * * *");
    sent! { wire;
        envs.create("a") => r#"/componenttcb/createenv {"alias":"a","EnvType":"run"}"#;
        envs.list() => "/componenttcb/describeenvs {}";
        envs.share([share()], EnvProduct::CloudDevelopment)
            => r#"/componenttcb/batchshareenv {"data":[{"env":"e","appids":["wx"]}],"source_type":0}"#;
        envs.unshare([share()], EnvProduct::CloudDevelopment)
            => r#"/componenttcb/batchunshareenv {"data":[{"env":"e","appids":["wx"]}],"source_type":0}"#;
        envs.shares(["wx"], EnvProduct::CloudDevelopment)
            => r#"/componenttcb/batchgetenvid {"appids":["wx"],"source_type":0}"#;
        env.functions().list() => r#"/componenttcb/getscflist {"env":"e"}"#;
        first(env.functions().stream()) => r#"/componenttcb/getscflist {"env":"e","limit":100}"#;
        env.functions().delete("f") => r#"/componenttcb/deletescf {"env":"e","functionname":"f"}"#;
        env.functions().triggers("f") => r#"/componenttcb/gettriggers {"env":"e","funcname":"f"}"#;
        platform.functions().create("f", ["e", "g"], vec![1])
            => r#"/componenttcb/batchuploadscf {"functionname":"f","envs":["e","g"],"zipfile":"AQ=="}"#;
        platform.functions().update_code("f", ["e", "g"], vec![1])
            => r#"/componenttcb/batchuploadscfcode {"functionname":"f","envs":["e","g"],"zipfile":"AQ=="}"#;
        platform.functions().update_triggers("f", ["e", "g"], [trigger])
            => r#"/componenttcb/batchupdatetriggers {"funcname":"f","envs":["e","g"],"triggers":[{"trigger_name":"t","type":"Timer","config":"0 0 2 1 * * *"}]}"#;
        env.files().list() => r#"/componenttcb/getbucket {"env":"e"}"#;
        first(env.files().stream()) => r#"/componenttcb/getbucket {"env":"e"}"#;
        env.files().upload_link("a/b") => r#"/componenttcb/uploadfile {"env":"e","path":"a/b"}"#;
        env.files().download_links([WantedFile::new("i", 60)])
            => r#"/componenttcb/batchdownloadfile {"env":"e","file_list":[{"fileid":"i","max_age":60}]}"#;
        env.files().delete(["i"]) => r#"/componenttcb/batchdeletefile {"env":"e","fileid_list":["i"]}"#;
        env.static_sites().open() => r#"/componenttcb/createstaticstore {"env":"e"}"#;
        env.static_sites().list() => r#"/componenttcb/describestaticstore {"env":"e"}"#;
        env.static_sites().list_files() => r#"/componenttcb/staticfilelist {"env":"e"}"#;
        first(env.static_sites().stream_files()) => r#"/componenttcb/staticfilelist {"env":"e"}"#;
        env.static_sites().upload_link("a/b")
            => r#"/componenttcb/staticuploadfile {"env":"e","filename":"a/b"}"#;
    }
}

async fn batch_databases(wire: &Wire, platform: Platform) -> impl IntoIterator<Item = String> {
    let database = platform.env("e").database();
    let (collections, records) = (database.collections(), database.records());
    let index = cloudbase_batch::NewIndex::new("n", [IndexKey::new("k", IndexDirection::Ascending)]);
    sent! { wire;
        collections.create("c")
            => r#"/componenttcb/dbcollection action=add {"env":"e","collection_name":"c"}"#;
        collections.list() => r#"/componenttcb/dbcollection action=get {"env":"e"}"#;
        first(collections.stream()) => r#"/componenttcb/dbcollection action=get {"env":"e","limit":100}"#;
        collections.delete("c")
            => r#"/componenttcb/dbcollection action=del {"env":"e","collection_name":"c"}"#;
        collections.create_indexes("c", [index])
            => r#"/componenttcb/dbindex action=create {"env":"e","collection_name":"c","indexes":[{"name":"n","keys":[{"name":"k","direction":"1"}]}]}"#;
        collections.delete_indexes("c", ["n"])
            => r#"/componenttcb/dbindex action=delete {"env":"e","collection_name":"c","indexes":[{"name":"n"}]}"#;
        collections.permission("c") => r#"/componenttcb/dbgetacl {"env":"e","collection_name":"c"}"#;
        collections.set_permission("c", AclTag::Private)
            => r#"/componenttcb/dbmodifyacl {"env":"e","collection_name":"c","acl_tag":"PRIVATE","rule":""}"#;
        collections.set_custom_permission("c", "{}")
            => r#"/componenttcb/dbmodifyacl {"env":"e","collection_name":"c","acl_tag":"CUSTOM","rule":"{}"}"#;
        records.query("q") => r#"/componenttcb/dbrecord action=query {"env":"e","query":"q"}"#;
        records.aggregate("q") => r#"/componenttcb/dbaggregate {"env":"e","query":"q"}"#;
        records.create("q") => r#"/componenttcb/dbrecord action=insert {"env":"e","query":"q"}"#;
        records.update("q") => r#"/componenttcb/dbrecord action=update {"env":"e","query":"q"}"#;
        records.delete("q") => r#"/componenttcb/dbrecord action=delete {"env":"e","query":"q"}"#;
        records.import("c", "in", FileFormat::Json)
            => r#"/componenttcb/dbimport {"env":"e","collection_name":"c","file_path":"in","file_type":1,"stop_on_error":false,"conflict_mode":1}"#;
        records.export("q", "out", FileFormat::Csv)
            => r#"/componenttcb/dbexport {"env":"e","query":"q","file_path":"out","file_type":2}"#;
        records.migration_state(JobId::new(7)) => r#"/componenttcb/dbmigrationstate {"env":"e","job_id":7}"#;
    }
}

async fn batch_containers(wire: &Wire, platform: Platform) -> impl IntoIterator<Item = String> {
    let (containers, in_envs) = (platform.env("e").containers(), platform.containers());
    let versions = containers.versions("s");
    let new = || NewContainerVersion::new(ContainerSource::Package);
    let share = || TrafficShare::new("s-001", 100);
    sent! { wire;
        containers.open() => r#"/componenttcb/opencontainerservice {"env":"e"}"#;
        containers.list() => r#"/componenttcb/getcslist {"env":"e"}"#;
        first(containers.stream()) => r#"/componenttcb/getcslist {"env":"e","limit":100}"#;
        containers.create("s") => r#"/componenttcb/createcontainerservice {"env":"e","service_name":"s"}"#;
        containers.delete("s") => r#"/componenttcb/delcontainerservice {"env":"e","service_name":"s"}"#;
        versions.list() => r#"/componenttcb/getcsversionlist {"env":"e","service_name":"s"}"#;
        first(versions.stream())
            => r#"/componenttcb/getcsversionlist {"env":"e","service_name":"s","limit":100}"#;
        versions.get("s-001")
            => r#"/componenttcb/getcsversiondetail {"env":"e","service_name":"s","version_name":"s-001"}"#;
        versions.create(new())
            => r#"/componenttcb/createcsversion {"env":"e","service_name":"s","upload_type":"package"}"#;
        versions.delete("s-001")
            => r#"/componenttcb/delcsversion {"env":"e","service_name":"s","version_name":"s-001"}"#;
        versions.set_traffic([share()])
            => r#"/componenttcb/setcspropotion {"env":"e","service_name":"s","items":[{"version_name":"s-001","flow_ratio":100}]}"#;
        in_envs.create_versions(["e", "g"], "s", new())
            => r#"/componenttcb/batchcreatecsversion {"envs":["e","g"],"service_name":"s","upload_type":"package"}"#;
        in_envs.delete_versions([ContainerVersionRef::new("e", "s", "s-001")])
            => r#"/componenttcb/batchdelcsversion {"items":[{"env":"e","service_name":"s","version_name":"s-001"}]}"#;
        in_envs.set_traffic([ServiceTraffic::new("e", "s", [share()])])
            => r#"/componenttcb/batchsetcspropotion {"items":[{"env":"e","service_name":"s","items":[{"version_name":"s-001","flow_ratio":100}]}]}"#;
    }
}

/// Operations without a method: the tokens' business, and those that are nothing but options.
const WITHOUT: [&str; 8] = [
    "/cgi-bin/component/api_authorizer_token",
    "/cgi-bin/component/api_component_token",
    "/cgi-bin/component/api_create_preauthcode",
    "/cgi-bin/component/api_query_auth",
    "/cgi-bin/component/api_start_push_ticket",
    "/componenttcb/setcsversionconfig",
    "/componenttcb/updatescfconfig",
    "/tcb/setcallbackconfig",
];

#[tokio::test]
async fn each_method_sends_its_operation_and_each_operation_has_a_method() {
    let (wire, own) = (Wire::default(), Wire::default());
    let (shop, platform) = (wire.client(), platform(&own).await);
    let mut sent = Vec::new();
    sent.extend(environments(&wire, shop.clone()).await);
    sent.extend(databases(&wire, shop.clone()).await);
    sent.extend(accounts(&wire, shop).await);
    sent.extend(platforms(&own, platform.clone()).await);
    sent.extend(batch_environments(&own, platform.clone()).await);
    sent.extend(batch_databases(&own, platform.clone()).await);
    sent.extend(batch_containers(&own, platform).await);

    let paths = sent.iter().filter_map(|sent| sent.split(' ').next());
    let covered: BTreeSet<_> = paths.chain(WITHOUT).collect();
    let entries = registry::entries();
    let all: BTreeSet<_> = entries.iter().map(|entry| entry.spec.path).collect();
    let missing: Vec<_> = all.difference(&covered).collect();
    assert!(missing.is_empty(), "no handle sends these, and WITHOUT does not list them: {missing:?}");
    let gone: Vec<_> = covered.difference(&all).collect();
    assert!(gone.is_empty(), "no operation has these paths: {gone:?}");
}
