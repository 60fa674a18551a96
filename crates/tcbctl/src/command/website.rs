//! `tcbctl static`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use tcb_api::Content;

use super::{file, storage};
use crate::args::InEnv;
use crate::language::say;
use crate::progress::Progress;
use crate::report::column;
use crate::run::{Ended, Planned, Run};
use crate::settings::TokenOwner;

#[derive(Debug, Subcommand)]
pub(crate) enum Static {
    /// Open static website hosting || 开通静态网站托管
    Open(InEnv),
    /// Show domain and state of the website || 显示网站域名和状态
    Show(InEnv),
    /// List the files of the website || 列出网站文件
    Ls {
        /// How their paths begin || 路径前缀
        #[arg(default_value = "")]
        prefix: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Upload a file to the website, over what is there || 上传文件到网站，覆盖已有文件
    Upload {
        /// The file || 文件
        file: PathBuf,
        /// Its path in the website; the file's name if not given || 网站中的路径；不给出则为文件名
        path: Option<String>,
        #[command(flatten)]
        place: InEnv,
    },
}

pub(super) async fn website(run: &Run<'_>, command: Static) -> Ended {
    match command {
        Static::Open(place) => {
            let env = run.own_env("static open", &place).await?;
            run.call("static open", "createStaticStore", json!({"env": env})).await?;
            let report = run.session(TokenOwner::Platform).await?.report("static open");
            Ok(report.field("env_id", env).field("outcome", "opened"))
        }
        Static::Show(place) => {
            let env = run.own_env("static show", &place).await?;
            let answer = run.call("static show", "getStaticStore", json!({"env": env})).await?;
            // The documentation has `data`, its sample `Data`.
            let sites = if answer["data"].is_array() { &answer["data"] } else { &answer["Data"] };
            let items = column(sites, &[("domain", "domain"), ("status", "status"), ("env_id", "env")]);
            let report = run.session(TokenOwner::Platform).await?.report("static show");
            Ok(report.items(&["domain", "status", "env_id"], items))
        }
        Static::Ls { prefix, place } => {
            storage::ls(run, "static ls", "getStaticStoreFile", &prefix, &place).await
        }
        Static::Upload { file, path, place } => upload(run, &file, path, &place).await,
    }
}

async fn upload(run: &Run<'_>, from: &Path, path: Option<String>, place: &InEnv) -> Ended {
    let (bytes, path) = (file::read(from)?, file::name(path, from));
    let env = run.own_env("static upload", place).await?;
    let body = json!({"env": env, "filename": path});
    run.preview("static upload", &Planned::of("getUploadStaticStoreFile", body)?)?;
    let session = run.session(TokenOwner::Platform).await?;
    let size = bytes.len();
    let progress = Progress::new(
        run.output,
        "upload",
        say!("uploading {path}, {size} bytes", "正在上传 {path}，共 {size} 字节"),
    );
    let mut content = Content::new(bytes);
    if let Some(kind) = content_type(from) {
        content = content.content_type(kind);
    }
    let website = session.platform()?.env(env.as_str()).static_sites();
    progress.during(website.upload(path.as_str(), content)).await?;
    Ok(session.report("static upload").field("env_id", env).field("path", path).field("bytes", size))
}

/// What browsers are told that the file is. A page without it would be downloaded, not shown.
fn content_type(file: &Path) -> Option<&'static str> {
    let extension = file.extension()?.to_string_lossy().to_ascii_lowercase();
    Some(match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
