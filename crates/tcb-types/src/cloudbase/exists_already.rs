//! How the cloud says that what was to be made is there.

use serde::Deserialize;

use crate::ErrCode;

/// "resource system error": what the cloud behind WeChat answered goes along in the text.
const CLOUD_FAULT: ErrCode = ErrCode::new(-501_001);

/// Returns whether `code` and `message` say that a collection exists already.
///
/// The cloud's own name for it is `ResourceUnavailable.ResourceExist` with the text "Table exist";
/// the catalogue has where that was met.
pub(crate) fn collection(code: ErrCode, message: &str) -> bool {
    says(code, message, &["resourceexist", "table exist", "already exist"])
}

/// Returns whether `code` and `message` say that a function exists already.
///
/// The cloud's own names for it are `ResourceInUse.Function` and `ResourceInUse.FunctionName`; the
/// catalogue has where they were met.
pub(crate) fn function(code: ErrCode, message: &str) -> bool {
    says(code, message, &["resourceinuse.function", "already exist", "已存在"])
}

/// What the wire holds of the answer of a create that gives nothing. Members are only there where
/// an answer was serialised, for the reader of answers takes them out.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct CreatedWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) errcode: Option<ErrCode>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) errmsg: String,
}

impl CreatedWire {
    /// What says of a collection and of a function that it exists already.
    pub(crate) fn exists_already() -> Self {
        Self { errcode: Some(ErrCode::CLOUD_RESOURCE), errmsg: "already exists".to_owned() }
    }
}

/// Both codes stand for many things, an unknown environment among them, so the text has to say
/// which.
fn says(code: ErrCode, message: &str, words: &[&str]) -> bool {
    let message = message.to_ascii_lowercase();
    matches!(code, ErrCode::CLOUD_RESOURCE | CLOUD_FAULT) && words.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_texts_that_are_known_say_so() {
        for code in [ErrCode::CLOUD_RESOURCE, CLOUD_FAULT] {
            for text in [
                "resource system error. [ResourceUnavailable.ResourceExist] Table exist. rid: 1-2-3",
                "Table exist hint: [x]",
                "collection already exists",
            ] {
                assert!(collection(code, text), "{text}");
            }
            for text in ["[ResourceInUse.FunctionName] 指定的 FunctionName 已存在", "function already exists"]
            {
                assert!(function(code, text), "{text}");
            }
            for text in [
                "",
                "Environment not found",
                "FunctionName parameter could not be found.",
                "Db or Table not exist",
                "[ResourceNotFound.Function]",
                "指定的 FunctionName 不存在",
            ] {
                assert!(!collection(code, text) && !function(code, text), "{text}");
            }
        }
        for code in [ErrCode::OK, ErrCode::SYSTEM_BUSY, ErrCode::INVALID_ARGS] {
            assert!(!collection(code, "Table exist") && !function(code, "function already exists"));
        }
    }
}
