//! Choices between sources that contradict each other, where they are names on the wire. Others
//! stand in the operations' files.

use super::*;
use crate::{JsonText, Operation};

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

/// Printed samples have raw line breaks and backslashes before single quotes, neither of which is
/// JSON.
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
