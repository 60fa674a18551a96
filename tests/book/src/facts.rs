//! What the page of an operation says of the call: path, token, permission sets, repeats, errors
//! and where WeChat documents it.

use tcb_catalogue::{Catalogue, Operation};
use tcb_types::registry::{self, Entry};
use tcb_types::{Class, OperationSpec, TokenKinds, permission};

/// The first row of a table of facts in a doc comment.
const FIRST: &str = "/// | Call | ";

/// What a draft has where the table will stand.
const DRAFTED: &str = "/// [Documentation](";

/// The text of a file of tcb-types with the facts of each of its operations as they are now.
pub fn documented(source: &str) -> String {
    let mut text = source.to_owned();
    for entry in registry::entries() {
        let is_here = text.contains(&format!("impl Operation for {} {{", entry.rust_name))
            && text.contains(&format!("\"{}\"", entry.spec.id));
        if let (true, Some(operation)) = (is_here, Catalogue::get().operation(entry.spec.id)) {
            text = with_facts(&text, &entry, operation);
        }
    }
    text
}

/// The text with the table in the comment of this type, and its path as an alias.
fn with_facts(text: &str, entry: &Entry, operation: &Operation) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let opening = format!("pub struct {} {{", entry.rust_name);
    let Some(item) = lines.iter().position(|line| line.starts_with(&opening)) else { return text.to_owned() };
    let belongs = |line: &&&str| line.starts_with("///") || line.starts_with("#[");
    let begin = item - lines[..item].iter().rev().take_while(belongs).count();
    let is_comment = |line: &&&str| line.starts_with("///");
    let end = begin + lines[begin..item].iter().take_while(is_comment).count();

    let mut comment: Vec<String> = lines[begin..end].iter().map(|line| (*line).to_owned()).collect();
    let rows = rows(&entry.spec, operation);
    match comment.iter().position(|line| line.starts_with(FIRST) || line.starts_with(DRAFTED)) {
        Some(at) => {
            let old = comment[at..].iter().take_while(|line| line.starts_with("/// |")).count().max(1);
            comment.splice(at..at + old, rows);
        }
        None => comment.extend([vec!["///".to_owned()], rows].concat()),
    }
    let alias = format!("#[doc(alias = \"{}\")]", entry.spec.path);
    if !lines[end..item].contains(&alias.as_str()) {
        comment.push(alias);
    }
    let before = lines[..begin].iter().map(|line| (*line).to_owned());
    let after = lines[end..].iter().map(|line| (*line).to_owned());
    let all: Vec<String> = before.chain(comment).chain(after).collect();
    all.join("\n") + "\n"
}

fn rows(spec: &OperationSpec, operation: &Operation) -> Vec<String> {
    let mut rows = vec![
        format!("{FIRST}`{} {}` |", spec.method.as_str(), spec.path),
        "/// | --- | --- |".to_owned(),
        row("Token", token(spec.tokens)),
    ];
    if !spec.permission_sets.is_empty() {
        let sets: Vec<_> = spec.permission_sets.iter().map(|set| permission_set(*set)).collect();
        rows.push(row("Permission set", &sets.join(" or ")));
    }
    rows.push(row("Sent again", repeats(spec.class)));
    let codes: Vec<_> = operation.errors.iter().map(|listed| listed.code.to_string()).collect();
    if !codes.is_empty() {
        rows.push(row("[Errors](crate::ErrCode)", &codes.join(", ")));
    }
    let (chinese, english) = addresses(operation);
    let links = [("中文", chinese), ("English", english)];
    let links = links.into_iter().filter_map(|(name, address)| Some(format!("[{name}]({})", address?)));
    let links: Vec<_> = links.collect();
    if !links.is_empty() {
        rows.push(row("WeChat's page", &links.join(" · ")));
    }
    rows
}

fn row(name: &str, value: &str) -> String {
    format!("/// | {name} | {value} |")
}

fn token(tokens: TokenKinds) -> &'static str {
    match tokens {
        TokenKinds::Authorizer => "the account's",
        TokenKinds::Component => "the platform's",
        TokenKinds::Either => "the account's, or the platform's in batch mode or for itself",
        TokenKinds::None => "none",
    }
}

fn permission_set(set: u32) -> String {
    match (permission::name(set), permission::title(set)) {
        (Some(name), Some(title)) => format!("[{set} {title}](crate::permission::{name})"),
        _ => set.to_string(),
    }
}

fn repeats(class: Class) -> &'static str {
    match class {
        Class::Read => "yes, it reads",
        Class::Idempotent => "yes, it is idempotent",
        Class::NotRepeatable => "never when it may have run",
    }
}

/// The current page in Chinese and in English, as far as one is known.
fn addresses(operation: &Operation) -> (Option<&str>, Option<&str>) {
    let sources = operation.pages.iter().flat_map(|page| &page.sources);
    let known: Vec<&str> = sources
        .filter(|source| {
            source.starts_with("https://developers.weixin.qq.com/") && !source.contains("(not seen)")
        })
        .filter_map(|source| source.split(' ').next())
        .collect();
    let is_english = |address: &&&str| address.contains("/en/");
    // The newest edition first: each has addresses of its own form.
    let editions = ["/api_", "/OpenApiDoc/", "/openApi/", "/server/API/", "/doc/", "/api-backend/"];
    let newest = |of: &dyn Fn(&&&str) -> bool| {
        editions.iter().find_map(|edition| known.iter().filter(of).find(|address| address.contains(edition)))
    };
    (newest(&|address| !is_english(address)).copied(), newest(&is_english).copied())
}

#[cfg(test)]
mod tests {
    use super::documented;

    const DRAFT: &str = "/// Creates.\n///\n/// [Documentation](https://example.com)\n///\n/// More.\n#[doc(alias = \"createEnv\")]\n\
                         #[non_exhaustive]\npub struct CreateEnv {\n}\n\nimpl Operation for CreateEnv {\n    \"createEnv\"\n}\n";

    #[test]
    fn facts_take_the_place_of_a_drafts_link_and_stay_as_they_are() {
        let text = documented(DRAFT);
        for line in [
            "/// | Call | `POST /tcb/createenvandresource` |",
            "/// | Token | the account's |",
            "/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |",
            "/// | Sent again | never when it may have run |",
            "#[doc(alias = \"/tcb/createenvandresource\")]",
        ] {
            assert!(text.contains(&format!("\n{line}\n")), "{text}");
        }
        assert!(text.contains("/// | [Errors](crate::ErrCode) | -1, -1000, 40014, "), "{text}");
        assert!(
            text.contains("OpenApiDoc/cloudbase-common/env-management/createEnv.html) · [English]("),
            "{text}"
        );
        assert!(text.contains("|\n///\n/// More.\n") && !text.contains("[Documentation]"), "{text}");
        assert_eq!(documented(&text), text);
    }
}
