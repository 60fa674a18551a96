//! What the commands about fleets share.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use tcb_fleet::{Brake, Choice, Waves};

use super::place::{InJournal, What};
use crate::language::say;
use crate::words::told_as;

/// What `apply` takes || apply 的参数
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(super) journal: InJournal,
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    pub(super) waves: InWaves,
    #[command(flatten)]
    pub(super) chosen: Chosen,
    #[command(flatten)]
    pub(super) progress: Told,
    /// How many merchants are worked on at once || 同时处理的商户数
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(super) at_once: usize,
    /// How many calls a second there may be, over all || 每秒最多调用次数（总计）
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    pub(super) rate: f64,
    /// Which merchants that are ready are looked at nevertheless || 哪些已就绪的商户仍要查看
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    pub(super) refresh: Refresh,
    /// Go on when all is done, for what comes and for what people do, until Ctrl-C ||
    /// 全部完成后继续运行，直到 Ctrl-C
    #[arg(long)]
    pub(super) stay: bool,
}

/// In which waves || 批次
#[derive(Debug, Args)]
pub(crate) struct InWaves {
    /// Sizes of the waves || 各批次的大小
    #[arg(long, value_name = "SIZES", default_value = "1,10,10%,rest", value_parser = waves)]
    pub(super) waves: Waves,
    /// How many failures a wave may have so that the next begins, as 3 or 5% ||
    /// 一批中允许多少失败才开始下一批，如 3 或 5%
    #[arg(long, value_name = "N", default_value = "0", value_parser = brake)]
    pub(super) max_failures: Brake,
}

/// Which merchants || 哪些商户
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Those with this label || 带有此标签的商户
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label)]
    pub(super) only: Vec<(String, String)>,
    /// So many, from the first of the list || 从名单开头算起的数量
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

/// How programs are told || 如何告知程序
#[derive(Debug, Args)]
pub(crate) struct Told {
    /// Print an event per change, as JSON lines || 每次变化打印一行 JSON 事件
    #[arg(long, value_name = "FORM", value_enum)]
    pub(super) progress: Option<Events>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Events {
    /// A JSON object a line || 每行一个 JSON 对象
    Jsonl,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Refresh {
    /// Those that nobody has looked at for a day, as far as lists show it ||
    /// 一天未查看过的，只看各列表
    #[default]
    Stale,
    /// All, and all that they have || 全部商户的全部内容
    Always,
    /// None || 都不查看
    Never,
}

fn waves(text: &str) -> Result<Waves, String> {
    text.parse().map_err(|why: String| told_as(why, "每批写作 `10`、`10%` 或 `rest`，以逗号分隔"))
}

fn brake(text: &str) -> Result<Brake, String> {
    text.parse().map_err(|why: String| told_as(why, "写作 `3` 或 `5%`"))
}

fn label(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| say!("write LABEL=VALUE", "写作 LABEL=VALUE"))
}

impl Chosen {
    pub(super) fn choice(&self) -> Choice {
        let only: BTreeMap<String, String> = self.only.iter().cloned().collect();
        Choice { only, limit: self.limit }
    }
}
