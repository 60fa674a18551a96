//! Which members of requests and answers are secrets.

use serde_json::Value;

/// What stands in the place of a secret.
const MASK: &str = "[masked]";

/// How the name of a secret ends, whatever the operation.
const ENDINGS: [&str; 7] =
    ["secret", "token", "ticket", "password", "auth_code", "authorization_code", "secretkey"];

/// Names of secrets that do not say so: links and headers that carry their own permission, keys, variables in which services keep
/// passwords, and a recorded call with all that was in it.
const NAMES: [&str; 9] = [
    "authorization",
    "CustomKey",
    "download_url",
    "env_params",
    "request_body",
    "request_url",
    "response_body",
    "signed_url",
    "UploadUrl",
];

/// Members of one operation whose names mean something harmless elsewhere.
const OF_ONE_OPERATION: [(&str, &str); 5] = [
    ("getCloudBaseVoIPSign", "signature"),
    ("getDatabaseMigrateStatus", "file_url"),
    ("getFuntionLink", "url"),
    ("getMigrationState", "file_url"),
    ("getYploadSignature", "headers"),
];

/// Whether a member with this name is a secret in the requests and answers of `operation`.
pub(crate) fn is_secret(operation: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || NAMES.contains(&name)
        || OF_ONE_OPERATION.contains(&(operation, name))
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

/// Masks the secrets in `value`. Answers how many there were.
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tcb_catalogue::{Catalogue, Field, FieldType, Item};

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
    fn every_name_is_one_of_the_catalogue() {
        fn inside(fields: &[Field], seen: &mut Vec<String>) {
            for field in fields {
                seen.push(field.name.clone());
                inside(&field.fields, seen);
                items(field.items.as_deref(), seen);
            }
        }
        fn items(item: Option<&Item>, seen: &mut Vec<String>) {
            if let Some(item) = item {
                inside(&item.fields, seen);
                items(item.items.as_deref(), seen);
            }
        }
        let of = |id: &str| {
            let mut seen = Vec::new();
            for operation in Catalogue::get().operations().iter().filter(|found| id == "*" || found.id == id)
            {
                inside(&operation.request, &mut seen);
                inside(&operation.response, &mut seen);
            }
            seen
        };
        let all = of("*");
        for name in NAMES {
            assert!(all.iter().any(|known| known == name), "{name}");
        }
        for (id, name) in OF_ONE_OPERATION {
            assert!(of(id).iter().any(|known| known == name), "{id} {name}");
        }
    }

    #[test]
    fn what_the_catalogue_calls_a_secret_is_one() {
        for operation in Catalogue::get().operations() {
            for field in operation.request.iter().chain(&operation.response) {
                let said = field.about.contains("a secret") && field.kind == FieldType::String;
                assert!(!said || is_secret(&operation.id, &field.name), "{} {}", operation.id, field.name);
            }
        }
    }
}
