/// Makes a newtype for an identifier that the service hands out.
///
/// Identifiers are not validated: no limits are documented for them, so the service decides.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name(String);

        impl $name {
            /// Creates an identifier from its text, as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the text of the identifier by value.
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

/// Makes a newtype for a number that the service hands out, which may come as text.
#[cfg(feature = "operations")]
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name(#[serde(deserialize_with = "crate::wire::integer")] i64);

        impl $name {
            /// Creates the id from its number.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// Returns the number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }
    };
}

id! {
    /// Appid of a third-party platform (`component_appid`), as the console shows it.
    ComponentAppId
}

id! {
    /// Appid of an account that authorised the platform: a merchant's mini program or public
    /// account (`authorizer_appid`).
    AuthorizerAppId
}

id! {
    /// Appid of any account: a platform, or an account that authorised it.
    AppId
}

impl From<ComponentAppId> for AppId {
    fn from(id: ComponentAppId) -> Self {
        Self(id.0)
    }
}

impl From<&ComponentAppId> for AppId {
    fn from(id: &ComponentAppId) -> Self {
        Self(id.0.clone())
    }
}

impl From<AuthorizerAppId> for AppId {
    fn from(id: AuthorizerAppId) -> Self {
        Self(id.0)
    }
}

impl From<&AuthorizerAppId> for AppId {
    fn from(id: &AuthorizerAppId) -> Self {
        Self(id.0.clone())
    }
}

id! {
    /// Appid of an open-platform account (`open_appid`), which ties the accounts of one subject
    /// together so that they share unionids.
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

id! {
    /// Name of a collection of the cloud database, unique in its environment.
    CollectionName
}

id! {
    /// Id of a file in the cloud storage (`fileid`, `file_id`), `cloud://env.bucket/path`.
    FileId
}

id! {
    /// Id of a user in one account (`openid`).
    OpenId
}

id! {
    /// Number of a WeChat Pay merchant (`merchant_code`).
    MerchantCode
}

id! {
    /// Id of one call (`rid`), which WeChat keeps for seven days. An error carries it; see
    /// [`ApiError::rid`](crate::ApiError::rid).
    RequestId
}

#[cfg(feature = "operations")]
number! {
    /// Id of an import or export of the cloud database (`job_id`).
    JobId
}

#[cfg(feature = "operations")]
number! {
    /// Id of a pressure test (`pressure_id`).
    PressureTestId
}
