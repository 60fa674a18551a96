//! What the catalogue says, in the language of this run.

use tcb_catalogue::Catalogue;
use tcb_lang::Lang;

use crate::language::current;

/// A text of the catalogue in the language of this run, in English where it has no other.
pub(super) fn told(text: &str) -> String {
    let chinese = || Catalogue::get().chinese(text).unwrap_or(text);
    if current() == Lang::Zh { chinese().to_owned() } else { text.to_owned() }
}
