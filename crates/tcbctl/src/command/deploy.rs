//! `tcbctl deploy`: one merchant, brought to what a blueprint says.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tcb_deploy::{Blueprint, Desired};

use super::call;
use super::deployment::{Deploying, Invocation, quoted, variables};
use super::init::{BLUEPRINT, init};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::run::{Ended, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Deploy {
    /// Write a commented blueprint and a sample function, which work with the emulator as they
    /// are || 生成带注释的蓝图和示例云函数，可直接用于模拟器
    Init {
        /// Folder to write them into; what is there stays as it is || 写入的目录；已有文件不会改动
        dir: PathBuf,
    },
    /// Show what the merchant lacks || 显示授权方还缺什么
    Plan {
        #[command(flatten)]
        what: What,
        /// End with 0 when there is nothing to do, 2 when there is, and 1 when it failed in
        /// whatever way || 无需变更时退出码为 0，有变更为 2，任何失败都为 1
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Do what the merchant lacks; interrupted, it goes on where it was when it is run again ||
    /// 补齐授权方缺少的部分；中断后再次运行会从中断处继续
    Apply {
        #[command(flatten)]
        what: What,
        /// Invoke this function when all is done, with `{}` or the JSON behind its name ||
        /// 完成后调用此云函数，传入 `{}` 或名称后面的 JSON
        #[arg(long, value_name = "NAME[=JSON]")]
        invoke: Option<String>,
    },
}

/// A blueprint, filled in for one merchant || 针对一个授权方的蓝图
#[derive(Debug, Args)]
pub(crate) struct What {
    /// The blueprint || 蓝图
    #[arg(short, long, value_name = "FILE", default_value = BLUEPRINT)]
    file: PathBuf,
    /// Value of a `${NAME}` in the blueprint. A secret is a reference: `KEY=env:NAME`,
    /// `KEY=file:PATH` ||
    /// 蓝图中 `${NAME}` 的值。密钥只能以引用给出：`KEY=env:变量名`、`KEY=file:路径`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// File of the notes that the next run needs after a crash; one of the merchant's in the state
    /// folder if not given || 便笺文件，崩溃后再次运行时需要；不给出则用状态目录中该授权方的文件
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
}

impl What {
    fn desired(&self) -> Result<Desired, Box<Failure>> {
        let variables = variables(&self.variables)?;
        let variables =
            variables.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect();
        Ok(Blueprint::load(&self.file)?.desired(&variables)?)
    }
}

impl Deploy {
    /// Whether its caller takes 2 for changes.
    pub(crate) fn is_detailed(&self) -> bool {
        matches!(self, Self::Plan { detailed_exitcode: true, .. })
    }
}

pub(super) async fn deploy(run: &Run<'_>, command: Deploy) -> Ended {
    match command {
        Deploy::Init { dir } => {
            let (en, zh) = (
                include_str!("deploy/sample/blueprint.en.yaml"),
                include_str!("deploy/sample/blueprint.zh.yaml"),
            );
            let file = dir.join(BLUEPRINT).display().to_string();
            let hint = format!("tcbctl deploy apply -f {}", quoted(&file));
            Ok(init("deploy init", &dir, current().pick(en, zh), hint, run.global.dry_run)?)
        }
        Deploy::Plan { what, detailed_exitcode } => {
            let desired = what.desired()?;
            let deploying = Deploying::open(run, "deploy plan", what.notes.as_deref()).await?;
            let (plan, mut report) = deploying.plan(&desired).await?;
            if detailed_exitcode && !plan.is_empty() {
                report.exit = Exit::Changes;
            }
            Ok(report)
        }
        Deploy::Apply { what, invoke } => {
            let desired = what.desired()?;
            let invocation = invoke.as_deref().map(|invoke| invocation(&desired, invoke)).transpose()?;
            let deploying = Deploying::open(run, "deploy apply", what.notes.as_deref()).await?;
            if run.global.dry_run {
                let (_, report) = deploying.plan(&desired).await?;
                return Ok(report.field("dry_run", true));
            }
            deploying.apply(&desired, invocation).await
        }
    }
}

/// The function that is meant, and what it is given.
fn invocation<'a>(desired: &'a Desired, invoke: &'a str) -> Result<Invocation<'a>, Box<Failure>> {
    let (name, event) = invoke.split_once('=').unwrap_or((invoke, "{}"));
    let has = |env: &&tcb_deploy::Env| env.functions.iter().any(|known| known.name.as_str() == name);
    let env = desired.envs.iter().find(has).ok_or_else(|| {
        let known = desired.envs.iter().flat_map(|env| &env.functions);
        let known = known.map(|function| function.name.as_str()).collect::<Vec<_>>().join(", ");
        let message = say!("the blueprint has no function {name}", "蓝图中没有云函数 {name}");
        Failure::new(Exit::Usage, "arguments", message).hint(say!("write one of: {known}", "可写：{known}"))
    })?;
    Ok(Invocation { env, function: name, event: call::json_of(event)?.to_string() })
}
