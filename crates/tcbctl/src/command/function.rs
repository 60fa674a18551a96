//! `tcbctl function`

mod deploy;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use tcb_api::Links;
use tcb_types::DownloadLink;
use tcb_types::cloudbase_common::{CreateFunction, CreateFunctionResponse};

use super::{call, file};
use crate::args::InEnv;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::progress::Progress;
use crate::run::{Ended, Planned, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Function {
    /// List the functions || 列出云函数
    List(InEnv),
    /// Create an empty function || 创建一个空的云函数
    Create {
        /// Its name, unique in the environment || 名称，在环境内唯一
        name: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Pack a folder, create the function if it is missing, upload, configure, and wait until it
    /// can be called || 打包目录；缺少云函数时创建，然后上传、配置，并等待其可用
    ///
    /// Only what differs is done, so it does no harm to run it again; `--dry-run` shows what would
    /// be done. ||
    /// 只做有差异的部分，因此重复运行无妨；`--dry-run` 显示将要做什么。
    Deploy(Box<deploy::Deploy>),
    /// Call a function and print what it answers || 调用云函数并打印返回结果
    Invoke {
        /// Its name || 名称
        name: String,
        /// What it is given: JSON, or `@FILE` for a file that holds it, `@-` for standard input ||
        /// 传入的数据：JSON，或 `@FILE` 表示取自文件，`@-` 表示取自标准输入
        #[arg(long, value_name = "JSON", default_value = "{}")]
        data: String,
        #[command(flatten)]
        place: InEnv,
    },
    /// Read the configuration of a function, or write it || 读取或写入云函数的配置
    Config {
        /// Its name || 名称
        name: String,
        /// The configuration to write: JSON, or `@FILE` for a file that holds it, `@-` for standard
        /// input || 要写入的配置：JSON，或 `@FILE` 表示取自文件，`@-` 表示取自标准输入
        #[arg(long, value_name = "JSON")]
        data: Option<String>,
        #[command(flatten)]
        place: InEnv,
    },
    /// Download the code of a function as a ZIP file || 下载云函数代码（ZIP 文件）
    Download {
        /// Its name || 名称
        name: String,
        /// File to write; the name with `.zip` if not given || 写入的文件；不给出则为名称加 `.zip`
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        place: InEnv,
    },
}

/// The kind of configuration that says what a function may call.
const CALLS: u8 = 1;

pub(super) async fn function(run: &Run<'_>, command: Function) -> Ended {
    match command {
        Function::List(place) => {
            let env = run.env(&place).await?;
            let names =
                [("name", "name"), ("runtime", "runtime"), ("status", "status"), ("modified", "mod_time")];
            let body = json!({"env": env});
            let items = run.all("function list", "getFuntionList", body, "functions", &names).await?;
            Ok(run
                .merchant()
                .await?
                .report("function list")
                .field("env_id", env)
                .items(&["name", "runtime", "status", "modified"], items))
        }
        Function::Create { name, place } => create(run, &run.env(&place).await?, &name).await,
        Function::Deploy(deploy) => deploy::deploy(run, *deploy).await,
        Function::Invoke { name, data, place } => {
            let body = call::json_of(&data)?;
            let env = run.env(&place).await?;
            let planned = Planned::of("invokeCloudFunction", body)?.query("env", &env).query("name", &name);
            let answer = run.send("function invoke", &planned).await?.value;
            let said = answer["resp_data"].as_str().unwrap_or_default();
            let result = serde_json::from_str(said).unwrap_or_else(|_| json!(said));
            let report = run.merchant().await?.report("function invoke").field("env_id", env);
            Ok(report.field("function", name).field_as("result", result, call::plain(said)))
        }
        Function::Config { name, data, place } => config(run, &run.env(&place).await?, &name, data).await,
        Function::Download { name, to, place } => download(run, &run.env(&place).await?, &name, to).await,
    }
}

async fn create(run: &Run<'_>, env: &str, name: &str) -> Ended {
    let operation = CreateFunction::new(env, name);
    run.preview("function create", &Planned::of("createFunction", json!(operation))?)?;
    let session = run.merchant().await?;
    let created = session.create(&operation).await?;
    let outcome = match created.answer {
        CreateFunctionResponse::ExistsAlready => "existed",
        _ => "created",
    };
    Ok(session
        .report("function create")
        .field("env_id", env)
        .field("function", name)
        .field("outcome", outcome)
        .named(name)
        .settled(created.settled))
}

async fn config(run: &Run<'_>, env: &str, name: &str, data: Option<String>) -> Ended {
    let mut body = json!({"type": CALLS, "env": env, "function_name": name});
    let config = if let Some(data) = data {
        let config = call::json_of(&data)?;
        body["config"] = json!(config.to_string());
        run.call("function config", "getUploadFuntionConfig", body).await?;
        config
    } else {
        let answer = run.call("function config", "getFuntionConfig", body).await?;
        let said = answer["config"].as_str().unwrap_or_default();
        serde_json::from_str(said).unwrap_or_else(|_| json!(said))
    };
    let report = run.merchant().await?.report("function config").field("env_id", env).field("function", name);
    Ok(report.field_as("config", config.clone(), format!("{config:#}")))
}

async fn download(run: &Run<'_>, env: &str, name: &str, to: Option<PathBuf>) -> Ended {
    let body = json!({"env": env, "function_name": name});
    let answer = run.call("function download", "getFuntionLink", body).await?;
    let Some(link) = answer["url"].as_str().filter(|link| !link.is_empty()) else {
        let message = say!("{name} has no code yet", "{name} 还没有代码");
        return Err(Failure::new(Exit::NotFound, "code", message).into());
    };
    let to = to.unwrap_or_else(|| PathBuf::from(format!("{name}.zip")));
    let links: Links = run.merchant().await?.client.links();
    let progress = Progress::new(run.output, "download", say!("downloading {name}", "正在下载 {name}"));
    let bytes = progress.during(links.download(&DownloadLink::new(link))).await?;
    file::write(&to, &bytes)?;
    let report = run.merchant().await?.report("function download").field("function", name);
    Ok(report.field("bytes", bytes.len()).field("file", to.display().to_string()))
}
