//! What is said of an error code wherever it stands.

use tcb_catalogue::{Catalogue, ErrorFact, Operation};
use tcb_lang::Lang;
use tcb_types::Reaction;

/// All reactions in the order in which they are worth reading.
pub(crate) const REACTIONS: &[Reaction] = &[
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

/// The operations whose pages list the code, by either side of the catalogue.
pub(crate) fn listing<'a>(fact: &ErrorFact, operations: &'a [Operation]) -> Vec<&'a str> {
    let lists = |operation: &&Operation| {
        fact.seen_in.contains(&operation.id) || operation.errors.iter().any(|listed| listed.code == fact.code)
    };
    operations.iter().filter(lists).map(|operation| operation.id.as_str()).collect()
}

/// Where the reaction stands on the page.
pub(crate) fn anchor(reaction: Reaction) -> String {
    reaction.name().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::REACTIONS;

    #[test]
    fn every_reaction_of_the_table_says_what_to_do() {
        for fact in Catalogue::get().errors() {
            assert!(REACTIONS.iter().any(|reaction| reaction.name() == fact.reaction), "{fact:?}");
        }
    }
}
