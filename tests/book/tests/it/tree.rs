//! Both books against each other, and each page's includes and links against what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

/// What a translated page begins with, before the hash of the English page.
const TRANSLATES: &str = "<!-- en: ";

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book")
}

/// The pages of a book, by their path below `src`.
fn pages(language: &str) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    read(&book().join(language).join("src"), "", &mut pages);
    pages
}

fn read(folder: &Path, below: &str, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), pages);
        } else {
            pages.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Where the examples are run: a file that names one of them has it compiled, run or read.
const RUN_BY: [&str; 4] = [
    "tests/book/tests/it/examples.rs",
    "tests/e2e/tests/it/metrics.rs",
    "crates/tcbctl/src/book.rs",
    "crates/tcbctl/tests/it/book.rs",
];

/// The blocks of code of a page, each with its language. What a generated page shows is checked by
/// what generates it.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_inside = false;
    for line in page.lines().map(str::trim).filter(|_| !is_generated(page)) {
        match (line.strip_prefix("```"), is_inside) {
            (Some(language), false) => blocks.push((language, Vec::new())),
            (None, true) => blocks.last_mut().unwrap().1.push(line),
            _ => {}
        }
        is_inside ^= line.starts_with("```");
    }
    blocks
}

fn is_generated(page: &str) -> bool {
    page.starts_with("<!-- Written from")
}

/// The lines outside of code.
fn prose(page: &str) -> Vec<&str> {
    let mut code = false;
    let is_prose = |line: &&str| {
        let fence = line.starts_with("```");
        code ^= fence;
        !fence && !code
    };
    page.lines().filter(is_prose).collect()
}

/// What has to be the same in both books: levels of headings, and what is included.
fn structure(page: &str) -> Vec<String> {
    let levels = prose(page).into_iter().filter(|line| line.starts_with('#'));
    let levels = levels.map(|line| line.split(' ').next().unwrap().to_owned());
    let examples = includes(page).into_iter().filter(|include| include.contains("/examples/"));
    levels.chain(examples).collect()
}

fn includes(page: &str) -> Vec<String> {
    let parts = page.split("{{#include ").skip(1);
    parts.map(|part| part.split("}}").next().unwrap().to_owned()).collect()
}

/// Where the links of a page lead to.
fn links(page: &str) -> Vec<String> {
    let text = prose(page).join("\n");
    let mut links = Vec::new();
    for part in text.split("](").skip(1) {
        links.push(part.split(')').next().unwrap().to_owned());
    }
    links
}

/// The path of `link` from the page at `from`, without `.` and `..`; none if it leaves the book.
fn resolved(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => drop(parts.pop()?),
            Component::Normal(part) => parts.push(part.to_str()?),
            _ => {}
        }
    }
    Some(parts.join("/"))
}

/// The anchors of a page: those of its headings, as mdBook names them, and those that it sets.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(page) {
        if line.starts_with('#') {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
        anchors.extend(line.split("<a id=\"").skip(1).map(|part| part.split('"').next().unwrap().to_owned()));
    }
    anchors
}

/// What a page shows is either a drawing or a listing, or one include of an example. So there is no
/// code on it that is not tested.
fn fault_of(language: &str, lines: &[&str]) -> Option<&'static str> {
    let is_include = matches!(lines, [line] if line.starts_with("{{#include ../../../examples/"));
    match language {
        "text" => None,
        "rust" | "sh" | "python" | "toml" | "yaml" | "json" if is_include => None,
        "rust" | "sh" | "python" | "toml" | "yaml" | "json" => Some("stands on the page: include an example"),
        _ => Some("is in a language that no test reads"),
    }
}

#[test]
fn code_of_pages_is_included_from_examples_that_are_tested() {
    let mut faults = Vec::new();
    let mut included = BTreeSet::new();
    for language in ["en", "zh"] {
        for (name, page) in pages(language) {
            for (of, lines) in blocks(&page) {
                faults
                    .extend(fault_of(of, &lines).map(|fault| format!("{language}/{name}: ```{of} {fault}")));
            }
            let files = includes(&page).into_iter().filter(|include| include.contains("/examples/"));
            included.extend(files.map(|file| file.rsplit('/').next().unwrap().to_owned()));
        }
    }
    let tests = RUN_BY.map(|path| fs::read_to_string(book().join("../..").join(path)).unwrap()).concat();
    for file in fs::read_dir(book().join("examples")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !tests.contains(&name) {
            faults.push(format!("examples/{name} is run by no test"));
        }
        if !included.iter().any(|file| file.split(':').next() == Some(&name)) {
            faults.push(format!("examples/{name} stands on no page"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn code_that_stands_on_a_page_is_a_fault() {
    let page = "```sh\n{{#include ../../../examples/a.sh:one}}\n```\n\n   ```rust\n   let a = 1;\n   ```\n\n```console\n```\n";
    let faults: Vec<_> = blocks(page).iter().map(|(of, lines)| fault_of(of, lines)).collect();
    assert!(matches!(faults[..], [None, Some(_), Some(_)]), "{faults:?}");
}

/// The rows of tables whose cells are more or fewer than those of the first row: a page shows them
/// torn.
fn torn_rows(page: &str) -> Vec<&str> {
    let mut cells = None;
    let mut torn = Vec::new();
    for line in prose(page) {
        let is_row = line.starts_with("| ");
        let count = line.replace("\\|", "").matches('|').count();
        if is_row && cells.is_some_and(|cells| cells != count) {
            torn.push(line);
        }
        cells = is_row.then_some(cells.unwrap_or(count));
    }
    torn
}

#[test]
fn every_row_of_a_table_has_all_cells() {
    assert_eq!(torn_rows("| a | b |\n| --- | --- |\n| `x\\|y` | z |\n| torn |\n"), ["| torn |"]);
    let glossary = fs::read_to_string(book().join("../glossary.md")).unwrap();
    let all = pages("en").into_values().chain(pages("zh").into_values()).chain([glossary]);
    for page in all {
        assert_eq!(torn_rows(&page), [] as [&str; 0]);
    }
}

fn hash(page: &str) -> String {
    hex::encode(&Sha256::digest(page)[..8])
}

#[test]
fn the_trees_have_the_same_pages_with_the_same_structure() {
    let (english, chinese) = (pages("en"), pages("zh"));
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<BTreeSet<_>>();
    let differ: Vec<_> = names(&english).symmetric_difference(&names(&chinese)).cloned().collect();
    assert_eq!(differ, [] as [String; 0], "in one book only");
    for (name, page) in &english {
        assert_eq!(structure(page), structure(&chinese[name]), "{name}");
    }
    let listed = |summary: &str| links(summary).into_iter().collect::<Vec<_>>();
    assert_eq!(listed(&english["SUMMARY.md"]), listed(&chinese["SUMMARY.md"]));
    let listed: BTreeSet<_> = listed(&english["SUMMARY.md"]).into_iter().collect();
    let missing: Vec<_> =
        english.keys().filter(|name| *name != "SUMMARY.md" && !listed.contains(*name)).collect();
    assert_eq!(missing, [] as [&String; 0], "not in the summary");
}

#[test]
fn every_include_and_every_link_leads_somewhere() {
    let mut faults = Vec::new();
    for language in ["en", "zh"] {
        let pages = pages(language);
        for (name, page) in &pages {
            for include in includes(page) {
                let (path, anchor) = include.split_once(':').unwrap_or((&include, ""));
                let file = book().join(language).join("src").join(name).parent().unwrap().join(path);
                let text = fs::read_to_string(&file).unwrap_or_default();
                let is_there = anchor.is_empty() || text.contains(&format!("ANCHOR: {anchor}\n"));
                if text.is_empty() || !(is_there || text.contains(&format!("ANCHOR: {anchor} -->\n"))) {
                    faults.push(format!("{language}/{name} includes {include}"));
                }
            }
            for link in links(page) {
                if link.contains("://") {
                    continue;
                }
                let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
                let target = if path.is_empty() { Some(name.clone()) } else { resolved(name, path) };
                let target = target.and_then(|target| pages.get(&target));
                if !target.is_some_and(|target| anchor.is_empty() || anchors(target).contains(anchor)) {
                    faults.push(format!("{language}/{name} links to {link}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A translation that is older than its source is told and no failure: prose may lag behind, the
/// structure may not. `TCB_BOOK=translated` takes all pages as translated.
#[test]
fn every_chinese_page_names_the_english_one_it_translates() {
    let english = pages("en");
    for (name, page) in pages("zh") {
        if name == "SUMMARY.md" || is_generated(&page) {
            continue;
        }
        let now = hash(&english[&name]);
        let first = page.lines().next().unwrap_or_default();
        if std::env::var_os("TCB_BOOK").is_some_and(|mode| mode == "translated") {
            let rest = page.strip_prefix(&format!("{first}\n")).filter(|_| first.starts_with(TRANSLATES));
            let rest = rest.unwrap_or(&page);
            let file = book().join("zh/src").join(&name);
            fs::write(file, format!("{TRANSLATES}{now} -->\n{rest}")).unwrap();
            continue;
        }
        let then = first.strip_prefix(TRANSLATES).and_then(|rest| rest.strip_suffix(" -->"));
        let then = then.unwrap_or_else(|| panic!("zh/{name} begins with no `{TRANSLATES}… -->`"));
        if then != now {
            eprintln!("warning: zh/{name} translates an older page; when it is brought up to date: {now}");
        }
    }
}
