//! Requests and answers as people may see them: of a secret only how it begins.

use std::iter;

use serde_json::Value;
use tcb_catalogue::{Field, Operation};

/// How the name of a secret ends where the operation has no member with it.
const ENDINGS: [&str; 3] = ["token", "secret", "ticket"];

/// Characters of a secret that are shown; of one that is not twice as long, none.
const SHOWN: usize = 6;

/// A query.
pub(crate) fn query(operation: Option<&Operation>, query: &[(String, String)]) -> String {
    let shown = query.iter().map(|(name, value)| {
        if is_secret(operation, name) {
            format!("{name}={}", shortened(value))
        } else {
            format!("{name}={value}")
        }
    });
    shown.collect::<Vec<_>>().join("&")
}

/// A body; one that is no JSON is shown by its length alone.
pub(crate) fn body(operation: Option<&Operation>, body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            mask(operation, &mut value, false);
            value.to_string()
        }
        Err(_) => format!("({} bytes that are no JSON)", body.len()),
    }
}

fn mask(operation: Option<&Operation>, value: &mut Value, secret: bool) {
    match value {
        Value::String(text) if secret => *text = shortened(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(operation, item, secret)),
        Value::Object(members) => {
            for (name, member) in members {
                mask(operation, member, secret || is_secret(operation, name));
            }
        }
        _ => {}
    }
}

fn shortened(secret: &str) -> String {
    let is_long = secret.chars().nth(2 * SHOWN - 1).is_some();
    secret.chars().take(if is_long { SHOWN } else { 0 }).chain(iter::once('…')).collect()
}

fn is_secret(operation: Option<&Operation>, name: &str) -> bool {
    let fields = operation.into_iter().flat_map(|known| known.request.iter().chain(&known.response));
    let marked = fields.filter_map(|field| marked(field, name)).reduce(|one, other| one || other);
    marked.unwrap_or_else(|| ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending)))
}

/// Whether the field or one below it has this name and is marked as a secret. `None` when none has
/// the name.
fn marked(field: &Field, name: &str) -> Option<bool> {
    let items = iter::successors(field.items.as_deref(), |item| item.items.as_deref());
    let below = field.fields.iter().chain(items.flat_map(|item| &item.fields));
    let marks = below.filter_map(|field| marked(field, name));
    marks.chain((field.name == name).then_some(field.secret)).reduce(|one, other| one || other)
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::*;

    #[test]
    fn of_a_secret_only_the_start_is_shown() {
        let operation = Catalogue::get().operation("getComponentAccessToken");
        let text = br#"{"component_appid": "wxemu1", "component_appsecret": "0123456789abcdef", "component_verify_ticket": "short"}"#;
        let shown: Value = serde_json::from_str(&body(operation, text)).unwrap();
        assert_eq!(shown["component_appid"], "wxemu1");
        assert_eq!(shown["component_appsecret"], "012345…");
        assert_eq!(shown["component_verify_ticket"], "…");
        let parameters = [("access_token", "74_abcdefghijkl"), ("action", "get")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(query(operation, &parameters), "access_token=74_abc…&action=get");
        assert_eq!(query(None, &parameters), "access_token=74_abc…&action=get");
    }

    #[test]
    fn what_is_no_json_is_not_shown() {
        assert_eq!(body(None, b"a=b"), "(3 bytes that are no JSON)");
        assert_eq!(body(None, b""), "");
    }
}
