//! What the books say of this program, against the program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;
use tcb_lang::Lang;
use toml_edit::{DocumentMut, Item, Value};

use crate::cli::Cli;
use crate::help::grammar;
use crate::settings::key::{self, Key};
use crate::settings::sources::{File, Origin, Sources};
use crate::settings::{AdminApi, target};

/// Scripts that no test can run, and why. Their commands are read all the same.
const NOT_RUN: [(&str, &str); 1] = [("install.sh", "it builds and installs programs")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder whose names end so.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The words of the command at the beginning of `text`, as a shell has them.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in text.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (end, Some(begin)) if end == begin => quote = None,
            ('|' | '&' | ';' | ')', None) => break,
            ('#', None) if words.last().is_some_and(String::is_empty) => break,
            (' ' | '\n', None) => words.push(String::new()),
            (letter, _) => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How clap refuses these words.
fn refusal(words: &[String]) -> Option<ErrorKind> {
    Cli::try_parse_from(words).err().map(|error| error.kind())
}

/// The commands of `tcbctl` in a script.
fn commands(script: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = script.lines().filter(|line| !line.starts_with('#') && !line.starts_with("cargo "));
    let lines = lines.map(|line| line.split_once(" #").map_or(line, |(line, _)| line));
    lines.flat_map(|line| line.match_indices("tcbctl ").map(|(start, _)| words(&line[start..])))
}

#[test]
fn the_scripts_of_the_books_have_commands_that_there_are() {
    let mut count = 0;
    for file in files("docs/book/examples", ".sh") {
        for command in commands(&read(&file)) {
            assert_eq!(refusal(&command), None, "{file}: {command:?}");
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
    for (name, why) in NOT_RUN {
        assert!(!why.is_empty() && read(format!("docs/book/examples/{name}")).contains("cargo install"));
    }
}

#[test]
fn the_prose_of_the_books_has_commands_that_there_are() {
    // A noun or a command alone stands for itself, and what is to be filled in is in capitals.
    let is_named = |kind| {
        matches!(
            kind,
            ErrorKind::MissingSubcommand
                | ErrorKind::MissingRequiredArgument
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                | ErrorKind::DisplayHelp
        )
    };
    let is_open = |word: &String| word.chars().all(|c| c.is_ascii_uppercase() || !c.is_ascii());
    let mut count = 0;
    let mut faults = Vec::new();
    for file in ["docs/book/en/src", "docs/book/zh/src"].into_iter().flat_map(|folder| files(folder, ".md")) {
        let page = read(&file);
        for part in page.split("`tcbctl ").skip(1) {
            let command = words(&format!("tcbctl {}", part.split('`').next().unwrap()));
            count += 1;
            match refusal(&command) {
                None => {}
                Some(kind) if is_named(kind) => {}
                Some(ErrorKind::ValueValidation | ErrorKind::InvalidValue) if command.iter().any(is_open) => {
                }
                Some(kind) => faults.push(format!("{file}: {command:?}: {kind}")),
            }
        }
    }
    assert!(count > 80, "{count}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The commands that there are, each with those above it.
fn tree(above: &str, command: &clap::Command, found: &mut Vec<String>) {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let path = format!("{above} {}", command.get_name());
        tree(&path, command, found);
        found.push(path);
    }
}

#[test]
fn the_page_of_commands_has_every_command() {
    let mut found = Vec::new();
    tree("tcbctl", &grammar(), &mut found);
    assert!(found.len() > 90, "{}", found.len());
    for lang in Lang::ALL.map(Lang::tag) {
        let snapshot = format!("crates/tcbctl/tests/snapshots/help.{lang}.txt");
        let page = read(format!("docs/book/{lang}/src/reference/commands.md"));
        assert!(page.contains(&format!("/{snapshot}}}}}")), "{lang}");
        let text = read(snapshot);
        for path in &found {
            assert!(text.contains(&format!("$ {path} --help --lang {lang}\n")), "{lang}: {path}");
        }
    }
}

#[test]
fn the_profile_of_the_books_has_settings_that_there_are() {
    let document: DocumentMut = read("docs/book/examples/profile.toml").parse().unwrap();
    let chosen = document["profile"].as_str().unwrap();
    let profile = document["profiles"][chosen].as_table().unwrap();
    for (name, value) in profile {
        let key = key::find(name).unwrap_or_else(|| panic!("there is no setting {name}"));
        assert_eq!(key.name, name);
        let is_reference = value.as_str().is_some_and(|text| text.contains(':'));
        assert!(is_reference || !key.is_secret, "{name}");
    }
}

/// The requirement and the features of a dependency.
fn dependency(item: &Item) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match item.as_value().unwrap() {
        Value::InlineTable(table) => {
            let features = table.get("features").and_then(Value::as_array);
            (text(&table["version"]), features.into_iter().flatten().map(text).collect())
        }
        version => (text(version), Vec::new()),
    }
}

#[test]
fn the_dependencies_of_the_books_are_to_be_had() {
    let workspace: DocumentMut = read("Cargo.toml").parse().unwrap();
    for name in ["callbacks.toml", "first_merchant.toml"] {
        let document: DocumentMut = read(format!("docs/book/examples/{name}")).parse().unwrap();
        for section in document.as_table().iter().filter_map(|(_, item)| item.as_table()) {
            for (name, item) in section {
                let (wanted, features) = dependency(item);
                let known = &workspace["workspace"]["dependencies"][name];
                assert!(dependency(known).0.starts_with(&wanted), "{name}: {wanted}");
                for feature in features.iter().filter(|_| name.starts_with("tcb-")) {
                    let manifest: DocumentMut = read(format!("crates/{name}/Cargo.toml")).parse().unwrap();
                    assert!(manifest["features"].get(feature).is_some(), "{name} has no {feature}");
                }
            }
        }
    }
}

/// Whether a setting counts with this text in the file of a project.
fn counts(key: &Key, text: &str) -> bool {
    let mut sources = Sources::of_variables(&|_| None);
    let document = format!("[profiles.p]\n{} = \"{text}\"\n", key.name).parse().unwrap();
    sources.project = Some(File { path: "/project/tcbctl.toml".into(), document });
    sources.profile = Some(("p".to_owned(), Origin::Default));
    sources.resolve(key).unwrap().0.is_some()
}

/// What of a setting counts in the file of a project.
fn in_a_project(lang: Lang, key: &Key) -> &'static str {
    let texts: &[&str] = if key.is_secret {
        &["file:inside", "file:/outside", "env:NAME", "exec:command"]
    } else {
        &["http://127.0.0.1:1", "https://api.weixin.qq.com", "true"]
    };
    let counts: Vec<bool> = texts.iter().map(|text| counts(key, text)).collect();
    match (key.is_secret, &counts[..]) {
        (false, [true, true, true]) => lang.pick("yes", "有效"),
        (false, [false, false, false]) => lang.pick("no", "无效"),
        (false, [true, false, false]) => lang.pick("addresses of this machine", "仅限本机地址"),
        (true, [true, false, false, false]) => lang.pick("`file:` in its folder", "仅限其目录内的 `file:`"),
        (_, counts) => panic!("{}: {counts:?} has no words", key.name),
    }
}

/// What holds when a setting stands nowhere.
fn default(key: &Key) -> String {
    let nowhere = Sources::of_variables(&|_| None);
    let text = match key.name {
        "base_url" => target(&nowhere).unwrap().to_string(),
        "admin_url" => AdminApi::of_target(&nowhere).unwrap().url.to_string(),
        "live" => nowhere.is_live().unwrap().to_string(),
        _ => return String::new(),
    };
    format!("`{text}`")
}

/// The variables and the flag beside the key of a profile.
fn elsewhere(lang: Lang, key: &Key, command: &clap::Command) -> String {
    fn flags(command: &clap::Command, name: &str) -> Vec<String> {
        let flag = command.get_arguments().find(|arg| arg.get_long() == Some(name));
        match flag {
            Some(flag) => {
                let others = flag.get_visible_aliases().unwrap_or_default();
                [name].into_iter().chain(others).map(|name| format!("`--{name}`")).collect()
            }
            None => command
                .get_subcommands()
                .map(|command| flags(command, name))
                .find(|flags| !flags.is_empty())
                .unwrap_or_default(),
        }
    }
    let mut names = vec![format!("`{}`", key.variable)];
    if key.is_secret {
        names.push(format!("`{}_FILE`", key.variable));
    }
    names.extend(flags(command, &key.name.replace('_', "-")));
    names.join(lang.pick(", ", "、"))
}

fn table(lang: Lang) -> String {
    let mut text = lang
        .pick(
            "| key | variable, flag | default | in a project's file | what it is |\n",
            "| 键 | 环境变量、选项 | 默认值 | 写在项目文件中 | 含义 |\n",
        )
        .to_owned();
    text.push_str("| --- | --- | --- | --- | --- |\n");
    let grammar = grammar();
    for key in key::ALL {
        let (name, elsewhere, default) = (key.name, elsewhere(lang, key, &grammar), default(key));
        let (project, about) = (in_a_project(lang, key), key.about_in(lang));
        // The help reads on from one setting to the next.
        let about = about.trim_end_matches([',', '，']).replace('<', "\\<");
        let _ = writeln!(text, "| `{name}` | {elsewhere} | {default} | {project} | {about} |");
    }
    text
}

#[test]
fn the_table_of_settings_is_what_the_settings_are() {
    for lang in Lang::ALL {
        let tag = lang.tag();
        let path = format!("crates/tcbctl/tests/snapshots/settings.{tag}.md");
        if std::env::var_os("TCBCTL_SNAPSHOTS").is_some_and(|mode| mode == "write") {
            fs::write(root().join(&path), table(lang)).unwrap();
            continue;
        }
        assert_eq!(table(lang), read(&path), "{path}; TCBCTL_SNAPSHOTS=write writes it anew");
        let page = read(format!("docs/book/{tag}/src/reference/configuration.md"));
        assert!(page.contains(&format!("/{path}}}}}")), "{tag}");
    }
}

/// The names of variables in the program, other than those of settings.
#[test]
fn the_page_of_settings_has_every_other_variable() {
    let mut names = vec!["LC_ALL", "LC_MESSAGES", "LANG"];
    let sources = files("crates/tcbctl/src", ".rs").into_iter().filter(|file| !file.ends_with("/book.rs"));
    let sources: Vec<String> = sources.map(read).collect();
    for source in &sources {
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        let is_ours = |word: &&str| {
            let begins = ["XDG_", "NO_COLOR", "COLUMNS", "TCBCTL_"].iter().any(|name| word.starts_with(name));
            begins && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        names.extend(source.split('"').filter(is_ours).filter(|name| *name != "TCBCTL_"));
    }
    names.retain(|name| key::find(name).is_none());
    assert!(names.len() > 6, "{names:?}");
    for lang in Lang::ALL.map(Lang::tag) {
        let page = read(format!("docs/book/{lang}/src/reference/configuration.md"));
        let missing: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?} are not on the page");
    }
}
