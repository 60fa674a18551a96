//! What a request to the admin API says.

use std::str::FromStr;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Emulator, EmulatorError, EmulatorErrorKind};

/// What a type of a body or an answer needs, so that the OpenAPI document can tell its members.
/// Only tests make that document, and only they need the schemas.
#[cfg(test)]
pub(super) use schemars::JsonSchema as Described;

/// What a type of a body or an answer needs: nothing outside of tests.
#[cfg(not(test))]
pub(super) trait Described {}

#[cfg(not(test))]
impl<T> Described for T {}

/// A request to one route.
pub(super) struct Instruction {
    pub(super) emulator: Emulator,
    pub(super) parameters: Parameters,
    pub(super) body: Bytes,
}

impl Instruction {
    /// Reads the body; an empty one is `{}`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, EmulatorError> {
        let body = if self.body.is_empty() { b"{}" } else { self.body.as_ref() };
        // Lists would be read as the members of a struct in their order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(invalid("the body is no JSON object"));
        }
        serde_json::from_slice(body).map_err(|error| invalid(&format!("the body does not fit: {error}")))
    }
}

/// The parts of a path that stand for something, by their names in the table.
pub(super) struct Parameters(pub(super) Vec<(&'static str, String)>);

impl Parameters {
    /// The text of a parameter; empty for a name that the route does not have.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The id that a parameter is.
    pub(super) fn id<T: for<'a> From<&'a str>>(&self, name: &str) -> T {
        T::from(self.text(name))
    }

    /// The number that a parameter is.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<T, EmulatorError> {
        self.text(name).parse().map_err(|_| invalid(&format!("`{name}` is a number")))
    }
}

/// A body without members.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The answer to an instruction that was followed and has nothing to tell.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Done {}

pub(super) fn invalid(message: &str) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::Invalid, message)
}
