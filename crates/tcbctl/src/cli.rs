//! The grammar: noun, verb, flags. The arguments of a noun stand in its own file, beside what it
//! does.
//!
//! Each text stands in both languages, `English || 中文`, paragraph by paragraph.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::args::Global;
use crate::command::account::Account;
use crate::command::auth::Auth;
use crate::command::call::CallArgs;
use crate::command::cloud::Cloud;
use crate::command::config::Config;
use crate::command::db::Db;
use crate::command::deploy::Deploy;
use crate::command::emu::Emu;
use crate::command::env::Env;
use crate::command::fleet::Fleet;
use crate::command::function::Function;
use crate::command::platform::Platform;
use crate::command::quota::Quota;
use crate::command::storage::Storage;
use crate::command::website::Static;
use crate::lookup::{Subject, SubjectParser};

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
    /// A merchant, brought to what a blueprint says || 按蓝图部署一个授权方
    #[command(subcommand)]
    Deploy(Deploy),
    /// Many merchants, brought to what one blueprint says || 把众多商户部署到同一份蓝图所写的状态
    #[command(subcommand)]
    Fleet(Fleet),
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
            for arg in command.get_arguments().filter(|arg| !crate::help::is_clap_s(arg)) {
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
