//! Every answer type as JSON: it shows no secret, and what leaves none out reads back.
//!
//! The answers are the official samples and, so that no member is missed, one of all documented
//! members.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tcb_catalogue::{Catalogue, Field, FieldType, Item};
use tcb_types::registry::{self, Entry};

/// An address, so that links take it. A signature stands in the query, which is what `Debug` of a
/// link leaves out.
const CANARY: &str = "https://host.example/path?canary";

/// What no answer shows: tokens, keys, signatures, and links that carry one.
const SECRETS: &[&str] = &[
    "describeExtensionUploadInfo/Response/FilesData/CustomKey",
    "describeExtensionUploadInfo/Response/FilesData/UploadUrl",
    "getAuthorizerAccessToken/authorizer_access_token",
    "getAuthorizerAccessToken/authorizer_refresh_token",
    "getAuthorizerInfo/authorization_info/authorizer_refresh_token",
    "getAuthorizerList/list/refresh_token",
    "getAuthorizerRefreshToken/authorization_info/authorizer_access_token",
    "getAuthorizerRefreshToken/authorization_info/authorizer_refresh_token",
    "getCloudBaseVoIPSign/signature",
    "getCloudToken/secretkey",
    "getCloudToken/token",
    "getCodeSecret/codesecret",
    "getComponentAccessToken/component_access_token",
    "getDatabaseMigrateStatus/file_url",
    "getDownloadFileLink/file_list/download_url",
    "getDownloadTcbFileLink/file_list/download_url",
    "getFuntionConfig/config",
    "getFuntionLink/url",
    "getMigrationState/file_url",
    "getPreAuthCode/pre_auth_code",
    "getRidInfo/request/request_body",
    "getRidInfo/request/request_url",
    "getRidInfo/request/response_body",
    "getUploadFileLink/authorization",
    "getUploadFileLink/cos_file_id",
    "getUploadFileLink/token",
    "getUploadFileLink/url",
    "getUploadStaticStoreFile/signed_url",
    "getUploadStaticStoreFile/token",
    "getUploadTcbFileLink/authorization",
    "getUploadTcbFileLink/cos_file_id",
    "getUploadTcbFileLink/token",
    "getUploadTcbFileLink/url",
    "getYploadSignature/headers",
    "getcsversiondetail/env_params",
];

/// What JSON shows and a log does not: data of the caller's own.
const PAYLOADS: &[&str] = &[
    "aggregateDatabase/data",
    "dbAggregate/data",
    "dbrecordManage/data",
    "getAppConfig/config",
    "getDatabaseRecord/data",
    "getOpenData/data_list/json/cloudID",
    "getPermission/rule",
    "invokeCloudFunction/resp_data",
];

fn answers(entry: &Entry) -> Vec<Value> {
    let operation = Catalogue::get().operation(entry.spec.id).unwrap();
    // A sample may be another operation's on the same path, or contradict its table;
    // `catalogue check` knows which.
    let samples = operation.samples.iter().filter_map(|sample| sample.response.clone());
    let mut answers: Vec<_> = samples.filter(|sample| entry.decode(&bytes(sample)).is_ok()).collect();
    let envelope = ["errcode", "errmsg"];
    let mut full = object(operation.response.iter().filter(|field| !envelope.contains(&field.name.as_str())));
    full["errcode"] = json!(0);
    entry.decode(&bytes(&full)).unwrap_or_else(|error| panic!("{}: {error}: {full}", entry.rust_name));
    answers.push(full);
    answers
}

fn bytes(answer: &Value) -> Vec<u8> {
    answer.to_string().into_bytes()
}

fn object<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Value {
    let members = fields.into_iter().map(|field| {
        let value = value(field.kind, &field.fields, field.items.as_deref());
        (field.name.clone(), value)
    });
    Value::Object(members.collect())
}

fn value(kind: FieldType, fields: &[Field], items: Option<&Item>) -> Value {
    match kind {
        FieldType::Integer | FieldType::Number => json!(1),
        FieldType::Boolean => json!(true),
        FieldType::Object => object(fields),
        FieldType::Array => {
            json!(
                items
                    .map(|item| value(item.kind, &item.fields, item.items.as_deref()))
                    .into_iter()
                    .collect::<Vec<_>>()
            )
        }
        FieldType::JsonString => json!("{}"),
        _ => json!("1"),
    }
}

/// JSON pointers to all texts.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| texts(item, &format!("{at}/{n}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| texts(member, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

/// Which texts of answers the types show: the operation and the place, in JSON, in `Debug`, and
/// where any text is taken.
fn shown() -> [BTreeSet<String>; 3] {
    let mut sets = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    for entry in registry::entries() {
        for answer in answers(&entry) {
            let mut places = Vec::new();
            texts(&answer, "", &mut places);
            for place in places.iter().filter(|place| !["/errmsg", "/errcode"].contains(&place.as_str())) {
                let mut marked = answer.clone();
                *marked.pointer_mut(place).unwrap() = json!(CANARY);
                // Some text has to be a number.
                let Ok(written) = entry.write(&bytes(&marked)) else { continue };
                // Items of a list are alike.
                let place: String =
                    place.split('/').filter(|part| part.parse::<u8>().is_err()).collect::<Vec<_>>().join("/");
                let place = format!("{}{place}", entry.spec.id);
                for (set, shows) in sets.iter_mut().zip([
                    written.json.to_string().contains("canary"),
                    written.debug.contains("canary"),
                    true,
                ]) {
                    if shows {
                        set.insert(place.clone());
                    }
                }
            }
        }
    }
    sets
}

#[test]
fn json_shows_all_but_secrets_and_debug_shows_no_payloads_either() {
    let [in_json, in_debug, all] = shown();
    assert_eq!(all.difference(&in_json).collect::<Vec<_>>(), SECRETS);
    assert_eq!(in_json.difference(&in_debug).collect::<Vec<_>>(), PAYLOADS);
}

#[test]
fn what_leaves_no_secret_out_reads_back_as_it_was() {
    let mut read_back = 0;
    for entry in registry::entries().iter().filter(|entry| !entry.spec.secret_response) {
        for answer in answers(entry) {
            let written = entry.write(&bytes(&answer)).unwrap();
            let again = entry
                .write_again(&written.json)
                .unwrap_or_else(|error| panic!("{}: {error}: {written:?}", entry.rust_name));
            assert_eq!(again, written, "{}", entry.rust_name);
            read_back += 1;
        }
    }
    assert!(read_back > 150, "{read_back}");
}

#[test]
fn a_code_that_is_an_answer_reads_back_as_that_answer() {
    let mut outcomes = Vec::new();
    for entry in registry::entries() {
        let operation = Catalogue::get().operation(entry.spec.id).unwrap();
        for listed in operation.errors.iter().filter(|listed| listed.code != 0) {
            // Some codes only count with a text that says so.
            let answer = json!({"errcode": listed.code, "errmsg": "already exists"});
            let Ok(written) = entry.write(&bytes(&answer)) else {
                continue;
            };
            assert_eq!(entry.write_again(&written.json).unwrap(), written, "{}", entry.rust_name);
            outcomes.push((entry.rust_name, written.json["errcode"].as_i64().unwrap()));
        }
    }
    outcomes.sort_unstable();
    outcomes.dedup();
    assert_eq!(
        outcomes,
        [
            ("BindOpenAccount", 89000),
            ("CreateCloudUser", -601_049),
            ("CreateCloudUser", -601_048),
            ("CreateCloudUser", -601_026),
            ("CreateCollection", -501_000),
            ("CreateFunction", -501_000),
            ("CreateOpenAccount", 89000),
            ("GetFunctionConfig", 85089),
            ("GetOpenAccount", 89002),
            ("GetOpenAccountEntity", 89002),
        ]
    );
}
