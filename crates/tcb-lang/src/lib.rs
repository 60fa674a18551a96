#![doc = include_str!("../README.md")]

/// A language that people are spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, in simplified characters.
    Zh,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The language of a tag or locale: `zh`, `zh-Hans`, `zh_CN.UTF-8`, `en`. `C` and `POSIX` are
    /// English. None for another language.
    ///
    /// ```
    /// use tcb_lang::Lang;
    ///
    /// assert_eq!(Lang::of_tag("ZH-Hant-TW"), Some(Lang::Zh));
    /// assert_eq!(Lang::of_tag("en_GB.UTF-8"), Some(Lang::En));
    /// assert_eq!(Lang::of_tag("fr_FR.UTF-8"), None);
    /// ```
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        let is = |name: &str| language.eq_ignore_ascii_case(name);
        match () {
            () if is("zh") => Some(Self::Zh),
            () if is("en") || is("C") || is("POSIX") => Some(Self::En),
            () => None,
        }
    }

    /// The language of a process's messages: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that
    /// is set and not empty decides, as in POSIX. English if it names another language, or none
    /// does.
    ///
    /// ```
    /// use tcb_lang::Lang;
    ///
    /// let chinese = |name: &str| (name == "LANG").then(|| "zh_CN.UTF-8".to_owned());
    /// assert_eq!(Lang::of_locale(chinese), Lang::Zh);
    /// assert_eq!(Lang::of_locale(|_| None), Lang::En);
    /// ```
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        let mut set = set.filter(|value| !value.is_empty());
        set.next().and_then(|locale| Self::of_tag(&locale)).unwrap_or_default()
    }

    /// Its tag: `en` or `zh`.
    pub fn tag(self) -> &'static str {
        self.pick("en", "zh")
    }

    /// Whichever of the two is in this language.
    pub fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A text in the language `$lang`, as a `String`: first in English, then in Chinese. Names in
/// braces and arguments are those of [`format!`], for both texts alike.
///
/// ```
/// use tcb_lang::{Lang, say};
///
/// let left = 3;
/// assert_eq!(say!(Lang::En, "{left} files are left", "还剩 {left} 个文件"), "3 files are left");
/// ```
#[macro_export]
macro_rules! say {
    ($lang:expr, $en:literal, $zh:literal $(, $name:ident = $value:expr)* $(,)?) => {
        match $lang {
            $crate::Lang::En => ::std::format!($en $(, $name = $value)*),
            $crate::Lang::Zh => ::std::format!($zh $(, $name = $value)*),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            Lang::of_locale(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")]), Lang::En);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "en_US")]), Lang::Zh);
        assert_eq!(of(&[("LC_ALL", "de_DE"), ("LANG", "zh_CN")]), Lang::En, "German is not spoken");
    }
}
