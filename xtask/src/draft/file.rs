//! The text of the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, Field, Location, Method, Operation, TokenKind};

use super::members::{Member, Needed, Type, text};
use super::names;

/// Comments are no wider; code is brought to its width by rustfmt.
const WIDTH: usize = 130;

/// Members that the reader of answers takes out.
const ENVELOPE: [&str; 2] = ["errcode", "errmsg"];

/// The file of an operation, and the names of the types beside it.
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) companions: Vec<String>,
}

pub(super) fn draft(operation: &Operation, name: &str) -> Draft {
    let answer_name = format!("{name}Response");
    let mut needed =
        Needed::beside(&[name, &answer_name, "Operation", "OperationSpec", "TokenKinds", "Secret", "Value"]);
    let request = needed.members(&operation.request);
    let structs_of_request = std::mem::take(&mut needed.structs);
    let answer = needed.members(answer_fields(operation));
    let structs_of_answer = std::mem::take(&mut needed.structs);

    let mut body = String::new();
    let about = names::third_person(&operation.title().en);
    doc(&mut body, "", &about);
    let link = documentation(operation);
    if let Some(link) = link {
        let _ = writeln!(body, "///\n/// [Documentation]({link})");
    }
    let _ = writeln!(body, "#[doc(alias = {:?})]\n#[doc(alias = {:?})]", operation.id, operation.title().zh);
    request_struct(&mut body, name, &request);
    implementation(&mut body, operation, name, &request, holds_secret(&operation.response));
    answer_struct(&mut body, "What the call answers.", &answer_name, &answer);
    for (name, about, members) in &structs_of_request {
        doc(&mut body, "", &names::sentence(or(about, "Part of a request")));
        request_struct(&mut body, name, members);
    }
    for (name, about, members) in &structs_of_answer {
        answer_struct(&mut body, &names::sentence(or(about, "Part of an answer")), name, members);
    }
    for (name, field) in &needed.enums {
        enumeration(&mut body, name, field);
    }

    let mut text = format!("//! `{} {}`\n\n", operation.method, operation.path);
    decisions(&mut text, operation, name);
    let all = [&request, &answer].into_iter().chain(structs_of_request.iter().map(|(_, _, members)| members));
    let all = all.chain(structs_of_answer.iter().map(|(_, _, members)| members));
    let imported = all.flatten().filter_map(|member| member.kind.import()).collect();
    imports(&mut text, operation, imported, &body);
    text.push_str(body.trim_end());
    text.push('\n');

    let mut companions = vec![answer_name];
    let inner = structs_of_request.into_iter().chain(structs_of_answer).map(|(name, ..)| name);
    companions.extend(inner.chain(needed.enums.into_iter().map(|(name, _)| name)));
    companions.sort();
    Draft { text, companions }
}

fn answer_fields(operation: &Operation) -> impl Iterator<Item = &Field> {
    operation.response.iter().filter(|field| !ENVELOPE.contains(&field.name.as_str()))
}

/// What the catalogue cannot decide.
fn decisions(text: &mut String, operation: &Operation, name: &str) {
    let mut decide = |decision: &str| wrapped(text, "// - ", "//   ", decision);
    decide(&format!(
        "Name: `{name}`. Verbs are create, get, list, update, delete and set, the resource comes after them; members get names that say \
         what they are, with `rename`. Ids, counts and times get their types."
    ));
    decide(
        "Class: drafted as a create, which is never repeated when it may have run. `.read()` when it changes nothing, `.idempotent()` with \
         the reason in a comment when the second time changes nothing more.",
    );
    let secrets = secrets(operation);
    decide(&if secrets.is_empty() {
        "Secrets: no member is drafted as one. Is there none, neither in the request nor in the answer (`.secret_response()`)?".to_owned()
    } else {
        format!(
            "Secrets: drafted as such for their names: `{}`. Are these all, and which newtype of `secret.rs` is each?",
            secrets.join("`, `")
        )
    });
    decide(
        "Answer: all members may be absent. Without which is it of no use? Those lose their `Option` and go into \
         `.required_in_response(&[…])`.",
    );
    if operation.answers_without_errcode() {
        decide(
            "Code: the documentation shows an answer without `errcode`. Which members tell it from other JSON? They go into \
             `.without_errcode(&[…])`.",
        );
    }
    if let Some(action) =
        operation.request.iter().find(|field| field.name == "action" && field.allowed.len() > 1)
    {
        let values: Vec<_> = action.allowed.iter().map(text_of).collect();
        decide(&format!(
            "Several operations in one: a type for each `action` ({}), with a `wire::constant!` in place of the member.",
            values.join(", ")
        ));
    }
    for (at, limits) in limits(&operation.request) {
        decide(&format!("Limit of `{at}`: {limits}. A documented limit is checked in `validate`."));
    }
    for listed in &operation.errors {
        let reaction = Catalogue::get().error(listed.code).map(|fact| fact.reaction.as_str());
        if let Some(reaction @ ("absent" | "already_done")) = reaction {
            let code = listed.code;
            decide(&format!(
                "Code {code} ({reaction}): {}. Is it an answer (`Operation::outcome`)?",
                listed.about
            ));
        }
    }
    if operation.confidence != tcb_catalogue::Confidence::High {
        let confidence = format!("{:?}", operation.confidence).to_lowercase();
        decide(&format!(
            "Confidence is {confidence}: say in the docs what is not confirmed, and by whom the rest is."
        ));
    }
    for note in &operation.notes {
        decide(&format!("Note: {note}"));
    }
    for quirk in &operation.quirks {
        decide(&format!("Quirk: {}", quirk.about));
    }
    for deviation in &operation.sample_deviations {
        decide(&format!("Sample: {deviation}"));
    }
    text.insert_str(
        text.find("// - ").unwrap_or_default(),
        "// Decide, then delete these lines. `cargo xtask catalogue check` compares the rest with the catalogue.\n",
    );
    text.push('\n');
}

fn text_of(value: &serde_json::Value) -> String {
    format!("`{}`", text(value))
}

/// Paths of the members that are drafted as secrets.
fn secrets(operation: &Operation) -> Vec<String> {
    let mut secrets = Vec::new();
    walk(&operation.request, "", &mut |path, field| {
        if field.secret {
            secrets.push(path.to_owned());
        }
    });
    walk(&operation.response, "", &mut |path, field| {
        if field.secret {
            secrets.push(path.to_owned());
        }
    });
    secrets
}

fn limits(fields: &[Field]) -> Vec<(String, &str)> {
    let mut limits = Vec::new();
    walk(fields, "", &mut |path, field| {
        if let Some(text) = &field.limits {
            limits.push((path.to_owned(), text.trim_end_matches('.')));
        }
    });
    limits
}

/// Visits all members with their paths, through lists.
fn walk<'a>(fields: &'a [Field], at: &str, visit: &mut impl FnMut(&str, &'a Field)) {
    for field in fields {
        let path = format!("{at}{}", field.name);
        visit(&path, field);
        match &field.items {
            Some(item) => walk(&item.fields, &format!("{path}[]."), visit),
            None => walk(&field.fields, &format!("{path}."), visit),
        }
    }
}

fn holds_secret(fields: &[Field]) -> bool {
    let mut holds = false;
    walk(fields, "", &mut |_, field| holds |= field.secret);
    holds
}

/// The address of a page that was read, or of one that was not.
fn documentation(operation: &Operation) -> Option<&str> {
    let sources = || {
        operation.pages.iter().flat_map(|page| &page.sources).filter(|source| source.starts_with("https://"))
    };
    let read = sources().find(|source| !source.contains("not read"));
    read.or_else(|| sources().next()).and_then(|source| source.split_whitespace().next())
}

fn imports(text: &mut String, operation: &Operation, mut names: BTreeSet<&str>, body: &str) {
    names.extend(["Operation", "OperationSpec"]);
    for (name, used) in [("EncodeError", "EncodeError>"), ("TokenKinds", "TokenKinds::"), ("wire", "wire::")]
    {
        if body.replace("crate::wire::", "").contains(used) {
            names.insert(name);
        }
    }
    if operation.request.iter().any(|field| field.location == Location::Query) {
        text.push_str("use std::borrow::Cow;\n\n");
    }
    let reads = body.contains(", Deserialize)]");
    text.push_str(if reads {
        "use serde::{Deserialize, Serialize};\n\n"
    } else {
        "use serde::Serialize;\n\n"
    });
    let exposes: Vec<_> = ["expose", "expose_optional"]
        .into_iter()
        .filter(|name| body.contains(&format!("= \"{name}\"")))
        .collect();
    match exposes[..] {
        [] => {}
        [one] => {
            let _ = writeln!(text, "use crate::secret::{one};");
        }
        _ => {
            let _ = writeln!(text, "use crate::secret::{{{}}};", exposes.join(", "));
        }
    }
    let _ = writeln!(text, "use crate::{{{}}};\n", names.into_iter().collect::<Vec<_>>().join(", "));
}

/// A struct that callers make: members, constructor with all that is required, setters.
fn request_struct(out: &mut String, name: &str, members: &[Member<'_>]) {
    let (required, optional): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.field.required);
    let default = if required.is_empty() { "Default, " } else { "" };
    let _ = write!(
        out,
        "#[derive(Clone, Debug, {default}Serialize)]\n\
         #[cfg_attr(feature = \"schema\", derive(serde::Deserialize, schemars::JsonSchema))]\n\
         #[non_exhaustive]\n\
         pub struct {name} {{"
    );
    for member in members {
        out.push('\n');
        member_doc(out, member.field);
        request_attributes(out, member);
        let kind = member.kind.rust();
        let kind = if member.field.required { kind } else { format!("Option<{kind}>") };
        let _ = write!(out, "    pub {}: {kind},", member.name);
    }
    out.push_str(if members.is_empty() { "}\n\n" } else { "\n}\n\n" });

    let parameters: Vec<_> = required.iter().map(|member| parameter(member)).collect();
    let values = members.iter().map(|member| {
        let name = &member.name;
        match (member.field.required, member.kind.converts()) {
            (true, true) => format!("{name}: {name}.into()"),
            (true, false) => name.clone(),
            (false, _) => format!("{name}: None"),
        }
    });
    let values: Vec<_> = values.collect();
    let about = if required.is_empty() { "With nothing set." } else { "With all that is required." };
    let value =
        if values.is_empty() { "Self {}".to_owned() } else { format!("Self {{ {} }}", values.join(", ")) };
    let _ = write!(
        out,
        "impl {name} {{\n    /// {about}\n    pub fn new({}) -> Self {{\n        {value}\n    }}\n",
        parameters.join(", ")
    );
    if !optional.is_empty() {
        let setters = optional.iter().map(|member| format!("        {},\n", parameter(member)));
        let _ = write!(out, "\n    setters! {{\n{}    }}\n", setters.collect::<String>());
    }
    out.push_str("}\n\n");
}

fn parameter(member: &Member<'_>) -> String {
    let (name, kind) = (&member.name, member.kind.rust());
    if member.kind.converts() { format!("{name}: impl Into<{kind}>") } else { format!("{name}: {kind}") }
}

fn member_doc(out: &mut String, field: &Field) {
    let mut about = names::sentence(or(&field.about, &field.name));
    if let Some(limits) = &field.limits {
        let _ = write!(about, " {}", names::sentence(limits));
    }
    if let Some(default) = &field.default {
        let _ = write!(about, " `{}` when left out.", text(default));
    }
    doc(out, "    ", &about);
}

fn request_attributes(out: &mut String, member: &Member<'_>) {
    let mut attributes = Vec::new();
    if member.name != member.field.name {
        attributes.push(format!("rename = {:?}", member.field.name));
    }
    if member.field.location == Location::Body {
        match (&member.kind, member.field.required) {
            (Type::Secret, true) => attributes.push("serialize_with = \"expose\"".to_owned()),
            (Type::Secret, false) => attributes.push("serialize_with = \"expose_optional\"".to_owned()),
            _ => {}
        }
        if !member.field.required {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
    } else {
        attributes.push("skip_serializing".to_owned());
    }
    if !attributes.is_empty() {
        let _ = writeln!(out, "    #[serde({})]", attributes.join(", "));
    }
    if member.field.location == Location::RawBody {
        out.push_str(
            "    #[cfg_attr(feature = \"schema\", serde(deserialize_with = \"crate::wire::json\"))]\n",
        );
    }
}

fn implementation(
    out: &mut String,
    operation: &Operation,
    name: &str,
    request: &[Member<'_>],
    secret_response: bool,
) {
    let _ = write!(out, "impl Operation for {name} {{\n    type Response = {name}Response;\n");
    let make = if operation.method == Method::Get { "get" } else { "post" };
    let mut spec = format!("OperationSpec::{make}({:?}, {:?})", operation.id, operation.path);
    if let Some(tokens) = tokens(operation) {
        let _ = write!(spec, ".token(TokenKinds::{tokens})");
    }
    if !operation.permission_sets.is_empty() {
        let _ = write!(spec, ".permission_sets(&{:?})", operation.permission_sets);
    }
    if secret_response {
        spec.push_str(".secret_response()");
    }
    let _ = writeln!(out, "    const SPEC: OperationSpec = {spec};");

    let in_query: Vec<_> = request.iter().filter(|member| member.field.location == Location::Query).collect();
    if !in_query.is_empty() {
        let parameters: Vec<_> = in_query
            .iter()
            .map(|member| {
                let value = if member.field.required {
                    format!("Some(&self.{})", member.name)
                } else {
                    format!("self.{}.as_ref()", member.name)
                };
                format!("wire::parameter({:?}, {value})", member.field.name)
            })
            .collect();
        let all = match &parameters[..] {
            [one] => one.clone(),
            _ => format!("[{}].concat()", parameters.join(", ")),
        };
        let _ = write!(
            out,
            "\n    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {{\n        {all}\n    }}\n"
        );
    }
    if let Some(raw) = request.iter().find(|member| member.field.location == Location::RawBody) {
        let _ = write!(
            out,
            "\n    fn body(&self) -> Result<Vec<u8>, EncodeError> {{\n        Ok(self.{}.raw().as_bytes().to_owned())\n    }}\n",
            raw.name
        );
    }
    let secrets: Vec<_> = request
        .iter()
        .filter(|member| member.kind == Type::Secret)
        .map(|member| {
            if member.field.required {
                format!("Some(&self.{})", member.name)
            } else {
                format!("self.{}.as_ref()", member.name)
            }
        })
        .collect();
    if !secrets.is_empty() {
        let _ = write!(
            out,
            "\n    fn secrets(&self) -> Vec<&Secret> {{\n        [{}].into_iter().flatten().collect()\n    }}\n",
            secrets.join(", ")
        );
    }
    if let Some(env) = request.iter().find(|member| member.kind == Type::Id("EnvId")) {
        let value = if env.field.required {
            format!("Some(&self.{})", env.name)
        } else {
            format!("self.{}.as_ref()", env.name)
        };
        let _ = write!(out, "\n    fn environment(&self) -> Option<&EnvId> {{\n        {value}\n    }}\n");
    }
    out.push_str("}\n\n");
}

/// The tokens where they are not the usual ones.
fn tokens(operation: &Operation) -> Option<&'static str> {
    match operation.token.kinds[..] {
        [TokenKind::Authorizer] => None,
        [TokenKind::Component] => Some("Component"),
        [TokenKind::None] => Some("None"),
        _ => Some("Either"),
    }
}

/// A struct that the service fills: whatever may be absent is.
fn answer_struct(out: &mut String, about: &str, name: &str, members: &[Member<'_>]) {
    if members.is_empty() {
        out.push_str("wire::empty! {\n");
        doc(out, "    ", about);
        let _ = write!(out, "    {name}\n}}\n\n");
        return;
    }
    doc(out, "", about);
    let _ = write!(
        out,
        "#[derive(Clone, Debug, Default, Deserialize)]\n\
         #[cfg_attr(feature = \"serialize\", derive(serde::Serialize))]\n\
         #[cfg_attr(feature = \"schema\", derive(schemars::JsonSchema))]\n\
         #[non_exhaustive]\n\
         pub struct {name} {{"
    );
    for member in members {
        out.push('\n');
        member_doc(out, member.field);
        let rename = (member.name != member.field.name).then(|| format!("rename = {:?}", member.field.name));
        let (reader, kind) = match &member.kind {
            Type::List(_) => (Some("wire::list"), member.kind.rust()),
            Type::Integer => (Some("wire::optional_integer"), "Option<i64>".to_owned()),
            other => (None, format!("Option<{}>", other.rust())),
        };
        let attributes: Vec<_> = reader
            .is_some()
            .then(|| "default".to_owned())
            .into_iter()
            .chain(rename)
            .chain(reader.map(|reader| format!("deserialize_with = {reader:?}")))
            .chain((member.kind == Type::Secret).then(|| "skip_serializing".to_owned()))
            .collect();
        if !attributes.is_empty() {
            let _ = writeln!(out, "    #[serde({})]", attributes.join(", "));
        }
        let _ = write!(out, "    pub {}: {kind},", member.name);
    }
    out.push_str("\n}\n\n");
}

/// The documented values, open for others.
fn enumeration(out: &mut String, name: &str, field: &Field) {
    let about = names::sentence(or(&field.about, &field.name));
    let named = field.allowed.iter().all(serde_json::Value::is_string);
    let _ = writeln!(out, "wire::{}! {{", if named { "named" } else { "numbered" });
    doc(out, "    ", &about);
    let _ = writeln!(out, "    {name} {{");
    for value in &field.allowed {
        let text = text(value);
        let _ = writeln!(out, "        /// `{text}`.\n        {} = {value},", names::variant(&text));
    }
    out.push_str("    }\n}\n\n");
}

/// A doc comment of one paragraph.
fn doc(out: &mut String, indent: &str, text: &str) {
    let begin = format!("{indent}/// ");
    wrapped(out, &begin, &begin, text);
}

/// A text in lines that are not too wide.
fn wrapped(out: &mut String, first: &str, rest: &str, text: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}");
            rest.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}
