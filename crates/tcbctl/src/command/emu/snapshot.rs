//! `tcbctl emu reset` and `tcbctl emu snapshot`: states of an emulator.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::super::file;
use crate::admin::Admin;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::Report;
use crate::run::Ended;

/// What an emulator can begin anew with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Origin {
    /// Nothing, not even a platform || 什么都没有，连平台也没有
    Empty,
    /// The first platform alone, as at the start || 只有第一个平台，与启动时相同
    #[default]
    Seed,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Snapshot {
    /// Keep the state under a name, in place of an earlier one with this name || 以此名称保存当前状态，替换同名快照
    Save(Named),
    /// List what is kept || 列出已保存的快照
    List,
    /// Go back to a state and its time || 恢复到某个状态及其时间
    Restore(Named),
    /// Forget a state || 删除快照
    Delete(Named),
    /// Write a state into a file; the secrets in it are the emulator's own ||
    /// 把快照写入文件；其中的密钥只属于模拟器
    Export(InFile),
    /// Keep the state that a file holds, perhaps of another emulator || 保存文件中的状态，可以来自另一个模拟器
    Import(InFile),
}

/// Which snapshot || 哪个快照
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Name: letters, digits, `.`, `-` and `_` || 名称：字母、数字、`.`、`-` 和 `_`
    #[arg(value_parser = name)]
    name: String,
}

/// Which snapshot, and which file || 哪个快照，哪个文件
#[derive(Debug, Args)]
pub(crate) struct InFile {
    #[command(flatten)]
    snapshot: Named,
    /// The file; NAME.json if not given || 文件；不给出则为 NAME.json
    file: Option<PathBuf>,
}

impl InFile {
    fn parts(self) -> (String, PathBuf) {
        let name = self.snapshot.name;
        let file = self.file.unwrap_or_else(|| format!("{name}.json").into());
        (name, file)
    }
}

pub(super) async fn reset(admin: &Admin, to: Origin) -> Ended {
    let to = match to {
        Origin::Empty => "empty",
        Origin::Seed => "seed",
    };
    admin.post::<Value>("/reset", &json!({"to": to})).await?;
    Ok(Report::new("emu reset").field("state", to))
}

pub(super) async fn snapshot(admin: &Admin, command: Snapshot) -> Ended {
    match command {
        Snapshot::List => {
            let names = admin.list("/snapshots", "snapshots").await?;
            let items = names.into_iter().map(|name| json!({"snapshot": name})).collect();
            Ok(Report::new("emu snapshot list").items(&["snapshot"], items))
        }
        Snapshot::Save(Named { name }) => {
            act(admin, &name, "save").await?;
            Ok(done("emu snapshot save", &name, "saved"))
        }
        Snapshot::Restore(Named { name }) => {
            act(admin, &name, "restore").await?;
            Ok(done("emu snapshot restore", &name, "restored"))
        }
        Snapshot::Delete(Named { name }) => {
            act(admin, &name, "delete").await?;
            Ok(done("emu snapshot delete", &name, "deleted"))
        }
        Snapshot::Export(which) => {
            let (name, path) = which.parts();
            let state: Value = admin.get(&format!("/snapshots/{name}")).await?;
            file::write(&path, state.to_string().as_bytes())?;
            Ok(done("emu snapshot export", &name, "written").field("file", path.display().to_string()))
        }
        Snapshot::Import(which) => {
            let (name, path) = which.parts();
            admin.put::<Value>(&format!("/snapshots/{name}"), &read(&path)?).await?;
            Ok(done("emu snapshot import", &name, "saved").field("file", path.display().to_string()))
        }
    }
}

/// Reads the file of a state.
pub(super) fn read(path: &Path) -> Result<Value, Box<Failure>> {
    serde_json::from_slice(&file::read(path)?).map_err(|error| {
        let path = path.display();
        let (line, column) = (error.line(), error.column());
        let message = say!(
            "{path} is not JSON (line {line}, column {column})",
            "{path} 不是合法的 JSON（第 {line} 行，第 {column} 列）"
        );
        Failure::new(Exit::Usage, "file", message)
    })
}

async fn act(admin: &Admin, name: &str, action: &str) -> Result<(), Box<Failure>> {
    admin.post::<Value>(&format!("/snapshots/{name}:{action}"), &json!({})).await.map(drop)
}

fn done(command: &'static str, name: &str, outcome: &'static str) -> Report {
    Report::new(command).named(name).field("snapshot", name).field("outcome", outcome)
}

/// Reads a name, which has to stand in a path; how long it may be is the emulator's to say.
fn name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let leads_elsewhere = matches!(text, "" | "." | "..");
    let wrong = || say!("it is letters, digits, `.`, `-` and `_`", "应为字母、数字、`.`、`-` 和 `_`");
    (!leads_elsewhere && text.bytes().all(is_plain)).then(|| text.to_owned()).ok_or_else(wrong)
}
