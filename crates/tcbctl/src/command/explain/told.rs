//! What the catalogue says, in the language of this run.

use tcb_catalogue::Catalogue;
use tcb_lang::Lang;

use crate::language::current;

/// A text of the catalogue in the language of this run, in English where it has no other.
pub(super) fn told(text: &str) -> String {
    let chinese = || Catalogue::get().chinese(text).unwrap_or(text);
    if current() == Lang::Zh { chinese().to_owned() } else { text.to_owned() }
}

/// What an operation's page says of a code, in the language of this run; for want of that, what the
/// code means everywhere.
pub(super) fn told_of(code: i64, about: &str) -> String {
    let catalogue = Catalogue::get();
    let chinese = || catalogue.chinese(about).or_else(|| catalogue.error_in_chinese(code));
    if current() == Lang::Zh { chinese().unwrap_or(about).to_owned() } else { about.to_owned() }
}
