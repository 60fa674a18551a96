//! Whether a test is there, by the text of its file.

use std::fmt;

use serde_json::Value;

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    File,
    Test,
    Row,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file is missing",
            Self::Test => "the test is missing",
            Self::Row => "the table has no row that names the operation",
        })
    }
}

/// Looks for a test in a file with this text: a function of Rust, or a scenario of JSON. With `row`, which is an operation's id,
/// the function has to hold it as a text.
pub(super) fn find(file: &str, text: &str, name: &str, row: Option<&str>) -> Result<(), Missing> {
    if matches!(file.rsplit_once('.'), Some((_, "json"))) {
        return if is_scenario(text, name) { Ok(()) } else { Err(Missing::Test) };
    }
    let body = function(text, name).ok_or(Missing::Test)?;
    match row {
        Some(row) if !body.contains(&format!("\"{row}\"")) => Err(Missing::Row),
        _ => Ok(()),
    }
}

/// Whether the text is an array of scenarios, one of which has this name.
fn is_scenario(text: &str, name: &str) -> bool {
    let scenarios: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    scenarios.iter().any(|scenario| scenario["name"] == name)
}

/// The lines of the test function `name`, by the layout that rustfmt gives: its attributes stand in the lines before it, and it ends
/// with the first brace that is indented as it is.
fn function<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut is_test = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        if is_test
            && (code.strip_prefix("async ").unwrap_or(code).strip_prefix("fn "))
                .is_some_and(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
        {
            let indent = &line[..line.len() - line.trim_start().len()];
            let body = &text[at..];
            let end = body.find(&format!("\n{indent}}}"))?;
            return Some(&body[..end]);
        }
        is_test = is_attribute_of_a_test(code) || (is_test && code.starts_with("#["));
        at += line.len();
    }
    None
}

/// Whether this is `#[test]`, `#[tokio::test]` or the like.
fn is_attribute_of_a_test(code: &str) -> bool {
    let Some(attribute) = code.strip_prefix("#[") else { return false };
    let path = attribute.split(['(', ']']).next().unwrap_or_default();
    path == "test" || path.ends_with("::test")
}

#[cfg(test)]
mod tests {
    use super::{Missing, find};

    const FILE: &str = r#"
fn both_are_sent() {}

#[cfg(test)]
mod tests {
    // fn both_are_written() {
    fn both_are_written() {}

    #[test]
    fn both_are_read_twice() {
        check("make");
    }

    #[tokio::test(start_paused = true)]
    #[expect(clippy::too_many_lines, reason = "a table")]
    async fn both_are_read() {
        for it in ["unmake", "make it"] {
            check(it);
        }
    }
}
"#;

    #[test]
    fn a_test_is_found_by_its_whole_name() {
        assert_eq!(find("a.rs", FILE, "both_are_read", None), Ok(()));
        assert_eq!(find("a.rs", FILE, "both_are_read_twice", None), Ok(()));
        assert_eq!(find("a.rs", FILE, "both_are", None), Err(Missing::Test));
    }

    #[test]
    fn a_function_that_is_no_test_is_none() {
        assert_eq!(find("a.rs", FILE, "both_are_sent", None), Err(Missing::Test));
        assert_eq!(find("a.rs", FILE, "both_are_written", None), Err(Missing::Test));
    }

    #[test]
    fn a_row_is_looked_for_in_its_table_only_and_by_its_whole_name() {
        assert_eq!(find("a.rs", FILE, "both_are_read", Some("unmake")), Ok(()));
        assert_eq!(find("a.rs", FILE, "both_are_read", Some("make")), Err(Missing::Row));
        assert_eq!(find("a.rs", FILE, "both_are_read_twice", Some("make")), Ok(()));
        assert_eq!(find("a.rs", FILE, "both_are_read_twice", Some("unmake")), Err(Missing::Row));
    }

    #[test]
    fn a_scenario_is_found_by_its_name() {
        let text = r#"[{"name": "a dead token"}, {"name": "an empty token", "steps": ["a slow token"]}]"#;
        assert_eq!(find("a.json", text, "an empty token", None), Ok(()));
        assert_eq!(find("a.json", text, "a slow token", None), Err(Missing::Test));
        assert_eq!(find("a.json", "{", "an empty token", None), Err(Missing::Test));
    }
}
