//! Every kind of finding, and everything that must not be one.

use serde_json::{Value, json};
use tcb_catalogue::{Catalogue, FieldType, Finding, FindingKind, JsonType, Operation};

/// An operation with a field of every type and place.
fn every_type() -> Operation {
    serde_json::from_value(json!({
        "id": "everyType",
        "pages": [{"family": "test", "title": {"en": "Every type", "zh": "所有类型"}, "sources": []}],
        "method": "POST", "path": "/every/type",
        "token": {"query": "access_token", "kinds": ["authorizer"]}, "permission_sets": [],
        "request": [
            {"name": "action", "type": "string", "required": true, "in": "query", "about": "", "enum": ["get", "set"]},
            {"name": "page", "type": "integer", "required": false, "in": "query", "about": "", "enum": [1, 2]},
            {"name": "share", "type": "number", "required": false, "in": "query", "about": ""},
            {"name": "all", "type": "boolean", "required": false, "in": "query", "about": ""},
            {"name": "text", "type": "string", "required": true, "about": ""},
            {"name": "count", "type": "integer", "required": false, "about": "", "enum": [1, 2]},
            {"name": "share", "type": "number", "required": false, "about": ""},
            {"name": "open", "type": "boolean", "required": false, "about": ""},
            {"name": "zip", "type": "base64", "required": false, "about": ""},
            {"name": "query", "type": "json-string", "required": false, "about": ""},
            {"name": "free", "type": "object", "required": false, "about": ""},
            {"name": "rows", "type": "array", "required": false, "about": "", "items": {"type": "object", "fields": [
                {"name": "key", "type": "string", "required": true, "about": ""},
                {"name": "cells", "type": "array", "required": false, "about": "", "items": {
                    "type": "array", "items": {"type": "integer"}
                }}
            ]}}
        ],
        "response": [
            {"name": "state", "type": "string", "required": true, "about": "", "enum": ["ready"]},
            {"name": "functions", "type": "array", "about": "", "items": {"type": "object", "fields": [
                {"name": "status", "type": "string", "about": ""}
            ]}}
        ],
        "errors": [], "samples": [], "notes": [], "quirks": [], "confidence": "high"
    }))
    .unwrap()
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

/// Findings of a request that fits but for the members of `body`.
fn request(body: &Value) -> Vec<Finding> {
    let mut whole = json!({"text": "x"});
    whole.as_object_mut().unwrap().append(&mut body.as_object().unwrap().clone());
    every_type().check_request(&[("action", "get")], &whole)
}

fn wrong_type(expected: FieldType, found: JsonType) -> FindingKind {
    FindingKind::WrongType { expected, found }
}

#[track_caller]
fn assert_one(findings: &[Finding], path: &str, kind: FindingKind) {
    assert_eq!(findings.iter().map(|f| (f.path.as_str(), f.kind)).collect::<Vec<_>>(), [(path, kind)]);
}

#[test]
fn a_request_with_every_field_fits() {
    let query = [("action", "set"), ("page", "2"), ("share", "0.5"), ("all", "true"), ("access_token", "t")];
    let body = json!({
        "text": "", "count": 1, "share": 1, "open": false, "zip": "UEsDBA==", "query": "{\"a\": [1]}",
        "free": {"any": null}, "rows": [{"key": "a", "cells": [[1, 2], []]}, {"key": "b"}]
    });
    assert!(every_type().check_request(&query, &body).is_empty());
}

#[test]
fn a_missing_field_is_found_in_query_body_and_items() {
    let findings = every_type().check_request(&[], &json!({"rows": [{"key": "a"}, {}]}));
    assert_eq!(
        shown(&findings),
        ["?action: required but missing", "text: required but missing", "rows[1].key: required but missing"]
    );
    assert!(findings.iter().all(|finding| finding.kind == FindingKind::Missing));
}

#[test]
fn an_unknown_field_is_found_in_query_body_and_items() {
    let body = json!({"text": "x", "txt": 1, "rows": [{"key": "a", "value": 1}]});
    let findings = every_type().check_request(&[("action", "get"), ("acton", "set")], &body);
    assert_eq!(
        shown(&findings),
        [
            "?acton: not a documented field",
            "rows[0].value: not a documented field",
            "txt: not a documented field"
        ]
    );
    assert!(findings.iter().all(|finding| finding.kind == FindingKind::UnknownField));
}

#[test]
fn a_field_in_the_wrong_place_is_missing_here_and_unknown_there() {
    let findings = every_type().check_request(&[("text", "x")], &json!({"action": "get"}));
    assert_eq!(
        shown(&findings),
        [
            "?action: required but missing",
            "?text: not a documented field",
            "text: required but missing",
            "action: not a documented field"
        ]
    );
}

#[test]
fn integers_accept_only_integers() {
    for (value, found) in [
        (json!(1.0), JsonType::Number),
        (json!("1"), JsonType::String),
        (json!(true), JsonType::Boolean),
        (json!([]), JsonType::Array),
        (json!({}), JsonType::Object),
        (json!(null), JsonType::Null),
    ] {
        assert_one(&request(&json!({"count": value})), "count", wrong_type(FieldType::Integer, found));
    }
}

#[test]
fn every_type_refuses_another() {
    for (name, kind) in [
        ("text", FieldType::String),
        ("share", FieldType::Number),
        ("open", FieldType::Boolean),
        ("zip", FieldType::Base64),
        ("query", FieldType::JsonString),
        ("free", FieldType::Object),
    ] {
        assert_one(&request(&json!({name: [1]})), name, wrong_type(kind, JsonType::Array));
    }
    assert_one(&request(&json!({"rows": {}})), "rows", wrong_type(FieldType::Array, JsonType::Object));
    assert_one(
        &request(&json!({"rows": [{"key": "a", "cells": [[1], [2, "3"]]}]})),
        "rows[0].cells[1][1]",
        wrong_type(FieldType::Integer, JsonType::String),
    );
}

#[test]
fn null_is_no_value() {
    assert_one(&request(&json!({"open": null})), "open", wrong_type(FieldType::Boolean, JsonType::Null));
    let findings = every_type().check_answer(&json!({"state": "ready", "functions": null}));
    assert_one(&findings, "functions", wrong_type(FieldType::Array, JsonType::Null));
}

#[test]
fn text_of_the_query_has_to_read_as_the_type() {
    for (name, text, kind) in [
        ("page", "1.0", FieldType::Integer),
        ("page", "", FieldType::Integer),
        ("share", "half", FieldType::Number),
        ("all", "1", FieldType::Boolean),
    ] {
        let findings = every_type().check_request(&[("action", "get"), (name, text)], &json!({"text": "x"}));
        assert_one(&findings, &format!("?{name}"), wrong_type(kind, JsonType::String));
    }
}

#[test]
fn a_request_keeps_to_the_documented_values() {
    assert_one(&request(&json!({"count": 3})), "count", FindingKind::NotInEnum);
    let findings = every_type().check_request(&[("action", "del"), ("page", "3")], &json!({"text": "x"}));
    assert_eq!(
        shown(&findings),
        ["?action: not one of the documented values", "?page: not one of the documented values"]
    );
}

#[test]
fn a_new_value_of_an_answer_has_its_own_kind() {
    assert_one(&every_type().check_answer(&json!({"state": "new"})), "state", FindingKind::UndocumentedValue);
}

#[test]
fn json_text_has_to_be_json() {
    assert!(request(&json!({"query": "7"})).is_empty());
    for text in ["", "{", "{'a': 1}", "{} {}"] {
        assert_one(&request(&json!({"query": text})), "query", FindingKind::NotJson);
    }
}

#[test]
fn base64_has_to_decode() {
    assert!(request(&json!({"zip": ""})).is_empty());
    for text in ["UEsDBA", "UEs-BA==", "UEsD\nBA=="] {
        assert_one(&request(&json!({"zip": text})), "zip", FindingKind::NotBase64);
    }
}

#[test]
fn a_body_has_to_be_an_object() {
    for (body, found) in
        [(json!([]), JsonType::Array), (Value::Null, JsonType::Null), (json!("x"), JsonType::String)]
    {
        let findings = every_type().check_request(&[("action", "get")], &body);
        assert_one(&findings, "", wrong_type(FieldType::Object, found));
        assert_eq!(findings[0].to_string(), format!("body: expected object, found {found}"));
        assert_one(&every_type().check_answer(&body), "", wrong_type(FieldType::Object, found));
    }
}

#[test]
fn a_get_needs_no_body() {
    let operation = Catalogue::get().operation("getCallbackIp").unwrap();
    assert!(operation.check_request(&[("access_token", "t")], &Value::Null).is_empty());
    assert!(operation.check_request(&[], &json!({})).is_empty());
    assert_one(&operation.check_request(&[], &json!({"a": 1})), "a", FindingKind::UnknownField);
}

#[test]
fn a_raw_body_is_any_document_but_has_to_be_there() {
    let operation = Catalogue::get().operation("invokeCloudFunction").unwrap();
    let query = [("env", "shop-1"), ("name", "hello")];
    for body in [json!({}), json!({"any": {"shape": 1}}), json!([1]), json!("text")] {
        assert!(operation.check_request(&query, &body).is_empty());
    }
    assert_one(&operation.check_request(&query, &Value::Null), "", FindingKind::Missing);
    assert_one(&operation.check_request(&query[..1], &json!({})), "?name", FindingKind::Missing);
}

#[test]
fn a_token_parameter_is_no_field_but_where_no_token_belongs_it_is_unknown() {
    for name in ["access_token", "component_access_token", "cloudbase_access_token"] {
        let findings = every_type().check_request(&[("action", "get"), (name, "t")], &json!({"text": "x"}));
        assert!(findings.is_empty(), "{name}");
        let operation = Catalogue::get().operation("startPushTicket").unwrap();
        let body = json!({"component_appid": "wx", "component_secret": "s"});
        assert!(operation.check_request(&[], &body).is_empty());
        assert_one(
            &operation.check_request(&[(name, "t")], &body),
            &format!("?{name}"),
            FindingKind::UnknownField,
        );
    }
}

#[test]
fn errcode_and_errmsg_come_with_any_answer_or_not_at_all() {
    // The page of this operation lists neither.
    let operation = Catalogue::get().operation("getComponentAccessToken").unwrap();
    assert!(operation.response.iter().all(|field| field.name != "errcode"));
    assert!(operation.check_answer(&json!({"component_access_token": "t", "expires_in": 7200})).is_empty());
    assert!(operation.check_answer(&json!({"errcode": 0, "errmsg": "ok", "expires_in": 7200})).is_empty());
    let findings = operation.check_answer(&json!({"errcode": "0", "errmsg": 1}));
    assert_eq!(
        shown(&findings),
        ["errcode: expected integer, found string", "errmsg: expected string, found integer"]
    );
}

#[test]
fn errcode_may_be_any_code_of_the_table_and_no_other() {
    let operation = Catalogue::get().operation("createFunction").unwrap();
    // A page's own list is not complete: this code is only in the table.
    assert!(operation.errors.iter().all(|error| error.code != 45009));
    assert!(
        operation
            .check_answer(&json!({"errcode": 45009, "errmsg": "reach max api daily quota limit"}))
            .is_empty()
    );
    for code in [json!(123_456_789), json!(u64::MAX), json!(-2)] {
        assert_one(
            &operation.check_answer(&json!({"errcode": code})),
            "errcode",
            FindingKind::UnknownErrcode,
        );
    }
}

#[test]
fn a_failure_needs_no_further_fields_but_those_that_are_there_have_to_fit() {
    let operation = every_type();
    assert!(operation.check_answer(&json!({"errcode": 85088, "errmsg": "no qbase privilege"})).is_empty());
    for success in [json!({}), json!({"errcode": 0})] {
        assert_one(&operation.check_answer(&success), "state", FindingKind::Missing);
    }
    let findings =
        operation.check_answer(&json!({"errcode": 85088, "functions": [{"status": 1}], "more": 1}));
    assert_eq!(
        shown(&findings),
        ["functions[0].status: expected string, found integer", "more: not a documented field"]
    );
}

#[test]
fn a_finding_never_shows_the_value() {
    let secret = "canary-5f0c";
    let body = json!({
        "text": [secret], "count": secret, "zip": secret, "query": secret, "open": secret, "extra": secret,
        "rows": [{"key": {"a": secret}}]
    });
    let findings =
        every_type().check_request(&[("action", secret), ("page", secret), ("other", secret)], &body);
    assert_eq!(findings.len(), 10);
    let answer = every_type().check_answer(&json!({"state": secret, "errmsg": [secret], "errcode": secret}));
    assert_eq!(answer.len(), 3);
    for finding in findings.iter().chain(&answer) {
        assert!(!finding.to_string().contains(secret), "{finding}");
        assert!(!format!("{finding:?}").contains(secret), "{finding:?}");
    }
}

#[test]
fn an_odd_name_cannot_break_the_line_and_is_cut() {
    let long = "x".repeat(65);
    let findings = request(&json!({"a\nb": 1, "": 1, long.as_str(): 1}));
    let mut paths: Vec<_> = findings.into_iter().map(|finding| finding.path).collect();
    paths.sort();
    assert_eq!(paths, ["\"\"".to_owned(), "\"a\\nb\"".to_owned(), format!("\"{}\"", &long[..64])]);
}
