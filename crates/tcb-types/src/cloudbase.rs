//! What ordinary and batch cloud development share, and neither family owns.

pub(crate) mod exists_already;

use exists_already::CreatedWire;
use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::secret::expose;
use crate::{EncodeError, ErrCode, Secret};

/// An environment variable of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EnvironmentVariable {
    /// Its name.
    pub key: String,
    /// Its value, kept secret because keys and passwords live there.
    #[serde(serialize_with = "expose")]
    pub value: Secret,
}

impl EnvironmentVariable {
    /// The variable `key` with this value.
    pub fn new(key: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// The collection after the call. Either way it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "CreatedWire", into = "CreatedWire")]
#[non_exhaustive]
pub enum CreateCollectionResponse {
    /// It was created by this call.
    Created,
    /// It was there before, with whatever records it has. The cloud says so in a text that no page
    /// documents: `ResourceExist`, "Table exist".
    ExistsAlready,
}

impl CreateCollectionResponse {
    /// The response that a code with its text stands for, if any.
    pub(crate) fn of(code: ErrCode, text: &str) -> Option<Self> {
        exists_already::collection(code, text).then_some(Self::ExistsAlready)
    }
}

impl TryFrom<CreatedWire> for CreateCollectionResponse {
    type Error = Refusal;

    fn try_from(answer: CreatedWire) -> Result<Self, Refusal> {
        let outcome = outcome::of(answer.errcode, &answer.errmsg, Self::of)?;
        Ok(outcome.unwrap_or(Self::Created))
    }
}

impl From<CreateCollectionResponse> for CreatedWire {
    fn from(response: CreateCollectionResponse) -> Self {
        match response {
            CreateCollectionResponse::Created => Self::default(),
            CreateCollectionResponse::ExistsAlready => Self::exists_already(),
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CreateCollectionResponse => CreatedWire);

/// Checks the number of files in one call, which only ordinary mode documents.
pub(crate) fn check_files(field: &'static str, files: usize) -> Result<(), EncodeError> {
    if files <= 50 { Ok(()) } else { Err(EncodeError::limit(field, "at most 50 files")) }
}
