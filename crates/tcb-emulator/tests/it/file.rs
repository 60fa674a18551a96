//! Files: deleted, listed, and on static websites.

use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Resource, Transition};

use crate::support::*;

/// Uploads a file into the storage of a merchant's environment and returns its id.
pub(crate) async fn upload(emulator: &Emulator, token: &str, env: &str, path: &str, content: &str) -> String {
    send_file(emulator, "/tcb/uploadfile", token, env, path, content).await
}

async fn send_file(
    emulator: &Emulator,
    operation: &str,
    token: &str,
    env: &str,
    path: &str,
    content: &str,
) -> String {
    let link = call(emulator, operation, token, json!({"env": env, "path": path})).await;
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = [
        field("key", path),
        field("Signature", &text(&link, "/authorization")),
        field("x-cos-security-token", &text(&link, "/token")),
        field("x-cos-meta-fileid", &text(&link, "/cos_file_id")),
        field("file", content),
        "--b--\r\n".to_owned(),
    ];
    let mut upload = request(Method::POST, &text(&link, "/url"), form.concat());
    let kind = HeaderValue::from_static("multipart/form-data; boundary=b");
    upload.headers_mut().insert("content-type", kind);
    assert_eq!(send(upload).await.unwrap().status, StatusCode::NO_CONTENT);
    text(&link, "/file_id")
}

fn keys(list: &Value) -> Vec<&str> {
    list["contents"].as_array().unwrap().iter().map(|file| file["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn files_are_deleted_one_by_one() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let file = upload(&emulator, &shop.token, &id, "a/b.txt", "hello").await;
    let body = json!({"env": id, "fileid_list": [file, "cloud://elsewhere/x", file]});
    let answer = call(&emulator, "/tcb/batchdeletefile", &shop.token, body).await;
    let statuses: Vec<i64> =
        answer["delete_list"].as_array().unwrap().iter().map(|one| one["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [0, -503_003, -503_003]);
    assert!(emulator.stored_file(&id, "a/b.txt").is_none());
    let many = json!({"env": id, "fileid_list": vec!["x"; 51]});
    assert_code(&call(&emulator, "/tcb/batchdeletefile", &shop.token, many).await, 40097);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_list_has_a_prefix_a_delimiter_and_a_marker() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    for path in ["b.txt", "a/1", "a/2/x", "c 图"] {
        send_file(&emulator, "/componenttcb/uploadfile", &token, &env, path, "hello").await;
    }
    let list = async |more: Value| {
        let mut body = json!({"env": env});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&emulator, "/componenttcb/getbucket", &token, body).await
    };
    let all = list(json!({})).await;
    assert_eq!(keys(&all), ["a/1", "a/2/x", "b.txt", "c 图"]);
    let first = &all["contents"][0];
    assert_eq!((&first["size"], &first["last_modified"]), (&json!("5"), &json!("2023-11-14T22:13:20.000Z")));
    assert_eq!(all["is_truncated"], false);
    assert_eq!(keys(&list(json!({"prefix": "a/"})).await), ["a/1", "a/2/x"]);
    assert_eq!(keys(&list(json!({"prefix": "a/", "delimiter": "/"})).await), ["a/1"]);
    assert_eq!(keys(&list(json!({"delimiter": "/"})).await), ["b.txt", "c 图"]);
    assert_eq!(keys(&list(json!({"marker": "a/2/x"})).await), ["b.txt", "c 图"]);
    emulator.assume("A-020", "from").unwrap();
    assert_eq!(keys(&list(json!({"marker": "b.txt"})).await), ["b.txt", "c 图"]);

    let ids = json!({"env": env, "file_list": [{"fileid": format!("cloud://{env}.emu-{env}/b.txt"), "max_age": 60}]});
    let links = call(&emulator, "/componenttcb/batchdownloadfile", &token, ids).await;
    let answer = send(request(Method::GET, &text(&links, "/file_list/0/download_url"), "")).await.unwrap();
    assert_eq!(answer.body, "hello");
    let ids = json!({"env": env, "fileid_list": [format!("cloud://{env}.emu-{env}/b.txt")]});
    let deleted = call(&emulator, "/componenttcb/batchdeletefile", &token, ids).await;
    assert_eq!(deleted["delete_list"][0]["status"], 0);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_website_is_hosted_before_it_takes_files() {
    let emulator = Emulator::start().await.unwrap();
    emulator.set_transition(Resource::StaticSite, Transition::AfterPolls { polls: 3 });
    let (token, env) = batch_env(&emulator).await;
    let body = json!({"env": env});
    let sites = async || call(&emulator, "/componenttcb/describestaticstore", &token, body.clone()).await;
    assert_eq!(sites().await["data"], json!([]));
    assert_code(&call(&emulator, "/componenttcb/createstaticstore", &token, body.clone()).await, 0);
    emulator.assume("A-031", "absent").unwrap();
    assert_eq!(sites().await["data"], json!([]));
    emulator.assume("A-031", "process").unwrap();
    assert_eq!(sites().await["data"][0]["status"], "process");
    let link = json!({"env": env, "filename": "index.html"});
    assert_code(&call(&emulator, "/componenttcb/staticuploadfile", &token, link.clone()).await, -501_009);
    emulator.assume("A-032", "allowed").unwrap();
    assert_code(&call(&emulator, "/componenttcb/staticuploadfile", &token, link.clone()).await, 0);
    emulator.assume("A-032", "refused").unwrap();
    let site = sites().await["data"][0].clone();
    assert_eq!((&site["status"], &site["regoin"]), (&json!("online"), &json!("ap-shanghai")));

    let link = call(&emulator, "/componenttcb/staticuploadfile", &token, link).await;
    let mut put = request(Method::PUT, &text(&link, "/signed_url"), "<p>");
    put.headers_mut().insert("x-cos-security-token", text(&link, "/token").parse().unwrap());
    assert_eq!(send(put).await.unwrap().status, StatusCode::OK);
    let files = call(&emulator, "/componenttcb/staticfilelist", &token, body.clone()).await;
    assert_eq!(keys(&files), ["index.html"]);
    assert_eq!(keys(&call(&emulator, "/componenttcb/getbucket", &token, body.clone()).await), [""; 0]);
    assert_code(&call(&emulator, "/componenttcb/createstaticstore", &token, body.clone()).await, 0);
    emulator.assume("A-021", "refused").unwrap();
    assert_code(&call(&emulator, "/componenttcb/createstaticstore", &token, body).await, -501_000);
    emulator.assert_clean();
}
