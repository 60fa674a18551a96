//! The language that this run speaks.

use std::ffi::OsString;
use std::sync::OnceLock;

use tcb_lang::Lang;
use unicode_width::UnicodeWidthChar;

static CURRENT: OnceLock<Lang> = OnceLock::new();

#[cfg(test)]
thread_local! {
    /// What a test wants to hear.
    pub(crate) static SPOKEN: std::cell::Cell<Option<Lang>> = const { std::cell::Cell::new(None) };
}

/// Chooses the language for the rest of the run: `--lang`, or the locale. It is looked for before
/// the command line is read, for what is wrong with a command line is said in it too.
pub(crate) fn choose(args: impl Iterator<Item = OsString>) {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let after = args.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1].as_str());
    let flag = after.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--lang=")));
    let lang = flag.and_then(Lang::of_tag).unwrap_or_else(|| {
        Lang::of_locale(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    });
    // The first choice stands.
    let _ = CURRENT.set(lang);
}

/// The language of this run.
pub(crate) fn current() -> Lang {
    #[cfg(test)]
    if let Some(lang) = SPOKEN.get() {
        return lang;
    }
    CURRENT.get().copied().unwrap_or_default()
}

/// A text in the language of this run: first in English, then in Chinese.
macro_rules! say {
    ($($text:tt)*) => { ::tcb_lang::say!($crate::language::current(), $($text)*) };
}
pub(crate) use say;

/// Whichever of the two is in the language of this run.
pub(crate) fn pick(en: &'static str, zh: &'static str) -> &'static str {
    current().pick(en, zh)
}

/// What stands between the two languages in a doc comment of the grammar.
const BETWEEN: &str = " || ";

/// The half of a text of the grammar that is in this language, paragraph by paragraph. None when a
/// paragraph lacks its twin.
pub(crate) fn half(text: &str, lang: Lang) -> Option<String> {
    let halves: Option<Vec<&str>> = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_once(BETWEEN).map(|(en, zh)| lang.pick(en.trim(), zh.trim())))
        .collect();
    halves.map(|halves| halves.iter().map(|half| joined(half)).collect::<Vec<_>>().join("\n\n"))
}

/// Takes the spaces away that the ends of lines have left between Chinese characters.
fn joined(text: &str) -> String {
    let is_wide = |c: Option<char>| c.and_then(UnicodeWidthChar::width) == Some(2);
    let mut joined = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let (before, after) = (joined.chars().next_back(), rest.peek().copied());
        let needs_none = before.is_some_and(|before| "，。；：、（".contains(before));
        if c != ' ' || !(needs_none || is_wide(before) && is_wide(after)) {
            joined.push(c);
        }
    }
    joined
}
