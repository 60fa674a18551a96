//! `tcbctl env policy get` and `set`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use tcb_types::cloudbase_common::CloudAccessTokenPolicy;

use crate::args::InEnv;
use crate::report::Report;
use crate::run::{Ended, Planned, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Read the policy || 读取策略
    Get(InEnv),
    /// Read the policy, change what is named and write it || 读取策略，修改给出的部分并写回
    Set(SetPolicy),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").args(["open", "allow"]).multiple(true).required(true)))]
pub(crate) struct SetPolicy {
    #[command(flatten)]
    pub(crate) place: InEnv,
    /// Whether cloud functions may use the token at all; for the whole account, not only this
    /// environment || 云函数是否可以使用令牌；对整个账号生效，而不只是此环境
    #[arg(long, value_name = "BOOL")]
    pub(crate) open: Option<bool>,
    /// Path that may be called, `/*` for all; given once or more, they take the place of the list
    /// ||
    /// 允许调用的路径，`/*` 表示全部；可多次给出，给出后替换原有列表
    #[arg(long, value_name = "PATH")]
    pub(crate) allow: Vec<String>,
    /// Version to send in place of the one that was read || 发送的版本号，代替读到的版本号
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<i64>,
}

pub(super) async fn policy(run: &Run<'_>, command: Policy) -> Ended {
    match command {
        Policy::Get(place) => {
            let env = run.env(&place).await?;
            let session = run.merchant().await?;
            let policy = session.client.env(env.as_str()).token_policy().get().await?;
            Ok(show(session.report("env policy get"), &env, &policy))
        }
        Policy::Set(args) => set(run, args).await,
    }
}

async fn set(run: &Run<'_>, args: SetPolicy) -> Ended {
    let SetPolicy { place, open, allow, version } = args;
    let env = run.env(&place).await?;
    let would_go =
        json!({"action": "set", "env": env, "open": open, "api_whitelist": allow, "version": version});
    run.preview("env policy set", &Planned::of("setCloudAccessToken", would_go)?)?;
    let session = run.merchant().await?;
    let mut helper = session.client.env(env.as_str()).token_policy();
    if let Some(version) = version {
        helper = helper.version(version);
    }
    let change = |policy: &mut CloudAccessTokenPolicy| {
        policy.open = open.or(policy.open);
        if !allow.is_empty() {
            policy.api_whitelist = allow;
        }
    };
    let report = session.report("env policy set");
    let Some(set) = helper.prepare(change).await? else {
        return Ok(show(report, &env, &helper.get().await?));
    };
    session.create(&set).await?;
    // Writing moves the version on, and only reading tells where to. It is written either way.
    let version = helper.get().await.ok().and_then(|now| now.version);
    let report =
        report.field("env_id", env).field("open", set.open).field("api_whitelist", set.api_whitelist);
    Ok(report.field("version", version))
}

fn show(report: Report, env: &str, policy: &CloudAccessTokenPolicy) -> Report {
    report
        .field("env_id", env)
        .field("open", policy.open)
        .field("api_whitelist", policy.api_whitelist.clone())
        .field("version", policy.version)
}
