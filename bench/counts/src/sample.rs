//! The call that is counted everywhere: `CreateFunction` with a token, answered by "ok". And what
//! else the server answers.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tcb_types::AuthorizerAppId;
use tcb_types::cloudbase_common::CreateFunction;

use crate::Result;

/// Environment and function of the call; with them its body has 102 bytes.
const ENV: &str = "shop-prod-1a2b3c4d5e6f7a8b9c";
const FUNCTION: &str = "settle-orders-of-the-last-day-after-midnight1";
/// As long as the tokens that WeChat gives out.
pub const TOKEN: &str = concat!(
    "61_9T2wXhQ0dPzKjVbNfRmLcYsGaUeIoHtEkWqBxDyCvMnJgFrSpAlZiOuT5X8vQw3n",
    "R7mK1pYd4sGh6JkL9zXcVbN2mQwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUiOpAsDfGhJkL",
);
pub(crate) const PATH: &str = "/tcb/createfunction";
/// The merchant whose call it is.
pub const APP_ID: &str = "wx0123456789abcdef";

/// The call.
pub fn create_function() -> CreateFunction {
    CreateFunction::new(ENV, FUNCTION)
}

/// The appid of another merchant, as long as one of `WeChat`'s.
pub fn app_id(number: usize) -> AuthorizerAppId {
    format!("wx{number:016x}").into()
}

/// The body as somebody without an SDK would write it.
pub(crate) fn body() -> Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body {
        env: &'static str,
        function_name: &'static str,
    }
    Ok(serde_json::to_vec(&Body { env: ENV, function_name: FUNCTION })?)
}

/// The target behind `base`, which is empty or a scheme with an authority.
pub(crate) fn target(base: &str) -> String {
    // One block of the right size, which `Bytes` then takes over as it is.
    [base, PATH, "?access_token=", TOKEN].concat()
}

/// Reads an answer as somebody without an SDK would.
pub(crate) fn check(answer: &[u8]) -> Result {
    #[derive(Deserialize)]
    struct Answer<'a> {
        errcode: i64,
        errmsg: &'a str,
    }
    let answer: Answer<'_> = serde_json::from_slice(answer)?;
    if answer.errcode == 0 { Ok(()) } else { Err(answer.errmsg.into()) }
}

/// The whole answer to a request for `path`.
pub(crate) fn answer(path: &str) -> Bytes {
    let body = match path {
        "/tcb/listfunctions" => functions(),
        "/cgi-bin/component/api_component_token" => {
            format!(r#"{{"component_access_token":"{TOKEN}","expires_in":7200}}"#)
        }
        "/cgi-bin/component/api_authorizer_token" => authorizer_token(7200),
        _ => r#"{"errcode":0,"errmsg":"ok"}"#.to_owned(),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json; encoding=utf-8\r\n\
         Date: Fri, 21 Nov 2025 03:00:00 GMT\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into()
}

pub(crate) fn authorizer_token(seconds: u64) -> String {
    format!(
        r#"{{"authorizer_access_token":"{TOKEN}","expires_in":{seconds},"authorizer_refresh_token":"refreshtoken@@@{}"}}"#,
        &TOKEN[..40]
    )
}

/// The list that is counted: a hundred functions.
fn functions() -> String {
    let functions: Vec<_> = (0..100)
        .map(|number| {
            format!(
                r#"{{"name":"function-number-{number}","runtime":"Nodejs16.13","status":"Active","add_time":"2025-11-21 03:00:00","mod_time":"2025-11-21 04:00:00"}}"#
            )
        })
        .collect();
    format!(r#"{{"errcode":0,"errmsg":"ok","total_count":100,"functions":[{}]}}"#, functions.join(","))
}
