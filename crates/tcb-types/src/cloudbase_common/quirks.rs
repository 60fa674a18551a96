//! Choices between sources that contradict each other, where they are facts of the call or names on the wire. Others stand in the
//! operations' files.

use super::*;
use crate::{JsonText, Operation, OperationSpec, TokenKinds};

/// The newest pages name 49 only, older ones 64 too, and some pages could not be read, so that what their sisters have stands for
/// them.
#[test]
fn permission_sets_are_those_of_all_editions() {
    let calls: &[(OperationSpec, &str)] = &[
        (CreateCollection::SPEC, "addDatabaseCollection"),
        (CreateRecords::SPEC, "addDatabaseItem"),
        (CreateDelayedFunctionTask::SPEC, "addDelayedFunctionTask"),
        (AggregateRecords::SPEC, "aggregateDatabase"),
        (ConvertEnv::SPEC, "changeTcbEnv"),
        (GetPhoneBinding::SPEC, "checkMobileConfig"),
        (CreateReport::SPEC, "cloudbaseReportAPI"),
        (CreateCloudUser::SPEC, "createCloudUser"),
        (CreateEnv::SPEC, "createEnv"),
        (CreateFunction::SPEC, "createFunction"),
        (CreateSmsTask::SPEC, "createSendSmsTask"),
        (DeleteCollection::SPEC, "deleteDatabaseCollection"),
        (DeleteRecords::SPEC, "deleteDatabaseItem"),
        (DeleteFiles::SPEC, "deleteTcbCloudFile"),
        (GetExtensionUploads::SPEC, "describeExtensionUploadInfo"),
        (ListSmsRecords::SPEC, "describeSmsRecords"),
        (ExportRecords::SPEC, "exportDatabaseItem"),
        (GetAppConfig::SPEC, "getAppConfig"),
        (GetCallbackConfig::SPEC, "getCallBackConfig"),
        (GetSmsOverview::SPEC, "getCloudBaseStatistics"),
        (GetSmsConversion::SPEC, "getCloudBaseStatistics"),
        (GetSmsRealTime::SPEC, "getCloudBaseStatistics"),
        (GetCloudCredential::SPEC, "getCloudToken"),
        (GetCodeSecret::SPEC, "getCodeSecret"),
        (ListCollections::SPEC, "getDatabaseCollection"),
        (CountRecords::SPEC, "getDatabaseCount"),
        (GetMigrationState::SPEC, "getDatabaseMigrateStatus"),
        (QueryRecords::SPEC, "getDatabaseRecord"),
        (GetDownloadLinks::SPEC, "getDownloadTcbFileLink"),
        (ListEnvs::SPEC, "getEnvInfo"),
        (GetFunctionConfig::SPEC, "getFuntionConfig"),
        (GetFunctionCode::SPEC, "getFuntionLink"),
        (ListFunctions::SPEC, "getFuntionList"),
        (SetFunctionConfig::SPEC, "getUploadFuntionConfig"),
        (GetUploadLink::SPEC, "getUploadTcbFileLink"),
        (GetUploadSignature::SPEC, "getYploadSignature"),
        (ImportRecords::SPEC, "importDatabaseItem"),
        (InvokeFunction::SPEC, "invokeCloudFunction"),
        (SetCallbackConfig::SPEC, "setCallBackConfig"),
        (GetCloudAccessToken::SPEC, "setCloudAccessToken"),
        (SetCloudAccessToken::SPEC, "setCloudAccessToken"),
        (ShareEnv::SPEC, "shareEnv"),
        (UpdateIndexes::SPEC, "updateDatabaseIndex"),
        (UpdateRecords::SPEC, "updateDatabaseRecord"),
        (SetAppConfig::SPEC, "uploadAppConfig"),
    ];
    for (spec, id) in calls {
        assert_eq!((spec.id, spec.permission_sets), (*id, &[49, 64][..]));
    }
}

/// As above, where a call has a permission set of its own.
#[test]
fn special_permission_sets_stand_beside_the_usual_ones() {
    let calls: &[(OperationSpec, &str, &[u32])] = &[
        (GetOpenData::SPEC, "getOpenData", &[18, 49]),
        (BindMerchant::SPEC, "getWechatPayAuth", &[49, 64, 102]),
        (RequestMerchantPayments::SPEC, "getWechatPayAuth", &[49, 64, 102]),
        (RequestMerchantRefunds::SPEC, "getWechatPayAuth", &[49, 64, 102]),
        (ListMerchants::SPEC, "getWechatPayList", &[49, 64, 102]),
        (SendSms::SPEC, "sendCloudBaseSms", &[49, 64, 99]),
        (SendSmsWithLink::SPEC, "newSendCloudBaseSms", &[49, 64, 99]),
    ];
    for (spec, id, sets) in calls {
        assert_eq!((spec.id, spec.permission_sets), (*id, *sets));
    }
}

/// Official names have misprints, and one client calls the paths of batch mode under names of this one.
#[test]
fn ids_paths_and_tokens_are_the_chosen_ones() {
    use TokenKinds::{Authorizer, Either};
    for (spec, id, path, tokens) in [
        (GetFunctionConfig::SPEC, "getFuntionConfig", "/tcb/getfuncconfig", Authorizer),
        (GetFunctionCode::SPEC, "getFuntionLink", "/tcb/downloadfunction", Authorizer),
        (ListFunctions::SPEC, "getFuntionList", "/tcb/listfunctions", Authorizer),
        (SetFunctionConfig::SPEC, "getUploadFuntionConfig", "/tcb/uploadfuncconfig", Authorizer),
        (GetUploadSignature::SPEC, "getYploadSignature", "/tcb/getuploadsignature", Authorizer),
        (CreatePressureTest::SPEC, "createPressureTestTask", "/tcb/createpressuretesttask", Authorizer),
        (AggregateRecords::SPEC, "aggregateDatabase", "/tcb/databaseaggregate", Authorizer),
        (CreateFunction::SPEC, "createFunction", "/tcb/createfunction", Authorizer),
        (DeleteFiles::SPEC, "deleteTcbCloudFile", "/tcb/batchdeletefile", Authorizer),
        (ExportRecords::SPEC, "exportDatabaseItem", "/tcb/databasemigrateexport", Authorizer),
        (ImportRecords::SPEC, "importDatabaseItem", "/tcb/databasemigrateimport", Authorizer),
        (ShareEnv::SPEC, "shareEnv", "/tcb/shareenv", Authorizer),
        (QueryRecords::SPEC, "getDatabaseRecord", "/tcb/databasequery", Authorizer),
        (GetOpenData::SPEC, "getOpenData", "/wxa/getopendata", Authorizer),
        (GetVoipSignature::SPEC, "getCloudBaseVoIPSign", "/wxa/getvoipsign", Authorizer),
        (ConvertEnv::SPEC, "changeTcbEnv", "/tcb/modifyenv", Either),
        (InvokeFunction::SPEC, "invokeCloudFunction", "/tcb/invokecloudfunction", Either),
        (GetCloudAccessToken::SPEC, "setCloudAccessToken", "/tcb/usecloudaccesstoken", Either),
        (SetCloudAccessToken::SPEC, "setCloudAccessToken", "/tcb/usecloudaccesstoken", Either),
    ] {
        assert_eq!((spec.id, spec.path, spec.tokens), (id, path, tokens));
    }
}

fn sent<O: Operation>(operation: &O) -> String {
    String::from_utf8(operation.body().unwrap()).unwrap()
}

/// Sources disagree on the names, on what may be left out, and on how values are written.
#[test]
fn members_have_the_chosen_names_and_are_left_out_on_demand() {
    let sms = SendSmsWithLink::new("e", ["+861"], "2053122", ["x"], "https://wxaurl.cn/x");
    for (id, sent, expected) in [
        (
            "addDelayedFunctionTask",
            sent(&CreateDelayedFunctionTask::new("e", "f", JsonText::new("{}"), 60)),
            r#"{"env":"e","function_name":"f","data":"{}","delay_time":60}"#,
        ),
        (
            "createEnv",
            sent(&CreateEnv::postpaid("shop")),
            r#"{"type":"CreatePostpayPackage","alias":"shop"}"#,
        ),
        ("createSendSmsTask", sent(&CreateSmsTask::new("e", "u")), r#"{"env":"e","file_url":"u"}"#),
        (
            "createSendSmsTask",
            sent(&CreateSmsTask::new("e", "u").template_id("844110").use_short_name(true)),
            r#"{"env":"e","file_url":"u","template_id":"844110","use_short_name":true}"#,
        ),
        ("getEnvInfo", sent(&ListEnvs::new()), "{}"),
        ("getEnvInfo", sent(&ListEnvs::new().env("e")), r#"{"env":"e"}"#),
        ("getFuntionList", sent(&ListFunctions::new("e")), r#"{"env":"e"}"#),
        (
            "getFuntionList",
            sent(&ListFunctions::new("e").limit(10).offset(0)),
            r#"{"env":"e","limit":10,"offset":0}"#,
        ),
        ("getDatabaseCollection", sent(&ListCollections::new("e")), r#"{"env":"e"}"#),
        (
            "newSendCloudBaseSms",
            sent(&sms),
            r#"{"env":"e","url_link":"https://wxaurl.cn/x","template_id":"2053122","template_param_list":["x"],"phone_number_list":["+861"]}"#,
        ),
        ("getAppConfig", sent(&GetAppConfig::new(AppConfigKind::Other(2))), r#"{"type":2}"#),
        (
            "uploadAppConfig",
            sent(&SetAppConfig::new(AppConfigKind::Other(2), "{}")),
            r#"{"type":2,"config":"{}"}"#,
        ),
    ] {
        assert_eq!(sent, expected, "{id}");
    }
}

/// Printed samples have raw line breaks and backslashes before single quotes, neither of which is JSON.
#[test]
fn a_statement_is_sent_as_json_text() {
    let export = ExportRecords::new("e", "db.collection('c').get()", "a.json", FileFormat::Json);
    for (id, sent, expected) in [
        ("addDatabaseItem", sent(&CreateRecords::new("e", "a(\n1)")), r#"{"env":"e","query":"a(\n1)"}"#),
        (
            "exportDatabaseItem",
            sent(&export),
            r#"{"env":"e","file_path":"a.json","file_type":1,"query":"db.collection('c').get()"}"#,
        ),
    ] {
        assert_eq!(sent, expected, "{id}");
    }
}
