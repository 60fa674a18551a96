//! What is behind the second step of uploads and downloads: the object storage with its links, and the service that takes the code of
//! functions. They are not WeChat's and answer in their own ways; the storage with HTTP statuses and XML.

pub(crate) mod code;
mod form;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

use crate::record::{Finding, FindingKind};
use crate::server::Reply;
use crate::state::State;
use crate::time::UnixTime;
use form::Form;

/// Where the storage lives on the emulator's port. It is also the path of its fault rules.
pub(crate) const ROOT: &str = "/_emu/storage";

/// How long a form may be sent, as in the official sample.
const FORM_LIFE: Duration = Duration::from_secs(900);

/// How long a file of a static website may be sent, as in the official sample.
const PUT_LIFE: Duration = Duration::from_secs(60);

/// Files and links. Both are found by the path that stands in the URL, escaped as it is.
#[derive(Default)]
pub(crate) struct Storage {
    base_url: String,
    files: BTreeMap<String, File>,
    grants: BTreeMap<String, Grant>,
    /// By the header `Authorization`.
    signed: BTreeMap<String, code::Signed>,
}

struct File {
    content: Bytes,
    content_type: HeaderValue,
}

/// What a signature permits.
struct Grant {
    path: String,
    until: UnixTime,
    permits: Permits,
}

enum Permits {
    Form { key: String, token: String, file: String },
    Put { token: String },
    Get,
}

/// A link of each kind, as the operations answer it.
pub(crate) struct FormLink {
    pub(crate) url: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) cos_file_id: String,
}

pub(crate) struct PutLink {
    pub(crate) url: String,
    pub(crate) token: String,
}

/// The path of `key` in the bucket of `env`.
fn path(env: &str, key: &str) -> String {
    let escaped = |segment: &str| form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>();
    let key: Vec<String> = key.trim_start_matches('/').split('/').map(escaped).collect();
    format!("{ROOT}/{}/{}", escaped(env), key.join("/"))
}

impl Storage {
    pub(crate) fn at(base_url: String) -> Self {
        Self { base_url, ..Self::default() }
    }

    pub(crate) fn content(&self, env: &str, key: &str) -> Option<Bytes> {
        self.files.get(&path(env, key)).map(|file| file.content.clone())
    }
}

impl State {
    /// A permission to send a form for `key`.
    pub(crate) fn form_link(&mut self, env: &str, key: &str) -> FormLink {
        let path = path(env, key);
        let (token, file) = (self.seed.security_token(), self.seed.security_token());
        let permits = Permits::Form { key: key.to_owned(), token: token.clone(), file: file.clone() };
        let url = format!("{}{path}", self.storage.base_url);
        let authorization = self.grant(path, FORM_LIFE, permits);
        FormLink { url, authorization, token, cos_file_id: file }
    }

    /// A permission to put `key`.
    pub(crate) fn put_link(&mut self, env: &str, key: &str) -> PutLink {
        let token = self.seed.security_token();
        let url = self.signed(path(env, key), PUT_LIFE, Permits::Put { token: token.clone() });
        PutLink { url, token }
    }

    /// A permission to get `key` for so long.
    pub(crate) fn get_link(&mut self, env: &str, key: &str, life: Duration) -> String {
        self.signed(path(env, key), life, Permits::Get)
    }

    fn signed(&mut self, path: String, life: Duration, permits: Permits) -> String {
        let url = format!("{}{path}", self.storage.base_url);
        let signature = self.grant(path, life, permits);
        // The documented samples have the signature as one parameter, escaped.
        let sign: String = form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        format!("{url}?sign={sign}")
    }

    fn grant(&mut self, path: String, life: Duration, permits: Permits) -> String {
        let (now, until) = (self.now(), self.now().plus(life));
        let times = format!("{};{}", now.seconds(), until.seconds());
        let signature = format!(
            "q-sign-algorithm=sha1&q-ak=EMULATOR&q-sign-time={times}&q-key-time={times}&q-header-list=&q-url-param-list=\
             &q-signature={}",
            self.seed.signature()
        );
        self.storage.grants.insert(signature.clone(), Grant { path, until, permits });
        signature
    }

    fn granted(&self, signature: &str, path: &str) -> Result<&Permits, Refusal> {
        let grant = self.storage.grants.get(signature).ok_or(WRONG_SIGNATURE)?;
        if self.now() >= grant.until {
            return Err(EXPIRED);
        }
        if grant.path == path { Ok(&grant.permits) } else { Err(DENIED) }
    }
}

/// An error as the storage answers it.
#[derive(Clone, Copy)]
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

const fn refusal(status: StatusCode, code: &'static str, message: &'static str) -> Refusal {
    Refusal { status, code, message }
}

const WRONG_SIGNATURE: Refusal =
    refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", "The signature is not one of this storage.");
const EXPIRED: Refusal = refusal(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired");
const DENIED: Refusal = refusal(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied.");
const MISSING: Refusal = refusal(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.");
const MALFORMED: Refusal =
    refusal(StatusCode::BAD_REQUEST, "MalformedPOSTRequest", "The body of the form is not well formed.");
const WRONG_METHOD: Refusal =
    refusal(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "The method is not allowed.");

/// A request to the storage.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path as it came, escaped.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The signature of a link that holds it in its query.
    fn sign(&self) -> &str {
        self.query.iter().find(|(name, _)| name == "sign").map_or("", |(_, value)| value)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Answers in the storage's place.
pub(crate) fn answer(state: &mut State, request: Request) -> Reply {
    let token = |(name, _): &&(String, String)| name.ends_with("access_token");
    if let Some((name, _)) = request.query.iter().find(token) {
        let detail = format!("{name} travels to the storage, whose links need none");
        state.findings.push(Finding { kind: FindingKind::Request, path: ROOT.to_owned(), detail });
    }
    let answer = match request.method {
        Method::POST => post(state, &request),
        Method::PUT => put(state, request),
        Method::GET => get(state, &request),
        _ => Err(WRONG_METHOD),
    };
    answer.unwrap_or_else(|refusal| {
        let Refusal { status, code, message } = refusal;
        let xml = format!(
            "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>{code}</Code>\n\t<Message>{message}</Message>\n\
             \t<RequestId>{}</RequestId>\n</Error>\n",
            state.seed.rid()
        );
        reply(status, HeaderValue::from_static("application/xml"), Bytes::from(xml))
    })
}

fn post(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let form =
        request.header("content-type").and_then(|kind| Form::read(kind, &request.body)).ok_or(MALFORMED)?;
    let Permits::Form { key, token, file } = state.granted(form.field("Signature"), &request.path)? else {
        return Err(DENIED);
    };
    let expected = [("key", key), ("x-cos-security-token", token), ("x-cos-meta-fileid", file)];
    if expected.iter().any(|(name, value)| form.field(name) != value.as_str()) {
        return Err(DENIED);
    }
    let (content, content_type) = (form.content.clone(), form.content_type.clone());
    state.storage.files.insert(request.path.clone(), File { content, content_type });
    Ok(reply(StatusCode::NO_CONTENT, HeaderValue::from_static("application/xml"), Bytes::new()))
}

fn put(state: &mut State, request: Request) -> Result<Reply, Refusal> {
    let Permits::Put { token } = state.granted(request.sign(), &request.path)? else { return Err(DENIED) };
    if request.header("x-cos-security-token") != Some(token.as_str()) {
        return Err(DENIED);
    }
    let content_type = request.headers.get(header::CONTENT_TYPE).cloned().unwrap_or(form::OCTETS);
    state.storage.files.insert(request.path, File { content: request.body, content_type });
    Ok(reply(StatusCode::OK, HeaderValue::from_static("application/xml"), Bytes::new()))
}

fn get(state: &State, request: &Request) -> Result<Reply, Refusal> {
    let Permits::Get = state.granted(request.sign(), &request.path)? else { return Err(DENIED) };
    let file = state.storage.files.get(&request.path).ok_or(MISSING)?;
    Ok(reply(StatusCode::OK, file.content_type.clone(), file.content.clone()))
}

fn reply(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, content_type);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_escaped_segment_by_segment() {
        assert_eq!(path("e-1", "/图/a b?.png"), "/_emu/storage/e-1/%E5%9B%BE/a+b%3F.png");
    }
}
