/// Makes a newtype for an identifier that the service hands out.
///
/// Identifiers are not validated: the service documents no limits for them, and it is the one to judge.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name(String);

        impl $name {
            /// Takes the text of an identifier as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Gives the text of the identifier away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

id! {
    /// Appid of a third-party platform (`component_appid`), as the console shows it.
    ComponentAppId
}

id! {
    /// Appid of an account that authorised the platform: a merchant's mini program or public account (`authorizer_appid`).
    AuthorizerAppId
}

id! {
    /// Appid of an open-platform account (`open_appid`), which ties accounts of one subject together for a common unionid.
    OpenAppId
}

id! {
    /// Id of a cloud environment (`env`, in one answer `envid`).
    EnvId
}

id! {
    /// Name of a cloud function, unique in its environment.
    FunctionName
}
