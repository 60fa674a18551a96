//! Generated pages against what would be generated. `TCB_BOOK=write` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tcb_emulator::{Emulator, Fault};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares `text` with the file, or writes the file. An error names the first line that differs.
fn compare(path: &str, text: &str) -> Result<(), String> {
    let file = root().join(path);
    let present = fs::read_to_string(&file).unwrap_or_default();
    if present == text {
        // Not even written: whatever is newer is compiled anew, with all that depends on it.
        return Ok(());
    }
    if std::env::var_os("TCB_BOOK").is_some_and(|mode| mode == "write") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        return Ok(());
    }
    let same = present.lines().zip(text.lines()).take_while(|(one, other)| one == other).count();
    Err(format!("{path} differs in line {}", same + 1))
}

fn expect_none(faults: &[String]) {
    let faults = faults.join("\n");
    assert!(faults.is_empty(), "{faults}\n`TCB_BOOK=write cargo test -p tcb-book` writes them anew");
}

#[test]
fn generated_pages_are_what_would_be_generated() {
    let pages = tcb_book::pages();
    let compared = pages.iter().map(|page| compare(&format!("docs/book/{}", page.path), &page.text));
    expect_none(&compared.filter_map(Result::err).collect::<Vec<_>>());
    for language in ["en", "zh"] {
        let folder = format!("{language}/src/reference/errors");
        for file in fs::read_dir(root().join("docs/book").join(&folder)).unwrap() {
            let path = format!("{folder}/{}", file.unwrap().file_name().to_string_lossy());
            assert!(pages.iter().any(|page| page.path == path), "nothing writes {path}");
        }
    }
}

#[test]
fn the_pages_of_operations_have_their_facts() {
    let mut faults = Vec::new();
    let mut rows = 0;
    visit("crates/tcb-types/src", &mut |path| {
        let source = fs::read_to_string(root().join(path)).unwrap();
        let documented = tcb_book::documented(&source);
        rows += documented.lines().filter(|line| line.starts_with("/// | Call | ")).count();
        faults.extend(compare(path, &documented).err());
    });
    expect_none(&faults);
    assert_eq!(rows, tcb_types::registry::entries().len(), "an operation without its facts");
}

fn visit(folder: &str, each: &mut dyn FnMut(&str)) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            visit(&path, each);
        } else {
            each(&path);
        }
    }
}

#[tokio::test]
async fn what_provokes_a_code_is_a_rule_that_the_emulator_takes() {
    let emulator = Emulator::start().await.unwrap();
    let mut rules = 0;
    for page in tcb_book::pages().iter().filter(|page| page.path.contains("/errors/")) {
        let (_, rest) = page.text.split_once("-d '").expect("a command");
        let (body, _) = rest.split_once('\'').expect("its end");
        let body: BTreeMap<String, Vec<Fault>> = serde_json::from_str(body).unwrap();
        emulator.set_faults(body.into_values().flatten()).unwrap();
        rules += emulator.faults().len();
    }
    assert!(rules > 0);
}
