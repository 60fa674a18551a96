//! YAML, as much of it as JSON values need.

use serde_json::Value;

/// The value as a YAML document. Texts stand in double quotes, as in JSON, which YAML reads alike.
pub(super) fn of(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.trim_start_matches('\n').to_owned()
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let key = if is_plain(name) { name.clone() } else { Value::from(name.as_str()).to_string() };
                text.extend(["\n", &indent, &key, ":"]);
                write(member, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.extend(["\n", &indent, "-"]);
                let mut inner = String::new();
                write(item, depth + 1, &mut inner);
                // The first member of an item stands beside its dash.
                text.push(' ');
                text.push_str(inner.trim_start());
            }
        }
        scalar => text.extend([" ", &scalar.to_string()]),
    }
}

fn is_plain(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(is_word)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&&*name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_what_can_be_seen() {
        let value = json!({"items": [{"a": "x: y", "b": [1, 2]}, {"a": null}], "no": {}, "ok": true});
        let yaml = "items:\n  - a: \"x: y\"\n    b:\n      - 1\n      - 2\n  - a: null\n\"no\": {}\nok: true";
        assert_eq!(of(&value), yaml);
    }
}
