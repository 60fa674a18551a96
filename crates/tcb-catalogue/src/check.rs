//! Compares a request or an answer with an operation's fields.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::{Catalogue, Field, FieldType, Item, Location, Method, Operation};

/// The query parameters that can carry a token. Pages and clients differ in which one a component
/// call uses, and the token that the platform mounts into a container has a name of its own.
const TOKEN_PARAMETERS: [&str; 3] = ["access_token", "component_access_token", "cloudbase_access_token"];

/// Members that every answer may carry, whether or not its page lists them.
const ENVELOPE: [(&str, FieldType); 2] = [("errcode", FieldType::Integer), ("errmsg", FieldType::String)];

/// Longest part of an unknown name that a path repeats.
const LONGEST_NAME: usize = 64;

impl Operation {
    /// Compares a request with the documented fields; nothing found means that it fits.
    ///
    /// `query` holds the decoded query parameters. Those that can carry a token are not looked at,
    /// but for an operation without a token they are unknown fields. `body` is the parsed body,
    /// `Value::Null` when there is none; only a `GET` goes without one.
    ///
    /// - Fields the catalogue does not know are found, at every depth that it describes.
    /// - `null` is no value: it has the wrong type everywhere.
    /// - An integer has to be written as one: `1.0` is a number, `"1"` a string. In the query
    ///   everything is text, and text that reads as the field's type fits.
    /// - A field that is the whole body fits when there is a body; its type is not looked at when
    ///   it is `json-string`, since that body has been parsed already.
    /// - Conditions that the catalogue holds as text ([`Field::limits`]) are not checked.
    ///
    /// ```
    /// use serde_json::json;
    /// use tcb_catalogue::{Catalogue, FindingKind};
    ///
    /// let operation = Catalogue::get().operation("createFunction").unwrap();
    /// assert!(operation.check_request(&[], &json!({"env": "shop-1", "function_name": "hello"})).is_empty());
    ///
    /// let findings = operation.check_request(&[], &json!({"env": "shop-1", "functionname": "hello"}));
    /// assert_eq!(findings[0].kind, FindingKind::Missing);
    /// assert_eq!(findings[0].to_string(), "function_name: required but missing");
    /// assert_eq!(findings[1].to_string(), "functionname: not a documented field");
    /// ```
    pub fn check_request(&self, query: &[(&str, &str)], body: &Value) -> Vec<Finding> {
        let mut check = Check::new(Side::Request);
        self.check_query(&mut check, query);
        if let Some(raw) = self.request.iter().find(|field| field.location == Location::RawBody) {
            match body {
                Value::Null if raw.required => check.find(FindingKind::Missing),
                Value::Null => {}
                _ if raw.kind == FieldType::JsonString => {}
                _ => check.value(Shape::of(raw), body),
            }
        } else if !(body.is_null() && self.method == Method::Get) {
            match body.as_object() {
                Some(object) => check.members(&self.request, object, &[]),
                None => check.find(FindingKind::wrong_type(FieldType::Object, body)),
            }
        }
        check.findings
    }

    fn check_query<'a>(&'a self, check: &mut Check<'a>, query: &[(&'a str, &str)]) {
        let in_query = || self.request.iter().filter(|field| field.location == Location::Query);
        for field in in_query().filter(|field| field.required) {
            if !query.iter().any(|(name, _)| *name == field.name) {
                check.at(Step::Query(&field.name), |check| check.find(FindingKind::Missing));
            }
        }
        for (name, text) in query {
            check.at(Step::Query(name), |check| match in_query().find(|field| field.name == *name) {
                Some(field) => check.scalar(Shape::of(field), &read_text(field.kind, text)),
                None if self.token.query.is_some() && TOKEN_PARAMETERS.contains(name) => {}
                None => check.find(FindingKind::UnknownField),
            });
        }
    }

    /// Compares an answer with the documented fields; nothing found means that it fits.
    ///
    /// - `errcode` and `errmsg` may come or be absent, listed or not. `errcode` has to be a code of
    ///   the whole error table: an operation's own list is not complete.
    /// - With an `errcode` other than 0 no further field has to be there.
    /// - Unknown fields, `null` and wrong types are found as in a request. (No official sample
    ///   answers `null`; clients read it as absent all the same.)
    /// - A value outside the documented ones is
    ///   [`UndocumentedValue`](FindingKind::UndocumentedValue): the service may add values.
    ///
    /// ```
    /// use serde_json::json;
    /// use tcb_catalogue::{Catalogue, FindingKind};
    ///
    /// let operation = Catalogue::get().operation("createEnv").unwrap();
    /// assert!(operation.check_answer(&json!({"errcode": 0, "errmsg": "ok", "envid": "shop-1"})).is_empty());
    /// assert!(operation.check_answer(&json!({"errcode": 85088, "errmsg": "no qbase privilege"})).is_empty());
    ///
    /// let findings = operation.check_answer(&json!({"errcode": 123_456_789}));
    /// assert_eq!(findings[0].kind, FindingKind::UnknownErrcode);
    /// ```
    pub fn check_answer(&self, body: &Value) -> Vec<Finding> {
        let mut check = Check::new(Side::Answer);
        let Some(object) = body.as_object() else {
            check.find(FindingKind::wrong_type(FieldType::Object, body));
            return check.findings;
        };
        let errcode = object.get("errcode").filter(|value| JsonType::of(value) == JsonType::Integer);
        check.complete = errcode.is_none_or(|code| code.as_i64() == Some(0));
        check.members(&self.response, object, &ENVELOPE);
        if let Some(code) = errcode {
            // A number beyond i64 is no code either.
            if code.as_i64().and_then(|code| Catalogue::get().error(code)).is_none() {
                check.at(Step::Member("errcode"), |check| check.find(FindingKind::UnknownErrcode));
            }
        }
        check.findings
    }
}

/// One point where a request or an answer does not fit. Neither `Display` nor `Debug` holds the
/// value found there: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where: `functions[0].status` in the body, `?action` in the query, empty for the body itself.
    /// A name that is not plain (letters, digits, `_`, `-`) stands in quotes, escaped and cut to 64
    /// characters.
    pub path: String,
    /// What.
    pub kind: FindingKind,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "body" } else { &self.path };
        write!(f, "{path}: {}", self.kind)
    }
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// A required field is not there.
    Missing,
    /// The catalogue knows no such field here.
    UnknownField,
    /// The value has another JSON type than documented.
    WrongType {
        /// The documented type.
        expected: FieldType,
        /// The type that was found.
        found: JsonType,
    },
    /// A request's value is none of the documented ones.
    NotInEnum,
    /// An answer's value is none of the documented ones. Clients have to bear that, so it has its
    /// own kind.
    UndocumentedValue,
    /// Text that has to hold JSON does not.
    NotJson,
    /// Text that has to be standard Base64 is not.
    NotBase64,
    /// An answer's `errcode` is not in the error table.
    UnknownErrcode,
}

impl FindingKind {
    fn wrong_type(expected: FieldType, value: &Value) -> Self {
        Self::WrongType { expected, found: JsonType::of(value) }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("required but missing"),
            Self::UnknownField => f.write_str("not a documented field"),
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::NotInEnum => f.write_str("not one of the documented values"),
            Self::UndocumentedValue => f.write_str("a value that the documentation does not name"),
            Self::NotJson => f.write_str("the text is not JSON"),
            Self::NotBase64 => f.write_str("the text is not Base64"),
            Self::UnknownErrcode => f.write_str("not a code of the error table"),
        }
    }
}

/// The type of a JSON value that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number written without fraction and exponent.
    Integer,
    /// Any other number.
    Number,
    /// Text.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonType {
    /// The type of `value`.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_i64() || number.is_u64() => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        })
    }
}

/// Reads the text of a query parameter as the field's type; text that does not read stays text and
/// so has the wrong type.
fn read_text(kind: FieldType, text: &str) -> Value {
    let read = match kind {
        FieldType::Integer => text.parse::<i64>().ok().map(Value::from),
        FieldType::Number => text.parse().ok().map(Value::Number),
        FieldType::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or_else(|| Value::from(text))
}

#[derive(Clone, Copy)]
enum Side {
    Request,
    Answer,
}

/// One step of the way to the value that is being looked at.
#[derive(Clone, Copy)]
enum Step<'a> {
    Query(&'a str),
    Member(&'a str),
    Index(usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "?{}", display_name(name)),
            Self::Member(name) => write!(f, ".{}", display_name(name)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// What a field and an array's item have in common.
#[derive(Clone, Copy)]
struct Shape<'a> {
    kind: FieldType,
    allowed: &'a [Value],
    fields: &'a [Field],
    items: Option<&'a Item>,
}

impl<'a> Shape<'a> {
    fn of(field: &'a Field) -> Self {
        Self {
            kind: field.kind,
            allowed: &field.allowed,
            fields: &field.fields,
            items: field.items.as_deref(),
        }
    }

    fn of_item(item: &'a Item) -> Self {
        Self { kind: item.kind, allowed: &[], fields: &item.fields, items: item.items.as_deref() }
    }

    fn plain(kind: FieldType) -> Self {
        Self { kind, allowed: &[], fields: &[], items: None }
    }
}

struct Check<'a> {
    side: Side,
    /// Whether required fields have to be there.
    complete: bool,
    steps: Vec<Step<'a>>,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn new(side: Side) -> Self {
        Self { side, complete: true, steps: Vec::new(), findings: Vec::new() }
    }

    fn at(&mut self, step: Step<'a>, look: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        look(self);
        self.steps.pop();
    }

    fn find(&mut self, kind: FindingKind) {
        let path: String = self.steps.iter().map(Step::to_string).collect();
        // The first member is not a member of anything in the path.
        let path = path.strip_prefix('.').unwrap_or(&path).to_owned();
        self.findings.push(Finding { path, kind });
    }

    /// Checks the members of an object against `fields`; those in `implied` may be there unlisted.
    fn members(
        &mut self,
        fields: &'a [Field],
        object: &'a Map<String, Value>,
        implied: &[(&str, FieldType)],
    ) {
        let in_body = || fields.iter().filter(|field| field.location == Location::Body);
        for field in in_body() {
            self.at(Step::Member(&field.name), |check| match object.get(&field.name) {
                Some(value) => check.value(Shape::of(field), value),
                None if field.required && check.complete => check.find(FindingKind::Missing),
                None => {}
            });
        }
        for (name, value) in object {
            if in_body().any(|field| field.name == *name) {
                continue;
            }
            self.at(Step::Member(name), |check| match implied.iter().find(|(implied, _)| implied == name) {
                Some((_, kind)) => check.value(Shape::plain(*kind), value),
                None => check.find(FindingKind::UnknownField),
            });
        }
    }

    fn value(&mut self, shape: Shape<'a>, value: &'a Value) {
        match (shape.kind, value) {
            (FieldType::Object, Value::Object(object)) => {
                // Without documented members the names are free.
                if !shape.fields.is_empty() {
                    self.members(shape.fields, object, &[]);
                }
            }
            (FieldType::Array, Value::Array(items)) => {
                if let Some(item) = shape.items {
                    for (index, value) in items.iter().enumerate() {
                        self.at(Step::Index(index), |check| check.value(Shape::of_item(item), value));
                    }
                }
            }
            _ => self.scalar(shape, value),
        }
    }

    fn scalar(&mut self, shape: Shape<'_>, value: &Value) {
        match (shape.kind, value) {
            (FieldType::JsonString, Value::String(text)) => {
                if serde_json::from_str::<IgnoredAny>(text).is_err() {
                    self.find(FindingKind::NotJson);
                }
            }
            (FieldType::Base64, Value::String(text)) => {
                if BASE64_STANDARD.decode(text).is_err() {
                    self.find(FindingKind::NotBase64);
                }
            }
            (FieldType::String, Value::String(_))
            | (FieldType::Boolean, Value::Bool(_))
            | (FieldType::Number, Value::Number(_)) => self.documented(shape, value),
            (FieldType::Integer, _) if JsonType::of(value) == JsonType::Integer => {
                self.documented(shape, value);
            }
            _ => self.find(FindingKind::wrong_type(shape.kind, value)),
        }
    }

    /// Checks a value of the right type against the documented ones.
    fn documented(&mut self, shape: Shape<'_>, value: &Value) {
        if !shape.allowed.is_empty() && !shape.allowed.contains(value) {
            self.find(match self.side {
                Side::Request => FindingKind::NotInEnum,
                Side::Answer => FindingKind::UndocumentedValue,
            });
        }
    }
}

/// A name for a path. Names come from the wire, so anything that could break a line or hide in it
/// is escaped.
fn display_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.len() <= LONGEST_NAME && !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("{:?}", name.chars().take(LONGEST_NAME).collect::<String>())
    }
}
