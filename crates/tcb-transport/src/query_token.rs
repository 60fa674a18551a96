use std::fmt;
use std::sync::Arc;

use tcb_types::AccessTokenValue;

/// An access token and the query parameter that carries it. Cheap to clone.
#[derive(Clone)]
pub struct QueryToken {
    parameter: &'static str,
    value: Arc<AccessTokenValue>,
}

impl QueryToken {
    /// A token that is sent as `parameter`, for example `access_token`.
    pub fn new(parameter: &'static str, value: Arc<AccessTokenValue>) -> Self {
        Self { parameter, value }
    }

    /// The same token in another query parameter.
    #[must_use]
    pub fn in_parameter(self, parameter: &'static str) -> Self {
        Self::new(parameter, self.value)
    }

    /// Name of the query parameter.
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// Returns whether name and value can stand in a URL without escaping (RFC 3986, section 2.3).
    pub fn is_unreserved(&self) -> bool {
        // Of one match a compiler makes one test of bits, and of two texts two plain loops.
        let unreserved =
            |byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~');
        self.parameter.bytes().all(unreserved) && self.value.expose().bytes().all(unreserved)
    }

    /// The token.
    pub fn value(&self) -> &AccessTokenValue {
        &self.value
    }
}

impl fmt::Debug for QueryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueryToken({}=..)", self.parameter)
    }
}
