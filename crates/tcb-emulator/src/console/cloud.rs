//! The cloud resources of merchants and platforms.

use maud::{Markup, html};
use tcb_lang::say;
use tcb_types::EnvId;

use super::form::Form;
use super::layout::{MOST, button, cut, nothing, table, time};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, path_below};
use crate::inventory::{CollectionState, EnvironmentContents, EnvironmentState, FunctionState};
use crate::storage::Listed;

/// All environments; below it one with what is in it.
pub(super) fn show(visit: &Visit<'_>) -> Shown {
    match &visit.rest[..] {
        [] => Ok(all(visit)),
        [env] => Ok(one(visit, &visit.emulator.environment(env).ok_or(Trouble::NoPage)?)),
        _ => Err(Trouble::NoPage),
    }
}

fn all(visit: &Visit<'_>) -> View {
    let lang = visit.lang;
    let title = say!(lang, "Cloud resources", "云资源");
    let sought = visit.parameter("q").unwrap_or_default();
    let mut environments = visit.emulator.environments();
    environments.retain(|one| [&one.id, &one.alias, &one.owner].iter().any(|text| text.contains(sought)));
    let heads = [
        say!(lang, "Environment", "环境"),
        say!(lang, "Alias", "别名"),
        say!(lang, "Belongs to", "所属账号"),
        say!(lang, "Status", "状态"),
        say!(lang, "Functions", "云函数"),
        say!(lang, "Collections", "集合"),
        say!(lang, "Made", "创建时间"),
    ];
    let row = |one: &EnvironmentState| {
        html! {
            td { a href=(path_below("cloud", &one.id)) { code { (one.id) } } }
            td { (one.alias) }
            td { code { (one.owner) } }
            td { (status(one.status)) }
            td { (one.functions) }
            td { (one.collections) }
            td { (time(one.created)) }
        }
    };
    let rows: Vec<Markup> = environments.iter().take(MOST).map(row).collect();
    let body = html! {
        h1 { (title) }
        form.line method="get" {
            label { (say!(lang, "Environment, alias or appid", "环境、别名或 appid")) input type="search" name="q" value=(sought); }
            button.plain { (say!(lang, "Search", "搜索")) }
        }
        @if rows.is_empty() {
            (nothing(&say!(lang, "No environment. A merchant gets one with createEnv.", "没有云环境。通过 createEnv 为商家创建。")))
        } @else {
            (table(&heads, &rows))
            (cut(lang, environments.len()))
        }
    };
    View::new(title, body)
}

fn status(status: &str) -> Markup {
    let class = if matches!(status, "NORMAL" | "Active") { "tag good" } else { "tag bad" };
    html! { span class=(class) { (status) } }
}

fn one(visit: &Visit<'_>, contents: &EnvironmentContents) -> View {
    let lang = visit.lang;
    let environment = &contents.environment;
    let id = environment.id.as_str();
    let title = say!(lang, "Environment {id}", "环境 {id}");
    let is_halted = environment.status == "HALTED";
    let halting = if is_halted { say!(lang, "Let it go on", "恢复") } else { say!(lang, "Halt", "停服") };
    let body = html! {
        h1 { (title) }
        dl {
            dt { (say!(lang, "Alias", "别名")) } dd { (environment.alias) }
            dt { (say!(lang, "Belongs to", "所属账号")) } dd { code { (environment.owner) } }
            dt { (say!(lang, "Status", "状态")) } dd { (status(environment.status)) }
            dt { (say!(lang, "Made", "创建时间")) } dd { (time(environment.created)) }
            @if !environment.shared_with.is_empty() {
                dt { (say!(lang, "Shared with", "共享给")) }
                dd { @for appid in &environment.shared_with { code { (appid) } " " } }
            }
        }
        div.buttons {
            (button(visit, &visit.home(), &[("env", id), ("action", if is_halted { "resume" } else { "halt" })], "plain", &halting))
            (button(visit, &visit.home(), &[("env", id), ("action", "destroy")], "danger", &say!(lang, "Destroy", "销毁")))
        }
        h2 { (say!(lang, "Functions", "云函数")) }
        (functions(visit, &contents.functions))
        h2 { (say!(lang, "Database", "数据库")) }
        @if contents.collections.is_empty() { (nothing(&say!(lang, "No collection.", "没有集合。"))) }
        @for collection in &contents.collections { (records(visit, collection)) }
        h2 { (say!(lang, "Files", "云存储")) }
        (files(visit, &contents.files))
        h2 { (say!(lang, "Static website", "静态网站")) }
        (files(visit, &contents.site))
        h2 { "cloudbase_access_token" }
        dl {
            dt { (say!(lang, "Switch of the account", "账号开关")) }
            dd { (if contents.token_open { say!(lang, "on", "开启") } else { say!(lang, "off", "关闭") }) }
            dt { (say!(lang, "Paths that may be called", "可调用的接口")) }
            dd { @for path in &contents.token_whitelist { code { (path) } " " } }
            dt { (say!(lang, "Version", "版本")) } dd { (contents.token_version) }
        }
    };
    View::new(title, body)
}

fn functions(visit: &Visit<'_>, functions: &[FunctionState]) -> Markup {
    let lang = visit.lang;
    if functions.is_empty() {
        return nothing(&say!(lang, "No function.", "没有云函数。"));
    }
    let heads = [
        say!(lang, "Name", "名称"),
        say!(lang, "Status", "状态"),
        say!(lang, "Changed", "修改时间"),
        say!(lang, "Triggers", "触发器"),
    ];
    let row = |function: &FunctionState| {
        html! {
            td { code { (function.name) } }
            td { (status(function.status)) }
            td { (time(function.modified)) }
            td { (function.triggers) }
        }
    };
    table(&heads, &functions.iter().map(row).collect::<Vec<_>>())
}

fn records(visit: &Visit<'_>, collection: &CollectionState) -> Markup {
    let lang = visit.lang;
    html! {
        details {
            summary {
                code { (collection.name) } " "
                (say!(lang, "{count} records", "{count} 条记录", count = collection.count))
                " " span.tag { (collection.permission) }
                @for index in &collection.indexes { " " span.tag { (index) } }
            }
            @for record in &collection.records { pre { (record) } }
            @if collection.records.len() < collection.count {
                p.note { (say!(lang, "The first {shown} are shown.", "只显示前 {shown} 条。", shown = collection.records.len())) }
            }
        }
    }
}

fn files(visit: &Visit<'_>, files: &[Listed]) -> Markup {
    let lang = visit.lang;
    if files.is_empty() {
        return nothing(&say!(lang, "No file.", "没有文件。"));
    }
    let heads = [say!(lang, "Path", "路径"), say!(lang, "Bytes", "字节"), say!(lang, "Changed", "修改时间")];
    let row =
        |file: &Listed| html! { td { code { (file.key) } } td { (file.size) } td { (time(file.modified)) } };
    html! {
        (table(&heads, &files.iter().take(MOST).map(row).collect::<Vec<_>>()))
        (cut(lang, files.len()))
    }
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let env = EnvId::from(form.need("env")?);
    match form.text("action") {
        Some("halt") => visit.emulator.halt_environment(&env, true)?,
        Some("resume") => visit.emulator.halt_environment(&env, false)?,
        Some("destroy") => {
            visit.emulator.destroy_environment(&env)?;
            return Ok(visit.home());
        }
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
