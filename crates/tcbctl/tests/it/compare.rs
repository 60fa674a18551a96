//! Texts that people have read, in files. They are written anew with `TCBCTL_SNAPSHOTS=write`.

use std::fs;
use std::path::Path;

/// Compares `text` with the file, or writes the file.
pub(crate) fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("TCBCTL_SNAPSHOTS").is_some_and(|mode| mode == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (now, then)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(now, then, "{name}, line {}; TCBCTL_SNAPSHOTS=write writes it anew", number + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{name} has other lines");
}
