//! The corpora of the fuzz targets, as plain tests.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use tcb_fuzz_targets::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn what_must_hold_for_any_bytes_holds_for_the_corpora() {
    let mut failures = Vec::new();
    for (name, target) in TARGETS {
        let files = files_in(&corpus().join(name));
        assert!(files.len() >= 12, "{name} has {} files", files.len());
        for file in files {
            let bytes = fs::read(&file).unwrap();
            if catch_unwind(|| target(&bytes)).is_err() {
                failures.push(file);
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_corpus_and_every_binary_has_its_target() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for folder in [corpus(), corpus().join("../fuzz_targets")] {
        let names =
            files_in(&folder).into_iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
        assert_eq!(names.collect::<BTreeSet<_>>(), targets, "{}", folder.display());
    }
}
