use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tcb_emulator::{Emulator, EmulatorErrorKind, Fault, Merchant};

use crate::support::*;

const UPLOAD: &str = "/tcb/uploadfile";
const DOWNLOAD: &str = "/tcb/batchdownloadfile";
const STATIC_UPLOAD: &str = "/componenttcb/staticuploadfile";
const STORAGE: &str = "/_emu/storage";

/// A merchant's token, and one of its environments.
async fn with_environment(emulator: &Emulator) -> (String, String) {
    let shop = shop(emulator, Merchant::new().consenting()).await;
    assert_code(&call(emulator, OPEN_CLOUD, &shop.token, json!({})).await, 0);
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop"});
    let env = text(&call(emulator, CREATE_ENV, &shop.token, body).await, "/envid");
    (shop.token, env)
}

/// The form of the documented recipe, with `changed` in the place of a field.
fn form(link: &Value, key: &str, changed: (&str, &str)) -> Request<Full<Bytes>> {
    let fields = [
        ("key", key),
        ("Signature", link["authorization"].as_str().unwrap()),
        ("x-cos-security-token", link["token"].as_str().unwrap()),
        ("x-cos-meta-fileid", link["cos_file_id"].as_str().unwrap()),
    ];
    let mut body = String::new();
    for (name, value) in fields {
        let value = if name == changed.0 { changed.1 } else { value };
        let _ = write!(body, "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    let mut request = request(Method::POST, link["url"].as_str().unwrap(), body);
    let kind = HeaderValue::from_static("multipart/form-data; boundary=b");
    request.headers_mut().insert("content-type", kind);
    request
}

async fn refused(request: Request<Full<Bytes>>) -> (u16, String) {
    let answer = send(request).await.unwrap();
    let xml = String::from_utf8(answer.body.to_vec()).unwrap();
    let code = xml.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).unwrap().0;
    (answer.status.as_u16(), code.to_owned())
}

#[tokio::test]
async fn a_file_goes_up_and_comes_down_again() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_environment(&emulator).await;
    let link = call(&emulator, UPLOAD, &token, json!({"env": env, "path": "图/a b.txt"})).await;
    assert_eq!(send(form(&link, "图/a b.txt", ("", ""))).await.unwrap().status, StatusCode::NO_CONTENT);
    assert_eq!(emulator.stored_file(&env, "图/a b.txt").unwrap(), "hello");

    let wanted = json!({"env": env, "file_list": [
        {"fileid": link["file_id"], "max_age": 60}, {"fileid": "cloud://other/a", "max_age": 60}]});
    let links = call(&emulator, DOWNLOAD, &token, wanted).await;
    let url = text(&links, "/file_list/0/download_url");
    let answer = send(request(Method::GET, &url, "")).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"hello"[..]));
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(links["file_list"][1]["status"], -503_003);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_form_is_held_to_its_permission() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_environment(&emulator).await;
    let link = call(&emulator, UPLOAD, &token, json!({"env": env, "path": "a"})).await;
    for (changed, code) in [
        (("key", "b"), "AccessDenied"),
        (("x-cos-security-token", "x"), "AccessDenied"),
        (("x-cos-meta-fileid", "x"), "AccessDenied"),
        (("Signature", "x"), "SignatureDoesNotMatch"),
    ] {
        assert_eq!(refused(form(&link, "a", changed)).await, (403, code.to_owned()), "{changed:?}");
    }
    let bare = request(Method::POST, link["url"].as_str().unwrap(), "hello");
    assert_eq!(refused(bare).await, (400, "MalformedPOSTRequest".to_owned()));
    emulator.advance(Duration::from_secs(900)).await;
    assert_eq!(refused(form(&link, "a", ("", ""))).await, (403, "AccessDenied".to_owned()));
    assert!(emulator.stored_file(&env, "a").is_none());
    emulator.assert_clean();
}

#[tokio::test]
async fn a_put_needs_its_signature_and_its_security_token() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let upload = json!({"env": env, "filename": "index.html"});
    assert_code(&call(&emulator, STATIC_UPLOAD, &token, upload.clone()).await, -501_009);
    assert_code(&call(&emulator, "/componenttcb/createstaticstore", &token, json!({"env": env})).await, 0);
    let link = call(&emulator, STATIC_UPLOAD, &token, upload).await;
    let url = text(&link, "/signed_url");
    let put = |token: &str| {
        let mut put = request(Method::PUT, &url, "<p>");
        put.headers_mut().insert("x-cos-security-token", token.parse().unwrap());
        put
    };
    assert_eq!(refused(put("x")).await.0, 403);
    assert_eq!(refused(request(Method::GET, &url, "")).await.0, 403);
    assert_eq!(refused(request(Method::DELETE, &url, "")).await.0, 405);
    assert_eq!(send(put(&text(&link, "/token"))).await.unwrap().status, StatusCode::OK);
    assert_eq!(emulator.stored_file(&env, "index.html").unwrap(), "<p>");
    emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(refused(put(&text(&link, "/token"))).await.0, 403);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_token_that_travels_to_the_storage_is_a_finding() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}{STORAGE}/e/a?access_token=x", emulator.base_url());
    assert_eq!(refused(request(Method::GET, &url, "")).await.0, 403);
    let findings = emulator.findings();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].detail.starts_with("access_token travels"), "{findings:?}");
}

#[tokio::test]
async fn the_storage_has_faults_of_its_own() {
    let emulator = Emulator::start().await.unwrap();
    let error = emulator.fault(Fault::errcode(STORAGE, -1)).unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::Invalid);
    emulator.fault(Fault::http(STORAGE, 503, "busy")).unwrap();
    let url = format!("{}{STORAGE}/e/a", emulator.base_url());
    assert_eq!(send(request(Method::GET, &url, "")).await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
    emulator.fault(Fault::drop_before(STORAGE)).unwrap();
    send(request(Method::GET, &url, "")).await.expect_err("no answer");
}

#[tokio::test]
async fn code_is_held_to_its_signature() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_environment(&emulator).await;
    let create = json!({"env": env, "function_name": "f"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &token, create.clone()).await, 0);
    let secret = text(&call(&emulator, "/tcb/getcodesecret", &token, json!({})).await, "/codesecret");
    let body = |secret: &str| {
        json!({"CodeSecret": secret, "EnvId": env, "FunctionName": "f", "Handler": "index.main", "ZipFile": "emlw"})
            .to_string()
    };
    let signed = async |body: &str| {
        let hash = hex::encode(Sha256::digest(body));
        let answer =
            call(&emulator, "/tcb/getuploadsignature", &token, json!({"hashed_payload": hash})).await;
        text(&answer, "/headers")
    };
    let upload = async |headers: &str, body: &str| {
        let mut request = request(Method::POST, &format!("{}/", emulator.base_url()), body.to_owned());
        for line in headers.lines() {
            let (name, value) = line.split_once(':').unwrap();
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        send(request).await.unwrap().json()["Response"]["Error"]["Code"].clone()
    };
    let good = body(&secret);
    let headers = signed(&good).await;
    assert_eq!(upload(&headers, "{}").await, "AuthFailure.SignatureFailure");
    assert_eq!(upload(&signed(&body("x")).await, &body("x")).await, "InvalidParameterValue.CodeSecret");
    assert_code(&call(&emulator, "/tcb/downloadfunction", &token, create.clone()).await, -501_000);
    assert_eq!(upload(&headers, &good).await, Value::Null);
    emulator.advance(Duration::from_secs(300)).await;
    assert_eq!(upload(&headers, &good).await, "AuthFailure.SignatureExpire");

    let code = call(&emulator, "/tcb/downloadfunction", &token, create).await;
    assert_eq!(code["checksum"], hex::encode(Sha256::digest("zip")));
    assert_eq!(send(request(Method::GET, &text(&code, "/url"), "")).await.unwrap().body, "zip");
    emulator.assert_clean();
}
