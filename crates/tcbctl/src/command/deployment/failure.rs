//! What keeps a deployment from its end, in both languages.

use std::error::Error as _;
use std::io;
use std::path::Path;

use tcb_deploy::{
    BlueprintError, DeployError, DeployErrorKind, Fault, FaultKind, PackError, PackErrorKind, PlanError,
    Shape,
};
use tcb_lang::Lang;

use super::{notes, steps};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::words::of_system;

const ENVS: &str = "tcbctl env list";

/// The failure of a deployment with these notes.
pub(super) fn of(error: &DeployError, notes: &Path) -> Box<Failure> {
    let mut failure = match error.kind() {
        DeployErrorKind::Plan(error) => undecided(error, notes),
        DeployErrorKind::Unsettled(create) => {
            let what = steps::created(create);
            let message = say!(
                "{what} may have been created; reading the state back does not tell yet",
                "{what}可能已创建；读回状态尚无法确定"
            );
            doubtful("unknown", message).hint(say!(
                "run the same command again in ten minutes; it looks first, and creates nothing twice",
                "十分钟后再运行同一命令；它会先查看，不会重复创建"
            ))
        }
        DeployErrorKind::Several(create, count) => {
            let what = steps::created(create);
            let message = say!("{count} things may be {what}", "有 {count} 个资源可能是{what}");
            doubtful("several", message)
                .hint(say!("look in the console which one is meant", "到控制台查看是哪一个"))
        }
        DeployErrorKind::Part(reason) => Failure::new(
            Exit::Refused,
            "refused",
            say!("WeChat refused a part of the call", "微信拒绝了此次调用的一部分"),
        )
        .why(super::call::plain(reason)),
        DeployErrorKind::Wait => {
            let message = say!("what was created cannot be used yet", "已创建的内容尚不可用");
            Failure::new(Exit::Timeout, "wait", message).hint(say!(
                "run the same command again later; it goes on where it was",
                "稍后再运行同一命令；它会从中断处继续"
            ))
        }
        DeployErrorKind::Failed => {
            let message = say!(
                "it has failed or was halted, and will not become usable by itself",
                "它已失败或被停用，不会自行恢复"
            );
            Failure::new(Exit::Failed, "failed", message)
                .hint(say!("look at it in WeChat's console", "到微信控制台查看"))
        }
        DeployErrorKind::Notes => {
            let shown = notes.display();
            let message = say!("the notes {shown} cannot be used", "无法使用便笺 {shown}");
            Failure::new(Exit::Failed, "notes", message)
        }
        DeployErrorKind::NoPlatform => Failure::config(say!(
            "batch mode takes the platform's credentials, not only a token",
            "批量模式需要平台凭据，仅有令牌不够"
        ))
        .hint("unset TCBCTL_ACCESS_TOKEN TCBCTL_ACCESS_TOKEN_FILE"),
        DeployErrorKind::NoAppId => Failure::config(say!(
            "sharing an environment takes the merchant's appid",
            "共享环境需要授权方的 appid"
        ))
        .hint("export TCBCTL_AUTHORIZER_APPID=APPID"),
        DeployErrorKind::NoEnv(alias) => {
            let message = say!("there is no environment {alias}", "没有环境 {alias}");
            Failure::new(Exit::NotFound, "env", message).hint(ENVS)
        }
        _ => match error.call() {
            Some(call) => Box::<Failure>::from(call),
            None => Failure::new(Exit::Failed, "deploy", error.to_string()),
        },
    };
    if failure.why.is_none() && failure.errcode.is_none() {
        failure.why = error.call().and_then(|call| call.source()).map(ToString::to_string);
    }
    if matches!(error.kind(), DeployErrorKind::Call) && error.step().is_none() && notes::are_open(notes) {
        let shown = notes.display();
        failure.hint = Some(say!(
            "look whether what {shown} says was begun is there; remove that file if it cannot be any more",
            "确认 {shown} 中记下的创建是否已完成；如已不可能存在，删除该文件"
        ));
    }
    failure.step = error.step().map(steps::told).and_then(|told| Some(told["step"].as_str()?.to_owned()));
    failure
}

fn doubtful(kind: &'static str, message: String) -> Box<Failure> {
    let mut failure = Failure::new(Exit::Unsettled, kind, message);
    failure.maybe_executed = true;
    failure
}

/// Why a person has to decide first.
fn undecided(error: &PlanError, notes: &Path) -> Box<Failure> {
    match error {
        PlanError::SeveralEnvs { alias, ids } => {
            let ids = ids.iter().map(tcb_types::EnvId::as_str).collect::<Vec<_>>().join(", ");
            let message = say!(
                "several environments have the alias {alias}: {ids}",
                "有多个名为 {alias} 的环境：{ids}"
            );
            Failure::new(Exit::Failed, "ambiguous_alias", message).hint(say!(
                "name the one that is meant by its id, as `id: ID` in the blueprint",
                "在蓝图中用 `id: ID` 写明是哪一个"
            ))
        }
        PlanError::NoEnv(id) => {
            let message = say!("there is no environment {id}", "没有环境 {id}");
            Failure::new(Exit::NotFound, "env", message).hint(say!(
                "{ENVS}   (a new one may take ten minutes to be listed)",
                "{ENVS}   （新环境可能要十分钟后才会列出）"
            ))
        }
        PlanError::LostEnv { alias, id } => {
            let shown = notes.display();
            let message = say!(
                "the environment {alias} was created as {id}, and no list shows it",
                "环境 {alias} 已创建（{id}），但列表中没有它"
            );
            Failure::new(Exit::NotFound, "lost_env", message).hint(say!(
                "run it again later; if it was destroyed, take its id out of {shown}",
                "稍后再运行；如已销毁，从 {shown} 中删去其 id"
            ))
        }
        PlanError::OtherOpenAccount(id) => {
            let message = say!(
                "the merchant is bound to another open-platform account, {id}",
                "授权方已绑定另一个开放平台账号 {id}"
            );
            Failure::new(Exit::Failed, "other_open_account", message)
                .hint(format!("tcbctl account unbind {id}"))
        }
        other => Failure::new(Exit::Failed, "plan", other.to_string()),
    }
}

impl From<PackError> for Box<Failure> {
    fn from(error: PackError) -> Self {
        let (message, instead) = unpackable(&error);
        let failure = Failure::new(Exit::Usage, "package", message).hint(instead);
        match why_unpackable(&error) {
            why if why.is_empty() => failure,
            why => failure.why(why),
        }
    }
}

/// What is wrong with a folder, and what to do instead.
fn unpackable(error: &PackError) -> (String, String) {
    let shown = error.path().display();
    let place = error.line().map_or_else(|| shown.to_string(), |line| format!("{shown}:{line}"));
    let leave_out = || say!("leave it out in .tcbignore", "在 .tcbignore 中排除它");
    match error.kind() {
        PackErrorKind::NoFolder => (
            say!("{place} is no folder", "{place} 不是目录"),
            say!("name the one with the code of the function", "请给出云函数代码所在的目录"),
        ),
        PackErrorKind::NoEntry => (
            say!("{place} has no file `index.js`", "{place} 中没有 `index.js`"),
            say!(
                "put `exports.main = async (event) => …` into index.js there",
                "在其中的 index.js 里写 `exports.main = async (event) => …`"
            ),
        ),
        PackErrorKind::Link => (
            say!(
                "the symbolic link {place} leads out of the folder, to nothing, or into itself",
                "符号链接 {place} 指向目录之外、不存在的位置或自身所在的目录"
            ),
            say!(
                "put a copy in its place, or leave it out in .tcbignore",
                "用副本代替它，或在 .tcbignore 中排除"
            ),
        ),
        PackErrorKind::Name => (
            say!(
                "the name of {place} cannot be in an archive",
                "{place} 的名称过长或不是 UTF-8，无法放入压缩包"
            ),
            say!("rename it, or leave it out in .tcbignore", "改名，或在 .tcbignore 中排除"),
        ),
        PackErrorKind::Ignore => (
            say!("{place} is no pattern", "{place} 不是合法的模式"),
            say!("write it as a line of a .gitignore", "按 .gitignore 的写法改正这一行"),
        ),
        PackErrorKind::TooLarge => {
            (say!("{place} is more than may be uploaded", "{place} 超过上传限制"), leave_out())
        }
        _ => (say!("{place} cannot be read", "无法读取 {place}"), leave_out()),
    }
}

/// What more is known of it; in Chinese what the words for its kind do not say already.
fn why_unpackable(error: &PackError) -> String {
    if current() == Lang::En {
        return error.detail();
    }
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match error.kind() {
        PackErrorKind::Link | PackErrorKind::Name => String::new(),
        PackErrorKind::TooLarge => {
            let named = error.largest().iter().map(|(name, size)| format!("{name}（{} KiB）", size / 1024));
            format!("最大的文件：{}", named.collect::<Vec<_>>().join("、"))
        }
        _ => system.map_or_else(|| error.detail(), of_system),
    }
}

impl From<BlueprintError> for Box<Failure> {
    fn from(error: BlueprintError) -> Self {
        let count = error.faults().len();
        let message = say!(
            "{count} faults in the blueprint; nothing was sent",
            "蓝图中有 {count} 处错误；什么都没有发送"
        );
        let failure = Failure::new(Exit::Usage, "blueprint", message);
        failure.findings(error.faults().iter().map(fault).collect())
    }
}

/// A fault with its place.
fn fault(fault: &Fault) -> String {
    let place = [fault.line, fault.column].into_iter().flatten().map(|number| format!(":{number}"));
    let place = format!("{}{}", fault.file.display(), place.collect::<String>());
    match current() {
        Lang::En => format!("{place}: {}; {}", fault.kind.what(), fault.kind.instead()),
        Lang::Zh => format!("{place}：{}", words(&fault.kind)),
    }
}

/// A fault and what to write instead, in Chinese.
fn words(kind: &FaultKind) -> String {
    let one_of = |known: &[String]| match known {
        [] => "请先添加".to_owned(),
        known => format!("可写：{}", known.join("、")),
    };
    match kind {
        FaultKind::Unreadable(why) => format!("无法读取蓝图：{why}；请给出存在的 UTF-8 文件"),
        FaultKind::Yaml(why) => format!("不是合法的 YAML：{why}；请改正"),
        FaultKind::UnknownMember { name, known, .. } => format!("没有成员 `{name}`；{}", one_of(known)),
        FaultKind::UnknownValue { value, known, .. } => {
            format!("此处不能写 `{value}`；{}", one_of(known))
        }
        FaultKind::MissingMember(name) => format!("缺少成员 `{name}`；加上 `{name}:`"),
        FaultKind::Twice(name) => format!("成员 `{name}` 重复；保留一个"),
        FaultKind::Expected(shape) => match shape {
            Shape::Bool => "此成员不能取这个值；写 `true` 或 `false`".to_owned(),
            Shape::Number => "此成员不能取这个值；写一个整数".to_owned(),
            Shape::Text => "这里应为文本；写在成员名之后，含有 YAML 符号时加引号".to_owned(),
            Shape::List => "这里应为列表；每项前写 `- `".to_owned(),
            Shape::Members => "这里应为成员；写作 `名称: 值`".to_owned(),
            _ => format!("{}；参照蓝图文档改正", kind.what()),
        },
        FaultKind::Package(error) => {
            let (what, instead) = unpackable(error);
            match why_unpackable(error) {
                why if why.is_empty() => format!("无法打包：{what}；{instead}"),
                why => format!("无法打包：{what}（{why}）；{instead}"),
            }
        }
        FaultKind::Alike { member, name, first, .. } => {
            format!("`{member}: {name}` 与第 {first} 行重名；各取不同的名称")
        }
        FaultKind::Mode { member, needed, mode, .. } => {
            format!("`mode: {mode}` 下不能设置 `{member}`；去掉它，或把环境改为 `mode: {needed}`")
        }
        FaultKind::Timeout { seconds, longest, .. } => {
            format!("云函数不能运行 {seconds} 秒；写 1 到 {longest}（秒）")
        }
        FaultKind::NoKeys(index) => format!("索引 {index} 没有字段；写作 `keys: [{{field: due}}]`"),
        FaultKind::RouteEvent { message, has: true, .. } => {
            format!("`message: {message}` 的路由不能有 `event`；只有 `message: event` 才写 `event`")
        }
        FaultKind::RouteEvent { .. } => "`message: event` 的路由缺少 `event`；请写明事件类型".to_owned(),
        FaultKind::NoEnv { alias, known, .. } => {
            format!("上文没有 `alias` 为 `{alias}` 的环境；{}", one_of(known))
        }
        FaultKind::NoFunction { env, name, known, .. } => {
            format!("{env} 中没有云函数 `{name}`；{}", one_of(known))
        }
        FaultKind::NoValue(name) => {
            format!("变量 {name} 没有值；用 `--var {name}=值` 给出，或写 `$${{{name}}}` 表示文本本身")
        }
        FaultKind::NoBrace => "`${` 之后缺少 `}`；写 `$${` 表示文本本身".to_owned(),
        other => format!("{}；{}", other.what(), other.instead()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_blueprint_has_chinese_words() {
        let text = "environments:\n  - alias: a\n    share: cloud_hosting\n    functions:\n      \
                    - { name: f, folder: /nowhere, timeout: 0 }\n    collections:\n      \
                    - { name: c, indexes: [{ name: i, keys: [] }] }\n  - alias: a\nmessages:\n  \
                    - { message: text, event: e, environment: b, function: f }\n  \
                    - { message: event, environment: a, function: g }\n";
        let mut faults = tcb_deploy::Blueprint::parse("b.yaml", text).unwrap_err().faults().to_vec();
        for text in [
            "environments: 1",
            "colour: red",
            "open_account: none",
            "environments: [{}]",
            "a: [",
            "a: 1\na: 2",
        ] {
            faults.extend(tcb_deploy::Blueprint::parse("b.yaml", text).unwrap_err().faults().to_vec());
        }
        let missing = tcb_deploy::Blueprint::parse("b.yaml", "environments:\n  - alias: x${A}${B\n").unwrap();
        faults.extend(missing.desired(&tcb_deploy::Variables::new()).unwrap_err().faults().to_vec());
        assert!(faults.len() > 14, "{faults:#?}");
        for fault in faults {
            assert!(words(&fault.kind).contains('；'), "{fault}");
            assert!(words(&fault.kind).contains(['缺', '没', '不', '应', '无', '与', '重']), "{fault}");
        }
    }
}
