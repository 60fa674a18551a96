//! `tcbctl emu fault`

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::admin::Admin;
use crate::language::say;
use crate::report::Report;
use crate::run::Ended;

/// What people see of a rule.
const COLUMNS: &[&str] = &["target", "kind", "appid", "times", "every", "from", "until"];

#[derive(Debug, Subcommand)]
pub(crate) enum Fault {
    /// List the rules that are not used up || 列出尚未用完的规则
    List,
    /// Add a rule behind those that are there || 在现有规则之后添加一条
    Add {
        /// What it hits: an operation by its id or path, `*`, an event, or `callbacks` ||
        /// 命中什么：接口的名称或路径、`*`、某个事件，或 `callbacks`
        target: String,
        /// What goes wrong, for example `errcode`, `commit_then_drop` or `withhold` ||
        /// 出什么错，例如 `errcode`、`commit_then_drop` 或 `withhold`
        kind: String,
        /// What else the rule says, for example `code=-1`, `times=2` or `appid=wx…` ||
        /// 规则的其他成员，例如 `code=-1`、`times=2` 或 `appid=wx…`
        #[arg(short = 'f', long = "field", value_name = "NAME=VALUE", value_parser = member)]
        fields: Vec<(String, Value)>,
    },
    /// Take all rules away || 清除所有规则
    Clear,
}

pub(super) async fn fault(admin: &Admin, command: Fault) -> Ended {
    let (name, mut answer): (_, Value) = match command {
        Fault::List => ("emu fault list", admin.get("/faults").await?),
        Fault::Add { target, kind, fields } => {
            let mut rule: Map<String, Value> = fields.into_iter().collect();
            rule.extend([("target".to_owned(), json!(target)), ("kind".to_owned(), json!(kind))]);
            ("emu fault add", admin.post("/faults", &Value::Object(rule)).await?)
        }
        Fault::Clear => ("emu fault clear", admin.put("/faults", &json!({"faults": []})).await?),
    };
    let Value::Array(rules) = answer["faults"].take() else { return Err(admin.stranger().into()) };
    Ok(Report::new(name).items(COLUMNS, rules))
}

/// Reads a member; what is no JSON is a text.
fn member(text: &str) -> Result<(String, Value), String> {
    let wrong = || say!("it is NAME=VALUE", "应为 NAME=VALUE");
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value))))
}
