//! `tcbctl explain` of an operation.

use super::super::auth::named_set;
use serde_json::{Value, json};
use tcb_catalogue::{Confidence, Field, Item, Location, Operation, Page, TokenKind};

use super::told::told;
use crate::language::{current, pick, say};
use crate::report::Report;

/// Longest list of documented values that the table holds.
const SHOWN: usize = 12;

pub(super) fn explain(operation: &Operation) -> Report {
    let title = operation.title();
    let (request, answer) = (&operation.request, &operation.response);
    let kinds: Vec<&str> = operation.token.kinds.iter().map(|kind| token_kind(*kind)).collect();
    let tokens: Vec<&str> = operation.token.kinds.iter().map(|kind| token_in_words(*kind)).collect();
    let errors: Vec<Value> = operation
        .errors
        .iter()
        .map(|error| json!({"errcode": error.code, "message": error.message, "about": error.about}))
        .collect();
    let error_lines = operation.errors.iter().map(|error| {
        let (code, about) = (error.code, told(&error.about));
        say!("{code}: {about}", "{code}：{about}")
    });
    let quirks: Vec<&str> = operation.quirks.iter().map(|quirk| quirk.about.as_str()).collect();
    let sets: Vec<String> = operation.permission_sets.iter().map(|set| named_set(u64::from(*set))).collect();
    let (confidence, in_chinese) = confidence(operation.confidence);
    Report::new("explain")
        .prose()
        .field("operation", operation.id.as_str())
        .field_as(
            "title",
            json!({"en": title.en, "zh": title.zh}),
            current().pick(format!("{} ({})", title.en, title.zh), title.zh.clone()),
        )
        .field("method", operation.method.as_str())
        .field("path", operation.path.as_str())
        .field_as("token", kinds.clone(), tokens.join(pick(" or ", " 或 ")))
        .field_as("permission_sets", operation.permission_sets.clone(), sets.join(pick(" or ", " 或 ")))
        .field_as("request", request.iter().map(field).collect::<Vec<_>>(), table(request))
        .field_as("answer", answer.iter().map(field).collect::<Vec<_>>(), table(answer))
        .field_as("errors", errors, error_lines.collect::<Vec<_>>().join("\n"))
        .field_as("notes", operation.notes.clone(), all_told(operation.notes.iter().map(String::as_str)))
        .field_as("quirks", quirks.clone(), all_told(quirks.into_iter()))
        .field_as("confidence", confidence, current().pick(confidence, in_chinese).to_owned())
        .field_as("pages", operation.pages.iter().map(page).collect::<Vec<_>>(), addresses(&operation.pages))
}

fn all_told<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(told).collect::<Vec<_>>().join("\n")
}

fn token_kind(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Authorizer => "authorizer",
        TokenKind::Component => "component",
        _ => "none",
    }
}

fn token_in_words(kind: TokenKind) -> &'static str {
    let chinese = match kind {
        TokenKind::Authorizer => "授权方（authorizer）",
        TokenKind::Component => "平台（component）",
        _ => "不需要",
    };
    pick(token_kind(kind), chinese)
}

/// For programs, and in Chinese.
fn confidence(confidence: Confidence) -> (&'static str, &'static str) {
    match confidence {
        Confidence::High => ("high", "高"),
        Confidence::Medium => ("medium", "中"),
        _ => ("low", "低"),
    }
}

fn page(page: &Page) -> Value {
    json!({"family": page.family, "group": page.group, "sources": page.sources})
}

fn addresses(pages: &[Page]) -> String {
    let sources = pages.iter().flat_map(|page| &page.sources).filter(|source| source.contains("://"));
    all_told(sources.map(String::as_str))
}

fn location(location: Location) -> &'static str {
    match location {
        Location::Query => "query",
        Location::RawBody => "raw_body",
        _ => "body",
    }
}

fn field(field: &Field) -> Value {
    let Field { name, kind, required, about, default, allowed, limits, .. } = field;
    let mut value = json!({
        "name": name,
        "type": kind.as_str(),
        "required": required,
        "in": location(field.location),
        "about": about,
    });
    if let Some(default) = default {
        value["default"] = default.clone();
    }
    if !allowed.is_empty() {
        value["enum"] = json!(allowed);
    }
    if let Some(limits) = limits {
        value["limits"] = json!(limits);
    }
    if !field.fields.is_empty() {
        value["fields"] = field.fields.iter().map(self::field).collect();
    }
    if let Some(items) = &field.items {
        value["items"] = item(items);
    }
    value
}

fn item(item: &Item) -> Value {
    let mut value = json!({"type": item.kind.as_str()});
    if let Some(about) = &item.about {
        value["about"] = json!(about);
    }
    if !item.fields.is_empty() {
        value["fields"] = item.fields.iter().map(field).collect();
    }
    if let Some(items) = &item.items {
        value["items"] = self::item(items);
    }
    value
}

/// A line for each field, those inside others by their whole path.
fn table(fields: &[Field]) -> String {
    let mut lines = Vec::new();
    for field in fields {
        describe(field, "", &mut lines);
    }
    lines.join("\n")
}

fn describe(field: &Field, around: &str, lines: &mut Vec<String>) {
    let mut path = match field.location {
        Location::Query => format!("?{}", field.name),
        _ => format!("{around}{}", field.name),
    };
    let mut facts = vec![field.kind.as_str().to_owned()];
    if field.required {
        facts.push(say!("required", "必填"));
    }
    if field.location == Location::RawBody {
        facts.push(say!("the whole body", "整个请求体"));
    }
    if !field.allowed.is_empty() {
        let values: Vec<String> = field.allowed.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if field.allowed.len() > SHOWN { ", …" } else { "" };
        let values = values.join(", ");
        facts.push(say!("one of {values}{more}", "可选值 {values}{more}"));
    }
    if let Some(default) = &field.default {
        facts.push(say!("default {default}", "默认 {default}"));
    }
    if let Some(limits) = &field.limits {
        facts.push(told(limits));
    }
    let (facts, about) = (facts.join(pick("; ", "；")), told(&field.about));
    lines.push(say!("{path} ({facts}): {about}", "{path}（{facts}）：{about}"));

    for inner in &field.fields {
        describe(inner, &format!("{path}."), lines);
    }
    let mut items = field.items.as_deref();
    while let Some(item) = items {
        path.push_str("[]");
        let (kind, about) = (item.kind, item.about.as_deref().map(told).unwrap_or_default());
        let colon = if about.is_empty() { "" } else { pick(": ", "：") };
        lines.push(say!("{path} ({kind}){colon}{about}", "{path}（{kind}）{colon}{about}"));
        for inner in &item.fields {
            describe(inner, &format!("{path}."), lines);
        }
        items = item.items.as_deref();
    }
}
