//! Values of records: where they are, how they compare, how they are written.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

/// A record.
pub(crate) type Record = Map<String, Value>;

/// All values at a path like `a.b.0`. A list on the way stands for each of its items.
pub(super) fn values_at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let below = match value {
        Value::Object(object) => object.get(name).into_iter().collect(),
        Value::Array(items) => match name.parse::<usize>() {
            Ok(at) => items.get(at).into_iter().collect(),
            Err(_) => return items.iter().flat_map(|item| values_at(item, path)).collect(),
        },
        _ => Vec::new(),
    };
    match rest {
        Some(rest) => below.into_iter().flat_map(|value: &Value| values_at(value, rest)).collect(),
        None => below,
    }
}

/// Parts that a path may have where something is put.
const LONGEST_PATH: usize = 100;

/// The place of a path; objects on the way are made.
pub(super) fn place<'a>(record: &'a mut Record, path: &str) -> Option<&'a mut Value> {
    if path.split('.').count() > LONGEST_PATH {
        return None;
    }
    let mut parts = path.split('.');
    let mut at = record.entry(parts.next()?).or_insert(Value::Null);
    for part in parts {
        if at.is_null() {
            *at = json!({});
        }
        at = match at {
            Value::Object(object) => object.entry(part).or_insert(Value::Null),
            Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at)
}

/// Takes what is at a path out of a record.
pub(super) fn take(record: &mut Record, path: &str) -> Option<Value> {
    let Some((path, last)) = path.rsplit_once('.') else { return record.remove(path) };
    let mut parts = path.split('.');
    let mut at = record.get_mut(parts.next()?)?;
    for part in parts {
        at = at.as_object_mut()?.get_mut(part)?;
    }
    at.as_object_mut()?.remove(last)
}

/// The text of a date.
fn date(value: &Value) -> Option<&str> {
    match value {
        Value::Object(object) if object.len() == 1 => object.get("$date")?.as_str(),
        _ => None,
    }
}

/// Whether a value is an object with members, and no date or point.
pub(super) fn is_nested(value: &Value) -> bool {
    value.is_object() && date(value).is_none() && value.get("coordinates").is_none()
}

/// Compares values of one kind.
pub(super) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => Some(date(one)?.cmp(date(other)?)),
    }
}

pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => compare(one, other) == Some(Ordering::Equal),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has =
                |(name, value): (&String, &Value)| other.get(name).is_some_and(|known| equal(value, known));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// The order of sorting, in which values of different kinds follow each other by kind.
pub(super) fn order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let (one, other) = (one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) if date(value).is_none() => 3,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
        Value::Object(_) => 6,
    };
    compare(one, other).unwrap_or_else(|| kind(one).cmp(&kind(other)))
}

/// A number as the database answers it: whole where it is.
#[expect(clippy::cast_possible_truncation, reason = "a whole number within the range of i64")]
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

/// How numbers that are not whole, and coordinates, stand in answers.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum NumberForm {
    Plain,
    /// `{"$numberDouble": "113.0"}`
    Extended,
}

/// A record as it stands in an answer: JSON in a text.
pub(crate) fn write(record: &Record, form: NumberForm) -> String {
    let members = record.iter().map(|(name, value)| (name.clone(), written(value, form)));
    Value::Object(members.collect()).to_string()
}

fn written(value: &Value, form: NumberForm) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| written(item, form)).collect(),
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.clone(), written(value, form))).collect::<Record>().into()
        }
        Value::Number(found) if found.is_f64() => match (form, found.as_f64()) {
            (NumberForm::Plain, Some(value)) => number(value),
            (NumberForm::Extended, Some(value)) => json!({"$numberDouble": format!("{value:?}")}),
            (_, None) => value.clone(),
        },
        value => value.clone(),
    }
}
