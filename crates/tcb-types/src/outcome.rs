//! Answers of which some are codes, where no reader of answers has taken the code out: written and read by `serde` alone.

use std::borrow::Cow;

use crate::{ErrCode, Operation};

/// Why members are no answer.
pub(crate) type Refusal = Cow<'static, str>;

/// The answer that a code with its text is; `None` when the code says success or is not there.
pub(crate) fn of<O: Operation>(code: Option<ErrCode>, text: &str) -> Result<Option<O::Response>, Refusal> {
    match code {
        None | Some(ErrCode::OK) => Ok(None),
        Some(code) => match O::outcome(code, text) {
            Some(answer) => Ok(Some(answer)),
            None => Err(format!("errcode {code}, which is no answer").into()),
        },
    }
}
