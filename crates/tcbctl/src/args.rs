//! The arguments that several commands share. No flag takes a secret: those come from the
//! environment or from files.
//!
//! Each text stands in both languages, `English || 中文`, paragraph by paragraph.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use crate::backend::Backend;

/// Where `emu start` listens and all other commands look, unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "127.0.0.1:8099";

/// What every command takes || 所有命令都接受的选项
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How results are printed: rows for people, one JSON object, one JSON object a line, YAML, or
    /// names alone || 结果的输出形式：给人看的表格、一个 JSON 对象、每行一个 JSON
    /// 对象、YAML，或仅名称
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) output: Format,

    /// Language: zh or en; the locale decides if it is not given || 语言：zh 或 en；不给出时由
    /// locale 决定
    #[arg(long, global = true, value_name = "LANG", value_parser = ["zh", "en"])]
    pub(crate) lang: Option<String>,

    /// Profile whose settings are used || 使用哪个配置档（profile）的设置
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The target, in place of what the settings name || 目标地址，优先于设置中的地址
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The merchant to act for, in place of the one that the settings name; `--merchant` for
    /// short || 代表哪个授权方，优先于设置；可简写为 `--merchant`
    #[arg(long, visible_alias = "merchant", global = true, value_name = "ID")]
    pub(crate) authorizer_appid: Option<String>,

    /// Print the request that would go, and send nothing; what takes several steps reads what is
    /// there and prints the steps ||
    /// 打印将要发送的请求，但什么都不发送；分多步进行的命令会读取现有状态并打印各个步骤
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// Do not ask before something that cannot be undone || 执行不可撤销的操作前不再询问
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,

    /// HTTP client that carries the calls || 承载调用的 HTTP 客户端
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub(crate) backend: Backend,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Rows of text || 文本表格
    #[default]
    Table,
    /// One JSON object in one line || 一行一个 JSON 对象
    Json,
    /// A JSON object in a line of its own for each item of a list || 列表中每一项各占一行 JSON
    Jsonl,
    /// YAML || YAML
    Yaml,
    /// Names alone, each in a line of its own || 仅名称，每行一个
    Name,
}

/// The environment that a command is about || 命令针对的环境
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct InEnv {
    /// Id of the environment; that of the settings, or the only one, if not given ||
    /// 环境 ID；不给出则用设置中的，或唯一的那个
    #[arg(long, value_name = "ID")]
    pub(crate) env: Option<String>,
}

/// Whose token a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum As {
    /// The service provider's own || 服务商自己的
    Platform,
    /// The merchant's || 授权方的
    Merchant,
}

/// The format that these arguments ask for, which are wrong. The rest of them is not understood.
pub(crate) fn wanted_format(args: impl Iterator<Item = OsString>) -> Format {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let apart = args.windows(2).filter(|pair| matches!(&*pair[0], "-o" | "--output")).map(|pair| &*pair[1]);
    let joined = args.iter().filter_map(|arg| {
        let value = arg.strip_prefix("--output=").or_else(|| arg.strip_prefix("-o"))?;
        Some(value.strip_prefix('=').unwrap_or(value))
    });
    let mut formats = apart.chain(joined).filter_map(|value| Format::from_str(value, false).ok());
    formats.next().unwrap_or_default()
}
