//! Every error code for a person who met one.

use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, ErrorFact};
use tcb_lang::{Lang, say};
use tcb_types::{ErrCode, Reaction};

use crate::codes::codes;
use crate::markdown::cell;
use crate::reaction::{REACTIONS, advice, anchor, listing, meaning};

/// More operations than this stand below the table and not in it.
const MOST_IN_A_ROW: usize = 6;

/// The page.
pub(crate) fn page(lang: Lang) -> String {
    let catalogue = Catalogue::get();
    let mut page = lang
        .pick(
            "# Error codes\n\n\
             WeChat answers a refused call with HTTP status 200 and a code other than 0 in `errcode`. In Rust it is an `ErrCode`, and \
             `ErrCode::reaction` gives the reaction. A code that is not in this table has `Reaction::Unknown`: it is not repeated, and \
             the caller decides. Codes that callers match on have a constant (`ErrCode::CLOUD_NOT_OPEN`). Texts in `errmsg` change; match the \
             number only. A number that is a link has a page of its own.\n\n\
             ## Reactions\n\n\
             | `Reaction::` | what to do | codes |\n| --- | --- | --- |\n",
            "# 错误码\n\n\
             微信拒绝一次调用时，HTTP 状态码仍是 200，`errcode` 不为 0。在 Rust 中它是 `ErrCode`，`ErrCode::reaction` 给出应对方式。\
             不在此表中的错误码为 `Reaction::Unknown`：SDK 不会重试，由调用方决定。调用方需要判断的错误码有常量（`ErrCode::CLOUD_NOT_OPEN`）。\
             `errmsg` 的文字会变，只匹配数字。带链接的错误码有单独一页。\n\n\
             ## 应对方式\n\n\
             | `Reaction::` | 怎么办 | 错误码个数 |\n| --- | --- | --- |\n",
        )
        .to_owned();
    let errors = catalogue.errors();
    for reaction in REACTIONS {
        let codes = errors.iter().filter(|fact| fact.reaction == reaction.name()).count();
        let (anchor, advice) = (anchor(*reaction), advice(lang, *reaction));
        let _ = writeln!(page, "| <a id=\"{anchor}\"></a>`{reaction:?}` | {advice} | {codes} |");
    }
    let _ = writeln!(page, "| `Unknown` | {} | |", advice(lang, Reaction::Unknown));
    page.push_str(lang.pick(
        "\n## Codes\n\n\
         The last column names the operations whose own pages list the code; any operation can answer any code.\n\n\
         | code | `ErrCode::` | message | meaning | reaction | listed by |\n| ---: | --- | --- | --- | --- | --- |\n",
        "\n## 全部错误码\n\n\
         最后一列是在自己的文档页中列出此码的接口；任何接口都可能返回任何错误码。\n\n\
         | 错误码 | `ErrCode::` | 原文 | 含义 | 应对方式 | 列出它的接口 |\n| ---: | --- | --- | --- | --- | --- |\n",
    ));
    let mut by_many = String::new();
    for fact in errors {
        page.push_str(&row(lang, fact, &mut by_many));
    }
    let many = lang.pick("Listed by many operations", "许多接口都列出的错误码");
    let _ = write!(page, "\n## {many}\n{by_many}");
    page
}

fn row(lang: Lang, fact: &ErrorFact, by_many: &mut String) -> String {
    let listing = listing(fact, Catalogue::get().operations());
    let code = fact.code;
    let reaction = ErrCode::new(code).reaction();
    let listed = if listing.len() > MOST_IN_A_ROW {
        let count = listing.len();
        let ids = ids(&listing);
        by_many.push_str(&say!(
            lang,
            "\n<a id=\"listed-{code}\"></a>**{code}**: {ids}.\n",
            "\n<a id=\"listed-{code}\"></a>**{code}**：{ids}。\n"
        ));
        say!(lang, "[{count} operations](#listed-{code})", "[{count} 个接口](#listed-{code})")
    } else {
        ids(&listing)
    };
    let number = if codes().iter().any(|known| known.code == code) {
        format!("[{code}](errors/{code}.md)")
    } else {
        code.to_string()
    };
    let name = ErrCode::new(code).name().map(|name| format!("`{name}`")).unwrap_or_default();
    format!(
        "| {number} | {name} | {} | {} | [`{reaction:?}`](#{}) | {listed} |\n",
        cell(fact.message.as_deref().unwrap_or_default()),
        cell(meaning(lang, fact)),
        anchor(reaction)
    )
}

fn ids(operations: &[&str]) -> String {
    operations.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;
    use tcb_lang::Lang;

    use super::page;

    #[test]
    fn each_code_has_one_row_with_its_reaction_and_its_operations() {
        for lang in Lang::ALL {
            let page = page(lang);
            for fact in Catalogue::get().errors() {
                let plain = page.matches(&format!("\n| {} | ", fact.code)).count();
                let linked = page.matches(&format!("\n| [{0}](errors/{0}.md) | ", fact.code)).count();
                assert_eq!(plain + linked, 1, "{}", fact.code);
            }
            let row = page.lines().find(|line| line.contains("| `NOT_BOUND` | ")).unwrap();
            assert!(row.contains("| [`Absent`](#absent) |") && row.contains("`getOpenAccount`"), "{row}");
            let row = page.lines().find(|line| line.starts_with("| [41001](")).unwrap();
            assert!(row.ends_with("](#listed-41001) |"), "{row}");
            assert!(page.contains("<a id=\"listed-41001\"></a>**41001**"));
        }
    }
}
