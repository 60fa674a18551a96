use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serializer};
use subtle::ConstantTimeEq;

/// A text that must not be shown.
///
/// It has no `Display`, its `Debug` prints a placeholder, and it does not serialise by itself. Its
/// memory is wiped when it is dropped, and two secrets are compared in constant time.
/// [`Secret::expose`] is the only way to the text, so that every use can be found.
///
/// ```
/// # use tcb_types::Secret;
/// let secret = Secret::new("ticket@@@abc");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.expose(), "ticket@@@abc");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Creates a secret from `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl AsRef<Secret> for Secret {
    fn as_ref(&self) -> &Secret {
        self
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = String::json_schema(generator);
        // The name that JSON Schema and OpenAPI have for text that nobody should see.
        schema.insert("format".to_owned(), "password".into());
        schema
    }
}

/// Writes the text of a secret into a request body. A field has to ask for it by name with
/// `#[serde(serialize_with = "expose")]`, because that is where a secret leaves the process.
#[cfg_attr(
    not(any(feature = "token-chain", feature = "operations")),
    expect(dead_code, reason = "only requests carry secrets")
)]
pub(crate) fn expose<S: Serializer, T: AsRef<Secret>>(secret: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().expose())
}

/// As [`expose`], for a secret that may be left out.
#[cfg(feature = "operations")]
#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
pub(crate) fn expose_optional<S: Serializer, T: AsRef<Secret>>(
    secret: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => expose(secret, serializer),
        None => serializer.serialize_none(),
    }
}

/// Makes a newtype over [`Secret`], so that one kind of secret cannot be passed for another.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name($crate::Secret);

        impl $name {
            /// Creates a secret from `text`.
            pub fn new(text: impl Into<String>) -> Self {
                Self($crate::Secret::new(text))
            }

            /// Returns the text. Do not log it.
            pub fn expose(&self) -> &str {
                self.0.expose()
            }

            /// Returns whether the text is empty.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl AsRef<$crate::Secret> for $name {
            fn as_ref(&self) -> &$crate::Secret {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl From<&$name> for $name {
            fn from(secret: &$name) -> Self {
                secret.clone()
            }
        }

        impl From<$crate::Secret> for $name {
            fn from(secret: $crate::Secret) -> Self {
                Self(secret)
            }
        }
    };
}

secret! {
    /// Secret of a third-party platform (`component_appsecret`), set in the console. A reset
    /// invalidates the old one at once.
    ComponentSecret
}

secret! {
    /// Ticket that WeChat pushes to the platform about every ten minutes
    /// (`component_verify_ticket`), valid for twelve hours.
    VerifyTicket
}

secret! {
    /// Code for one authorisation link (`pre_auth_code`).
    PreAuthCode
}

secret! {
    /// Code that a merchant's authorisation yields (`auth_code`, `AuthorizationCode`), to be
    /// exchanged at once.
    AuthorizationCode
}

secret! {
    /// Refresh token of an authorised account (`authorizer_refresh_token`). It lives as long as the
    /// authorisation. When it is lost, only WeChat's lists of authorised accounts or the merchant
    /// can bring it back.
    RefreshToken
}

secret! {
    /// Text of an access token, of the platform or of an authorised account.
    AccessTokenValue
}

secret! {
    /// Secret of an account itself (`appsecret`), which a service provider does not have for its
    /// merchants.
    AppSecret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_type_shows_its_text() {
        for shown in [
            format!("{:?}", Secret::new("canary")),
            format!("{:#?}", ComponentSecret::new("canary")),
            format!("{:?}", VerifyTicket::new("canary")),
            format!("{:?}", Some(RefreshToken::new("canary"))),
        ] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }

    #[test]
    fn secrets_are_equal_by_text() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
