//! The types of one endpoint against its entry in the catalogue.

use std::collections::BTreeSet;

use serde_json::Value;
use tcb_catalogue::{Field, FieldType, Item, Operation, TokenKind};
use tcb_types::TokenKinds;
use tcb_types::registry::Entry;

use super::finding::{Finding, Findings};
use super::shape::{Member, Scalar, Shape};

/// Members that the reader of answers takes out, so that no answer type has them.
const ENVELOPE: [&str; 2] = ["errcode", "errmsg"];

/// Compares facts and fields. Several types may share the endpoint: each has to fit, together they
/// have to be complete.
pub(super) fn endpoint(operation: &Operation, types: &[&Entry]) -> Vec<Finding> {
    let mut findings = Findings::of(&operation.id);
    for one in types {
        facts(&mut findings, operation, one);
        code(&mut findings, operation, one);
    }
    let requests = shapes(&mut findings, types, "request", |one| one.request.as_value());
    if let Some(requests) = objects(&mut findings, "request", &requests) {
        let fields: Vec<_> = operation.request.iter().collect();
        Side { findings: &mut findings, answer: false }.members("request", &fields, &requests);
    }
    let answers = shapes(&mut findings, types, "answer", |one| one.response.as_value());
    for (one, (_, answer)) in types.iter().zip(&answers) {
        needs(&mut findings, one, answer);
    }
    if let Some(answers) = objects(&mut findings, "answer", &answers) {
        let fields: Vec<_> =
            operation.response.iter().filter(|field| !ENVELOPE.contains(&field.name.as_str())).collect();
        Side { findings: &mut findings, answer: true }.members("answer", &fields, &answers);
    }
    findings.into_vec()
}

/// Compares id, method, path, tokens and permission sets.
fn facts(findings: &mut Findings<'_>, operation: &Operation, one: &Entry) {
    let spec = &one.spec;
    let mut fact = |at: &str, catalogue: String, types: String| {
        if catalogue != types {
            findings.add(format!("spec.{at}"), catalogue, format!("{types} ({})", one.rust_name));
        }
    };
    fact("id", operation.id.clone(), spec.id.to_owned());
    fact("method", operation.method.to_string(), spec.method.as_str().to_owned());
    fact("path", operation.path.clone(), spec.path.to_owned());
    let documented: BTreeSet<_> = operation.token.kinds.iter().map(|kind| token_name(*kind)).collect();
    fact("tokens", listed(documented), listed(token_names(spec.tokens)));
    let documented: BTreeSet<_> = operation.permission_sets.iter().collect();
    fact("permission_sets", listed(documented), listed(spec.permission_sets.iter().collect::<BTreeSet<_>>()));
}

fn token_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Authorizer => "authorizer",
        TokenKind::Component => "component",
        TokenKind::None => "none",
        // A kind that the catalogue learns later differs from all that the types know.
        _ => "unknown",
    }
}

fn token_names(kinds: TokenKinds) -> BTreeSet<&'static str> {
    match kinds {
        TokenKinds::Authorizer => BTreeSet::from(["authorizer"]),
        TokenKinds::Component => BTreeSet::from(["component"]),
        TokenKinds::Either => BTreeSet::from(["authorizer", "component"]),
        TokenKinds::None => BTreeSet::from(["none"]),
    }
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
}

/// Compares whether answers without `errcode` are documented with whether the type takes any, by
/// members that are documented too.
fn code(findings: &mut Findings<'_>, operation: &Operation, one: &Entry) {
    let told_by = one.spec.without_errcode;
    let types = format!("`without_errcode` names {} ({})", listed(told_by), one.rust_name);
    match (operation.answers_without_errcode(), told_by) {
        (true, []) => findings.add("spec.without_errcode", "an answer without errcode", types),
        (false, [_, ..]) => findings.add("spec.without_errcode", "errcode in every answer", types),
        _ if told_by.iter().all(|name| operation.response.iter().any(|field| field.name == **name)) => {}
        _ => findings.add("spec.without_errcode", "not all of these members", types),
    }
}

/// Compares what the answer's schema requires with what the type says that it requires.
fn needs(findings: &mut Findings<'_>, one: &Entry, answer: &Shape) {
    let mut required = BTreeSet::new();
    required_paths(answer, "", &mut required);
    let said: BTreeSet<_> = one.spec.required_in_response.iter().map(|path| (*path).to_owned()).collect();
    if said != required {
        let schema = format!("schema requires {}", listed(required));
        let types = format!("`required_in_response` says {} ({}), its {schema}", listed(said), one.rust_name);
        findings.add("spec.required_in_response", "silent: no answer field is promised", types);
    }
}

/// Paths of the required members, `list.authorizer_appid`; arrays leave no trace in them.
fn required_paths(shape: &Shape, path: &str, required: &mut BTreeSet<String>) {
    match shape {
        Shape::Object(members) => {
            for member in members {
                let path =
                    if path.is_empty() { member.name.clone() } else { format!("{path}.{}", member.name) };
                required_paths(&member.shape, &path, required);
                if member.required {
                    required.insert(path);
                }
            }
        }
        Shape::Array(item) => required_paths(item, path, required),
        Shape::Any | Shape::Scalar { .. } | Shape::Map => {}
    }
}

/// Reads each type's schema of one side; what cannot be read is a finding and goes on as any value.
fn shapes<'a>(
    findings: &mut Findings<'_>,
    types: &[&'a Entry],
    at: &str,
    schema: impl Fn(&'a Entry) -> &'a Value,
) -> Vec<(&'a str, Shape)> {
    let read = types.iter().map(|one| {
        let shape = Shape::read(schema(one)).unwrap_or_else(|refusal| {
            findings.add(
                at,
                "an object",
                format!("a schema that is not understood: {refusal} ({})", one.rust_name),
            );
            Shape::Any
        });
        (one.rust_name, shape)
    });
    read.collect()
}

/// The members of each type; `None`, with a finding, when one is no object.
fn objects<'a>(
    findings: &mut Findings<'_>,
    at: &str,
    shapes: &'a [(&'a str, Shape)],
) -> Option<Vec<Members<'a>>> {
    let mut objects = Vec::new();
    for (name, shape) in shapes {
        match shape {
            Shape::Object(members) => objects.push(Members { type_name: name, members }),
            // A schema that could not be read has its finding already.
            Shape::Any => {}
            other => findings.add(at, "an object", format!("{} ({name})", other.describe())),
        }
    }
    (objects.len() == shapes.len()).then_some(objects)
}

/// The members that one type has at one place.
#[derive(Clone, Copy)]
struct Members<'a> {
    type_name: &'a str,
    members: &'a [Member],
}

/// A type and what it has at one place.
#[derive(Clone, Copy)]
struct Holder<'a> {
    type_name: &'a str,
    shape: &'a Shape,
}

/// What the catalogue says of a field or of an array's item.
struct Documented<'a> {
    kind: FieldType,
    secret: bool,
    allowed: &'a [Value],
    fields: &'a [Field],
    items: Option<&'a Item>,
}

impl<'a> Documented<'a> {
    fn field(field: &'a Field) -> Self {
        Self {
            kind: field.kind,
            secret: field.secret,
            allowed: &field.allowed,
            fields: &field.fields,
            items: field.items.as_deref(),
        }
    }

    fn item(item: &'a Item) -> Self {
        Self {
            kind: item.kind,
            secret: false,
            allowed: &[],
            fields: &item.fields,
            items: item.items.as_deref(),
        }
    }
}

/// Compares the fields of one side.
struct Side<'a, 'f> {
    findings: &'a mut Findings<'f>,
    answer: bool,
}

impl Side<'_, '_> {
    fn members(&mut self, at: &str, fields: &[&Field], types: &[Members<'_>]) {
        for field in fields {
            let at = format!("{at}.{}", field.name);
            let with = |one: &Members<'_>| one.members.iter().any(|member| member.name == field.name);
            if !types.iter().any(with) {
                let names = listed(types.iter().map(|one| one.type_name));
                self.findings.add(at, field.kind.as_str(), format!("absent ({names})"));
                continue;
            }
            if !self.answer {
                self.requiredness(&at, field, types);
            }
            let holders = types.iter().filter_map(|one| {
                let member = one.members.iter().find(|member| member.name == field.name)?;
                Some(Holder { type_name: one.type_name, shape: &member.shape })
            });
            self.value(&at, &Documented::field(field), &holders.collect::<Vec<_>>());
        }
        for one in types {
            for member in one.members.iter().filter(|member| fields.iter().all(|f| f.name != member.name)) {
                let types = format!("{} ({})", member.shape.describe(), one.type_name);
                self.findings.add(format!("{at}.{}", member.name), "absent", types);
            }
        }
    }

    /// A field is required when every type of the endpoint requires it.
    fn requiredness(&mut self, at: &str, field: &Field, types: &[Members<'_>]) {
        let requires = |one: &&Members<'_>| {
            one.members.iter().any(|member| member.name == field.name && member.required)
        };
        let (with, without): (Vec<_>, Vec<_>) = types.iter().partition(requires);
        let names = |types: &[&Members<'_>]| listed(types.iter().map(|one| one.type_name));
        if field.required && !without.is_empty() {
            self.findings.add(at, "required", format!("optional ({})", names(&without)));
        } else if !field.required && without.is_empty() {
            self.findings.add(at, "optional", format!("required ({})", names(&with)));
        }
    }

    fn value(&mut self, at: &str, documented: &Documented<'_>, holders: &[Holder<'_>]) {
        if documented.secret {
            let is_secret = |shape: &Shape| {
                fits(documented.kind, Scalar::String)
                    && matches!(shape, Shape::Scalar { kind: Scalar::Secret, .. })
            };
            for holder in holders.iter().filter(|holder| !is_secret(holder.shape)) {
                let types = format!("{} ({})", holder.shape.describe(), holder.type_name);
                self.findings.add(at, format!("secret {}", documented.kind), types);
            }
            return;
        }
        let mut objects = Vec::new();
        let mut items = Vec::new();
        for holder in holders {
            match (documented.kind, holder.shape) {
                (FieldType::Object, Shape::Object(members)) if !documented.fields.is_empty() => {
                    objects.push(Members { type_name: holder.type_name, members });
                }
                (FieldType::Object, Shape::Map | Shape::Any) if documented.fields.is_empty() => {}
                (FieldType::Array, Shape::Array(item)) => {
                    items.push(Holder { type_name: holder.type_name, shape: item });
                }
                (kind, Shape::Scalar { kind: scalar, .. }) if fits(kind, *scalar) => {}
                (kind, shape) => {
                    let free = kind == FieldType::Object && documented.fields.is_empty();
                    let catalogue = if free { "object with free names" } else { kind.as_str() };
                    self.findings.add(at, catalogue, format!("{} ({})", shape.describe(), holder.type_name));
                }
            }
        }
        self.known_values(at, documented.allowed, holders);
        if !objects.is_empty() {
            let fields: Vec<_> = documented.fields.iter().collect();
            self.members(at, &fields, &objects);
        }
        if let Some(item) = documented.items.filter(|_| !items.is_empty()) {
            self.value(&format!("{at}[]"), &Documented::item(item), &items);
        }
    }

    /// The values that enums name are the documented ones, where the catalogue lists any, and an
    /// enum of an answer bears others.
    fn known_values(&mut self, at: &str, allowed: &[Value], holders: &[Holder<'_>]) {
        let mut all_named = true;
        let mut named = Vec::new();
        for holder in holders {
            let Shape::Scalar { known, open, .. } = holder.shape else { continue };
            if self.answer && !open {
                let types = format!("an enum without a variant for other values ({})", holder.type_name);
                self.findings.add(at, "the service may add values", types);
            }
            all_named &= !known.is_empty();
            named.extend(known);
            for value in known.iter().filter(|value| !allowed.is_empty() && !allowed.contains(value)) {
                let catalogue = format!("one of {}", listed(allowed));
                self.findings.add(at, catalogue, format!("{value} ({})", holder.type_name));
            }
        }
        if all_named && !named.is_empty() {
            for value in allowed.iter().filter(|value| !named.contains(value)) {
                let owners = listed(holders.iter().map(|holder| holder.type_name));
                self.findings.add(at, value.to_string(), format!("no such variant ({owners})"));
            }
        }
    }
}

fn fits(documented: FieldType, scalar: Scalar) -> bool {
    match documented {
        FieldType::String | FieldType::Base64 | FieldType::JsonString => scalar == Scalar::String,
        FieldType::Integer => scalar == Scalar::Integer,
        FieldType::Number => scalar == Scalar::Number,
        FieldType::Boolean => scalar == Scalar::Boolean,
        // Objects and arrays; a type that the catalogue learns later fits nothing.
        _ => false,
    }
}
