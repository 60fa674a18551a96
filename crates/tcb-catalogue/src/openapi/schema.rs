//! Fields of the catalogue as JSON Schemas.

use serde_json::{Map, Value, json};

use crate::{Field, FieldType, Item};

/// Which side of a call a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What the caller sends: only documented members and documented values.
    Request,
    /// What the service answers: it may add members and values.
    Answer,
}

/// An object with these members.
pub(super) fn object<'a>(fields: impl IntoIterator<Item = &'a Field>, side: Side) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        properties.insert(field.name.clone(), of_field(field, side));
        if field.required {
            required.push(field.name.clone());
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if side == Side::Request {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

/// A member with all that is known about it.
pub(super) fn of_field(field: &Field, side: Side) -> Value {
    let mut schema = of_type(field.kind, &field.fields, field.items.as_deref(), side);
    schema["description"] = json!(description(field));
    if field.secret {
        schema["format"] = json!("password");
    }
    if let Some(default) = &field.default {
        schema["default"] = default.clone();
    }
    if !field.allowed.is_empty() {
        schema[values_keyword(side)] = json!(field.allowed);
    }
    schema
}

/// What a field is, and its limits.
pub(super) fn description(field: &Field) -> String {
    match &field.limits {
        Some(limits) if field.about.is_empty() => format!("Limits: {limits}"),
        Some(limits) => format!("{}\n\nLimits: {limits}", field.about),
        None => field.about.clone(),
    }
}

/// Documented values bind a caller; the service may answer others.
fn values_keyword(side: Side) -> &'static str {
    match side {
        Side::Request => "enum",
        Side::Answer => "x-extensible-enum",
    }
}

fn of_type(kind: FieldType, fields: &[Field], items: Option<&Item>, side: Side) -> Value {
    match kind {
        FieldType::String => json!({"type": "string"}),
        FieldType::Integer => json!({"type": "integer"}),
        FieldType::Number => json!({"type": "number"}),
        FieldType::Boolean => json!({"type": "boolean"}),
        FieldType::Base64 => json!({"type": "string", "contentEncoding": "base64"}),
        FieldType::JsonString => json!({"type": "string", "contentMediaType": "application/json"}),
        FieldType::Object if fields.is_empty() => json!({"type": "object"}),
        FieldType::Object => object(fields, side),
        FieldType::Array => match items {
            Some(item) => json!({"type": "array", "items": of_item(item, side)}),
            None => json!({"type": "array"}),
        },
    }
}

fn of_item(item: &Item, side: Side) -> Value {
    let mut schema = of_type(item.kind, &item.fields, item.items.as_deref(), side);
    if let Some(about) = &item.about {
        schema["description"] = json!(about);
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Side, object};
    use crate::Field;

    fn fields(fields: Value) -> Vec<Field> {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_request_allows_what_is_documented_and_nothing_else() {
        let fields = fields(json!([
            {"name": "env", "type": "string", "required": true, "about": "environment", "limits": "at most 32"},
            {"name": "mode", "type": "integer", "about": "", "enum": [1, 2], "default": 1, "limits": "with env"},
            {"name": "code", "type": "base64", "about": "bytes"},
            {"name": "config", "type": "json-string", "about": "text"},
        ]));
        assert_eq!(
            object(&fields, Side::Request),
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["env"],
                "properties": {
                    "env": {"type": "string", "description": "environment\n\nLimits: at most 32"},
                    "mode": {"type": "integer", "description": "Limits: with env", "enum": [1, 2], "default": 1},
                    "code": {"type": "string", "contentEncoding": "base64", "description": "bytes"},
                    "config": {"type": "string", "contentMediaType": "application/json", "description": "text"}
                }
            })
        );
    }

    #[test]
    fn an_answer_may_hold_more_and_nests_through_arrays() {
        let fields = fields(json!([
            {"name": "list", "type": "array", "about": "rows", "items": {"type": "object", "about": "a row", "fields": [
                {"name": "state", "type": "string", "about": "state", "enum": ["ok"]},
                {"name": "free", "type": "object", "about": "any"}
            ]}}
        ]));
        assert_eq!(
            object(&fields, Side::Answer),
            json!({
                "type": "object",
                "properties": {"list": {"type": "array", "description": "rows", "items": {
                    "type": "object",
                    "description": "a row",
                    "properties": {
                        "state": {"type": "string", "description": "state", "x-extensible-enum": ["ok"]},
                        "free": {"type": "object", "description": "any"}
                    }
                }}}
            })
        );
    }
}
