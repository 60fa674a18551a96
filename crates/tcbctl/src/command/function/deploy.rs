//! `tcbctl function deploy`

use std::fs;
use std::path::PathBuf;

use clap::Args;
use tcb_deploy::{Desired, Env, Function, Package};

use crate::args::InEnv;
use crate::command::call;
use crate::command::deployment::{Deploying, Invocation, variables};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::run::{Ended, Run};

const COMMAND: &str = "function deploy";

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// The folder with the code; what its .tcbignore names, in the syntax of .gitignore, stays
    /// out || 代码所在的目录；其中 .tcbignore（.gitignore 语法）列出的内容不会打包
    dir: PathBuf,
    /// Name of the function; that of the folder if not given || 云函数名称；不给出则用目录名
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    place: InEnv,
    /// How long the function may run; as it is if not given ||
    /// 函数最长运行时间（秒）；不给出则保持不变
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=300))]
    timeout: Option<u32>,
    /// Sets an environment variable; given once or more, they take the place of all that there are.
    /// A secret is a reference: `KEY=env:NAME`, `KEY=file:PATH` ||
    /// 设置环境变量；可多次给出，给出后替换全部已有变量。密钥只能以引用给出：`KEY=env:变量名`、`KEY=file:路径`
    #[arg(long = "variable", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Invoke the function when it is deployed, with this JSON or `@FILE`; `{}` if none is given ||
    /// 部署后调用云函数，传入此 JSON 或 `@FILE`；不写则为 `{}`
    #[arg(long, value_name = "JSON", num_args = 0..=1, default_missing_value = "{}")]
    invoke: Option<String>,
    /// File of the notes that the next run needs after a crash; one of the merchant's in the state
    /// folder if not given || 便笺文件，崩溃后再次运行时需要；不给出则用状态目录中该授权方的文件
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
}

/// Packs a folder, and sees to it that the function is there with this code and can be called.
pub(super) async fn deploy(run: &Run<'_>, deploy: Deploy) -> Ended {
    let Deploy { dir, name, place, timeout, variables: given, invoke, notes } = deploy;
    let event = invoke.map(|invoke| call::json_of(&invoke)).transpose()?;
    let package = Package::of_folder(&dir).map_err(Box::<Failure>::from)?;
    let (size, digest) = (package.bytes().len(), package.digest().to_owned());
    let folder = fs::canonicalize(&dir).ok();
    let of_folder = folder.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    let name = name.or_else(|| of_folder.map(str::to_owned)).ok_or_else(|| {
        Failure::new(Exit::Usage, "arguments", say!("the function has no name", "云函数没有名称"))
            .hint(say!("add --name NAME", "加上 --name NAME"))
    })?;
    let mut function = Function::new(name.as_str(), package);
    function.timeout = timeout;
    if !given.is_empty() {
        function.variables = Some(variables(&given)?);
    }
    let env = run.env_to_read(&place).await?;
    let desired = Desired::new().env(Env::existing(env.as_str()).function(function));
    let deploying = Deploying::open(run, COMMAND, notes.as_deref()).await?;
    if run.global.dry_run {
        let (_, report) = deploying.plan(&desired).await?;
        return Ok(report.field("dry_run", true));
    }
    let invocation = desired.envs.first().zip(event).map(|(env, event)| Invocation {
        env,
        function: name.as_str(),
        event: event.to_string(),
    });
    let report = deploying.apply(&desired, invocation).await?;
    Ok(report.member("env_id", env).member("bytes", size).member("sha256", digest).named(name))
}
