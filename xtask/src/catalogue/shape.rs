//! What a JSON Schema says of a value, in the catalogue's terms.

use serde_json::{Map, Value};

/// The shape of a value. `null` is left out: the catalogue does not know it, and every answer bears
/// it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Any value at all.
    Any,
    /// Text or a number or a truth value.
    Scalar {
        /// Its type.
        kind: Scalar,
        /// The values that the type names; empty when it names none.
        known: Vec<Value>,
        /// Whether other values go too.
        open: bool,
    },
    /// An array of such items.
    Array(Box<Shape>),
    /// An object with these members.
    Object(Vec<Member>),
    /// An object whose names are free.
    Map,
}

/// A type of plain values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    /// Text that must not be shown.
    Secret,
    Integer,
    Number,
    Boolean,
}

impl Scalar {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

impl Shape {
    /// What the shape is called in a finding.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Scalar { kind: Scalar::String, .. } => "string",
            Self::Scalar { kind: Scalar::Secret, .. } => "secret",
            Self::Scalar { kind: Scalar::Integer, .. } => "integer",
            Self::Scalar { kind: Scalar::Number, .. } => "number",
            Self::Scalar { kind: Scalar::Boolean, .. } => "boolean",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::Map => "object with free names",
        }
    }

    /// Reads a whole schema with its `$defs`; a refusal says what was not understood.
    pub(super) fn read(schema: &Value) -> Result<Self, String> {
        Reader { root: schema }.shape(schema, 0)
    }
}

/// Deeper than any answer of the service; a type that holds itself has no end.
const DEEPEST: usize = 32;

struct Reader<'a> {
    root: &'a Value,
}

impl Reader<'_> {
    fn shape(&self, schema: &Value, depth: usize) -> Result<Shape, String> {
        if depth > DEEPEST {
            return Err("nested without end".to_owned());
        }
        let object = match schema {
            Value::Bool(true) => return Ok(Shape::Any),
            Value::Object(object) => object,
            _ => return Err(format!("not a schema: {schema}")),
        };
        if let Some(reference) = object.get("$ref") {
            return self.shape(self.resolve(reference)?, depth + 1);
        }
        if let Some(all) = object.get("allOf") {
            return match all.as_array().map(Vec::as_slice) {
                Some([only]) => self.shape(only, depth + 1),
                _ => Err("allOf of several schemas".to_owned()),
            };
        }
        if let Some(alternatives) = object.get("anyOf").or_else(|| object.get("oneOf")) {
            let alternatives = alternatives.as_array().ok_or("alternatives that are no list")?;
            return self.union(alternatives, depth + 1);
        }
        match type_name(object)? {
            Some("object") => self.object(object, depth + 1),
            Some("array") => {
                let items = object.get("items").unwrap_or(&Value::Bool(true));
                Ok(Shape::Array(Box::new(self.shape(items, depth + 1)?)))
            }
            Some(name) => {
                let kind = match object.get("format").and_then(Value::as_str) {
                    Some("password") => Scalar::Secret,
                    _ => Scalar::named(name).ok_or_else(|| format!("type {name}"))?,
                };
                let known = known_values(object);
                let open = known.is_empty();
                Ok(Shape::Scalar { kind, known, open })
            }
            None if known_values(object).is_empty() => Ok(Shape::Any),
            None => Err("values without a type".to_owned()),
        }
    }

    fn resolve(&self, reference: &Value) -> Result<&Value, String> {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| format!("unresolved {reference}"))
    }

    fn object(&self, object: &Map<String, Value>, depth: usize) -> Result<Shape, String> {
        if object.get("additionalProperties").is_some_and(|rest| *rest != Value::Bool(false)) {
            return match object.get("properties") {
                None => Ok(Shape::Map),
                Some(_) => Err("an object with both named and free members".to_owned()),
            };
        }
        let required = object.get("required").and_then(Value::as_array);
        let required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
        let members = object.get("properties").and_then(Value::as_object).into_iter().flatten();
        let members = members.map(|(name, schema)| {
            let shape = self.shape(schema, depth).map_err(|error| format!("{name}: {error}"))?;
            Ok(Member { name: name.clone(), required: required(name), shape })
        });
        members.collect::<Result<_, String>>().map(Shape::Object)
    }

    /// One shape for all alternatives: an optional value, or an enum of plain values.
    fn union(&self, alternatives: &[Value], depth: usize) -> Result<Shape, String> {
        let mut union = None;
        let real =
            alternatives.iter().filter(|schema| schema.get("type").and_then(Value::as_str) != Some("null"));
        for alternative in real {
            let next = self.shape(alternative, depth)?;
            union = Some(match (union, next) {
                (None, next) => next,
                (
                    Some(Shape::Scalar { kind, mut known, open }),
                    Shape::Scalar { kind: other, known: more, open: also_open },
                ) if kind == other => {
                    known.extend(more);
                    Shape::Scalar { kind, known, open: open || also_open }
                }
                (Some(before), next) => {
                    return Err(format!("either {} or {}", before.describe(), next.describe()));
                }
            });
        }
        union.ok_or_else(|| "no alternative".to_owned())
    }
}

/// The type, `null` aside.
fn type_name(object: &Map<String, Value>) -> Result<Option<&str>, String> {
    match object.get("type") {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(name)),
        Some(Value::Array(names)) => {
            let names: Vec<_> =
                names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
            match names[..] {
                [only] => Ok(Some(only)),
                _ => Err(format!("one of the types {}", names.join(", "))),
            }
        }
        Some(other) => Err(format!("type {other}")),
    }
}

fn known_values(object: &Map<String, Value>) -> Vec<Value> {
    let listed = object.get("enum").and_then(Value::as_array).into_iter().flatten();
    listed.chain(object.get("const")).filter(|value| !value.is_null()).cloned().collect()
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "`json!` reads better in place")]
mod tests {
    use serde_json::{Value, json};

    use super::{Member, Scalar, Shape};

    fn read(schema: Value) -> Result<Shape, String> {
        Shape::read(&schema)
    }

    fn plain(kind: Scalar) -> Shape {
        Shape::Scalar { kind, known: Vec::new(), open: true }
    }

    #[test]
    fn references_are_followed_through_optional_members_and_arrays() {
        let shape = read(json!({
            "type": "object",
            "properties": {
                "list": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
                "first": {"anyOf": [{"$ref": "#/$defs/Row"}, {"type": "null"}]}
            },
            "required": ["list"],
            "$defs": {"Row": {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}}}
        }));
        let row =
            Shape::Object(vec![Member { name: "n".into(), required: false, shape: plain(Scalar::Integer) }]);
        let first = Member { name: "first".into(), required: false, shape: row.clone() };
        let list = Member { name: "list".into(), required: true, shape: Shape::Array(Box::new(row)) };
        let Ok(Shape::Object(mut members)) = shape else { panic!("{shape:?}") };
        members.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(members, [first, list]);
    }

    #[test]
    fn an_enum_with_a_catch_all_is_open() {
        let open = read(json!({"anyOf": [
            {"oneOf": [{"const": "A", "type": "string"}, {"const": "B", "type": "string"}]},
            {"type": "string"}
        ]}));
        assert_eq!(
            open,
            Ok(Shape::Scalar { kind: Scalar::String, known: vec![json!("A"), json!("B")], open: true })
        );
        let closed = read(json!({"enum": ["A", null], "type": ["string", "null"]}));
        assert_eq!(closed, Ok(Shape::Scalar { kind: Scalar::String, known: vec![json!("A")], open: false }));
    }

    #[test]
    fn free_names_and_free_values_are_told_from_an_object_without_members() {
        assert_eq!(
            read(json!({"type": "object", "additionalProperties": {"type": "string"}})),
            Ok(Shape::Map)
        );
        assert_eq!(read(json!({"type": "object"})), Ok(Shape::Object(Vec::new())));
        assert_eq!(read(json!(true)), Ok(Shape::Any));
        assert_eq!(read(json!({"description": "anything"})), Ok(Shape::Any));
    }

    #[test]
    fn what_the_catalogue_cannot_say_is_refused() {
        for (schema, words) in [
            (json!({"type": ["string", "integer"]}), "one of the types string, integer"),
            (json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}), "either string or integer"),
            (json!({"$ref": "#/$defs/Gone"}), "unresolved \"#/$defs/Gone\""),
            (json!({"type": "object", "properties": {"self": {"$ref": "#"}}}), "nested without end"),
            (json!({"type": "object", "properties": {"a": {"type": "null"}}}), "a: type null"),
        ] {
            let refusal = read(schema).unwrap_err();
            assert!(refusal.ends_with(words), "{refusal}");
        }
    }
}
