//! Answers some of which are codes, read and written by `serde` alone, where the reader of answers
//! has not taken the code out.

use std::borrow::Cow;

use crate::ErrCode;

/// Why members are not an answer.
pub(crate) type Refusal = Cow<'static, str>;

/// Returns the answer that a code with its text stands for; `None` when the code is absent or says
/// success.
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
