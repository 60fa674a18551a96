//! The steps of a deployment in words of both languages, and for programs.

use serde_json::{Value, json};
use tcb_deploy::{Create, Mode, Step};
use tcb_types::open_account::CreateOpenAccount;
use tcb_types::{Operation, cloudbase_batch, cloudbase_common};

use crate::language::say;

/// A step: what it does for people (`step`), and for programs the same in parts.
pub(super) fn told(step: &Step) -> Value {
    let (action, name, text) = parts(step);
    let mut told = json!({"step": text, "action": action});
    if let Some(place) = step.place() {
        told["env"] = json!(place.env);
    }
    if let Some(name) = name {
        told["name"] = json!(name);
    }
    told
}

/// What kind of step it is, the name of what it is about beside the environment, and what it does
/// in words.
fn parts(step: &Step) -> (&'static str, Option<String>, String) {
    let env = step.place().map(|place| place.env.as_str()).unwrap_or_default();
    match step {
        Step::OpenCloud => ("open_cloud", None, say!("open cloud development", "开通云开发")),
        Step::CreateEnv(_) => ("create_env", None, say!("create the environment {env}", "创建环境 {env}")),
        Step::AwaitEnv(_) => {
            ("await_env", None, say!("wait for the environment {env}", "等待环境 {env} 可用"))
        }
        Step::CreateFunction(_, name, _) => (
            "create_function",
            Some(name.to_string()),
            say!("create the function {name} in {env}", "在 {env} 中创建云函数 {name}"),
        ),
        Step::UploadCode(_, name, package) => {
            let size = package.bytes().len();
            (
                "upload_code",
                Some(name.to_string()),
                say!(
                    "upload the code of {name} in {env} ({size} bytes)",
                    "上传 {env} 中 {name} 的代码（{size} 字节）"
                ),
            )
        }
        Step::Configure(_, name, _) => {
            ("configure", Some(name.to_string()), say!("configure {name} in {env}", "配置 {env} 中的 {name}"))
        }
        Step::AllowCalls(_, name, _) => (
            "allow_calls",
            Some(name.to_string()),
            say!("set the cloud calls of {name} in {env}", "设置 {env} 中 {name} 的云调用权限"),
        ),
        Step::SetTimers(_, name, _) => (
            "set_timers",
            Some(name.to_string()),
            say!("set the timers of {name} in {env}", "设置 {env} 中 {name} 的定时触发器"),
        ),
        Step::AwaitFunction(_, name) => (
            "await_function",
            Some(name.to_string()),
            say!("wait for the function {name} in {env}", "等待 {env} 中的云函数 {name} 可用"),
        ),
        Step::CreateCollection(_, name) => (
            "create_collection",
            Some(name.to_string()),
            say!("create the collection {name} in {env}", "在 {env} 中创建集合 {name}"),
        ),
        Step::SetPermission(_, name, _) => (
            "set_permission",
            Some(name.to_string()),
            say!("set the permission of {name} in {env}", "设置 {env} 中 {name} 的权限"),
        ),
        Step::SetIndexes(_, name, indexes) => {
            let names: Vec<&str> = indexes.create.iter().map(|index| index.name.as_str()).collect();
            let names = names.join(", ");
            (
                "set_indexes",
                Some(name.to_string()),
                say!("set the indexes {names} of {name} in {env}", "设置 {env} 中 {name} 的索引 {names}"),
            )
        }
        Step::SetTokenPolicy(..) => {
            ("set_token_policy", None, say!("set the token policy of {env}", "设置 {env} 的令牌策略"))
        }
        Step::SetRoutes(_) => {
            ("set_routes", None, say!("set which messages go to which functions", "设置消息推送到哪些云函数"))
        }
        Step::CreateOpenAccount => {
            ("create_open_account", None, say!("create an open-platform account", "创建开放平台账号"))
        }
        Step::BindOpenAccount(id) => (
            "bind_open_account",
            Some(id.to_string()),
            say!("bind the open-platform account {id}", "绑定开放平台账号 {id}"),
        ),
        Step::ShareEnv(..) => ("share_env", None, say!("share the environment {env}", "共享环境 {env}")),
        other => ("other", None, other.to_string()),
    }
}

/// The operation by which a step makes something, if it does.
pub(super) fn create(step: &Step) -> Option<&'static str> {
    let id = |place: &tcb_deploy::Place, ordinary, batch| {
        Some(if place.mode == Mode::Ordinary { ordinary } else { batch })
    };
    match step {
        Step::OpenCloud => Some(cloudbase_common::CreateCloudUser::SPEC.id),
        Step::CreateEnv(place) => {
            id(place, cloudbase_common::CreateEnv::SPEC.id, cloudbase_batch::CreateEnv::SPEC.id)
        }
        Step::CreateFunction(place, ..) => id(
            place,
            cloudbase_common::CreateFunction::SPEC.id,
            cloudbase_batch::CreateFunctionInEnvs::SPEC.id,
        ),
        Step::CreateCollection(place, _) => {
            id(place, cloudbase_common::CreateCollection::SPEC.id, cloudbase_batch::CreateCollection::SPEC.id)
        }
        Step::CreateOpenAccount => Some(CreateOpenAccount::SPEC.id),
        _ => None,
    }
}

/// What a create makes, in words.
pub(super) fn created(create: &Create) -> String {
    match create {
        Create::Env { alias, .. } => say!("the environment {alias}", "环境 {alias}"),
        Create::Function { env, name, .. } => {
            say!("the function {name} in {env}", "{env} 中的云函数 {name}")
        }
        Create::Collection { env, name, .. } => {
            say!("the collection {name} in {env}", "{env} 中的集合 {name}")
        }
        Create::OpenAccount => say!("the open-platform account", "开放平台账号"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_what_the_library_says_too() {
        for step in [Step::OpenCloud, Step::CreateOpenAccount, Step::BindOpenAccount("wx1".into())] {
            assert_eq!(told(&step)["step"], step.to_string());
        }
        assert_eq!(created(&Create::OpenAccount), Create::OpenAccount.to_string());
    }
}
