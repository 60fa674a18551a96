//! The names under which a store keeps what it keeps.

use std::fmt::Write as _;

use tcb_auth::{Subject, TokenKey};
use tcb_types::ComponentAppId;

/// The keys of one record. Their hash tag, the part in braces, puts both on one node of a cluster,
/// so that one script can write them.
#[derive(Debug)]
pub(crate) struct Keys {
    /// A hash that stays, unless the record ends: the version and the lasting part.
    pub(crate) lasting: String,
    /// A string that ends with the access token in it.
    pub(crate) access: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str, key: &TokenKey) -> Self {
        let component = escaped(key.component().as_str());
        let tag = match key.subject() {
            Subject::Platform => format!("{{{prefix}:{component}}}"),
            Subject::Authorizer(app_id) => format!("{{{prefix}:{component}/{}}}", escaped(app_id.as_str())),
            // No escaped id has a second slash in it.
            Subject::Code(digest) => format!("{{{prefix}:{component}/code/{}}}", digest.as_str()),
        };
        Self { lasting: format!("{tag}:lasting"), access: format!("{tag}:access") }
    }
}

/// The sorted set of a platform's accounts. It lies where the platform's own record does, which is
/// another node than most accounts'.
pub(crate) fn index(prefix: &str, component: &ComponentAppId) -> String {
    format!("{{{prefix}:{}}}:authorizers", escaped(component.as_str()))
}

/// Keeps an id from looking like two. Real ones are letters and digits, and stay as they are.
fn escaped(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use tcb_auth::CodeDigest;

    use super::*;

    fn account(component: &str, app_id: &str) -> Keys {
        Keys::new("tcb", &TokenKey::new(component, Subject::Authorizer(app_id.into())))
    }

    #[test]
    fn all_keys_of_a_record_have_one_hash_tag() {
        let keys = account("wxplatform", "wxshop");
        assert_eq!(keys.lasting, "{tcb:wxplatform/wxshop}:lasting");
        assert_eq!(keys.access, "{tcb:wxplatform/wxshop}:access");
        let own = Keys::new("tcb", &TokenKey::new("wxplatform", Subject::Platform));
        assert_eq!(own.lasting, "{tcb:wxplatform}:lasting");
        assert_eq!(index("tcb", &"wxplatform".into()), "{tcb:wxplatform}:authorizers");
    }

    #[test]
    fn odd_ids_do_not_meet() {
        assert_ne!(account("a", "b/c").lasting, account("a/b", "c").lasting);
        let own = Keys::new("tcb", &TokenKey::new("a/b", Subject::Platform));
        assert_ne!(own.lasting, account("a", "b").lasting);
        assert_eq!(account("a}", "{b").lasting, "{tcb:a%7D/%7Bb}:lasting");
        let digest = CodeDigest::of(&"code".into());
        let code = Keys::new("tcb", &TokenKey::new("a", Subject::Code(digest.clone())));
        assert_ne!(code.lasting, account("a", &format!("code/{}", digest.as_str())).lasting);
    }
}
