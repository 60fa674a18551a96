//! Files in the cloud storage: the links of the first step. The second is the storage's affair.

use std::time::Duration;

use serde_json::{Value, json};

use crate::assumption::ListMarker;
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refuse};
use crate::storage::{Bucket, Listed};

/// Files that one call may name.
const MOST_FILES: usize = 50;

/// Files on a page of a list.
const PAGE: usize = 1000;

/// Megabytes of a file of an extension, and characters of its name.
const LARGEST_EXTENSION: u32 = 30;
const LONGEST_NAME: usize = 24;

/// How the ids of the files of an environment begin.
fn prefix(env: &str) -> String {
    format!("cloud://{env}.emu-{env}/")
}

pub(super) fn upload_link(call: &mut Call<'_>) -> CallAnswer {
    let (env, key) = (call.text("env"), call.filled_text("path")?);
    call.environment(&env)?;
    let link = call.state.form_link(&Bucket::files(&env), &key);
    Ok(success(json!({
        "url": link.url,
        "token": link.token,
        "authorization": link.authorization,
        "file_id": format!("{}{}", prefix(&env), key.trim_start_matches('/')),
        "cos_file_id": link.cos_file_id,
    })))
}

pub(super) fn download_links(call: &mut Call<'_>) -> CallAnswer {
    let (env, files) = (call.text("env"), call.list("file_list"));
    call.environment(&env)?;
    at_most(&files)?;
    let bucket = Bucket::files(&env);
    let answers: Vec<Value> = files
        .iter()
        .map(|file| {
            let id = file["fileid"].as_str().unwrap_or_default();
            let life = Duration::from_secs(file["max_age"].as_u64().unwrap_or_default());
            let key = id.strip_prefix(&prefix(&env));
            match key.filter(|key| call.state.storage.content(&bucket, key).is_some()) {
                Some(key) => {
                    let url = call.state.get_link(&bucket, key, life);
                    json!({"fileid": id, "download_url": url, "status": 0, "errmsg": "ok"})
                }
                None => {
                    json!({"fileid": id, "download_url": "", "status": -503_003, "errmsg": "no such file"})
                }
            }
        })
        .collect();
    Ok(success(json!({"file_list": answers})))
}

pub(super) fn delete(call: &mut Call<'_>) -> CallAnswer {
    let (env, ids) = (call.text("env"), call.list("fileid_list"));
    call.environment(&env)?;
    at_most(&ids)?;
    let deleted = call.texts("fileid_list").into_iter().map(|id| {
        let key = id.strip_prefix(&prefix(&env));
        let was_there = key.is_some_and(|key| call.state.storage.delete(&Bucket::files(&env), key));
        let (status, text) = if was_there { (0, "ok") } else { (-503_003, "no such file") };
        json!({"fileid": id, "status": status, "errmsg": text})
    });
    let deleted: Vec<Value> = deleted.collect();
    Ok(success(json!({"delete_list": deleted})))
}

fn at_most(files: &[Value]) -> Result<(), Refusal> {
    if files.len() > MOST_FILES { refuse(40097) } else { Ok(()) }
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let env = call.text("env");
    call.environment(&env)?;
    Ok(listed(call, &Bucket::files(&env)))
}

/// The files of a bucket that a call asks for by prefix, delimiter and marker.
pub(super) fn listed(call: &mut Call<'_>, bucket: &Bucket) -> Value {
    let (prefix, delimiter, marker) = (call.text("prefix"), call.text("delimiter"), call.text("marker"));
    let includes_marker = call.state.assumptions.is(ListMarker::From);
    let is_behind = |key: &str| marker.is_empty() || *key > *marker || (includes_marker && *key == *marker);
    // What shares a part up to the delimiter stands for a folder, which no member shows.
    let is_in_folder = |key: &str| !delimiter.is_empty() && key[prefix.len()..].contains(&delimiter);
    let wanted =
        |file: &Listed| file.key.starts_with(&prefix) && is_behind(&file.key) && !is_in_folder(&file.key);
    let files: Vec<Listed> = call.state.storage.list(bucket).into_iter().filter(wanted).collect();
    let contents = files.iter().take(PAGE).map(|file| {
        json!({
            "key": file.key,
            "last_modified": file.modified.iso(),
            "md5": format!("{}-1", file.hash),
            "size": file.size.to_string(),
        })
    });
    let contents: Vec<Value> = contents.collect();
    success(json!({"contents": contents, "is_truncated": files.len() > PAGE}))
}

/// Answers in the form of Tencent Cloud's own API, without an `errcode`.
pub(super) fn extension_uploads(call: &mut Call<'_>) -> CallAnswer {
    let files = call.needed("PostData")?["ExtensionFiles"].as_array().cloned().unwrap_or_default();
    let authorizer = call.authorizer()?;
    call.cloud_account()?;
    let mut uploads = Vec::new();
    for file in files {
        let name = file["FileName"].as_str().unwrap_or_default();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return refuse(-501_007);
        }
        let key = format!("{}/{name}", call.state.seed.request_id());
        let url = call.state.open_put_link(&Bucket::extensions(&authorizer), &key);
        uploads.push(json!({
            "CodeUri": format!("extension://{key}"),
            "UploadUrl": url,
            "CustomKey": "",
            "MaxSize": LARGEST_EXTENSION,
        }));
    }
    let id = call.state.seed.request_id();
    Ok(json!({"Response": {"FilesData": uploads, "RequestId": id}}))
}
