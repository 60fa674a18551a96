//! The object storage, which answers with HTTP statuses and XML.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};

use super::form::{self, Form};
use super::{File, Permits};
use crate::record::{Finding, FindingKind};
use crate::reply::{Reply, reply};
use crate::request::Request;
use crate::routes;
use crate::state::State;

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// An error as the storage answers it.
#[derive(Clone, Copy)]
struct StorageError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

const fn error(status: StatusCode, code: &'static str, message: &'static str) -> StorageError {
    StorageError { status, code, message }
}

const WRONG_SIGNATURE: StorageError =
    error(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", "The signature is not one of this storage.");
const EXPIRED: StorageError = error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired");
const DENIED: StorageError = error(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied.");
const MISSING: StorageError = error(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.");
const MALFORMED: StorageError =
    error(StatusCode::BAD_REQUEST, "MalformedPOSTRequest", "The body of the form is not well formed.");
const WRONG_METHOD: StorageError =
    error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "The method is not allowed.");

/// Answers in the storage's place.
pub(crate) fn answer(state: &mut State, request: &Request, rid: &str) -> Reply {
    let token = |(name, _): &&(String, String)| name.ends_with("access_token");
    if let Some((name, _)) = request.query.iter().find(token) {
        let detail = format!("{name} travels to the storage, whose links need none");
        state.findings.push(Finding { kind: FindingKind::Request, path: routes::STORAGE.to_owned(), detail });
    }
    let answer = match request.method {
        Method::POST => post(state, request),
        Method::PUT => put(state, request),
        Method::GET => get(state, request),
        _ => Err(WRONG_METHOD),
    };
    answer.unwrap_or_else(|error| {
        let StorageError { status, code, message } = error;
        let xml = format!(
            "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>{code}</Code>\n\t<Message>{message}</Message>\n\
             \t<RequestId>{rid}</RequestId>\n</Error>\n"
        );
        reply(status, XML, xml)
    })
}

fn post(state: &mut State, request: &Request) -> Result<Reply, StorageError> {
    let form =
        request.header("content-type").and_then(|kind| Form::read(kind, &request.body)).ok_or(MALFORMED)?;
    let Permits::Form { key, token, file } = granted(state, form.field("Signature"), &request.path)? else {
        return Err(DENIED);
    };
    let expected = [("key", key), ("x-cos-security-token", token), ("x-cos-meta-fileid", file)];
    if expected.iter().any(|(name, value)| form.field(name) != value.as_str()) {
        return Err(DENIED);
    }
    let (content, content_type) = (form.content.clone(), form.content_type.clone());
    let modified = state.now();
    state.storage.files.insert(request.path.clone(), File { content, content_type, modified });
    Ok(reply(StatusCode::NO_CONTENT, XML, Bytes::new()))
}

fn put(state: &mut State, request: &Request) -> Result<Reply, StorageError> {
    let Permits::Put { token } = granted(state, signature(request), &request.path)? else {
        return Err(DENIED);
    };
    if token.is_some() && request.header("x-cos-security-token") != token.as_deref() {
        return Err(DENIED);
    }
    let content_type = request.headers.get(header::CONTENT_TYPE).cloned().unwrap_or(form::OCTETS);
    let modified = state.now();
    let content = request.body.clone();
    state.storage.files.insert(request.path.clone(), File { content, content_type, modified });
    Ok(reply(StatusCode::OK, XML, Bytes::new()))
}

fn get(state: &State, request: &Request) -> Result<Reply, StorageError> {
    let Permits::Get = granted(state, signature(request), &request.path)? else { return Err(DENIED) };
    let file = state.storage.files.get(&request.path).ok_or(MISSING)?;
    Ok(reply(StatusCode::OK, file.content_type.clone(), file.content.clone()))
}

/// The signature of a link that holds it in its query.
fn signature(request: &Request) -> &str {
    request.parameter("sign").unwrap_or_default()
}

fn granted<'a>(state: &'a State, signature: &str, path: &str) -> Result<&'a Permits, StorageError> {
    let grant = state.storage.grants.get(signature).ok_or(WRONG_SIGNATURE)?;
    if state.now() >= grant.until {
        return Err(EXPIRED);
    }
    if grant.path == path { Ok(&grant.permits) } else { Err(DENIED) }
}
