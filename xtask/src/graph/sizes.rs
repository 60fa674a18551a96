//! How large the house is.

use std::fs;
use std::path::Path;

use cargo_metadata::Package;

use crate::{Result, workspace};

/// What a part of the workshop may have at most.
const XTASK: usize = 5000;
const WORKSHOP: usize = 9000;

/// The drafter of operations, which goes when the last family is typed and does not count until
/// then.
const DRAFTER: &[&str] = &["xtask/src/draft", "xtask/src/draft.rs"];

/// Prints the lines of code of each crate and of the workshop; an error when the workshop has more
/// than it may.
pub(super) fn run(packages: &[Package]) -> Result {
    for package in packages {
        let folder = package.manifest_path.parent().ok_or("a manifest is in a folder")?;
        println!("{:>7}  {}", lines(folder.as_std_path())?, package.name);
    }
    let part = |path: &str| lines(&workspace::root().join(path));
    let drafter = part(DRAFTER[0])? + part(DRAFTER[1])?;
    let xtask = part("xtask")? - drafter;
    println!();
    println!("{drafter:>7}  the drafter of operations");
    println!("{xtask:>7}  xtask without it, of at most {XTASK}");
    let workshop = xtask + part("bench")? + part("tests/storm")? + part("tests/fuzz")?;
    println!("{workshop:>7}  the workshop: xtask, bench, storm, fuzz; of at most {WORKSHOP}");
    if xtask > XTASK || workshop > WORKSHOP {
        return Err("the workshop is larger than it may be".into());
    }
    Ok(())
}

/// Lines of code in a file or folder, tests and comments included. Nothing when it is not there.
fn lines(path: &Path) -> Result<usize> {
    if path.is_dir() {
        let entries = fs::read_dir(path)?.collect::<std::result::Result<Vec<_>, _>>()?;
        let own = entries
            .iter()
            .filter(|entry| !["target", "node_modules"].iter().any(|name| entry.file_name() == *name));
        return own.map(|entry| lines(&entry.path())).sum();
    }
    let is_code =
        path.extension().is_some_and(|kind| ["rs", "py", "sh", "js"].iter().any(|code| kind == *code));
    Ok(if is_code && path.exists() { fs::read_to_string(path)?.lines().count() } else { 0 })
}
