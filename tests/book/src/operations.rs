//! Every endpoint with its types.

use tcb_catalogue::{Catalogue, Operation, TokenKind};
use tcb_lang::{Lang, say};
use tcb_types::Class;
use tcb_types::registry::{self, Entry};

use crate::markdown::cell;

/// The families with what they are, in the order of the page.
const FAMILIES: &[(&str, &str, &str)] = &[
    (
        "authorization",
        "Tokens of the platform and of the accounts that authorised it.",
        "第三方平台及其授权方的令牌。",
    ),
    (
        "cloudbase-common",
        "Cloud development in an environment that belongs to the merchant's mini program.",
        "商户小程序自有环境中的云开发（普通模式）。",
    ),
    (
        "cloudbase-batch",
        "Cloud development in environments of the platform that many mini programs share.",
        "平台自有、由多个小程序共享的环境中的云开发（批量模式）。",
    ),
    (
        "open-account",
        "Open-platform accounts, which give a merchant's accounts a common unionid.",
        "开放平台账号，使同一商户的各账号拥有共同的 unionid。",
    ),
    ("api-management", "Quotas, addresses and single calls.", "调用额度、服务器地址与单次调用的查询。"),
];

/// The page.
pub(crate) fn page(lang: Lang) -> String {
    let operations = Catalogue::get().operations();
    let entries = registry::entries();
    let with_types = operations.iter().filter(|one| !types_of(one, &entries).is_empty()).count();
    let (all, types) = (operations.len(), entries.len());
    let mut page = say!(
        lang,
        "# Operations\n\n\
         {with_types} of {all} endpoints have types, {types} in all: an endpoint that hides several operations behind a member such as `action` has \
         one for each. `client.call_raw` reaches any path without one.\n\n\
         - **Operation**: the official name, misprints included, with its title.\n\
         - **Type**: in `tcb_types`.\n\
         - **Token**: whose access token the call carries.\n\
         - **Sets**: numbers of the permission sets of which any one allows the call; — when none is documented.\n\
         - **Class**: whether the call may be repeated. *read* changes nothing, *idempotent* changes nothing more the second time, \
         *create* is never repeated when it may have run.\n\
         - **Evidence**: documentation pages, sources in all (pages, older editions and public clients), official samples, and quirks: \
         odd spellings and points in which sources differ.\n\
         - **Confidence**: *high* when the sources agree on all that matters, *medium* when they differ or a part rests on clients alone, \
         *low* when little could be confirmed.\n",
        "# 接口一览\n\n\
         {all} 个接口中有 {with_types} 个具备类型，共 {types} 个类型：以 `action` 等字段区分多种操作的接口，每种操作各有一个类型。\
         没有类型的路径可用 `client.call_raw` 调用。\n\n\
         - **接口**：官方名称（保留官方的拼写错误）与标题。\n\
         - **类型**：位于 `tcb_types`。\n\
         - **令牌**：调用携带谁的令牌；authorizer 为授权方，component 为第三方平台。\n\
         - **权限集**：其中任意一个即可调用；文档未写明时为 —。\n\
         - **类别**：能否重发。*read* 不改变任何东西；*idempotent* 第二次不再改变什么；*create* 只要可能已执行，就绝不重发。\n\
         - **依据**：文档页数、来源总数（文档页、旧版文档与公开的客户端）、官方示例数，以及出入数：奇怪的拼写和各来源不一致之处。\n\
         - **可信度**：*high* 各来源在要点上一致；*medium* 有分歧或部分仅有客户端为据；*low* 能证实的很少。\n",
    );
    for (family, about) in families(lang, operations) {
        let module = family.replace('-', "_");
        let of_family: Vec<_> = operations.iter().filter(|operation| operation.family() == family).collect();
        let count = of_family.len();
        page.push_str(&say!(
            lang,
            "\n## {family}\n\n{about} {count} endpoints, module `tcb_types::{module}`.\n\n\
             | Operation | Type | Call | Token | Sets | Class | Evidence | Confidence |\n",
            "\n## {family}\n\n{about}共 {count} 个接口，模块 `tcb_types::{module}`。\n\n\
             | 接口 | 类型 | 调用 | 令牌 | 权限集 | 类别 | 依据 | 可信度 |\n",
        ));
        page.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for operation in of_family {
            page.push_str(&row(lang, operation, &types_of(operation, &entries)));
        }
    }
    page
}

/// The families that there are; one that [`FAMILIES`] does not know comes last.
fn families(lang: Lang, operations: &[Operation]) -> Vec<(&str, &'static str)> {
    let mut families: Vec<_> = FAMILIES.iter().map(|(name, en, zh)| (*name, lang.pick(*en, *zh))).collect();
    for operation in operations {
        if !families.iter().any(|(name, _)| *name == operation.family()) {
            families.push((operation.family(), ""));
        }
    }
    families
}

fn types_of<'a>(operation: &Operation, entries: &'a [Entry]) -> Vec<&'a Entry> {
    entries.iter().filter(|entry| entry.spec.id == operation.id).collect()
}

fn row(lang: Lang, operation: &Operation, types: &[&Entry]) -> String {
    let title = operation.title();
    let title = lang.pick(cell(&title.en), cell(&title.zh));
    let names: Vec<_> = types.iter().map(|one| format!("`{}`", one.rust_name)).collect();
    let names =
        if names.is_empty() { lang.pick("none yet", "暂无").to_owned() } else { names.join("<br>") };
    let mut classes: Vec<_> = types.iter().map(|one| class(one.spec.class)).collect();
    // Line by line beside the types, unless they agree.
    if classes.iter().all(|class| Some(class) == classes.first()) {
        classes.truncate(1);
    }
    let classes = if classes.is_empty() { "—".to_owned() } else { classes.join("<br>") };
    let tokens: Vec<_> = operation.token.kinds.iter().map(|kind| token(*kind)).collect();
    let sets: Vec<_> = operation.permission_sets.iter().map(ToString::to_string).collect();
    let sets = if sets.is_empty() { "—".to_owned() } else { sets.join(", ") };
    format!(
        "| `{}`<br>{title} | {names} | `{} {}` | {} | {sets} | {classes} | {} | {} |\n",
        operation.id,
        operation.method,
        operation.path,
        tokens.join(lang.pick(" or ", " 或 ")),
        evidence(lang, operation),
        format!("{:?}", operation.confidence).to_lowercase(),
    )
}

fn evidence(lang: Lang, operation: &Operation) -> String {
    let sources = operation.pages.iter().map(|page| page.sources.len()).sum();
    let counts = [
        (operation.pages.len(), "page", "页"),
        (sources, "source", "个来源"),
        (operation.samples.len(), "sample", "个示例"),
        (operation.quirks.len(), "quirk", "处出入"),
    ];
    let counts = counts.map(|(count, en, zh)| match (lang, count) {
        (Lang::Zh, count) => format!("{count} {zh}"),
        (Lang::En, 0) => format!("no {en}"),
        (Lang::En, 1) => format!("1 {en}"),
        (Lang::En, _) => format!("{count} {en}s"),
    });
    counts.join(lang.pick(", ", "，"))
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Read => "read",
        Class::Idempotent => "idempotent",
        Class::NotRepeatable => "create",
    }
}

fn token(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Authorizer => "authorizer",
        TokenKind::Component => "component",
        TokenKind::None => "none",
        // A kind that the catalogue learns later.
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;
    use tcb_lang::Lang;

    use super::page;

    #[test]
    fn every_endpoint_has_one_row() {
        for lang in Lang::ALL {
            let page = page(lang);
            for operation in Catalogue::get().operations() {
                let row = format!("\n| `{}`<br>", operation.id);
                assert_eq!(page.matches(&row).count(), 1, "{}", operation.id);
            }
        }
    }
}
