//! One route of the admin API: what it is, and who follows what it says.

use std::pin::Pin;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::instruction::{Described, Instruction, Parameters};
use crate::{Emulator, EmulatorError};

/// A route of the table.
pub(super) struct AdminRoute {
    pub(super) method: Method,
    /// Below the root of the admin API, with `{parameters}`, which an action may follow:
    /// `prompts/{id}:approve`.
    pub(super) path: &'static str,
    /// What it does, in one sentence.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests make the OpenAPI document"))]
    pub(super) does: &'static str,
    follow: Follow,
    /// What a request may say; nothing where it has no body.
    #[cfg(test)]
    pub(super) body: Option<Schema>,
    #[cfg(test)]
    pub(super) answer: Schema,
}

/// How a type is described.
#[cfg(test)]
type Schema = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

#[cfg(test)]
fn schema<T: Described>(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<T>()
}

type Outcome = Result<Value, EmulatorError>;
type Follow = Box<dyn Fn(Instruction) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

impl AdminRoute {
    /// The parameters of a path that is this route's.
    pub(super) fn parameters(&self, path: &str) -> Option<Parameters> {
        let (mut own, mut segments) = (self.path.split('/'), path.split('/'));
        let mut parameters = Vec::new();
        loop {
            match (own.next(), segments.next()) {
                (None, None) => return Some(Parameters(parameters)),
                (Some(own), Some(segment)) if own == segment => {}
                (Some(own), Some(segment)) => parameters.push(parameter(own, segment)?),
                _ => return None,
            }
        }
    }

    /// Does what a request says.
    pub(super) async fn follow(&self, instruction: Instruction) -> Outcome {
        (self.follow)(instruction).await
    }
}

/// The parameter in a segment that fits `{name}` or `{name}:action`.
fn parameter(own: &'static str, segment: &str) -> Option<(&'static str, String)> {
    let (name, action) = own.strip_prefix('{')?.split_once('}')?;
    // No id has a colon in it: what follows one is an action.
    let value = segment.strip_suffix(action).filter(|value| !value.is_empty() && !value.contains(':'))?;
    Some((name, value.to_owned()))
}

/// A route that tells something.
pub(super) fn get<A: Serialize + Described + 'static>(
    path: &'static str,
    does: &'static str,
    tell: fn(&Emulator, &Parameters) -> Result<A, EmulatorError>,
) -> AdminRoute {
    AdminRoute {
        method: Method::GET,
        path,
        does,
        #[cfg(test)]
        body: None,
        #[cfg(test)]
        answer: schema::<A>,
        follow: Box::new(move |instruction| {
            Box::pin(async move { write(tell(&instruction.emulator, &instruction.parameters)?) })
        }),
    }
}

/// A route that does something at once.
pub(super) fn act<B: DeserializeOwned + Described + 'static, A: Serialize + Described + 'static>(
    method: Method,
    path: &'static str,
    does: &'static str,
    act: fn(&Emulator, &Parameters, B) -> Result<A, EmulatorError>,
) -> AdminRoute {
    AdminRoute {
        method,
        path,
        does,
        #[cfg(test)]
        body: Some(schema::<B>),
        #[cfg(test)]
        answer: schema::<A>,
        follow: Box::new(move |instruction| {
            Box::pin(async move {
                let body = instruction.read()?;
                write(act(&instruction.emulator, &instruction.parameters, body)?)
            })
        }),
    }
}

/// A route that does something and waits until it was done.
pub(super) fn wait<B, A, F>(
    method: Method,
    path: &'static str,
    does: &'static str,
    act: fn(Emulator, Parameters, B) -> F,
) -> AdminRoute
where
    B: DeserializeOwned + Described + Send + 'static,
    A: Serialize + Described + 'static,
    F: Future<Output = Result<A, EmulatorError>> + Send + 'static,
{
    AdminRoute {
        method,
        path,
        does,
        #[cfg(test)]
        body: Some(schema::<B>),
        #[cfg(test)]
        answer: schema::<A>,
        follow: Box::new(move |instruction| {
            Box::pin(async move {
                let body = instruction.read()?;
                write(act(instruction.emulator, instruction.parameters, body).await?)
            })
        }),
    }
}

fn write(answer: impl Serialize) -> Outcome {
    serde_json::to_value(answer).map_err(|error| {
        super::instruction::invalid(&format!("what was to be told cannot be written: {error}"))
    })
}
