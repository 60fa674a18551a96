//! The catalogue's quirks, each of which is honoured by code that a test shows, or needs no code
//! for a reason.

use std::fs;
use std::path::Path;

use tcb_catalogue::Operation;

use crate::{Result, workspace};

/// Facts of the catalogue to which `compare` holds the types.
const FACTS: &[&str] = &["spec.id", "spec.method", "spec.path", "spec.tokens", "spec.permission_sets"];

/// Where a quirk has neither a test that is there nor a reason, or has both. `tests` is the text of
/// all tests.
pub(super) fn faults(operations: &[Operation], tests: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for operation in operations {
        for quirk in &operation.quirks {
            let fault = match (&quirk.honoured_by, &quirk.no_action) {
                (Some(test), None) if FACTS.contains(&test.as_str()) || is_in(tests, test) => continue,
                (None, Some(_)) => continue,
                (Some(test), None) => format!("honoured by a test that is missing, {test}"),
                (Some(_), Some(_)) => "honoured, and without action".to_owned(),
                (None, None) => "not judged".to_owned(),
            };
            faults.push(format!("{fault}: {}: {}", operation.id, quirk.about));
        }
    }
    faults
}

/// Whether a function or a scenario has this name.
fn is_in(tests: &str, name: &str) -> bool {
    tests.contains(&format!("fn {name}()")) || tests.contains(&format!("\"name\": \"{name}\""))
}

/// The text of all files that can hold a test.
pub(super) fn tests() -> Result<String> {
    let mut text = String::new();
    for part in ["crates/tcb-types/src", "crates/tcb-auth/tests", "crates/tcb-emulator/tests"] {
        read(&workspace::root().join(part), &mut text)?;
    }
    Ok(text)
}

fn read(path: &Path, text: &mut String) -> Result {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            read(&entry?.path(), text)?;
        }
    } else {
        text.push_str(&fs::read_to_string(path)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tcb_catalogue::Catalogue;

    use super::faults;

    #[test]
    fn every_quirk_is_honoured_or_needs_nothing() {
        let mut operation = Catalogue::get().operation("createFunction").unwrap().clone();
        operation.quirks = serde_json::from_value(json!([
            {"about": "a name", "honoured_by": "both_are_read"},
            {"about": "a token", "honoured_by": "step 6: it works"},
            {"about": "a path", "honoured_by": "spec.path"},
            {"about": "a page", "no_action": "a matter of the page"},
            {"about": "gone", "honoured_by": "both_are"},
            {"about": "both", "honoured_by": "both_are_read", "no_action": "x"},
            {"about": "neither"}
        ]))
        .unwrap();
        let tests = "#[test]\nfn both_are_read() {}\n{\"name\": \"step 6: it works\"}";
        assert_eq!(
            faults(&[operation], tests),
            [
                "honoured by a test that is missing, both_are: createFunction: gone",
                "honoured, and without action: createFunction: both",
                "not judged: createFunction: neither",
            ]
        );
    }
}
