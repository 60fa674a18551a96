//! Files in the cloud storage: the links of the first step. The second is the storage's affair.

use std::time::Duration;

use serde_json::{Value, json};

use crate::call::{Call, CallAnswer, Refusal, refusal, success};

/// What the bucket of an environment is called in file ids.
fn bucket(env: &str) -> String {
    format!("{env}.emu-{env}")
}

pub(super) fn upload_link(call: &mut Call<'_>) -> CallAnswer {
    let (env, key) = (call.text("env"), call.filled_text("path")?);
    has_environment(call, &env)?;
    let link = call.state.form_link(&env, &key);
    Ok(success(json!({
        "url": link.url,
        "token": link.token,
        "authorization": link.authorization,
        "file_id": format!("cloud://{}/{}", bucket(&env), key.trim_start_matches('/')),
        "cos_file_id": link.cos_file_id,
    })))
}

pub(super) fn download_links(call: &mut Call<'_>) -> CallAnswer {
    let env = call.text("env");
    has_environment(call, &env)?;
    let files = call.needed("file_list")?.as_array().cloned().unwrap_or_default();
    let prefix = format!("cloud://{}/", bucket(&env));
    let answers: Vec<Value> = files
        .iter()
        .map(|file| {
            let id = file["fileid"].as_str().unwrap_or_default();
            let life = Duration::from_secs(file["max_age"].as_u64().unwrap_or_default());
            let key = id.strip_prefix(&prefix).filter(|key| call.state.storage.content(&env, key).is_some());
            match key {
                Some(key) => {
                    let url = call.state.get_link(&env, key, life);
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

/// Every environment id exists in batch mode, as for the switch of the token.
pub(super) fn static_upload_link(call: &mut Call<'_>) -> CallAnswer {
    let (env, key) = (call.filled_text("env")?, call.filled_text("filename")?);
    let link = call.state.put_link(&env, &key);
    Ok(success(json!({"signed_url": link.url, "token": link.token})))
}

fn has_environment(call: &mut Call<'_>, env: &str) -> Result<(), Refusal> {
    let known = call.cloud_account()?.environment(env).is_some();
    if known { Ok(()) } else { Err(refusal(-501_005).saying("Environment not found")) }
}
