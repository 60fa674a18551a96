//! Tencent Cloud's service for functions, which takes their code with signed headers. It answers
//! HTTP 200 and JSON.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Bucket, Signed};
use crate::reply::{Reply, reply};
use crate::request::Request;
use crate::state::State;

/// How long signed headers are good for, by Tencent Cloud's rule.
const LIFE: Duration = Duration::from_secs(300);

/// Where the code of a function lies.
fn key(function: &str) -> String {
    format!("{function}.zip")
}

impl State {
    /// The headers of an upload whose body has this hash.
    pub(crate) fn signed_headers(&mut self, authorizer: String, hash: String) -> String {
        let (now, until) = (self.now(), self.now().plus(LIFE));
        let token = self.seed.security_token();
        let authorization = format!(
            "TC3-HMAC-SHA256 Credential=EMULATOR/scf/tc3_request, SignedHeaders=content-type;host, Signature={}",
            self.seed.signature()
        );
        let host = self.storage.base_url.trim_start_matches("http://").to_owned();
        let signed = Signed { authorizer, hash, token: token.clone(), until };
        self.storage.signed.insert(authorization.clone(), signed);
        [
            ("Authorization", authorization),
            ("Host", host),
            ("Content-Type", "application/json".to_owned()),
            ("X-TC-Action", "UpdateFunctionCode".to_owned()),
            ("X-TC-Timestamp", now.seconds().to_string()),
            ("X-TC-Version", "2018-04-16".to_owned()),
            ("X-TC-Region", "ap-shanghai".to_owned()),
            ("X-TC-Token", token),
        ]
        .map(|(name, value)| format!("{name}:{value}"))
        .join("\r\n")
    }

    /// Keeps the code of a function.
    pub(crate) fn put_code(&mut self, env: &str, function: &str, code: Bytes) {
        let now = self.now();
        self.storage.put(&Bucket::code(env), &key(function), code, now);
    }

    pub(crate) fn remove_code(&mut self, env: &str, function: &str) {
        self.storage.delete(&Bucket::code(env), &key(function));
    }

    /// Whether a function has code.
    pub(crate) fn has_code(&self, env: &str, function: &str) -> bool {
        self.storage.content(&Bucket::code(env), &key(function)).is_some()
    }

    /// A link to the code of a function and its hash, if there is any code.
    pub(crate) fn code_link(&mut self, env: &str, function: &str) -> Option<(String, String)> {
        let bucket = Bucket::code(env);
        let code = self.storage.content(&bucket, &key(function))?;
        // As long as in the official sample.
        let link = self.get_link(&bucket, &key(function), Duration::from_secs(10_000));
        Some((link, hex::encode(Sha256::digest(&code))))
    }
}

/// Whether a request is for this service, which has the root of its host.
pub(crate) fn is_meant(request: &Request) -> bool {
    request.path == "/" && request.headers.contains_key("x-tc-action")
}

pub(crate) fn answer(state: &mut State, request: &Request, id: &str) -> Reply {
    let answer = match upload(state, request) {
        Ok(()) => json!({"Response": {"RequestId": id}}),
        Err((code, message)) => {
            json!({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": id}})
        }
    };
    reply(StatusCode::OK, HeaderValue::from_static("application/json"), answer.to_string())
}

type CodeError = (&'static str, &'static str);

fn upload(state: &mut State, request: &Request) -> Result<(), CodeError> {
    let authorization = request.header("authorization").unwrap_or_default();
    let signed = state.storage.signed.get(authorization);
    let signed =
        signed.ok_or(("AuthFailure.SignatureFailure", "The signature is not one of this service."))?;
    if state.now() >= signed.until {
        return Err(("AuthFailure.SignatureExpire", "The signature has expired."));
    }
    let hash = hex::encode(Sha256::digest(&request.body));
    let headers = [
        ("content-type", "application/json"),
        ("x-tc-action", "UpdateFunctionCode"),
        ("x-tc-version", "2018-04-16"),
        ("x-tc-region", "ap-shanghai"),
        ("x-tc-token", &signed.token),
    ];
    if hash != signed.hash || headers.iter().any(|(name, value)| request.header(name) != Some(*value)) {
        return Err(("AuthFailure.SignatureFailure", "The signature is over something else."));
    }
    let authorizer = signed.authorizer.clone();
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|_| ("InvalidParameter.Payload", "The body is not JSON."))?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let account = state.accounts.get_mut(&authorizer).ok_or(("InternalError", "The account is gone."))?;
    if account.code_secret.as_deref() != Some(text("CodeSecret")) {
        return Err(("InvalidParameterValue.CodeSecret", "The key of the code is wrong."));
    }
    let (env, function) = (text("EnvId"), text("FunctionName"));
    let known =
        account.environments.get_mut(env).is_some_and(|env| env.functions.get_mut(function).is_some());
    if !known || text("Handler").is_empty() {
        return Err(("ResourceNotFound.Function", "There is no such function."));
    }
    let content = STANDARD.decode(text("ZipFile"));
    let content = content.map_err(|_| ("InvalidParameterValue.ZipFile", "The archive is not Base64."))?;
    state.put_code(env, function, content.into());
    Ok(())
}
