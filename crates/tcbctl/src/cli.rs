//! The grammar: noun, verb, flags. No flag takes a secret: those come from the environment or from
//! files.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tcb_catalogue::Operation;

use crate::backend::Backend;
use crate::exit::Exit;
use crate::lookup::{OperationParser, Subject, SubjectParser};

/// Where `emu start` listens and all other commands look, unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "127.0.0.1:8099";

/// Cloud development on the WeChat Open Platform, for service providers.
///
/// Without any setting the commands talk to a local emulator: run `tcbctl emu start` in one
/// terminal and `tcbctl cloud open` in another. WeChat itself is only called when the environment
/// names it as the target.
#[derive(Debug, Parser)]
#[command(name = "tcbctl", version, after_long_help = after_help(), arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How results are printed: for people, or as one JSON object
    #[arg(
        short,
        long,
        global = true,
        help_heading = "Global options",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) output: Format,

    /// HTTP client that carries the calls
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "NAME",
        value_enum,
        default_value_t
    )]
    pub(crate) backend: Backend,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Rows of text
    #[default]
    Table,
    /// One JSON object in one line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole chain against an emulator of its own, through each HTTP backend
    Demo,
    /// The emulator of WeChat
    #[command(subcommand)]
    Emu(Emu),
    #[command(flatten)]
    ForMerchant(MerchantCommand),
    /// Call any operation of the catalogue, checked before it is sent
    Call(Box<CallArgs>),
    /// Print what makes a shell complete commands, options and the names of operations
    ///
    /// For bash: `tcbctl completions bash > ~/.local/share/bash-completion/completions/tcbctl`. For
    /// zsh: into a file `_tcbctl` in a folder of `$fpath`. For fish: into
    /// `~/.config/fish/completions/tcbctl.fish`.
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Say what an errcode means and what to do about it, or what an operation takes and answers
    Explain {
        /// An errcode, for example -601049; or an operation: its official id in any case, or its
        /// path
        #[arg(value_parser = SubjectParser, allow_hyphen_values = true, hide_possible_values = true)]
        subject: Subject,
    },
}

/// The commands that are carried out for a merchant.
#[derive(Debug, Subcommand)]
pub(crate) enum MerchantCommand {
    /// Cloud development of a merchant
    #[command(subcommand)]
    Cloud(Cloud),
    /// Cloud environments
    #[command(subcommand)]
    Env(Env),
    /// Cloud functions
    #[command(subcommand)]
    Function(Function),
    /// What cloud functions may call with the token that the platform gives them
    #[command(subcommand)]
    TokenPolicy(TokenPolicy),
    /// Open-platform accounts
    #[command(subcommand)]
    Account(Account),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Emu {
    /// Start the emulator and run until stopped
    ///
    /// Prints one JSON line with `base_url`, `admin_url` and what the console page of its platform
    /// shows: `component_appid`, `component_appsecret`, `token`, `encoding_aes_key`. They are worth
    /// nothing elsewhere.
    Start {
        /// Address of this machine to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
        listen: SocketAddr,
        /// Number that all ids, secrets and tokens are made from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// Open cloud development; run it again after the administrator has agreed
    Open,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Env {
    /// Create an environment, which the merchant pays by use, unless there is one of this name
    Create {
        /// Its name; the id is made from it
        #[arg(long, value_name = "NAME")]
        alias: String,
        /// Create it even if there is one of this name
        #[arg(long)]
        another: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Function {
    /// Create an empty function
    Create {
        /// Id of the environment
        #[arg(long, value_name = "ID")]
        env: String,
        /// Its name, unique in the environment
        #[arg(long, value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenPolicy {
    /// Read the policy
    Get {
        /// Id of the environment
        #[arg(long, value_name = "ID")]
        env: String,
    },
    /// Read the policy, change what is named and write it
    Set(SetTokenPolicy),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").args(["open", "allow"]).multiple(true).required(true)))]
pub(crate) struct SetTokenPolicy {
    /// Id of the environment
    #[arg(long, value_name = "ID")]
    pub(crate) env: String,
    /// Whether cloud functions may use the token at all; for the whole account, not only this
    /// environment
    #[arg(long, value_name = "BOOL")]
    pub(crate) open: Option<bool>,
    /// Path that may be called, `/*` for all; given once or more, they take the place of the list
    #[arg(long, value_name = "PATH")]
    pub(crate) allow: Vec<String>,
    /// Version to send in place of the one that was read
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<i64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create an open-platform account and bind the merchant's mini program to it
    Create {
        /// The mini program, when it has to be named; always the one behind the token
        #[arg(long, value_name = "ID")]
        appid: Option<String>,
    },
}

/// Any operation, by its documented names.
///
/// The request is compared with the documentation first. What does not fit is named, and nothing is
/// sent. Secrets are not taken from arguments: put the body that holds them into a file, or pipe it
/// in, with `--data @FILE` and `--data @-`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct CallArgs {
    /// Official id of the operation, in any case, or its path
    #[arg(value_parser = OperationParser, hide_possible_values = true)]
    pub(crate) operation: &'static Operation,
    /// The body: JSON, or `@FILE` for a file that holds it, `@-` for standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// Sets a member of the body: dots lead into objects, objects and arrays are JSON, everything
    /// else is read as the member's documented type
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Adds a parameter to the URL
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// Whose token to use, where the operation takes either; the merchant's if not set
    #[arg(long = "as", value_name = "WHO", value_enum)]
    pub(crate) token_of: Option<As>,
    /// Say that the call only reads, so that it is repeated when it fails
    #[arg(long, conflicts_with = "idempotent")]
    pub(crate) read: bool,
    /// Say that sending it twice does what sending it once does, so that it is repeated when it
    /// fails
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Check the request and print it; send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the secrets of the answer, and with --dry-run those of the request
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// Whose token a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum As {
    /// The service provider's own
    Platform,
    /// The merchant's
    Merchant,
}

/// Whether these arguments, which are wrong, ask for JSON.
pub(crate) fn wants_json(args: impl Iterator<Item = OsString>) -> bool {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let is_value = |value: &str| value == "json" || value == "=json";
    args.windows(2).any(|pair| matches!(&*pair[0], "-o" | "--output") && pair[1] == "json")
        || args.iter().any(|arg| arg == "--output=json" || arg.strip_prefix("-o").is_some_and(is_value))
}

fn after_help() -> String {
    use std::fmt::Write as _;

    let mut help = format!(
        "\
Environment:
  TCBCTL_BASE_URL             the target; http://{DEFAULT_ADDRESS} if not set, WeChat is
                              https://api.weixin.qq.com
  TCBCTL_ADMIN_URL            admin API of an emulator; <base URL>/_emu/v1 if not set and the target
                              is on this machine. It supplies all credentials
  TCBCTL_ACCESS_TOKEN         a token to act with; nothing else is needed then
  TCBCTL_COMPONENT_APPID      or the platform: its appid,
  TCBCTL_COMPONENT_APPSECRET  its secret,
  TCBCTL_TICKET               the newest component_verify_ticket that was pushed,
  TCBCTL_AUTHORIZER_APPID     the merchant to act for, with an emulator too,
  TCBCTL_REFRESH_TOKEN        and its refresh token; asked of WeChat if not set
  TCBCTL_STORE                in place of ticket and refresh token, the token store of the platform's
                              service: path of its SQLite file, or its redis:// or rediss:// address
  TCBCTL_STORE_KEYS           if the service encrypts that store: its keys as ID:KEY, the one it
                              writes with first, further ones after commas

  Each secret can stand in a file instead, which nobody but its owner may read: TCBCTL_ACCESS_TOKEN_FILE,
  TCBCTL_COMPONENT_APPSECRET_FILE, TCBCTL_TICKET_FILE, TCBCTL_REFRESH_TOKEN_FILE, TCBCTL_STORE_FILE,
  TCBCTL_STORE_KEYS_FILE.
  No flag takes a secret.

Exit codes:
"
    );
    for exit in Exit::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(help, "  {:>2}  {}", exit.code(), exit.about());
    }
    help
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
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
        assert!(found.contains(&"alias".to_owned()), "{found:?}");
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
        assert!(Cli::try_parse_from(["tcbctl", "explain", "rid"]).is_err());
    }
}
