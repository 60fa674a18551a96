//! Bodies of answers.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tcb_types::authorization::{
    GetAuthorizerAccessToken, GetAuthorizerInfo, GetAuthorizerRefreshToken, GetComponentAccessToken,
    GetPreAuthCode, ListAuthorizers,
};
use tcb_types::cloudbase_common::{
    CreateCloudUser, CreateEnv, CreateFunction, GetTokenPolicy, ListEnvs, QueryRecords,
};
use tcb_types::open_account::GetOpenAccount;
use tcb_types::{Operation, ResponseError, Scrubber, Secret, read_raw_response, read_response};

use crate::canary::{CANARY, assert_hidden};

/// The answer to any operation: only an object with one code that is 0, or with none where the
/// operation bears that, is a success, and no error shows a secret.
pub fn api_response(data: &[u8]) {
    let codes = codes(data);
    let codes = codes.as_deref();
    answers_well::<ListEnvs>(data, codes);
    answers_well::<CreateEnv>(data, codes);
    answers_well::<GetTokenPolicy>(data, codes);
    answers_well::<QueryRecords>(data, codes);
    // Some codes are answers to these.
    let _ = read::<CreateCloudUser>(data);
    let _ = read::<CreateFunction>(data);
    let _ = read::<GetOpenAccount>(data);

    let secret = Secret::new(CANARY);
    match read_raw_response::<Value>(data, &Scrubber::new(&[&secret])) {
        Ok(_) => assert_success(codes),
        Err(error) => check(&error),
    }
}

/// The answer to a token call: neither the token nor an error shows what it holds.
pub fn token_response(data: &[u8]) {
    let codes = codes(data);
    let codes = codes.as_deref();
    for shown in [
        answers_well::<GetComponentAccessToken>(data, codes).map(|answer| format!("{answer:?}")),
        answers_well::<GetAuthorizerAccessToken>(data, codes).map(|answer| format!("{answer:?}")),
        answers_well::<GetPreAuthCode>(data, codes).map(|answer| format!("{answer:?}")),
    ] {
        assert_hidden(&shown.unwrap_or_default());
    }
    if let Some(answer) = answers_well::<GetAuthorizerRefreshToken>(data, codes) {
        let granted = answer.authorization_info;
        if !granted.app_id.as_str().contains(CANARY) {
            assert_hidden(&format!("{granted:?}"));
        }
    }
    answers_well::<GetAuthorizerInfo>(data, codes);
    answers_well::<ListAuthorizers>(data, codes);
}

fn answers_well<O: Operation>(data: &[u8], codes: Option<&[Value]>) -> Option<O::Response> {
    let answer = read::<O>(data)?;
    assert_success(codes);
    let has_code = codes.is_some_and(|codes| codes.iter().any(|code| !code.is_null()));
    let may_lack_it = !O::SPEC.required_in_response.is_empty() || !O::SPEC.without_errcode.is_empty();
    assert!(has_code || may_lack_it, "{} takes no answer without a code", O::SPEC.id);
    Some(answer)
}

/// Reads an answer, and looks at the error if it is one.
fn read<O: Operation>(data: &[u8]) -> Option<O::Response> {
    let secret = Secret::new(CANARY);
    read_response::<O>(data, &Scrubber::new(&[&secret])).inspect_err(check).ok()
}

fn check(error: &ResponseError) {
    assert_hidden(&format!("{error} {error:?}"));
    if let ResponseError::Api(api) = error {
        assert_ne!(api.code().get(), 0);
        assert!(api.message().len() <= 512);
        assert!(!api.message().chars().any(char::is_control));
    }
}

#[track_caller]
fn assert_success(codes: Option<&[Value]>) {
    let Some(codes) = codes else { panic!("only an object is an answer") };
    assert!(codes.len() <= 1, "two codes are no success");
    let is_zero = |code: &Value| code.as_f64() == Some(0.0) || code.as_str().is_some_and(is_zero_text);
    assert!(codes.iter().all(|code| code.is_null() || is_zero(code)), "{codes:?} is no success");
}

fn is_zero_text(text: &str) -> bool {
    text.trim().parse() == Ok(0_i64)
}

/// The values of all members `errcode`, read without the SDK; `None` if `data` is not an object.
fn codes(data: &[u8]) -> Option<Vec<Value>> {
    struct Codes(Vec<Value>);

    impl<'de> Deserialize<'de> for Codes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Members;

            impl<'de> Visitor<'de> for Members {
                type Value = Codes;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Codes, A::Error> {
                    let mut codes = Vec::new();
                    while let Some(name) = map.next_key::<String>()? {
                        if name == "errcode" {
                            codes.push(map.next_value()?);
                        } else {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                    Ok(Codes(codes))
                }
            }

            deserializer.deserialize_map(Members)
        }
    }

    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    serde_json::from_slice::<Codes>(data).ok().map(|codes| codes.0)
}
