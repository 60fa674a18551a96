//! The four operations that two documentation families list.

use serde_json::json;
use tcb_catalogue::{Catalogue, FieldType, Location, Operation, TokenKind};

fn operation(id: &str) -> &'static Operation {
    Catalogue::get().operation(id).unwrap()
}

#[test]
fn four_operations_have_two_pages_and_the_right_one_is_first() {
    let merged: Vec<_> = Catalogue::get()
        .operations()
        .iter()
        .filter(|operation| operation.pages.len() > 1)
        .map(|operation| {
            let families: Vec<_> = operation.pages.iter().map(|page| page.family.as_str()).collect();
            (operation.id.as_str(), families)
        })
        .collect();
    assert_eq!(
        merged,
        [
            ("dbcollectionManage", vec!["cloudbase-batch", "cloudbase-common"]),
            ("changeTcbEnv", vec!["cloudbase-common", "cloudbase-batch"]),
            ("invokeCloudFunction", vec!["cloudbase-common", "cloudbase-batch"]),
            ("setCloudAccessToken", vec!["cloudbase-common", "cloudbase-batch"]),
        ]
    );
}

#[test]
fn both_token_kinds_are_kept() {
    for id in ["changeTcbEnv", "setCloudAccessToken", "invokeCloudFunction"] {
        assert_eq!(operation(id).token.kinds, [TokenKind::Authorizer, TokenKind::Component], "{id}");
    }
    assert_eq!(operation("dbcollectionManage").token.kinds, [TokenKind::Component]);
}

#[test]
fn the_error_lists_of_both_pages_are_united() {
    // -1 and -501001 stand on the second page only.
    let codes: Vec<_> = operation("setCloudAccessToken").errors.iter().map(|error| error.code).collect();
    assert_eq!(
        codes,
        [
            -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -1, -501_001, -501_002,
            -501_003, -501_004, -501_005, -501_007, -501_009
        ]
    );
}

#[test]
fn a_limit_that_one_page_names_is_kept() {
    for name in ["open", "api_whitelist", "version"] {
        let field = operation("setCloudAccessToken").request.iter().find(|field| field.name == name).unwrap();
        assert_eq!(field.limits.as_deref(), Some("required when action is set"));
        assert!(!field.required);
    }
}

#[test]
fn a_function_may_answer_any_text() {
    let invoke = operation("invokeCloudFunction");
    let answer = invoke.response.iter().find(|field| field.name == "resp_data").unwrap();
    assert_eq!(answer.kind, FieldType::String);
    let raw = invoke.request.iter().find(|field| field.location == Location::RawBody).unwrap();
    assert_eq!(raw.name, "req_data");
}

#[test]
fn the_batch_page_decides_where_the_action_of_dbcollection_travels() {
    let manage = operation("dbcollectionManage");
    let action = manage.request.iter().find(|field| field.name == "action").unwrap();
    assert_eq!(action.location, Location::Query);
    let limit = manage.request.iter().find(|field| field.name == "limit").unwrap();
    assert_eq!(limit.default, Some(json!(20)));
    // The other page's only sample is the same call with the action in another place.
    let samples: Vec<_> = manage.samples.iter().map(|sample| sample.query["action"].as_str()).collect();
    assert_eq!(samples, ["add", "get"]);
}

#[test]
fn samples_that_both_pages_show_stand_once() {
    for (id, samples) in [("changeTcbEnv", 1), ("setCloudAccessToken", 2), ("invokeCloudFunction", 1)] {
        assert_eq!(operation(id).samples.len(), samples, "{id}");
    }
}

#[test]
fn notes_and_quirks_stand_once() {
    for operation in Catalogue::get().operations() {
        let quirks = operation.quirks.iter().map(|quirk| quirk.about.clone()).collect();
        for texts in [&operation.notes, &quirks] {
            for (index, text) in texts.iter().enumerate() {
                assert!(!texts[..index].contains(text), "{}: {text}", operation.id);
            }
        }
    }
}
