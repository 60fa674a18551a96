//! `tcbctl env`

use clap::Subcommand;
use serde_json::{Value, json};
use tcb_types::EnvId;
use tcb_types::cloudbase_common::{CreateEnv, ListEnvs};

use super::policy::{self, Policy};
use crate::args::InEnv;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::column;
use crate::run::{Ended, Planned, Run};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Env {
    /// Create an environment, which the merchant pays by use, unless there is one of this name ||
    /// 创建按量付费的环境，已有同名环境时不创建
    Create {
        /// Its name; the id is made from it || 名称，环境 ID 由它生成
        alias: String,
        /// Create it even if there is one of this name || 即使已有同名环境也创建
        #[arg(long)]
        another: bool,
    },
    /// List the environments || 列出环境
    List,
    /// Show an environment || 显示一个环境
    Show {
        /// Its id; that of the settings, or the only one, if not given || 环境 ID；不给出则用设置中的，或唯一的那个
        #[arg(value_name = "ID")]
        env: Option<String>,
    },
    /// What cloud functions may call with the token that the platform gives them ||
    /// 云函数可以用平台给的令牌调用哪些接口
    #[command(subcommand)]
    Policy(Policy),
}

pub(super) async fn env(run: &Run<'_>, command: Env) -> Ended {
    match command {
        Env::Create { alias, another } => create(run, alias, another).await,
        Env::List => list(run).await,
        Env::Show { env } => show(run, InEnv { env }).await,
        Env::Policy(command) => policy::policy(run, command).await,
    }
}

/// Creates an environment, unless one has the alias.
async fn create(run: &Run<'_>, alias: String, another: bool) -> Ended {
    let operation = CreateEnv::postpaid(&alias);
    run.preview("env create", &Planned::of("createEnv", json!(operation))?)?;
    let session = run.merchant().await?;
    let existing = if another { Vec::new() } else { of_alias(session, &alias).await? };
    let (outcome, id, settled) = match existing.as_slice() {
        [] => {
            let created = session.create(&operation).await?;
            ("created", created.answer.id, created.settled)
        }
        [only] => ("existed", only.clone(), false),
        several => {
            let ids = several.iter().map(EnvId::as_str).collect::<Vec<_>>().join(", ");
            let message = say!(
                "several environments already have the alias {alias}: {ids}",
                "已有多个名为 {alias} 的环境：{ids}"
            );
            return Err(Failure::new(Exit::Failed, "ambiguous_alias", message)
                .hint(say!(
                    "use one of them; --another creates one more, which is paid by use",
                    "使用其中之一；--another 会再创建一个按量付费的环境"
                ))
                .into());
        }
    };
    Ok(session
        .report("env create")
        .field("outcome", outcome)
        .field("alias", alias)
        .field("env_id", id.as_str())
        .named(id.as_str())
        .settled(settled))
}

/// The environments of this alias. One that is new may be missing for ten minutes, and a second one
/// of its alias is created within them.
async fn of_alias(session: &Session, alias: &str) -> Result<Vec<EnvId>, Box<Failure>> {
    let envs = session.client.send(ListEnvs::new()).await?.envs;
    Ok(envs.into_iter().filter(|env| env.alias.as_deref() == Some(alias)).map(|env| env.id).collect())
}

async fn list(run: &Run<'_>) -> Ended {
    let items = described(run, "env list", &json!({})).await?;
    Ok(run.merchant().await?.report("env list").items(&["env_id", "alias", "status", "created"], items))
}

async fn show(run: &Run<'_>, place: InEnv) -> Ended {
    let id = run.env(&place).await?;
    let items = described(run, "env show", &json!({"env": id})).await?;
    let found = items.into_iter().find(|item| item["env_id"] == id.as_str());
    let Some(env) = found else {
        let message = say!("there is no environment {id}", "没有环境 {id}");
        return Err(Failure::new(Exit::NotFound, "env", message).hint("tcbctl env list").into());
    };
    let report = run.merchant().await?.report("env show").named(id);
    let names = ["env_id", "alias", "status", "created"];
    Ok(names.into_iter().fold(report, |report, name| report.field(name, env[name].clone())))
}

async fn described(
    run: &Run<'_>,
    command: &'static str,
    body: &Value,
) -> Result<Vec<Value>, crate::run::Stop> {
    let answer = run.call(command, "getEnvInfo", body.clone()).await?;
    let names = [("env_id", "env"), ("alias", "alias"), ("status", "status"), ("created", "create_time")];
    Ok(column(&answer["info_list"], &names))
}
