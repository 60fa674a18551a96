//! Every error code for a person who met one.

use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, ErrorFact, Operation};
use tcb_lang::{Lang, say};
use tcb_types::{ErrCode, Reaction};

use crate::codes::codes;
use crate::markdown::cell;

/// More operations than this stand below the table and not in it.
const MOST_IN_A_ROW: usize = 6;

/// All reactions in the order in which they are worth reading.
const REACTIONS: &[Reaction] = &[
    Reaction::Success,
    Reaction::Absent,
    Reaction::AlreadyDone,
    Reaction::RetryLater,
    Reaction::RefreshTokenAndRetry,
    Reaction::WaitForTicket,
    Reaction::QuotaOrFrequency,
    Reaction::FixCaller,
    Reaction::ConfigurePlatform,
    Reaction::Permission,
    Reaction::MerchantAction,
    Reaction::NotAuthorized,
    Reaction::Reauthorize,
];

/// What a caller does about a code of this reaction.
pub(crate) fn advice(lang: Lang, reaction: Reaction) -> &'static str {
    match reaction {
        Reaction::Success => lang.pick("Nothing: the call succeeded.", "无需处理：调用已成功。"),
        Reaction::Absent => lang.pick(
            "Take it as an answer: the thing does not exist. After a create whose outcome is unknown it means that nothing was created.",
            "当作答案：所查的东西不存在。如果是在一次结果未知的创建之后读到它，说明什么都没有建成。",
        ),
        Reaction::AlreadyDone => lang.pick(
            "Read the state back; when it is what was wanted, treat the call as a success. Do not repeat it.",
            "读回状态；若已是想要的样子，就当作成功。不要重发。",
        ),
        Reaction::RetryLater => lang.pick(
            "Wait with growing pauses and repeat a bounded number of times what is safe to repeat. A create may have been executed: read the state back first.",
            "间隔逐次加长，有限次地重试可以安全重复的调用。创建类调用可能已经执行：先读回状态。",
        ),
        Reaction::RefreshTokenAndRetry => lang.pick(
            "The client refreshes the refused token once and repeats the call once. When the code still comes out of it, look at the platform's secret and at who else refreshes tokens.",
            "客户端会刷新一次被拒的令牌，并重发一次。若仍然报出此码，请检查平台的 appsecret，以及还有谁在刷新令牌。",
        ),
        Reaction::WaitForTicket => lang.pick(
            "Read the stored ticket again, wait for the next push (about every ten minutes), then ask for pushes with `startPushTicket`.",
            "重新读取已保存的验证票据；等待下一次推送（约十分钟一次）；仍没有时用 `startPushTicket` 启动推送。",
        ),
        Reaction::QuotaOrFrequency => lang.pick(
            "Stop calling for the period that the message names: minute, day or month. `getApiQuota` tells what is left.",
            "在提示所说的周期（分钟、当日或当月）内停止调用。`getApiQuota` 可查剩余额度。",
        ),
        Reaction::FixCaller => {
            lang.pick("Correct the program or its data. Repeating changes nothing.", "改正程序或数据。重试无用。")
        }
        Reaction::ConfigurePlatform => lang.pick(
            "The service provider's operator changes something in the console: address whitelist, secret, ticket push, release.",
            "由服务商的运维人员在开放平台后台调整：IP 白名单、appsecret、票据推送或全网发布。",
        ),
        Reaction::Permission => lang.pick(
            "Name the permission set that is missing and ask the merchant for an extended authorisation. [The table of operations](operations.md) lists the sets of each.",
            "指出缺少的权限集，请授权方补充授权。各接口所需的权限集见[接口一览](operations.md)。",
        ),
        Reaction::MerchantAction => lang.pick(
            "The merchant or its administrator does something outside the API: agrees, verifies, opens, pays. Ask, and try again after that.",
            "需要授权方或其管理员在接口之外完成操作：同意、认证、开通或付费。请对方处理，之后再调用。",
        ),
        Reaction::NotAuthorized => lang.pick(
            "No authorisation stands: stop all work for the account until the merchant authorises again.",
            "授权关系不存在：在对方重新授权之前，停止该账号的一切工作。",
        ),
        Reaction::Reauthorize => lang.pick(
            "The credentials are dead. When no newer ones can be recovered, send the merchant an authorisation link.",
            "凭据已失效。找不回更新的凭据时，向授权方发送授权链接。",
        ),
        _ => lang.pick(
            "The code is in no table. Nothing is repeated by itself; look up its request id, and report the code. A create may have been executed: read the state back first.",
            "没有任何表列出此码。SDK 不会自行重试；请查询其 rid 并反馈此码。创建类调用可能已经执行：先读回状态。",
        ),
    }
}

/// What the code means, in Chinese where there is a text.
pub(crate) fn meaning(lang: Lang, fact: &ErrorFact) -> &str {
    let chinese = Catalogue::get().error_in_chinese(fact.code).filter(|_| lang == Lang::Zh);
    chinese.unwrap_or(&fact.about)
}

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

/// The operations whose pages list the code, by either side of the catalogue.
pub(crate) fn listing<'a>(fact: &ErrorFact, operations: &'a [Operation]) -> Vec<&'a str> {
    let lists = |operation: &&Operation| {
        fact.seen_in.contains(&operation.id) || operation.errors.iter().any(|listed| listed.code == fact.code)
    };
    operations.iter().filter(lists).map(|operation| operation.id.as_str()).collect()
}

fn ids(operations: &[&str]) -> String {
    operations.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

/// Where the reaction stands on the page.
pub(crate) fn anchor(reaction: Reaction) -> String {
    reaction.name().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;
    use tcb_lang::Lang;

    use super::{REACTIONS, page};

    #[test]
    fn every_reaction_of_the_table_says_what_to_do() {
        for fact in Catalogue::get().errors() {
            assert!(REACTIONS.iter().any(|reaction| reaction.name() == fact.reaction), "{fact:?}");
        }
    }

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
