//! Answers of which some are codes, where no reader of answers has taken the code out: written and read by `serde` alone.

use std::borrow::Cow;

use crate::ErrCode;

/// Why members are no answer.
pub(crate) type Refusal = Cow<'static, str>;

/// The answer that a code with its text is; `None` when the code says success or is not there.
pub(crate) fn of<T>(
    code: Option<ErrCode>,
    text: &str,
    outcome: fn(ErrCode, &str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    match code {
        None | Some(ErrCode::OK) => Ok(None),
        Some(code) => match outcome(code, text) {
            Some(answer) => Ok(Some(answer)),
            None => Err(format!("errcode {code}, which is no answer").into()),
        },
    }
}
