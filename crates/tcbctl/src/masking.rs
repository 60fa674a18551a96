//! Which members of requests and answers are secrets.

use std::iter;

use serde_json::Value;
use tcb_catalogue::{Catalogue, Field, Operation};

use crate::language::say;

/// What stands in the place of a secret.
const MASK: &str = "[masked]";

/// How the name of a secret ends where the catalogue does not know a member.
const ENDINGS: [&str; 7] =
    ["secret", "token", "ticket", "password", "auth_code", "authorization_code", "secretkey"];

/// Whether a member with this name is a secret in the requests and answers of `operation`: by the
/// catalogue's mark, or, where the operation has no such member there, by the marks of all others
/// and by its name.
pub(crate) fn is_secret(operation: &str, name: &str) -> bool {
    let catalogue = Catalogue::get();
    marked_in(catalogue.operation(operation), name).unwrap_or_else(|| {
        let lower = name.to_ascii_lowercase();
        marked_in(catalogue.operations(), name) == Some(true)
            || ENDINGS.iter().any(|ending| lower.ends_with(ending))
    })
}

/// Whether a member with this name is marked as a secret. None when there is none.
fn marked_in<'a>(operations: impl IntoIterator<Item = &'a Operation>, name: &str) -> Option<bool> {
    let fields = operations.into_iter().flat_map(|one| one.request.iter().chain(&one.response));
    fields.filter_map(|field| marked(field, name)).reduce(|one, other| one || other)
}

/// Whether the field or one below it has this name and is marked as a secret. None when none has
/// the name.
fn marked(field: &Field, name: &str) -> Option<bool> {
    let items = iter::successors(field.items.as_deref(), |item| item.items.as_deref());
    let below = field.fields.iter().chain(items.flat_map(|item| &item.fields));
    let marks = below.filter_map(|field| marked(field, name));
    marks.chain((field.name == name).then_some(field.secret)).reduce(|one, other| one || other)
}

/// Where `value` holds secrets, and their texts.
pub(crate) fn secrets<'a>(operation: &str, value: &'a Value) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    find(operation, value, "", false, &mut found);
    found
}

fn find<'a>(operation: &str, value: &'a Value, path: &str, secret: bool, found: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) if secret && !text.is_empty() => found.push((path.to_owned(), text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(operation, item, &format!("{path}[{index}]"), secret, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                find(operation, member, &below, secret || is_secret(operation, name), found);
            }
        }
        _ => {}
    }
}

/// Masks the secrets in `value`. Returns how many there were.
pub(crate) fn mask(operation: &str, value: &mut Value) -> usize {
    fn inside(operation: &str, value: &mut Value, secret: bool) -> usize {
        match value {
            Value::String(text) if secret && !text.is_empty() => {
                MASK.clone_into(text);
                1
            }
            Value::Array(items) => items.iter_mut().map(|item| inside(operation, item, secret)).sum(),
            Value::Object(members) => members
                .iter_mut()
                .map(|(name, member)| inside(operation, member, secret || is_secret(operation, name)))
                .sum(),
            _ => 0,
        }
    }
    inside(operation, value, false)
}

/// What to say of secrets that are not shown.
pub(crate) fn hint(masked: usize) -> Option<String> {
    (masked > 0)
        .then(|| say!("secrets are masked; --show-secrets prints them", "密钥已隐藏；--show-secrets 可打印"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_at_every_depth_and_nothing_else_is() {
        let mut answer = json!({
            "env": "shop-1",
            "authorizer_refresh_token": "canary",
            "file_list": [{"fileid": "cloud://f", "download_url": "canary", "status": 0}],
            "password": "",
            "mount_wx_token": true,
            "secret": {"inner": ["canary"]},
        });
        let paths: Vec<String> = secrets("x", &answer).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["authorizer_refresh_token", "file_list[0].download_url", "secret.inner[0]"]);
        assert_eq!(mask("x", &mut answer), 3);
        assert_eq!(
            answer,
            json!({
                "env": "shop-1",
                "authorizer_refresh_token": MASK,
                "file_list": [{"fileid": "cloud://f", "download_url": MASK, "status": 0}],
                "password": "",
                "mount_wx_token": true,
                "secret": {"inner": [MASK]},
            })
        );
    }

    #[test]
    fn a_name_can_be_a_secret_in_one_operation_only() {
        assert!(is_secret("getCloudBaseVoIPSign", "signature"));
        assert!(!is_secret("getAuthorizerInfo", "signature"), "there it is what the account says of itself");
    }

    #[test]
    fn what_the_catalogue_knows_is_a_secret_by_its_mark_alone() {
        assert!(is_secret("getFuntionLink", "url"));
        assert!(!is_secret("createcsversion", "image_pulls_secret"), "it is the name of a credential");
        assert!(is_secret("createcsversion", "some_secret"), "it is not in the catalogue");
        assert!(is_secret("createcsversion", "signed_url"), "another operation has it");
    }
}
