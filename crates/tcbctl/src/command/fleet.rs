//! `tcbctl fleet`: many merchants, brought to what one blueprint says.

mod args;
mod failure;
mod place;
mod shown;
mod work;

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand};
use serde_json::json;
use tcb_fleet::{Change, Choice, Release, Standing};

use super::file;
use super::init::init;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::report::Report;
use crate::run::{Ended, Run};
use args::{Apply, Chosen, InWaves, Told};
use place::{InJournal, What};
use work::Work;

#[derive(Debug, Subcommand)]
pub(crate) enum Fleet {
    /// Write a commented blueprint and a sample function, which work with the emulator as they
    /// are || 生成带注释的蓝图和示例云函数，可直接用于模拟器
    Init {
        /// Folder to write them into; what is there stays as it is || 写入的目录；已有文件不会改动
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Show which merchants a blueprint changes, from the journal alone ||
    /// 仅凭日志库显示蓝图会改变哪些商户
    Plan {
        #[command(flatten)]
        journal: InJournal,
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        waves: InWaves,
        /// End with 0 when there is nothing to do, 2 when there is, and 1 when it failed in
        /// whatever way || 无需变更时退出码为 0，有变更为 2，任何失败都为 1
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Bring all merchants to the blueprint, wave by wave; interrupted, it goes on where it was
    /// when it is run again || 按批次把所有商户部署到蓝图；中断后再次运行会从中断处继续
    Apply(Box<Apply>),
    /// Show how the merchants stand || 显示商户的状态
    Status {
        #[command(flatten)]
        journal: InJournal,
        #[command(flatten)]
        chosen: Chosen,
        /// List those that are ready as well || 同时列出已就绪的商户
        #[arg(long)]
        all: bool,
    },
    /// Show what happens, from any terminal, until all is done || 在任意终端查看进展，直到全部完成
    Watch {
        #[command(flatten)]
        journal: InJournal,
        #[command(flatten)]
        chosen: Chosen,
        #[command(flatten)]
        progress: Told,
    },
    /// Hold all work after the calls in flight, of all processes ||
    /// 在进行中的调用结束后暂停所有进程的工作
    Pause {
        #[command(flatten)]
        journal: InJournal,
    },
    /// Go on after a pause || 暂停后继续
    Resume {
        #[command(flatten)]
        journal: InJournal,
    },
    /// Have merchants that failed be looked at now, and not when they are due ||
    /// 立即重新处理失败的商户，不等到预定时间
    Retry {
        #[command(flatten)]
        journal: InJournal,
        #[command(flatten)]
        chosen: Chosen,
        /// Those that wait for a person as well || 也包括等待人工操作的商户
        #[arg(long)]
        waiting: bool,
        /// Id of an environment that was destroyed, so that its merchant gets another ||
        /// 已销毁的环境的 id，使其商户重新获得一个环境
        #[arg(long, value_name = "ENV")]
        forget: Option<String>,
    },
    /// Which blueprint is rolled out, and going back || 正在铺开的蓝图，以及回退
    #[command(subcommand)]
    Rollout(Rollout),
    /// Write a report of all merchants || 导出所有商户的报告
    #[command(group(ArgGroup::new("form").args(["csv", "html"]).multiple(true).required(true)))]
    Report {
        #[command(flatten)]
        journal: InJournal,
        #[command(flatten)]
        chosen: Chosen,
        /// File to write as CSV || 写入 CSV 文件
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// File to write as one page that needs nothing else || 写入单个自包含网页文件
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rollout {
    /// Show which blueprint is rolled out, and how far || 显示正在铺开的蓝图及进度
    Status {
        #[command(flatten)]
        journal: InJournal,
    },
    /// Go back to the blueprint before this one, with the packages that the journal keeps; once
    /// more leads forth again || 用日志库保存的代码包回到上一份蓝图；再执行一次则又回到新蓝图
    Undo(Box<Apply>),
}

impl Fleet {
    /// Whether its caller takes 2 for changes.
    pub(crate) fn is_detailed(&self) -> bool {
        matches!(self, Self::Plan { detailed_exitcode: true, .. })
    }

    /// Whether what it would do can be shown: that of `apply` is what `plan` shows. The others
    /// change the journal alone or nothing.
    pub(crate) fn can_be_shown(&self) -> bool {
        matches!(self, Self::Init { .. } | Self::Plan { .. } | Self::Apply(_))
    }

    /// Whether the first Ctrl-C is its own business: calls in flight end, and it says how it
    /// stands.
    pub(crate) fn stops_by_itself(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Watch { .. } | Self::Rollout(Rollout::Undo(_)))
    }
}

pub(super) async fn fleet(run: &Run<'_>, command: Fleet) -> Ended {
    match command {
        Fleet::Init { dir } => {
            let (en, zh) = (
                include_str!("fleet/sample/blueprint.en.yaml"),
                include_str!("fleet/sample/blueprint.zh.yaml"),
            );
            let hint = "tcbctl fleet plan && tcbctl fleet apply".to_owned();
            Ok(init("fleet init", &dir, current().pick(en, zh), hint, run.global.dry_run)?)
        }
        Fleet::Plan { journal, what, waves, detailed_exitcode } => {
            plan(run, "fleet plan", &journal, &what, &waves, detailed_exitcode).await
        }
        Fleet::Apply(apply) if run.global.dry_run => {
            let Apply { journal, what, waves, .. } = *apply;
            Ok(plan(run, "fleet apply", &journal, &what, &waves, false).await?.field("dry_run", true))
        }
        Fleet::Apply(apply) => {
            let work = Work::open(run, "fleet apply", &apply).await?;
            let release = Release::load(&apply.what.file)?;
            work.run(&release).await
        }
        Fleet::Rollout(Rollout::Undo(apply)) => {
            let work = Work::open(run, "fleet rollout undo", &apply).await?;
            let release = work.fleet.undo(&work.list).await?;
            work.run(&release).await
        }
        Fleet::Status { journal, chosen, all } => {
            let view = journal.known().await?.view(&chosen.choice()).await?;
            Ok(shown::status("fleet status", &view, all))
        }
        Fleet::Watch { journal, chosen, progress } => {
            let fleet = journal.known().await?;
            work::watch(run, &fleet, &chosen.choice(), progress.progress.is_some()).await
        }
        Fleet::Pause { journal } => pause(&journal, true).await,
        Fleet::Resume { journal } => pause(&journal, false).await,
        Fleet::Retry { journal, chosen, waiting, forget } => {
            let mut standings = vec![Standing::Refused, Standing::Retrying];
            standings.extend(waiting.then_some(Standing::Waiting));
            let fleet = journal.known().await?;
            let count = fleet.retry(&chosen.choice(), &standings).await?;
            if let Some(env) = forget
                && fleet.forget(&env.as_str().into()).await? == 0
            {
                let message = say!("for no merchant was {env} created", "没有为任何商户创建过 {env}");
                return Err(Failure::new(Exit::NotFound, "env", message).into());
            }
            let mut report = Report::new("fleet retry").field("merchants", count);
            report.hint = Some("tcbctl fleet apply".to_owned());
            Ok(report)
        }
        Fleet::Rollout(Rollout::Status { journal }) => {
            let view = journal.known().await?.view(&Choice::default()).await?;
            Ok(shown::rollout(&view))
        }
        Fleet::Report { journal, chosen, csv, html } => {
            let view = journal.known().await?.view(&chosen.choice()).await?;
            let mut files = Vec::new();
            for (path, text) in [(csv, view.to_csv()), (html, view.to_html())] {
                if let Some(path) = path {
                    file::write(&path, text.as_bytes())?;
                    files.push(path.display().to_string());
                }
            }
            Ok(Report::new("fleet report").field("merchants", view.merchants.len()).field("files", files))
        }
    }
}

async fn pause(journal: &InJournal, is_paused: bool) -> Ended {
    journal.known().await?.pause(is_paused).await?;
    let (command, outcome) = if is_paused { ("fleet pause", "paused") } else { ("fleet resume", "resumed") };
    Ok(Report::new(command).field("outcome", outcome))
}

async fn plan(
    run: &Run<'_>,
    command: &'static str,
    journal: &InJournal,
    what: &What,
    waves: &InWaves,
    detailed_exitcode: bool,
) -> Ended {
    let release = Release::load(&what.file)?;
    let list = what.list(run).await?;
    let compared = match journal.if_known().await? {
        Some(fleet) => fleet.compare(&release, &list).await?,
        None => tcb_fleet::Fleet::new(tcb_fleet::MemoryJournal::default()).compare(&release, &list).await?,
    };
    let count = |wanted| compared.iter().filter(|(_, change)| *change == wanted).count();
    let standings = vec![Standing::Pending; list.merchants().len()];
    let open = waves.waves.open(waves.max_failures, &standings);
    let items: Vec<_> = compared
        .iter()
        .filter(|(_, change)| *change != Change::Same)
        .map(|(app_id, change)| json!({"appid": app_id.as_str(), "change": shown::change(*change)}))
        .collect();
    let is_nothing = items.is_empty();
    let mut report = Report::new(command)
        .field("merchants", compared.len())
        .field("new", count(Change::New))
        .field("changed", count(Change::Changed))
        .field("unchanged", count(Change::Same))
        .field("left", count(Change::Gone))
        .field("waves", open.of)
        .items(&["appid", "change"], items)
        .alike_in("change")
        .none(say!("there is nothing to do", "无需变更"));
    if detailed_exitcode && !is_nothing {
        report.exit = Exit::Changes;
    }
    if !is_nothing {
        report.hint = Some("tcbctl fleet apply".to_owned());
    }
    Ok(report)
}
