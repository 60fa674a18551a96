//! A page for each error code that callers meet.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Deserialize;
use tcb_catalogue::Catalogue;
use tcb_lang::Lang;
use tcb_types::ErrCode;

use crate::reaction::{advice, anchor, listing, meaning};

/// What people know of a code that stands in no table of WeChat's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The number in `errcode`.
    pub code: i64,
    /// An operation that answers it.
    pub operation: String,
    causes: Said,
    fixes: Said,
    /// How the emulator comes to answer it by itself; without that a fault has to be set.
    provoked_by: Option<Said>,
}

/// Points of a list, in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    en: Vec<String>,
    zh: Vec<String>,
}

impl Said {
    fn list(&self, lang: Lang) -> String {
        let points: Vec<_> = lang.pick(&self.en, &self.zh).iter().map(|point| format!("- {point}")).collect();
        points.join("\n") + "\n"
    }
}

/// The codes that have a page, in their order.
pub fn codes() -> &'static [Code] {
    static CODES: LazyLock<Vec<Code>> =
        LazyLock::new(|| match serde_saphyr::from_str(include_str!("../../../docs/book/errcodes.yaml")) {
            Ok(codes) => codes,
            // The file is part of this crate, which has no other callers than its tests.
            Err(error) => panic!("docs/book/errcodes.yaml: {error}"),
        });
    &CODES
}

impl Code {
    /// The path of [`operation`](Self::operation); none when there is no such operation.
    pub fn path(&self) -> Option<&'static str> {
        Some(&Catalogue::get().operation(&self.operation)?.path)
    }

    pub(crate) fn page(&self, lang: Lang) -> String {
        let catalogue = Catalogue::get();
        let code = self.code;
        let reaction = ErrCode::new(code).reaction();
        let name = ErrCode::new(code).name();
        let mut page = format!("# {code}\n\n");
        if let Some(fact) = catalogue.error(code) {
            if let Some(message) = &fact.message {
                let _ = write!(page, "`{message}`\n\n");
            }
            let (title, stop) = lang.pick(("Meaning", "."), ("含义", "。"));
            let _ = write!(page, "## {title}\n\n{}{stop}\n\n", sentence(meaning(lang, fact)));
            let listed = listing(fact, catalogue.operations()).len();
            let title = lang.pick("Reaction", "应对方式");
            let advice = advice(lang, reaction).replace("](", "](../");
            let _ = write!(page, "## {title}\n\n[`{reaction:?}`](../errors.md#{})", anchor(reaction));
            let _ = write!(page, "{}{advice}\n\n", lang.pick(": ", "："));
            if let Some(name) = name {
                let constant = lang.pick("In Rust", "在 Rust 中");
                let _ = write!(page, "{constant}{}`ErrCode::{name}`", lang.pick(": ", "："));
                page.push_str(lang.pick(". ", "。"));
            }
            let pages = lang.pick(
                format!("Operations whose own page lists it: {listed} ([which](../errors.md))."),
                format!("在自己的文档页中列出此码的接口：{listed} 个（见[错误码表](../errors.md)）。"),
            );
            let _ = write!(page, "{pages}\n\n");
        }
        let _ = write!(page, "## {}\n\n{}\n", lang.pick("Causes", "常见原因"), self.causes.list(lang));
        let _ = write!(page, "## {}\n\n{}\n", lang.pick("What to do", "处理办法"), self.fixes.list(lang));
        let _ = write!(page, "## {}\n\n", lang.pick("In the emulator", "在模拟器中复现"));
        if let Some(provoked) = &self.provoked_by {
            let _ = writeln!(page, "{}", provoked.list(lang));
        }
        let _ = write!(
            page,
            "{}\n\n```sh\ncurl -X PUT http://127.0.0.1:8099/_emu/v1/faults \\\n  \
             -d '{{\"faults\": [{{\"target\": \"{}\", \"kind\": \"errcode\", \"code\": {code}}}]}}'\n```\n",
            lang.pick(
                format!(
                    "The next call of `{}` is answered with it, and not carried out, after:",
                    self.operation
                ),
                format!("执行下面的命令后，下一次 `{}` 调用会返回此码，且不会被执行：", self.operation),
            ),
            self.operation,
        );
        page
    }
}

/// A text of the catalogue as a sentence without its stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches(['.', '。']).chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::codes;
    use tcb_catalogue::Catalogue;
    use tcb_types::ErrCode;

    #[test]
    fn each_code_that_callers_match_on_has_a_page() {
        let named = Catalogue::get().errors().iter().map(|fact| ErrCode::new(fact.code));
        for code in named.filter(|code| code.name().is_some() && *code != ErrCode::OK) {
            assert!(codes().iter().any(|known| ErrCode::new(known.code) == code), "{code} has no page");
        }
    }

    #[test]
    fn each_code_is_in_the_catalogue_in_order_and_said_in_both_languages() {
        assert!(codes().is_sorted_by_key(|code| code.code));
        for code in codes() {
            assert!(Catalogue::get().error(code.code).is_some(), "{}", code.code);
            assert!(Catalogue::get().error_in_chinese(code.code).is_some(), "{} in Chinese", code.code);
            assert!(code.path().is_some(), "{}", code.operation);
            for said in
                [Some(&code.causes), Some(&code.fixes), code.provoked_by.as_ref()].into_iter().flatten()
            {
                assert_eq!(said.en.len(), said.zh.len(), "{}", code.code);
                assert!(!said.en.is_empty(), "{}", code.code);
            }
        }
    }
}
