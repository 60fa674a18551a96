//! The grammar: noun, verb, flags. No flag takes a secret: those come from the environment or from
//! files.
//!
//! Each text stands in both languages, `English || 中文`, paragraph by paragraph.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tcb_catalogue::Operation;

use crate::backend::Backend;
use crate::lookup::{OperationParser, Subject, SubjectParser};

/// Where `emu start` listens and all other commands look, unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "127.0.0.1:8099";

/// Cloud development on the WeChat Open Platform, for service providers ||
/// 微信开放平台云开发命令行工具，供第三方平台服务商使用
///
/// Without any setting the commands talk to a local emulator: run `tcbctl emu start` in one
/// terminal and `tcbctl cloud open` in another. WeChat itself is only called when a setting names
/// it as the target and marks it as live. ||
/// 不做任何设置时，命令访问本机模拟器：在一个终端运行 `tcbctl emu start`，在另一个终端运行
/// `tcbctl cloud open`。只有当设置把微信写为目标并标记为正式（live）时，才会真正调用微信。
#[derive(Debug, Parser)]
#[command(name = "tcbctl", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes || 所有命令都接受的选项
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How results are printed: rows for people, one JSON object, one JSON object a line, YAML, or
    /// names alone || 结果的输出形式：给人看的表格、一个 JSON 对象、每行一个 JSON 对象、YAML，或仅名称
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) output: Format,

    /// Language: zh or en; the locale decides if it is not given || 语言：zh 或 en；不给出时由 locale 决定
    #[arg(long, global = true, value_name = "LANG", value_parser = ["zh", "en"])]
    pub(crate) lang: Option<String>,

    /// Profile whose settings are used || 使用哪个配置档（profile）的设置
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The target, in place of what the settings name || 目标地址，优先于设置中的地址
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The merchant to act for, in place of the one that the settings name || 代表哪个授权方，优先于设置
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) authorizer_appid: Option<String>,

    /// Print the request that would go, and send nothing || 打印将要发送的请求，但什么都不发送
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole chain against an emulator of its own, through each HTTP backend ||
    /// 用自带的模拟器演示完整链路，逐个经过每种 HTTP 后端
    Demo,
    /// The emulator of WeChat || 微信模拟器
    #[command(subcommand)]
    Emu(Emu),
    /// Find out what is wrong, in the order in which things depend on each other || 按依赖顺序检查哪里有问题
    ///
    /// Configuration, clock, host, IP whitelist, ticket, form of the AES key, store, permission
    /// sets
    /// of the merchant: it stops at the first cause and says how to mend it. ||
    /// 依次检查：配置、时钟、主机、IP 白名单、验证票据、AES 密钥格式、令牌存储、授权方的权限集；遇到第一个原因即停下，并说明如何修复。
    Doctor {
        /// Mend what can be mended from here, such as the mode of a file || 修复能在本机修复的问题，例如文件权限
        #[arg(long)]
        fix: bool,
    },
    /// The service provider's own platform || 服务商自己的第三方平台
    #[command(subcommand)]
    Platform(Platform),
    /// Authorisations that merchants gave to the platform || 授权方给平台的授权
    #[command(subcommand)]
    Auth(Auth),
    /// Cloud development of a merchant || 授权方的云开发
    #[command(subcommand)]
    Cloud(Cloud),
    /// Cloud environments || 云环境
    #[command(subcommand)]
    Env(Env),
    /// Cloud functions || 云函数
    #[command(subcommand)]
    Function(Function),
    /// The database of an environment || 环境的数据库
    #[command(subcommand)]
    Db(Db),
    /// Files in the cloud storage of an environment || 环境云存储中的文件
    #[command(subcommand)]
    Storage(Storage),
    /// Static website hosting, of an environment of the platform's own || 静态网站托管，用于平台自有的环境
    #[command(subcommand)]
    Static(Static),
    /// Open-platform accounts || 开放平台账号
    #[command(subcommand)]
    Account(Account),
    /// Quotas of calls || 接口调用额度
    #[command(subcommand)]
    Quota(Quota),
    /// Call any operation of the catalogue, checked before it is sent || 调用目录中的任意接口，发送前先校验
    Call(Box<CallArgs>),
    /// Say what an errcode, an operation, a request id, an assumption or an exit code is ||
    /// 解释错误码、接口、请求 rid、假设或退出码
    Explain {
        /// An errcode, for example -601049; an operation, by its official id in any case or its
        /// path; a rid of the emulator; an assumption, for example A-013; or exit-N ||
        /// 错误码，例如 -601049；接口的官方名称（不分大小写）或路径；模拟器的 rid；假设编号，例如 A-013；或 exit-N
        #[arg(value_parser = SubjectParser, allow_hyphen_values = true, hide_possible_values = true)]
        subject: Subject,
    },
    /// Profiles, and where settings come from || 配置档，以及每个设置从何而来
    #[command(subcommand)]
    Config(Config),
    /// Print what makes a shell complete commands, options and the names of operations ||
    /// 打印 shell 补全脚本，可补全命令、选项和接口名
    ///
    /// For bash: `tcbctl completions bash > ~/.local/share/bash-completion/completions/tcbctl`. For
    /// zsh: into a file `_tcbctl` in a folder of `$fpath`. For fish: into
    /// `~/.config/fish/completions/tcbctl.fish`. ||
    /// bash：`tcbctl completions bash > ~/.local/share/bash-completion/completions/tcbctl`。zsh：写入
    /// `$fpath` 中某个目录下的 `_tcbctl` 文件。fish：写入 `~/.config/fish/completions/tcbctl.fish`。
    Completions {
        /// The shell || 哪种 shell
        #[arg(value_enum)]
        shell: Shell,
        /// Say whether this file holds what would be printed || 检查此文件的内容是否为最新
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    /// Print a manual page, or write all of them into a folder || 打印手册页，或将全部手册页写入一个目录
    Man {
        /// Folder for one page per command || 目录，每个命令一页
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Say whether the pages in the folder are what would be written || 检查目录中的手册页是否为最新
        #[arg(long, requires = "dir")]
        check: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Emu {
    /// Start the emulator and run until stopped || 启动模拟器，一直运行到被停止
    ///
    /// Prints one JSON line with `base_url`, `admin_url` and what the console page of its platform
    /// shows: `component_appid`, `component_appsecret`, `token`, `encoding_aes_key`. They are worth
    /// nothing elsewhere. ||
    /// 打印一行 JSON：`base_url`、`admin_url`，以及平台控制台页面上的 `component_appid`、`component_appsecret`、
    /// `token`、`encoding_aes_key`。它们在别处毫无价值。
    Start {
        /// Address of this machine to listen on; port 0 takes a free one || 监听的本机地址；端口 0 表示任取空闲端口
        #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
        listen: SocketAddr,
        /// Number that all ids, secrets and tokens are made from || 生成所有 ID、密钥和令牌的种子
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Platform {
    /// Show the platform, its target and the state of its ticket || 显示平台、目标和验证票据状态
    Show,
    /// Show how old the newest ticket is || 显示最新验证票据的时间
    Ticket {
        /// Ask WeChat to push tickets || 请求微信开始推送票据
        #[arg(long)]
        start_push: bool,
    },
    /// The address that WeChat pushes to || 微信推送的回调地址
    #[command(subcommand)]
    Callback(Callback),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Callback {
    /// Ask a callback address as WeChat asks it, with a right and with a wrong signature ||
    /// 像微信一样请求回调地址，分别使用正确和错误的签名
    Verify {
        /// The whole address || 完整地址
        url: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Auth {
    /// Make a link by which a merchant authorises the platform || 生成授权链接，授权方用它授权平台
    Link {
        /// Where the link leads back to: an https address on the registered domain ||
        /// 授权后跳回的地址：登记域名下的 https 地址
        #[arg(long, value_name = "URL")]
        redirect: String,
        /// Permission set to ask for; all that are released if not given || 请求的权限集编号；不给出则为全部已发布的权限集
        #[arg(long = "permission-set", value_name = "N")]
        permission_sets: Vec<u32>,
    },
    /// List the merchants that authorised the platform || 列出已授权平台的授权方
    List,
    /// Show a merchant and the permission sets that it granted || 显示授权方及其授予的权限集
    Show {
        /// Its appid; the one of the settings if not given || 授权方 appid；不给出则用设置中的
        appid: Option<String>,
    },
    /// Get a new access token for a merchant, through the store || 通过令牌存储为授权方换取新的访问令牌
    Refresh,
    /// Put a refresh token into the store, from `TCBCTL_REFRESH_TOKEN` or its file, or else from
    /// WeChat's list ||
    /// 把刷新令牌写入存储，取自 `TCBCTL_REFRESH_TOKEN` 或其文件，否则取自微信的授权列表
    Restore {
        /// The merchant's appid || 授权方 appid
        appid: String,
    },
    /// Compare the store with WeChat's list and mend the store || 对照微信的授权列表修复存储
    Reconcile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// Open cloud development; run it again after the administrator has agreed || 开通云开发；管理员同意后再运行一次
    Open,
    /// Say whether cloud development is open, and with which environments || 查看云开发是否已开通，以及有哪些环境
    Status,
}

/// The environment that a command is about || 命令针对的环境
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct InEnv {
    /// Id of the environment; that of the settings, or the only one, if not given ||
    /// 环境 ID；不给出则用设置中的，或唯一的那个
    #[arg(long, value_name = "ID")]
    pub(crate) env: Option<String>,
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create an open-platform account and bind the merchant to it || 创建开放平台账号并绑定授权方
    Create {
        /// The mini program, when it has to be named; always the one behind the token ||
        /// 需要写明的小程序 appid；始终是令牌对应的那个
        #[arg(long, value_name = "ID")]
        appid: Option<String>,
    },
    /// Bind the merchant to an open-platform account || 把授权方绑定到开放平台账号
    Bind {
        /// Appid of the open-platform account || 开放平台账号的 appid
        open_appid: String,
    },
    /// Take the merchant out of an open-platform account || 解除授权方与开放平台账号的绑定
    Unbind {
        /// Appid of the open-platform account || 开放平台账号的 appid
        open_appid: String,
    },
    /// Show which open-platform account the merchant is bound to || 显示授权方绑定的开放平台账号
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Quota {
    /// Show how much of an operation's quota is left || 显示接口的剩余额度
    Show {
        /// Official id of the operation, in any case, or its path || 接口的官方名称（不分大小写）或路径
        #[arg(value_parser = OperationParser, hide_possible_values = true)]
        operation: &'static Operation,
        /// Whose quota || 谁的额度
        #[arg(long = "as", value_name = "WHO", value_enum, default_value = "merchant")]
        token_of: As,
    },
    /// Clear the count of calls, of one operation or of all; WeChat allows few clearings a month ||
    /// 清零调用次数，某个接口或全部接口；微信每月只允许清零几次
    Clear {
        /// Official id of the operation, in any case, or its path; all if not given ||
        /// 接口的官方名称（不分大小写）或路径；不给出则为全部
        #[arg(value_parser = OperationParser, hide_possible_values = true)]
        operation: Option<&'static Operation>,
        /// Whose quota || 谁的额度
        #[arg(long = "as", value_name = "WHO", value_enum, default_value = "merchant")]
        token_of: As,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Profiles: settings under a name || 配置档：以名称保存的一组设置
    #[command(subcommand)]
    Profile(Profile),
    /// Say what a setting is and where it comes from || 说明某个设置的值及其来源
    Explain {
        /// The setting, for example `base_url`; all if not given || 设置名，例如 `base_url`；不给出则为全部
        key: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// List the profiles || 列出配置档
    List,
    /// Use a profile from now on || 从现在起使用某个配置档
    Use {
        /// Its name; `emulator` uses none || 名称；`emulator` 表示不使用任何配置档
        name: String,
    },
    /// Set something in a profile of the user file || 设置用户文件中某个配置档的一项
    ///
    /// A secret is given as a reference: `env:NAME`, `file:PATH` or `exec:COMMAND`. ||
    /// 密钥只能以引用给出：`env:变量名`、`file:路径` 或 `exec:命令`。
    Set {
        /// Name of the profile; it is made if there is none || 配置档名称；没有时新建
        name: String,
        /// The setting, for example `base_url` || 设置名，例如 `base_url`
        key: String,
        /// Its value; empty takes it away || 值；空字符串表示删除该项
        value: String,
    },
}

/// Any operation, by its documented names || 按文档中的名称调用任意接口
///
/// The request is compared with the documentation first. What does not fit is named, and nothing is
/// sent. Secrets are not taken from arguments: put the body that holds them into a file, or pipe it
/// in, with `--data @FILE` and `--data @-`. ||
/// 请求先与文档对照，不符之处逐一指出，并且什么都不发送。参数中不接受密钥：请把含密钥的请求体放进文件或用管道传入，
/// 即 `--data @FILE` 和 `--data @-`。
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Official id of the operation, in any case, or its path || 接口的官方名称（不分大小写）或路径
    #[arg(value_parser = OperationParser, hide_possible_values = true)]
    pub(crate) operation: &'static Operation,
    /// The body: JSON, or `@FILE` for a file that holds it, `@-` for standard input ||
    /// 请求体：JSON，或 `@FILE` 表示取自文件，`@-` 表示取自标准输入
    #[arg(long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// Sets a member of the body: dots lead into objects, objects and arrays are JSON, everything
    /// else is read as the member's documented type ||
    /// 设置请求体的一个成员：点号进入对象，对象和数组写 JSON，其余按文档中的类型读取
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Adds a parameter to the URL || 在 URL 中加入一个参数
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// Whose token to use, where the operation takes either; the merchant's if not set ||
    /// 接口两种令牌都接受时用谁的；不给出则用授权方的
    #[arg(long = "as", value_name = "WHO", value_enum)]
    pub(crate) token_of: Option<As>,
    /// Say that the call only reads, so that it is repeated when it fails || 声明此调用只读取，失败时可以重复
    #[arg(long, conflicts_with = "idempotent")]
    pub(crate) read: bool,
    /// Say that sending it twice does what sending it once does, so that it is repeated when it
    /// fails || 声明发送两次与发送一次效果相同，失败时可以重复
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Print the secrets of the answer, and with --dry-run those of the request ||
    /// 打印返回中的密钥；与 --dry-run 同用时打印请求中的密钥
    #[arg(long)]
    pub(crate) show_secrets: bool,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use tcb_lang::Lang;

    use super::*;
    use crate::language::half;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_text_of_the_grammar_stands_in_both_languages() {
        fn texts(command: &clap::Command, found: &mut Vec<String>) {
            found.extend(
                command.get_about().into_iter().chain(command.get_long_about()).map(ToString::to_string),
            );
            for arg in
                command.get_arguments().filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"))
            {
                let help = arg.get_help().unwrap_or_else(|| panic!("{} has no help", arg.get_id()));
                found.extend([help].into_iter().chain(arg.get_long_help()).map(ToString::to_string));
            }
            command.get_subcommands().for_each(|sub| texts(sub, found));
        }
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let mut found = Vec::new();
        texts(&Cli::command(), &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for text in found {
            let of = |lang| half(&text, lang).unwrap_or_else(|| panic!("one half is missing: {text}"));
            assert!(!of(Lang::En).contains(is_chinese), "{text}");
            assert!(of(Lang::Zh).contains(is_chinese) || text == "YAML || YAML", "{text}");
        }
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn flags(command: &clap::Command, found: &mut Vec<String>) {
            let takes_a_value = |arg: &&clap::Arg| arg.get_action().takes_values();
            let arguments = command.get_arguments().filter(takes_a_value);
            found.extend(arguments.filter_map(|arg| arg.get_long()).map(str::to_owned));
            command.get_subcommands().for_each(|sub| flags(sub, found));
        }
        let mut found = Vec::new();
        flags(&Cli::command(), &mut found);
        assert!(found.contains(&"allow".to_owned()), "{found:?}");
        for flag in found {
            assert!(!["secret", "token", "ticket", "key", "password"].iter().any(|word| flag.contains(word)));
        }
    }

    #[test]
    fn a_code_may_be_negative_and_copied_from_a_document() {
        for (text, code) in [("-601049", -601_049), ("\u{2212}601049", -601_049), ("40001", 40001)] {
            let cli = Cli::try_parse_from(["tcbctl", "explain", text]).unwrap();
            assert!(
                matches!(cli.command, Command::Explain { subject: Subject::Errcode(found) } if found == code),
                "{text}"
            );
        }
        assert!(Cli::try_parse_from(["tcbctl", "explain", "frobnicate"]).is_err());
    }
}
