//! What `update` does to a record.

use serde_json::{Value, json};

use super::error::StatementError;
use super::filter::fits;
use super::term::{Term, spread};
use super::value::{Record, compare, equal, is_nested, number, order, place, take};
use std::cmp::Ordering;

/// How deep a record may be nested.
const DEEPEST: usize = 100;

/// Carries all changes out on one record.
pub(super) fn change(record: &mut Record, changes: &Term) -> Result<(), StatementError> {
    let Term::Object(members) = changes else {
        return Err(StatementError::wrong("`data` is an object"));
    };
    if members.iter().any(|(path, _)| path == "_id") {
        return Err(StatementError::wrong("_id cannot be changed"));
    }
    members.iter().try_for_each(|(path, term)| change_at(record, path, term))?;
    if depth(record.values()) > DEEPEST {
        return Err(StatementError::wrong("a record is nested too deeply"));
    }
    Ok(())
}

/// How deep the deepest of some values is.
fn depth<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    let deepest = values.map(|value| match value {
        Value::Array(items) => 1 + depth(items.iter()),
        Value::Object(object) => 1 + depth(object.values()),
        _ => 0,
    });
    deepest.max().unwrap_or(0)
}

fn change_at(record: &mut Record, path: &str, term: &Term) -> Result<(), StatementError> {
    match term {
        Term::Undefined => Ok(()),
        Term::Command(name, operands) => command(record, path, name, operands),
        // A nested object changes its members and leaves the others as they are.
        Term::Object(members)
            if !term.plain().is_ok_and(|plain| !is_nested(&plain)) && !members.is_empty() =>
        {
            members.iter().try_for_each(|(name, term)| change_at(record, &format!("{path}.{name}"), term))
        }
        term => {
            *at(record, path)? = term.plain()?;
            Ok(())
        }
    }
}

fn at<'a>(record: &'a mut Record, path: &str) -> Result<&'a mut Value, StatementError> {
    place(record, path)
        .ok_or_else(|| StatementError::wrong("a path leads through a value that has no members"))
}

fn command(record: &mut Record, path: &str, name: &str, operands: &[Term]) -> Result<(), StatementError> {
    let first = || operands.first().ok_or_else(|| StatementError::wrong(format!("_.{name} needs a value")));
    match name {
        "set" => *at(record, path)? = first()?.plain()?,
        "remove" => drop(take(record, path)),
        "rename" => {
            if let Some(value) = take(record, path) {
                *at(record, first()?.text()?)? = value;
            }
        }
        "inc" | "mul" => {
            let operand = first()?.plain()?;
            let value = at(record, path)?;
            let known = if value.is_null() { json!(0) } else { value.clone() };
            *value = calculate(name, &known, &operand)?;
        }
        "min" | "max" => {
            let bound = first()?.plain()?;
            let value = at(record, path)?;
            let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
            if value.is_null() || compare(&bound, value) == Some(wanted) {
                *value = bound;
            }
        }
        "push" => push(items(record, path)?, operands)?,
        "unshift" => {
            let added: Vec<Value> =
                spread(operands.to_vec()).iter().map(Term::plain).collect::<Result<_, _>>()?;
            items(record, path)?.splice(0..0, added);
        }
        "pop" => drop(items(record, path)?.pop()),
        "shift" => {
            let items = items(record, path)?;
            drop((!items.is_empty()).then(|| items.remove(0)));
        }
        "addToSet" => {
            let added = match first()? {
                Term::Object(members)
                    if members.iter().any(|(name, _)| name == "$each" || name == "each") =>
                {
                    members
                        .iter()
                        .find(|(name, _)| name.ends_with("each"))
                        .map_or(json!([]), |(_, term)| term.plain().unwrap_or_default())
                }
                term => json!([term.plain()?]),
            };
            let items = items(record, path)?;
            for value in added.as_array().into_iter().flatten() {
                if !items.iter().any(|known| equal(known, value)) {
                    items.push(value.clone());
                }
            }
        }
        "pull" => {
            let condition = first()?;
            let mut kept = Vec::new();
            for item in std::mem::take(items(record, path)?) {
                if !is_pulled(&item, condition)? {
                    kept.push(item);
                }
            }
            *items(record, path)? = kept;
        }
        "pullAll" => {
            let pulled = first()?.plain()?;
            let is_pulled =
                |item: &Value| pulled.as_array().is_some_and(|all| all.iter().any(|one| equal(one, item)));
            items(record, path)?.retain(|item| !is_pulled(item));
        }
        _ => return Err(StatementError::not_built(format!("_.{name} in an update"))),
    }
    Ok(())
}

fn is_pulled(item: &Value, condition: &Term) -> Result<bool, StatementError> {
    match condition {
        Term::Object(_) if item.is_object() => fits(item, condition),
        condition => {
            fits(&json!({"item": item}), &Term::Object(vec![("item".to_owned(), condition.clone())]))
        }
    }
}

fn items<'a>(record: &'a mut Record, path: &str) -> Result<&'a mut Vec<Value>, StatementError> {
    let value = at(record, path)?;
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().ok_or_else(|| StatementError::wrong("the value is no list"))
}

/// Adds to a list: one value, several, or an object with `each`, `position`, `sort` and `slice`.
fn push(items: &mut Vec<Value>, operands: &[Term]) -> Result<(), StatementError> {
    let options = match operands {
        [Term::Object(members)] if members.iter().any(|(name, _)| name == "each") => operands[0].object()?,
        _ => {
            let added: Vec<Value> =
                spread(operands.to_vec()).iter().map(Term::plain).collect::<Result<_, _>>()?;
            items.extend(added);
            return Ok(());
        }
    };
    let each = options.get("each").and_then(Value::as_array).cloned().unwrap_or_default();
    let position = options.get("position").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    let position = position.unwrap_or(items.len()).min(items.len());
    items.splice(position..position, each);
    match options.get("sort") {
        None => {}
        Some(Value::Number(direction)) => {
            items.sort_by(|one, other| order(Some(one), Some(other)));
            if direction.as_i64() == Some(-1) {
                items.reverse();
            }
        }
        Some(_) => return Err(StatementError::not_built("_.push that sorts by members")),
    }
    if let Some(slice) = options.get("slice").and_then(Value::as_i64) {
        let kept = usize::try_from(slice.unsigned_abs()).unwrap_or(usize::MAX);
        if slice < 0 {
            items.drain(..items.len().saturating_sub(kept));
        } else {
            items.truncate(kept);
        }
    }
    Ok(())
}

/// Adds or multiplies; whole numbers stay whole.
fn calculate(name: &str, one: &Value, other: &Value) -> Result<Value, StatementError> {
    let wrong = || StatementError::wrong(format!("_.{name} needs numbers"));
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        let result = if name == "inc" { one.checked_add(other) } else { one.checked_mul(other) };
        return result.map(|result| json!(result)).ok_or_else(wrong);
    }
    let (one, other) = (one.as_f64().ok_or_else(wrong)?, other.as_f64().ok_or_else(wrong)?);
    Ok(number(if name == "inc" { one + other } else { one * other }))
}
