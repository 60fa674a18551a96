//! `tcbctl db`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use tcb_api::wait::{Wait, WaitErrorKind};
use tcb_types::cloudbase_common::MigrationState;
use tcb_types::{DownloadLink, JobId};

use super::file;
use crate::args::InEnv;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::progress::Progress;
use crate::run::{Ended, Planned, Run, Stop};

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Collections of the database || 数据库的集合
    #[command(subcommand)]
    Collection(Collection),
    /// Print the records that a statement finds || 打印语句查到的记录
    Query {
        /// The statement, for example `db.collection("orders").limit(10).get()` ||
        /// 查询语句，例如 `db.collection("orders").limit(10).get()`
        statement: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Import a file of JSON lines or CSV into a collection, and wait for the end ||
    /// 把 JSON Lines 或 CSV 文件导入集合，并等待完成
    Import {
        /// The file; `.csv` is CSV, everything else JSON lines ||
        /// 文件；`.csv` 按 CSV 处理，其余按 JSON Lines 处理
        file: PathBuf,
        /// The collection || 集合
        #[arg(long, value_name = "NAME")]
        collection: String,
        /// Write over records of the same id, in place of adding records || 遇到相同 ID 的记录时覆盖，而不是新增
        #[arg(long)]
        upsert: bool,
        #[command(flatten)]
        place: InEnv,
    },
    /// Export what a statement finds into a file, and wait for the end || 把语句查到的记录导出到文件，并等待完成
    Export {
        /// The statement, for example `db.collection("orders").get()` ||
        /// 查询语句，例如 `db.collection("orders").get()`
        statement: String,
        /// File to write; `.csv` is CSV, everything else JSON lines ||
        /// 写入的文件；`.csv` 为 CSV，其余为 JSON Lines
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        place: InEnv,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Collection {
    /// List the collections || 列出集合
    List(InEnv),
    /// Create a collection || 创建集合
    Create {
        /// Its name || 名称
        name: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Delete a collection with all that is in it || 删除集合及其全部内容
    Rm {
        /// Its name || 名称
        name: String,
        #[command(flatten)]
        place: InEnv,
    },
}

pub(super) async fn db(run: &Run<'_>, command: Db) -> Ended {
    match command {
        Db::Collection(command) => collection(run, command).await,
        Db::Query { statement, place } => {
            let env = run.env(&place).await?;
            let answer =
                run.call("db query", "getDatabaseRecord", json!({"env": env, "query": statement})).await?;
            let records = answer["data"].as_array().cloned().unwrap_or_default();
            let records = records.iter().map(|record| {
                let text = record.as_str().unwrap_or_default();
                let value = serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
                json!({"name": value["_id"], "record": value})
            });
            let report = run.merchant().await?.report("db query").field("env_id", env);
            Ok(report.items(&["name", "record"], records.collect()))
        }
        Db::Import { file, collection, upsert, place } => {
            import(run, &run.env(&place).await?, &file, &collection, upsert).await
        }
        Db::Export { statement, to, place } => export(run, &run.env(&place).await?, &statement, &to).await,
    }
}

async fn collection(run: &Run<'_>, command: Collection) -> Ended {
    let (command, operation, name, place, outcome) = match command {
        Collection::List(place) => {
            let env = run.env(&place).await?;
            let body = json!({"env": env});
            let names = [("name", "name"), ("count", "count"), ("size", "size"), ("indexes", "index_count")];
            let items =
                run.all("db collection list", "getDatabaseCollection", body, "collections", &names).await?;
            let report = run.merchant().await?.report("db collection list").field("env_id", env);
            return Ok(report.items(&["name", "count", "size", "indexes"], items));
        }
        Collection::Create { name, place } => {
            ("db collection create", "addDatabaseCollection", name, place, "created")
        }
        Collection::Rm { name, place } => {
            ("db collection rm", "deleteDatabaseCollection", name, place, "deleted")
        }
    };
    let env = run.env(&place).await?;
    run.call(command, operation, json!({"env": env, "collection_name": name})).await?;
    let report = run.merchant().await?.report(command).field("env_id", env);
    Ok(report.field("collection", name.as_str()).field("outcome", outcome).named(name))
}

async fn import(run: &Run<'_>, env: &str, from: &Path, collection: &str, upsert: bool) -> Ended {
    let bytes = file::read(from)?;
    let path = format!("tcbctl-import/{}", file::name(None, from));
    let body = json!({
        "env": env,
        "collection_name": collection,
        "file_path": path,
        "file_type": if file::is_csv(from) { 2 } else { 1 },
        "stop_on_error": true,
        "conflict_mode": if upsert { 2 } else { 1 },
    });
    run.preview("db import", &Planned::of("importDatabaseItem", body.clone())?)?;
    let session = run.merchant().await?;
    let progress = Progress::new(run.output, "upload", say!("uploading {path}", "正在上传 {path}"));
    progress.during(session.client.env(env).files().upload(path.as_str(), bytes)).await?;
    let started = run.call("db import", "importDatabaseItem", body).await?;
    let ended = wait(run, env, &started).await?;
    let report = session.report("db import").field("env_id", env).field("collection", collection);
    Ok(report.field("records", ended.succeeded).field("failed", ended.failed))
}

async fn export(run: &Run<'_>, env: &str, statement: &str, to: &Path) -> Ended {
    let body = json!({
        "env": env,
        "file_path": format!("tcbctl-export/{}", file::name(None, to)),
        "file_type": if file::is_csv(to) { 2 } else { 1 },
        "query": statement,
    });
    let started = run.call("db export", "exportDatabaseItem", body).await?;
    let ended = wait(run, env, &started).await?;
    let link = ended.file_url.unwrap_or_else(|| DownloadLink::new(""));
    let session = run.merchant().await?;
    let links = session.client.links();
    let progress = Progress::new(run.output, "download", say!("downloading the export", "正在下载导出文件"));
    let bytes = progress.during(links.download(&link)).await?;
    file::write(to, &bytes)?;
    let report = session.report("db export").field("env_id", env);
    let report = report.field("records", ended.succeeded);
    Ok(report.field("bytes", bytes.len()).field("file", to.display().to_string()))
}

/// Waits until an import or export has succeeded, and returns what became of it.
async fn wait(run: &Run<'_>, env: &str, started: &Value) -> Result<MigrationState, Stop> {
    let number = &started["job_id"];
    let Ok(job) = serde_json::from_value::<JobId>(number.clone()) else {
        let message = say!("WeChat named no job", "微信没有返回任务编号");
        return Err(Failure::new(Exit::Failed, "malformed", message).into());
    };
    let progress =
        Progress::new(run.output, "job", say!("waiting for job {number}", "正在等待任务 {number}"));
    let client = &run.merchant().await?.client;
    // The state of a wait is large.
    let ended = Box::pin(progress.during(client.wait(Wait::for_migration(env, job)))).await;
    ended.map_err(|error| match (error.kind(), error.error()) {
        (WaitErrorKind::Look, Some(call)) => Stop::from(Box::<Failure>::from(call)),
        (WaitErrorKind::Failed, _) => {
            let why = error.last().and_then(|state| state.message.as_deref()).unwrap_or_default();
            let message = say!("job {number} failed", "任务 {number} 失败");
            Failure::new(Exit::Failed, "job", message).why(super::call::plain(why)).into()
        }
        _ => {
            let message = say!("job {number} has not ended in time", "任务 {number} 未在时限内结束");
            let again = format!("tcbctl call getDatabaseMigrateStatus -f env={env} -f job_id={number}");
            Failure::new(Exit::Timeout, "job", message).hint(again).into()
        }
    })
}
