//! `tcbctl storage`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{call, file};
use crate::args::InEnv;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::progress::Progress;
use crate::report::column;
use crate::run::{Ended, Planned, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Storage {
    /// List the files of an environment of the platform's own; WeChat lists no merchant's ||
    /// 列出平台自有环境中的文件；微信不提供授权方环境的列表
    Ls {
        /// How their paths begin || 路径前缀
        #[arg(default_value = "")]
        prefix: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Upload a file, over what is there || 上传文件，覆盖已有文件
    Upload {
        /// The file || 文件
        file: PathBuf,
        /// Its path in the storage; the file's name if not given || 云端路径；不给出则为文件名
        path: Option<String>,
        #[command(flatten)]
        place: InEnv,
    },
    /// Download a file || 下载文件
    Download {
        /// Its id, `cloud://…` || 文件 ID，`cloud://…`
        id: String,
        /// File to write; the last part of the id if not given || 写入的文件；不给出则取 ID 的最后一段
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        place: InEnv,
    },
    /// Delete files || 删除文件
    Rm {
        /// Their ids, `cloud://…` || 文件 ID，`cloud://…`
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        place: InEnv,
    },
}

pub(super) async fn storage(run: &Run<'_>, command: Storage) -> Ended {
    match command {
        Storage::Ls { prefix, place } => ls(run, "storage ls", "getTcbFile", &prefix, &place).await,
        Storage::Upload { file, path, place } => upload(run, &file, path, &place).await,
        Storage::Download { id, to, place } => download(run, &id, to, &place).await,
        Storage::Rm { ids, place } => rm(run, &ids, &place).await,
    }
}

/// The files whose paths begin like this, of a storage or of a website.
pub(super) async fn ls(
    run: &Run<'_>,
    command: &'static str,
    operation: &str,
    prefix: &str,
    place: &InEnv,
) -> Ended {
    let env = run.own_env(command, place).await?;
    let mut body = json!({"env": env});
    if !prefix.is_empty() {
        body["prefix"] = json!(prefix);
    }
    let names = [("path", "key"), ("size", "size"), ("modified", "last_modified")];
    let (mut items, mut last) = (Vec::new(), None);
    loop {
        let answer = run.call(command, operation, body.clone()).await?;
        let mut page = column(&answer["contents"], &names);
        // A page begins with the file that its marker names.
        page.retain(|item| Some(item) != last.as_ref());
        last = page.last().cloned();
        items.extend(run.pass_on(page)?);
        match &last {
            Some(last) if answer["is_truncated"] == true => body["marker"] = last["path"].clone(),
            _ => break,
        }
    }
    let owner = crate::settings::TokenOwner::Platform;
    let report = run.session(owner).await?.report(command).field("env_id", env);
    Ok(report.items(&["path", "size", "modified"], items))
}

async fn upload(run: &Run<'_>, from: &Path, path: Option<String>, place: &InEnv) -> Ended {
    let (bytes, path) = (file::read(from)?, file::name(path, from));
    let env = run.env(place).await?;
    run.preview("storage upload", &Planned::of("getUploadTcbFileLink", json!({"env": env, "path": path}))?)?;
    let session = run.merchant().await?;
    let size = bytes.len();
    let progress = Progress::new(
        run.output,
        "upload",
        say!("uploading {path}, {size} bytes", "正在上传 {path}，共 {size} 字节"),
    );
    let id = progress.during(session.client.env(env.as_str()).files().upload(path.as_str(), bytes)).await?;
    let report = session.report("storage upload").field("env_id", env).field("path", path);
    Ok(report.field("bytes", size).field("file_id", id.as_str()).named(id.as_str()))
}

async fn download(run: &Run<'_>, id: &str, to: Option<PathBuf>, place: &InEnv) -> Ended {
    check([id])?;
    let env = run.env(place).await?;
    let body = json!({"env": env, "file_list": [{"fileid": id, "max_age": 60}]});
    run.preview("storage download", &Planned::of("getDownloadTcbFileLink", body)?)?;
    let session = run.merchant().await?;
    let progress = Progress::new(run.output, "download", say!("downloading {id}", "正在下载 {id}"));
    let bytes = progress.during(session.client.env(env.as_str()).files().download(id)).await?;
    // A name from outside: its last part alone, which leads to no other folder.
    let to = to.unwrap_or_else(|| PathBuf::from(id.rsplit('/').next().unwrap_or_default()));
    file::write(&to, &bytes)?;
    let report = session.report("storage download").field("file_id", id).field("bytes", bytes.len());
    Ok(report.field("file", to.display().to_string()))
}

async fn rm(run: &Run<'_>, ids: &[String], place: &InEnv) -> Ended {
    check(ids.iter().map(String::as_str))?;
    let env = run.env(place).await?;
    let body = json!({"env": env, "fileid_list": ids});
    let answer = run.call("storage rm", "deleteTcbCloudFile", body).await?;
    let names = [("file_id", "fileid"), ("status", "status"), ("message", "errmsg")];
    let mut items = column(&answer["delete_list"], &names);
    let failed: Vec<String> = items
        .iter()
        .filter(|item| item["status"] != 0)
        .map(|item| call::plain(&format!("{}: {}", item["file_id"], item["message"])))
        .collect();
    if !failed.is_empty() {
        let count = failed.len();
        let message = say!("{count} files were not deleted", "{count} 个文件没有删除");
        return Err(Failure::new(Exit::Failed, "partial", message).findings(failed).into());
    }
    for item in &mut items {
        item["outcome"] = json!("deleted");
    }
    Ok(run.merchant().await?.report("storage rm").items(&["file_id", "outcome"], items))
}

/// A file is named by its id: only that tells in which bucket it lies.
fn check<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<(), Box<Failure>> {
    match ids.into_iter().find(|id| !id.starts_with("cloud://")) {
        None => Ok(()),
        Some(id) => {
            let message = say!("{id} is no id of a file", "{id} 不是文件 ID");
            Err(Failure::new(Exit::Usage, "arguments", message).why(say!(
                "ids begin with cloud://, as `storage upload` prints them",
                "文件 ID 以 cloud:// 开头，`storage upload` 会打印它"
            )))
        }
    }
}
