//! Which records a condition means.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::error::StatementError;
use super::term::{Term, spread};
use super::value::{compare, equal, is_nested, values_at};

/// Whether a record fits the condition of `where` or `match`.
pub(super) fn fits(record: &Value, condition: &Term) -> Result<bool, StatementError> {
    match condition {
        Term::Object(members) => all(members, |(path, condition)| fits_at(record, path, condition)),
        Term::Command(name, operands) => {
            let operands = spread(operands.clone());
            match name.as_str() {
                "and" => all(&operands, |operand| fits(record, operand)),
                "or" => any(&operands, |operand| fits(record, operand)),
                "nor" => any(&operands, |operand| fits(record, operand)).map(|any| !any),
                _ => Err(StatementError::wrong(format!("_.{name} cannot stand for a whole record"))),
            }
        }
        _ => Err(StatementError::wrong("a condition is an object")),
    }
}

fn fits_at(record: &Value, path: &str, condition: &Term) -> Result<bool, StatementError> {
    match condition {
        // A nested object asks for its members, and not for all of itself.
        Term::Object(members)
            if condition.plain().is_ok_and(|plain| is_nested(&plain)) || has_commands(members) =>
        {
            all(members, |(name, condition)| fits_at(record, &format!("{path}.{name}"), condition))
        }
        condition => is_met(&values_at(record, path), condition),
    }
}

fn has_commands(members: &[(String, Term)]) -> bool {
    members.iter().any(|(_, term)| term.plain().is_err())
}

/// Whether the values at one path meet a condition. A list meets what one of its items meets.
fn is_met(found: &[&Value], condition: &Term) -> Result<bool, StatementError> {
    let (name, operands) = match condition {
        Term::Command(name, operands) => (name.as_str(), operands),
        Term::Pattern { source, flags } => {
            let regex = regex(source, flags)?;
            return Ok(some(found, |value| value.as_str().is_some_and(|text| regex.is_match(text))));
        }
        condition => return Ok(is_value(found, &condition.plain()?)),
    };
    let first = || operands.first().ok_or_else(|| StatementError::wrong(format!("_.{name} needs a value")));
    let ordered = |orders: &[Ordering]| {
        let bound = first()?.plain()?;
        Ok(some(found, |value| compare(value, &bound).is_some_and(|order| orders.contains(&order))))
    };
    match name {
        "eq" => Ok(is_value(found, &first()?.plain()?)),
        "neq" => Ok(!is_value(found, &first()?.plain()?)),
        "lt" => ordered(&[Ordering::Less]),
        "lte" => ordered(&[Ordering::Less, Ordering::Equal]),
        "gt" => ordered(&[Ordering::Greater]),
        "gte" => ordered(&[Ordering::Greater, Ordering::Equal]),
        "in" => any(list(first()?)?, |value| is_met(found, value)),
        "nin" => any(list(first()?)?, |value| is_met(found, value)).map(|is| !is),
        "and" => all(&spread(operands.clone()), |operand| is_met(found, operand)),
        "or" => any(&spread(operands.clone()), |operand| is_met(found, operand)),
        "nor" => any(&spread(operands.clone()), |operand| is_met(found, operand)).map(|is| !is),
        "not" => is_met(found, first()?).map(|is| !is),
        "exists" => Ok(first()?.plain()?.as_bool().unwrap_or(true) != found.is_empty()),
        "mod" => {
            let numbers: Vec<Value> =
                spread(operands.clone()).iter().map(Term::plain).collect::<Result<_, _>>()?;
            let (Some(divisor), Some(rest)) =
                (numbers.first().and_then(Value::as_i64), numbers.get(1).and_then(Value::as_i64))
            else {
                return Err(StatementError::wrong("_.mod needs two whole numbers"));
            };
            Ok(some(found, |value| value.as_i64().and_then(|value| value.checked_rem(divisor)) == Some(rest)))
        }
        "all" => all(list(first()?)?, |wanted| is_met(found, wanted)),
        "size" => {
            let size = first()?.count()?;
            Ok(found.iter().any(|value| value.as_array().is_some_and(|items| items.len() == size)))
        }
        "elemMatch" => {
            let condition = first()?;
            let items = found.iter().filter_map(|value| value.as_array()).flatten();
            let one = |item: &Value| match condition {
                Term::Object(_) => fits(item, condition),
                condition => is_met(&[item], condition),
            };
            items.map(one).try_fold(false, |any, fits| Ok(any || fits?))
        }
        _ => Err(StatementError::not_built(format!("_.{name}"))),
    }
}

/// Whether one of the values, or one of the items where a value is a list, passes.
fn some(found: &[&Value], passes: impl Fn(&Value) -> bool) -> bool {
    found.iter().any(|value| passes(value) || value.as_array().is_some_and(|items| items.iter().any(&passes)))
}

fn is_value(found: &[&Value], wanted: &Value) -> bool {
    some(found, |value| equal(value, wanted)) || (wanted.is_null() && found.is_empty())
}

fn list(term: &Term) -> Result<&[Term], StatementError> {
    match term {
        Term::List(items) => Ok(items),
        _ => Err(StatementError::wrong("a list is expected here")),
    }
}

fn regex(source: &str, flags: &str) -> Result<Regex, StatementError> {
    let mut builder = RegexBuilder::new(source);
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            // Nothing that finds whether there is a match depends on these.
            'g' | 'u' => &mut builder,
            _ => return Err(StatementError::not_built(format!("the flag {flag} of a regular expression"))),
        };
    }
    builder.build().map_err(|_| StatementError::not_built("this regular expression"))
}

fn all<T>(items: &[T], fits: impl Fn(&T) -> Result<bool, StatementError>) -> Result<bool, StatementError> {
    items.iter().try_fold(true, |all, item| Ok(all && fits(item)?))
}

fn any<T>(items: &[T], fits: impl Fn(&T) -> Result<bool, StatementError>) -> Result<bool, StatementError> {
    items.iter().try_fold(false, |any, item| Ok(any || fits(item)?))
}
