//! Texts that lack their twin, found in the source.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::run;

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            // What tests say is for us.
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
            found.push((path, text));
        }
    }
}

fn all() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// The string literals at the beginning of `text`, as long as only commas part them.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(inner) = rest.strip_prefix('"') {
        let mut literal = String::new();
        let mut chars = inner.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (_, '\\') => literal.extend(['\\', chars.next().unwrap().1]),
                (end, '"') => break end,
                (_, c) => literal.push(c),
            }
        };
        found.push(literal);
        rest = inner[end + 1..].trim_start().trim_start_matches(',').trim_start();
    }
    found
}

/// The names in braces.
fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|part| part.split(['}', ':']).next()).collect();
    names.sort_unstable();
    names
}

fn is_chinese(text: &str) -> bool {
    text.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) || "：，；（、".contains(c))
}

#[test]
fn what_is_said_is_said_in_both_languages() {
    let mut count = 0;
    for (path, text) in all() {
        for start in ["say!(", "pick("].iter().flat_map(|name| text.match_indices(name)) {
            let [en, zh] = &literals(&text[start.0 + start.1.len()..])[..] else { continue };
            count += 1;
            assert!(!is_chinese(en), "{}: {en}", path.display());
            assert!(is_chinese(zh) || en == zh, "{}: {zh}", path.display());
            assert_eq!(names(en), names(zh), "{}: {en}", path.display());
            // What is called an error here is the system's, which speaks English.
            let behind =
                text.split_once(&format!("\"{zh}\"")).unwrap().1.trim_start_matches([',', ' ', '\n']);
            let is_told = behind.starts_with("error = of_system(") || behind.starts_with("error = words::");
            assert!(is_told || !names(zh).contains(&"error"), "{}: {zh}", path.display());
        }
    }
    assert!(count > 200, "{count} texts were found");
}

#[test]
fn nothing_is_said_in_one_language_only() {
    let commands = ["tcbctl ", "unset ", "export ", "timedatectl ", "chmod "];
    for (path, text) in all() {
        for opening in
            [".hint(\"", ".why(\"", "config(\"", "config(format!(\"", ".talk(\"", ".hint(format!(\""]
        {
            for (start, _) in text.match_indices(opening) {
                let said = literals(&text[start + opening.len() - 1..]).remove(0);
                let is_command = commands.iter().any(|command| said.starts_with(command));
                let is_setting = said.starts_with('{');
                assert!(is_command || is_setting, "{}: {said}", path.display());
            }
        }
    }
}

#[test]
fn every_field_has_a_chinese_label() {
    let labels = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/labels.rs")).unwrap();
    let mut used = Vec::new();
    for (_, text) in all() {
        for opening in [".field(\"", ".field_as(\""] {
            let found = text.match_indices(opening);
            used.extend(found.map(|(start, _)| literals(&text[start + opening.len() - 1..]).remove(0)));
        }
        for (start, opening) in text.match_indices(".items(&[") {
            used.extend(literals(&text[start + opening.len()..]));
        }
    }
    assert!(used.len() > 60, "{}", used.len());
    for name in used {
        assert!(labels.contains(&format!("(\"{name}\", \"")), "{name} has no Chinese label");
    }
}

#[test]
fn every_outcome_has_a_chinese_word() {
    let labels = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/labels.rs")).unwrap();
    let mut used = Vec::new();
    for (_, text) in all() {
        for opening in [".field(\"outcome\", \"", ".step(\"", "Ok((\""] {
            let found = text.match_indices(opening);
            used.extend(found.map(|(start, _)| literals(&text[start + opening.len() - 1..])));
        }
    }
    // Names of operations are words of WeChat's.
    let is_ours = |name: &String| name.contains(' ') || !name.contains(|c: char| c.is_ascii_uppercase());
    let used: Vec<String> = used.into_iter().flatten().filter(is_ours).collect();
    assert!(used.len() > 30, "{}", used.len());
    for name in used {
        assert!(labels.contains(&format!("(\"{name}\", \"")), "{name} has no Chinese word");
    }
}

#[test]
fn manual_pages_are_written_in_both_languages_and_compared() {
    for (language, word) in [("en", "Cloud environments"), ("zh", "云环境")] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_str().unwrap();
        let man = |more: &[&str]| run(&[], &[&["man", "--dir", dir, "--lang", language], more].concat());
        assert_eq!(man(&["--check"]).exit, 1, "there are none yet");
        assert_eq!(man(&[]).exit, 0);
        assert_eq!(man(&["--check"]).exit, 0);
        let page = fs::read_to_string(folder.path().join("tcbctl-env.1")).unwrap();
        assert!(page.contains(word) && !page.contains(" || "), "{page}");
        assert!(folder.path().join("tcbctl-env-policy-set.1").exists());
        fs::write(folder.path().join("tcbctl.1"), "stale").unwrap();
        assert_eq!(man(&["--check"]).exit, 1);
    }
}
