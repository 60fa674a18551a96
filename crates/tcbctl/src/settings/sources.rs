//! Where settings come from: flag, environment, project file, user file.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use tcb_transport::BaseUrl;
use tcb_types::Secret;
use toml_edit::{DocumentMut, Item, Table};

use super::key::{self, Key};
use super::secret::{self, Reference};
use crate::args::Global;
use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

/// Name of the file that a project may have.
pub(crate) const PROJECT_FILE: &str = "tcbctl.toml";

/// The profile of nobody: the local emulator.
pub(crate) const EMULATOR: &str = "emulator";

const PROFILE_VARIABLE: &str = "TCBCTL_PROFILE";

/// Where a setting stands. What comes first wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(String),
    Project(PathBuf),
    User(PathBuf),
    Default,
}

impl Origin {
    /// Which layer it is: whoever runs the command, the project, the user.
    fn layer(&self) -> u8 {
        match self {
            Self::Flag(_) | Self::Variable(_) => 2,
            Self::Project(_) => 1,
            Self::User(_) | Self::Default => 0,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Flag(name) => say!("flag {name}", "选项 {name}"),
            Self::Variable(name) => say!("environment {name}", "环境变量 {name}"),
            Self::Project(path) => {
                let path = path.display();
                say!("project file {path}", "项目文件 {path}")
            }
            Self::User(path) => {
                let path = path.display();
                say!("user file {path}", "用户文件 {path}")
            }
            Self::Default => say!("default", "默认值"),
        })
    }
}

/// A setting as it stands somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The text; for a secret, what leads to it.
    text: Secret,
    pub(crate) origin: Origin,
}

impl Found {
    fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self { text: Secret::new(text.into()), origin }
    }

    /// What may be shown of it: for a secret, the reference that leads to it.
    pub(crate) fn shown(&self, key: &Key) -> String {
        let text = self.text.expose();
        let is_reference = Reference::parse(text).is_some();
        if key.is_secret && !is_reference { "[masked]".to_owned() } else { text.to_owned() }
    }
}

/// A setting that stands somewhere where it does not count, and why.
#[derive(Debug)]
pub(crate) struct Ignored {
    pub(crate) found: Found,
    pub(crate) why: String,
}

/// A file of profiles.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) document: DocumentMut,
}

impl File {
    /// Reads the file. None when there is none.
    pub(crate) fn read(path: PathBuf) -> Result<Option<Self>, Box<Failure>> {
        let shown = path.display();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Failure::config(say!(
                    "{shown} cannot be read: {error}",
                    "无法读取 {shown}：{error}",
                    error = of_system(&error)
                )));
            }
        };
        let document = text.parse::<DocumentMut>().map_err(|error| {
            // Its own words would show the line, and a secret may stand there.
            let line =
                error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            Failure::config(say!("{shown}: line {line} is not TOML", "{shown}：第 {line} 行不是合法的 TOML"))
        })?;
        Ok(Some(Self { path, document }))
    }

    /// The names of its profiles.
    pub(crate) fn profiles(&self) -> Vec<&str> {
        let profiles = self.document.get("profiles").and_then(Item::as_table);
        profiles.into_iter().flat_map(Table::iter).map(|(name, _)| name).collect()
    }

    fn chosen(&self) -> Option<&str> {
        self.document.get("profile").and_then(Item::as_str)
    }

    fn value(&self, profile: &str, key: &str) -> Option<String> {
        let value = self.document.get("profiles")?.get(profile)?.get(key)?.as_value()?;
        Some(match value {
            toml_edit::Value::String(text) => text.value().clone(),
            toml_edit::Value::Boolean(on) => on.value().to_string(),
            other => other.to_string().trim().to_owned(),
        })
    }
}

/// All places together.
pub(crate) struct Sources<'a> {
    pub(crate) variable: &'a (dyn Fn(&str) -> Option<OsString> + Send + Sync),
    flags: Vec<(&'static Key, &'static str, String)>,
    pub(crate) project: Option<File>,
    pub(crate) user: Option<File>,
    /// The profile that is used, and who chose it.
    pub(crate) profile: Option<(String, Origin)>,
}

/// Reads the environment of the process.
fn of_process(name: &str) -> Option<OsString> {
    env::var_os(name)
}

impl Sources<'static> {
    /// The sources of this run.
    pub(crate) fn of_run(global: &Global) -> Result<Self, Box<Failure>> {
        let project = env::current_dir().ok().and_then(|folder| {
            folder.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|path| path.is_file())
        });
        let project = project.map(File::read).transpose()?.flatten();
        let user = user_file().map(File::read).transpose()?.flatten();
        let flags = [
            (key::BASE_URL, "--base-url", &global.base_url),
            (key::AUTHORIZER_APPID, "--authorizer-appid", &global.authorizer_appid),
        ];
        let flags = flags.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)));
        Self { variable: &of_process, flags: flags.collect(), project, user, profile: None }
            .choose(global.profile.as_deref())
    }
}

/// Where the user's own file is.
pub(crate) fn user_file() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("tcbctl").join("config.toml"))
}

impl Sources<'_> {
    #[cfg(test)]
    pub(crate) fn of_variables(variable: &(dyn Fn(&str) -> Option<OsString> + Send + Sync)) -> Sources<'_> {
        Sources { variable, flags: Vec::new(), project: None, user: None, profile: None }
    }

    /// Chooses the profile: the flag's, the environment's, the project's, the user's.
    fn choose(mut self, flag: Option<&str>) -> Result<Self, Box<Failure>> {
        let named = |name: &str, origin| Some((name.to_owned(), origin)).filter(|(name, _)| !name.is_empty());
        let of_file = |file: &Option<File>, origin: fn(PathBuf) -> Origin| {
            let file = file.as_ref()?;
            named(file.chosen()?, origin(file.path.clone()))
        };
        let chosen = match (flag, self.text(PROFILE_VARIABLE)?) {
            (Some(name), _) => named(name, Origin::Flag("--profile")),
            (None, Some(name)) => named(&name, Origin::Variable(PROFILE_VARIABLE.to_owned())),
            (None, None) => {
                of_file(&self.project, Origin::Project).or_else(|| of_file(&self.user, Origin::User))
            }
        };
        let Some((name, origin)) = chosen.filter(|(name, _)| name != EMULATOR) else { return Ok(self) };
        let files = [&self.user, &self.project].into_iter().flatten();
        if !files.flat_map(File::profiles).any(|known| known == name) {
            let message = say!("there is no profile {name}", "没有名为 {name} 的配置档");
            return Err(Failure::config(message).why(origin.to_string()).hint("tcbctl config profile list"));
        }
        let is_live = |file: &File| file.value(&name, key::LIVE.name).is_some_and(|live| is_on(&live));
        if matches!(origin, Origin::Project(_)) && self.user.as_ref().is_some_and(is_live) {
            let message = say!(
                "the project's file chooses the profile {name}, which is live",
                "项目文件选择了正式（live）配置档 {name}"
            );
            return Err(Failure::config(message)
                .why(say!(
                    "a project's file may be somebody else's, so it cannot lead to the live service",
                    "项目文件可能来自他人，因此不能由它切换到正式服务"
                ))
                .hint(say!("add --profile {name}", "加上 --profile {name}")));
        }
        self.profile = Some((name, origin));
        Ok(self)
    }

    /// A variable of the environment. An empty one counts as unset.
    fn text(&self, name: &str) -> Result<Option<String>, Box<Failure>> {
        match (self.variable)(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Err(_)) => Err(Failure::config(say!("{name} is not UTF-8", "{name} 不是 UTF-8"))),
        }
    }

    /// Every place where the setting stands, the winner first, without judging what counts.
    fn stands(&self, key: &Key) -> Result<Vec<Found>, Box<Failure>> {
        let mut found = Vec::new();
        let flags = self.flags.iter().filter(|(known, ..)| known.name == key.name);
        found.extend(flags.map(|(_, flag, text)| Found::new(text.as_str(), Origin::Flag(flag))));
        let beside = format!("{}_FILE", key.variable);
        let from_file = if key.is_secret { self.text(&beside)? } else { None };
        match (self.text(key.variable)?, from_file) {
            (Some(_), Some(_)) => {
                let name = key.variable;
                return Err(Failure::config(say!(
                    "{name} and {beside} are both set; keep one",
                    "{name} 和 {beside} 同时设置了；只保留一个"
                )));
            }
            (Some(text), None) => found.push(Found::new(text, Origin::Variable(key.variable.to_owned()))),
            (None, Some(path)) => found.push(Found::new(format!("file:{path}"), Origin::Variable(beside))),
            (None, None) => {}
        }
        if let Some((profile, _)) = &self.profile {
            let of = |file: &Option<File>, origin: fn(PathBuf) -> Origin| {
                let file = file.as_ref()?;
                let text = file.value(profile, key.name).filter(|text| !text.is_empty())?;
                Some(Found::new(text, origin(file.path.clone())))
            };
            found.extend(of(&self.project, Origin::Project));
            found.extend(of(&self.user, Origin::User));
        }
        Ok(found)
    }

    /// The setting that counts, and those before it that do not.
    pub(crate) fn resolve(&self, key: &Key) -> Result<(Option<Found>, Vec<Ignored>), Box<Failure>> {
        let layer_of_target = if is_about_the_target(key) { self.layer_of_target()? } else { 0 };
        let mut ignored = Vec::new();
        for found in self.stands(key)? {
            let why = if found.origin.layer() < layer_of_target {
                Some(say!(
                    "the target is set in another place, which has to bring its own credentials",
                    "目标地址在别处设置，凭据须由同一处给出"
                ))
            } else {
                distrust(key, &found)
            };
            match why {
                None => return Ok((Some(found), ignored)),
                Some(why) => ignored.push(Ignored { found, why }),
            }
        }
        Ok((None, ignored))
    }

    fn layer_of_target(&self) -> Result<u8, Box<Failure>> {
        let mut layer = 0;
        for key in [key::BASE_URL, key::ADMIN_URL] {
            let (found, _) = self.resolve(key)?;
            layer = found.map_or(layer, |found| layer.max(found.origin.layer()));
        }
        Ok(layer)
    }

    /// The value of a setting that is no secret.
    pub(crate) fn value(&self, key: &Key) -> Result<Option<String>, Box<Failure>> {
        Ok(self.resolve(key)?.0.map(|found| found.text.expose().to_owned()))
    }

    pub(crate) fn url(&self, key: &Key) -> Result<Option<BaseUrl>, Box<Failure>> {
        self.value(key)?.map(|text| key.url(&text)).transpose()
    }

    /// The secret that the setting is or leads to.
    pub(crate) fn secret(&self, key: &Key) -> Result<Option<Secret>, Box<Failure>> {
        let Some(found) = self.resolve(key)?.0 else { return Ok(None) };
        let text = found.text.expose();
        let reference = match (&found.origin, Reference::parse(text)) {
            // A secret of the environment stands there itself, and may look like anything.
            (Origin::Variable(name), Some(Reference::File(path))) if name.ends_with("_FILE") => {
                return secret::read_file(name, Path::new(path)).map(Some);
            }
            (Origin::Flag(_) | Origin::Variable(_) | Origin::Default, _) => {
                return Ok(Some(found.text.clone()));
            }
            (Origin::Project(_) | Origin::User(_), reference) => reference,
        };
        let name = key.name;
        match reference {
            None => Err(Failure::config(say!(
                "{name} is a secret, and a profile holds none",
                "{name} 是密钥，配置档中不保存密钥"
            ))
            .why(found.origin.to_string())
            .hint(format!("{name} = \"file:/path\"   (env:NAME, exec:COMMAND)"))),
            Some(Reference::Variable(variable)) => {
                self.text(variable)?.map(Secret::from).map(Some).ok_or_else(|| {
                    Failure::config(say!(
                        "{name}: the variable {variable} is not set",
                        "{name}：环境变量 {variable} 未设置"
                    ))
                })
            }
            Some(Reference::File(path)) => {
                let path = beside(&found.origin, path);
                if let Origin::Project(file) = &found.origin
                    && leads_out(&path, file)
                {
                    return Err(Failure::config(outside()).why(found.origin.to_string()));
                }
                secret::read_file(name, &path).map(Some)
            }
            Some(Reference::Command(command)) => secret::run(name, command).map(Some),
        }
    }

    /// Takes the rights of others from the files of secrets that are ours, and from the token
    /// store. Returns which they were.
    pub(crate) fn close_secrets(&self) -> Result<Vec<String>, Box<Failure>> {
        let mut files = Vec::new();
        for key in key::ALL.iter().filter(|key| key.is_secret) {
            let Some(found) = self.resolve(key)?.0 else { continue };
            if let Some(Reference::File(path)) = Reference::parse(found.text.expose()) {
                files.push(beside(&found.origin, path));
            }
        }
        let mut closed = close(files);
        if let Some(store) = self.secret(key::STORE)? {
            closed.extend(close(secret::files_of_store(store.expose())));
        }
        Ok(closed)
    }

    /// Whether whoever may say so says that the target is live.
    pub(crate) fn is_live(&self) -> Result<bool, Box<Failure>> {
        Ok(self.value(key::LIVE)?.is_some_and(|live| is_on(&live)))
    }
}

/// Those that others had rights in.
fn close(files: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
    let closed = files.into_iter().filter(|path| secret::close(path));
    closed.map(|path| path.display().to_string()).collect()
}

/// A relative path is meant from the file's own folder.
fn beside(origin: &Origin, path: &str) -> PathBuf {
    match origin {
        Origin::Project(file) | Origin::User(file) => {
            file.parent().map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
        }
        _ => PathBuf::from(path),
    }
}

fn outside() -> String {
    say!("a project's file names files of its own folder only", "项目文件只能引用自己目录内的文件")
}

/// Whether a path of a project's file leads out of its folder, over a symbolic link.
fn leads_out(path: &Path, file: &Path) -> bool {
    let folder = file.parent().and_then(|folder| folder.canonicalize().ok());
    match (path.canonicalize(), folder) {
        (Ok(path), Some(folder)) => !path.starts_with(folder),
        // What is not there leads nowhere.
        _ => false,
    }
}

fn is_on(text: &str) -> bool {
    matches!(text, "1" | "true")
}

/// Whether the setting belongs to one target, as all do but the target itself. A target that is set
/// nearer to the caller must not be sent the credentials of another.
fn is_about_the_target(key: &Key) -> bool {
    ![key::BASE_URL.name, key::ADMIN_URL.name].contains(&key.name)
}

/// Why a setting of a project's file does not count: the file may be somebody else's.
fn distrust(key: &Key, found: &Found) -> Option<String> {
    if !matches!(found.origin, Origin::Project(_)) {
        return None;
    }
    let text = found.text.expose();
    if key.name == key::LIVE.name {
        return Some(say!(
            "`live` counts from the user file, the environment or a flag",
            "`live` 只在用户文件、环境变量或选项中有效"
        ));
    }
    let is_address = [key::BASE_URL.name, key::ADMIN_URL.name].contains(&key.name);
    let leads_away = || text.parse::<BaseUrl>().map_or(true, |url| !is_this_machine(&url));
    if is_address && leads_away() {
        return Some(say!(
            "an address off this machine counts from the user file, the environment or a flag",
            "非本机地址只在用户文件、环境变量或选项中有效"
        ));
    }
    if key.name == key::STORE.name && text.contains("://") {
        return Some(say!(
            "the address of a store counts from the user file or the environment",
            "存储地址只在用户文件或环境变量中有效"
        ));
    }
    match Reference::parse(text).filter(|_| key.is_secret) {
        Some(Reference::Variable(_) | Reference::Command(_)) => Some(say!(
            "`env:` and `exec:` count from the user file only",
            "`env:` 和 `exec:` 只在用户文件中有效"
        )),
        Some(Reference::File(path)) if Path::new(path).is_absolute() || path.contains("..") => {
            Some(outside())
        }
        _ => None,
    }
}

/// Whether the address leads to this machine.
pub(crate) fn is_this_machine(url: &BaseUrl) -> bool {
    let host = url.authority().host().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
