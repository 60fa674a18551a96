//! Imports and exports of a database, by jobs.

use std::time::Duration;

use serde_json::json;

use super::record::statement;
use crate::assumption::JobWords;
use crate::call::{Call, CallAnswer, success};
use crate::database::file::Format;
use crate::database::statement::Action;
use crate::refusal::refusal;
use crate::state::migration::Work;
use crate::storage::Bucket;

/// How long the link to an exported file works.
const LINK_LIFE: Duration = Duration::from_secs(7200);

/// `conflict_mode` that replaces records.
const UPSERT: i64 = 2;

pub(super) fn import(call: &mut Call<'_>) -> CallAnswer {
    let path = call.filled_text("file_path")?;
    let work = Work::Import {
        collection: call.filled_text("collection_name")?,
        format: Format::numbered(call.number("file_type")),
        stop_on_error: call.flag("stop_on_error"),
        upsert: call.number("conflict_mode") == UPSERT,
        path: path.clone(),
    };
    let env = call.text("env");
    call.environment(&env)?;
    if call.state.storage.content(&Bucket::files(&env), &path).is_none() {
        return Err(refusal(-503_003).saying("the file does not exist"));
    }
    begin(call, env, work)
}

pub(super) fn export(call: &mut Call<'_>) -> CallAnswer {
    let (env, path) = (call.text("env"), call.filled_text("file_path")?);
    let format = Format::numbered(call.number("file_type"));
    let Action::Get(query) = statement(call)?.action else {
        return Err(refusal(-502_002).saying("an export needs a get()"));
    };
    begin(call, env, Work::Export { query, path, format })
}

fn begin(call: &mut Call<'_>, env: String, work: Work) -> CallAnswer {
    let id = call.state.migrations.begin(call.owner()?, env, work, call.now);
    call.state.settle();
    Ok(success(json!({"job_id": id})))
}

pub(super) fn state(call: &mut Call<'_>) -> CallAnswer {
    let (env, id, owner) = (call.text("env"), call.number("job_id"), call.owner()?);
    call.environment(&env)?;
    if !call.state.migrations.look(id, &owner, &env) {
        return Err(refusal(-501_009).saying("there is no such job"));
    }
    call.state.settle();
    let (waiting, failed) = match call.state.assumptions.chosen::<JobWords>() {
        JobWords::Cloud => ("waiting", "fail"),
        JobWords::Api => ("processing", "failed"),
    };
    let Some(outcome) = call.state.migrations.outcome(id) else {
        return Ok(success(
            json!({"status": waiting, "record_success": 0, "record_fail": 0, "error_msg": ""}),
        ));
    };
    let done = if outcome.file.is_some() { "导出完成." } else { "导入完成." };
    let mut answer = success(json!({
        "status": if outcome.failure.is_some() { failed } else { "success" },
        "record_success": outcome.succeeded,
        "record_fail": outcome.failed,
        "error_msg": outcome.failure.as_deref().unwrap_or(done),
    }));
    if let Some(file) = &outcome.file {
        answer["file_url"] = json!(call.state.get_link(&Bucket::exports(), file, LINK_LIFE));
    }
    Ok(answer)
}
