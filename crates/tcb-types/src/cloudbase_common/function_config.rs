//! The documented forms of a function's configurations, which travel as text.

use serde::{Deserialize, Serialize};

use crate::cloudbase::EnvironmentVariable;
use crate::{JsonText, wire};

/// Form of [`FunctionConfigKind::CloudCall`](super::FunctionConfigKind::CloudCall): which of
/// WeChat's interfaces a function may call.
///
/// ```
/// use tcb_types::JsonText;
/// use tcb_types::cloudbase_common::CloudCallConfig;
///
/// let text = JsonText::from(&CloudCallConfig::new(["wxacode.get"]));
/// assert_eq!(text.raw(), r#"{"permissions":{"openapi":["wxacode.get"]}}"#);
/// assert_eq!(text.decode::<CloudCallConfig>()?.interfaces, ["wxacode.get"]);
/// # Ok::<(), tcb_types::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "CloudCallWire", into = "CloudCallWire")]
#[non_exhaustive]
pub struct CloudCallConfig {
    /// Names of the interfaces, such as `wxacode.get`.
    pub interfaces: Vec<String>,
}

impl CloudCallConfig {
    /// These interfaces and no other.
    pub fn new<N: Into<String>>(interfaces: impl IntoIterator<Item = N>) -> Self {
        Self { interfaces: interfaces.into_iter().map(Into::into).collect() }
    }
}

/// What the wire holds.
#[derive(Serialize, Deserialize)]
struct CloudCallWire {
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Serialize, Deserialize)]
struct Permissions {
    #[serde(default, deserialize_with = "wire::list")]
    openapi: Vec<String>,
}

impl From<CloudCallWire> for CloudCallConfig {
    fn from(CloudCallWire { permissions }: CloudCallWire) -> Self {
        Self { interfaces: permissions.openapi }
    }
}

impl From<CloudCallConfig> for CloudCallWire {
    fn from(CloudCallConfig { interfaces }: CloudCallConfig) -> Self {
        Self { permissions: Permissions { openapi: interfaces } }
    }
}

/// Form of [`FunctionConfigKind::Environment`](super::FunctionConfigKind::Environment): how long a
/// function may run, and what it finds in its environment.
///
/// ```
/// use tcb_types::JsonText;
/// use tcb_types::cloudbase_common::{EnvironmentConfig, EnvironmentVariable};
///
/// let mode = EnvironmentVariable::new("MODE", "live");
/// let config = EnvironmentConfig::new().timeout(5).variables([mode]);
/// let text = JsonText::from(&config);
/// assert_eq!(text.raw(), r#"{"timeout":5,"environment":[{"key":"MODE","value":"live"}]}"#);
/// assert_eq!(text.decode::<EnvironmentConfig>()?, config);
/// # Ok::<(), tcb_types::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EnvironmentConfig {
    /// Longest run time in seconds, from 1 to 300; 3 when unset.
    #[serde(default, deserialize_with = "wire::optional_integer", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// Environment variables.
    #[serde(
        rename = "environment",
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub variables: Vec<EnvironmentVariable>,
}

impl EnvironmentConfig {
    /// With nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        timeout: u32,
    }

    /// Sets [`variables`](field@Self::variables).
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = EnvironmentVariable>) -> Self {
        self.variables = variables.into_iter().collect();
        self
    }
}

/// Writes a configuration as the text that travels.
macro_rules! into_text {
    ($($config:ident),+) => {
        $(impl From<&$config> for JsonText {
            fn from(config: &$config) -> Self {
                // Lists and texts always serialise.
                Self::encode(config).unwrap_or_else(|_| Self::new("{}"))
            }
        })+
    };
}

into_text!(CloudCallConfig, EnvironmentConfig);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_samples_are_read_and_written() {
        let text = r#"{"permissions":{"openapi":["wxacode.get","wxacode.getUnlimited"]}}"#;
        let config: CloudCallConfig = JsonText::new(text).decode().unwrap();
        assert_eq!(config, CloudCallConfig::new(["wxacode.get", "wxacode.getUnlimited"]));
        assert_eq!(JsonText::from(&config).raw(), text);
        let text = r#"{"timeout":5}"#;
        let config: EnvironmentConfig = JsonText::new(text).decode().unwrap();
        assert_eq!(config, EnvironmentConfig::new().timeout(5));
        assert_eq!(JsonText::from(&config).raw(), text);
    }

    #[test]
    fn what_is_left_out_is_empty() {
        for text in ["{}", r#"{"permissions":{}}"#, r#"{"permissions":{"openapi":null}}"#] {
            assert_eq!(JsonText::new(text).decode::<CloudCallConfig>().unwrap(), CloudCallConfig::default());
        }
        let nothing =
            JsonText::new(r#"{"timeout":"7","environment":null}"#).decode::<EnvironmentConfig>().unwrap();
        assert_eq!(nothing, EnvironmentConfig::new().timeout(7));
    }

    #[test]
    fn no_variable_shows_its_value() {
        let config = EnvironmentConfig::new().variables([EnvironmentVariable::new("PASSWORD", "canary")]);
        assert!(!format!("{config:?} {:?}", JsonText::from(&config)).contains("canary"));
    }
}
