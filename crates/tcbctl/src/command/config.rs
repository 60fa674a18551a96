//! `tcbctl config`

use std::collections::BTreeMap;
use std::fs;

use clap::Subcommand;
use serde_json::json;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::Report;
use crate::run::{Ended, Run};
use crate::settings::key::{self, Key};
use crate::settings::sources::{EMULATOR, File, Origin, user_file};
use crate::settings::target;
use crate::words::of_system;

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

pub(super) fn config(run: &Run<'_>, command: Config) -> Ended {
    Ok(match command {
        Config::Profile(Profile::List) => list(run),
        Config::Profile(Profile::Use { name }) => choose(run, &name)?,
        Config::Profile(Profile::Set { name, key, value }) => set(run, &name, &key, &value)?,
        Config::Explain { key: Some(name) } => explain(run, find(&name)?)?,
        Config::Explain { key: None } => explain_all(run)?,
    })
}

fn list(run: &Run<'_>) -> Report {
    let in_use = run.sources.profile.as_ref().map_or(EMULATOR, |(name, _)| name);
    let mut profiles = BTreeMap::from([(EMULATOR, say!("default", "默认值"))]);
    for file in [&run.sources.project, &run.sources.user].into_iter().flatten() {
        for name in file.profiles() {
            profiles.insert(name, file.path.display().to_string());
        }
    }
    let items = profiles.into_iter().map(|(name, source)| {
        json!({"name": name, "in_use": if name == in_use { "*" } else { "" }, "source": source})
    });
    Report::new("config profile list").items(&["name", "in_use", "source"], items.collect())
}

fn choose(run: &Run<'_>, name: &str) -> Result<Report, Box<Failure>> {
    let files = [&run.sources.user, &run.sources.project].into_iter().flatten();
    if name != EMULATOR && !files.flat_map(File::profiles).any(|known| known == name) {
        let message = say!("there is no profile {name}", "没有名为 {name} 的配置档");
        return Err(Failure::new(Exit::NotFound, "profile", message).hint("tcbctl config profile list"));
    }
    let path = change(run, |document| document["profile"] = value(name))?;
    Ok(Report::new("config profile use").field("profile", name).field("file", path))
}

fn set(run: &Run<'_>, name: &str, setting: &str, text: &str) -> Result<Report, Box<Failure>> {
    let key = find(setting)?;
    if name == EMULATOR {
        let message = say!("{EMULATOR} is the profile without settings", "{EMULATOR} 是没有任何设置的配置档");
        return Err(Failure::new(Exit::Usage, "profile", message));
    }
    let is_reference = ["env:", "file:", "exec:"].iter().any(|kind| text.starts_with(kind));
    if key.is_secret && !text.is_empty() && !is_reference {
        let message =
            say!("a secret is never an argument; nothing was written", "密钥不能作为参数；什么都没有写入");
        return Err(Failure::new(Exit::Usage, "secret_argument", message)
            .why(say!(
                "every process of the machine sees arguments, and the shell keeps them",
                "本机所有进程都能看到参数，shell 也会保存它们"
            ))
            .hint(format!(
                "tcbctl config profile set {name} {setting} file:/path   (env:NAME, exec:COMMAND)"
            )));
    }
    let path = change(run, |document| {
        let profiles = document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let profile = &mut profiles[name];
        if profile.is_none() {
            *profile = Item::Table(Table::new());
        }
        if text.is_empty() {
            if let Some(table) = profile.as_table_mut() {
                table.remove(key.name);
            }
        } else if key.name == key::LIVE.name {
            profile[key.name] = value(matches!(text, "1" | "true"));
        } else {
            profile[key.name] = value(text);
        }
    })?;
    Ok(Report::new("config profile set")
        .field("profile", name)
        .field("key", key.name)
        .field("value", text)
        .field("file", path))
}

/// Changes the user file, keeping all else that stands in it.
fn change(run: &Run<'_>, act: impl FnOnce(&mut DocumentMut)) -> Result<String, Box<Failure>> {
    let path = user_file().ok_or_else(|| {
        Failure::config(say!("there is no home for a user file", "找不到存放用户文件的目录"))
    })?;
    let mut document = run.sources.user.as_ref().map(|file| file.document.clone()).unwrap_or_default();
    act(&mut document);
    let shown = path.display().to_string();
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&path, document.to_string()));
    written.map_err(|error| {
        Failure::new(
            Exit::Failed,
            "file",
            say!(
                "{shown} cannot be written: {error}",
                "无法写入 {shown}：{error}",
                error = of_system(&error)
            ),
        )
    })?;
    Ok(shown)
}

fn find(name: &str) -> Result<&'static Key, Box<Failure>> {
    key::find(name).ok_or_else(|| {
        let all = key::ALL.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
        let message = say!("there is no setting {name}", "没有设置 {name}");
        Failure::new(Exit::Usage, "setting", message).why(say!("it is one of {all}", "可选值为 {all}"))
    })
}

fn explain(run: &Run<'_>, key: &Key) -> Result<Report, Box<Failure>> {
    let (found, ignored) = run.sources.resolve(key)?;
    let report = Report::new("config explain").field("key", key.name).field("about", key.about());
    let report = match &found {
        Some(found) => report.field("value", found.shown(key)).field("source", found.origin.to_string()),
        None if key.name == key::BASE_URL.name => {
            let target = target(&run.sources)?.to_string();
            report.field("value", target).field("source", Origin::Default.to_string())
        }
        None => report.field_as("value", json!(null), say!("not set", "未设置")).field("source", json!(null)),
    };
    let lines: Vec<String> = ignored
        .iter()
        .map(|ignored| {
            let (value, origin, why) = (ignored.found.shown(key), &ignored.found.origin, &ignored.why);
            say!("{value} ({origin}): {why}", "{value}（{origin}）：{why}")
        })
        .collect();
    Ok(report.field_as("ignored", lines.clone(), lines.join("\n")).prose())
}

fn explain_all(run: &Run<'_>) -> Result<Report, Box<Failure>> {
    let mut items = Vec::new();
    for key in key::ALL {
        let (found, _) = run.sources.resolve(key)?;
        let value = found.as_ref().map(|found| found.shown(key));
        let source = found.map(|found| found.origin.to_string());
        items.push(json!({"key": key.name, "value": value, "source": source}));
    }
    Ok(Report::new("config explain").items(&["key", "value", "source"], items))
}
