//! Aggregations: stage after stage, each of which makes new records of those that it is given.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::StatementError;
use super::filter::fits;
use super::statement::Stage;
use super::term::Term;
use super::value::{Record, compare, equal, number, order, place, take, values_at};
use std::cmp::Ordering;

pub(super) fn run(records: Vec<Record>, stages: &[Stage]) -> Result<Vec<Record>, StatementError> {
    stages.iter().try_fold(records, carry_out)
}

fn carry_out(records: Vec<Record>, stage: &Stage) -> Result<Vec<Record>, StatementError> {
    let name = stage.name.as_str();
    let first =
        || stage.arguments.first().ok_or_else(|| StatementError::wrong(format!("{name}() needs a value")));
    Ok(match name {
        "match" => keep(records, first()?)?,
        "skip" => records.into_iter().skip(first()?.count()?).collect(),
        "limit" => records.into_iter().take(first()?.count()?).collect(),
        "sort" => sort(records, first()?)?,
        "count" => {
            let mut counted = Record::new();
            counted.insert(first()?.text()?.to_owned(), json!(records.len()));
            if records.is_empty() { Vec::new() } else { vec![counted] }
        }
        "project" => each(&records, |record| project(record, members(first()?)?))?,
        "addFields" => each(&records, |record| {
            let mut changed = record.clone();
            for (path, term) in members(first()?)? {
                if let Some(value) = evaluate(term, record)? {
                    *at(&mut changed, path)? = value;
                }
            }
            Ok(changed)
        })?,
        "replaceRoot" => {
            let new_root = members(first()?)?.iter().find(|(name, _)| name == "newRoot");
            let (_, term) = new_root.ok_or_else(|| StatementError::wrong("replaceRoot() needs newRoot"))?;
            each(&records, |record| match evaluate(term, record)? {
                Some(Value::Object(object)) => Ok(object),
                _ => Err(StatementError::wrong("newRoot is no object")),
            })?
        }
        "unwind" => unwind(&records, first()?)?,
        "group" => group(&records, members(first()?)?)?,
        "sortByCount" => {
            let count = Term::Operator("sum".to_owned(), vec![Term::Value(json!(1))]);
            let by = [("_id".to_owned(), first()?.clone()), ("count".to_owned(), count)];
            let mut groups = group(&records, &by)?;
            groups.sort_by(|one, other| order(other.get("count"), one.get("count")));
            groups
        }
        _ => return Err(StatementError::not_built(format!("{name}() in an aggregation"))),
    })
}

fn members(term: &Term) -> Result<&[(String, Term)], StatementError> {
    match term {
        Term::Object(members) => Ok(members),
        _ => Err(StatementError::wrong("an object is expected here")),
    }
}

fn each(
    records: &[Record],
    change: impl Fn(&Record) -> Result<Record, StatementError>,
) -> Result<Vec<Record>, StatementError> {
    records.iter().map(change).collect()
}

fn keep(records: Vec<Record>, condition: &Term) -> Result<Vec<Record>, StatementError> {
    let mut kept = Vec::new();
    for record in records {
        let value = Value::Object(record);
        if fits(&value, condition)? {
            kept.extend(value.as_object().cloned());
        }
    }
    Ok(kept)
}

fn sort(mut records: Vec<Record>, by: &Term) -> Result<Vec<Record>, StatementError> {
    let by = members(by)?.iter().map(|(path, term)| Ok((path.as_str(), term.plain()?.as_i64() != Some(-1))));
    let by: Vec<(&str, bool)> = by.collect::<Result<_, StatementError>>()?;
    records.sort_by(|one, other| compare_by(one, other, &by));
    Ok(records)
}

/// Compares two records by several paths.
pub(super) fn compare_by(one: &Record, other: &Record, by: &[(&str, bool)]) -> Ordering {
    let (one, other) = (Value::Object(one.clone()), Value::Object(other.clone()));
    let orders = by.iter().map(|(path, ascends)| {
        let found = order(values_at(&one, path).first().copied(), values_at(&other, path).first().copied());
        if *ascends { found } else { found.reverse() }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

fn at<'a>(record: &'a mut Record, path: &str) -> Result<&'a mut Value, StatementError> {
    place(record, path)
        .ok_or_else(|| StatementError::wrong("a path leads through a value that has no members"))
}

/// Keeps, drops and computes members.
fn project(record: &Record, members: &[(String, Term)]) -> Result<Record, StatementError> {
    let kept = |term: &Term| match term {
        Term::Value(Value::Bool(kept)) => Some(*kept),
        Term::Value(Value::Number(number)) => Some(number.as_i64() != Some(0)),
        _ => None,
    };
    let only_drops = members.iter().all(|(_, term)| kept(term) == Some(false));
    let is_kept = |(name, _): &(&String, &Value)| only_drops || *name == "_id";
    let mut projected: Record =
        record.iter().filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect();
    for (path, term) in members {
        match kept(term) {
            Some(false) => drop(take(&mut projected, path)),
            Some(true) => {
                let record = Value::Object(record.clone());
                if let Some(value) = values_at(&record, path).first() {
                    *at(&mut projected, path)? = (*value).clone();
                }
            }
            None => {
                if let Some(value) = evaluate(term, record)? {
                    *at(&mut projected, path)? = value;
                }
            }
        }
    }
    Ok(projected)
}

/// The members that `field` asks for, and always the id.
pub(super) fn only(record: &Record, fields: &Record) -> Result<Record, StatementError> {
    let members: Vec<_> =
        fields.iter().map(|(path, value)| (path.clone(), Term::Value(value.clone()))).collect();
    project(record, &members)
}

fn unwind(records: &[Record], argument: &Term) -> Result<Vec<Record>, StatementError> {
    let (path, keeps_empty) = match argument {
        Term::Object(_) => {
            let options = argument.object()?;
            let keeps =
                options.get("preserveNullAndEmptyArrays").and_then(Value::as_bool).unwrap_or_default();
            (options.get("path").and_then(Value::as_str).unwrap_or_default().to_owned(), keeps)
        }
        argument => (argument.text()?.to_owned(), false),
    };
    let path = path.strip_prefix('$').ok_or_else(|| StatementError::wrong("a path begins with $"))?;
    let mut unwound = Vec::new();
    for record in records {
        let value = Value::Object(record.clone());
        let items = match values_at(&value, path).first() {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::Null) | None => Vec::new(),
            Some(value) => vec![(*value).clone()],
        };
        if items.is_empty() && keeps_empty {
            unwound.push(record.clone());
        }
        for item in items {
            let mut one = record.clone();
            *at(&mut one, path)? = item;
            unwound.push(one);
        }
    }
    Ok(unwound)
}

/// Groups by `_id`; the other members are accumulators. Groups come in the order of their ids.
fn group(records: &[Record], members: &[(String, Term)]) -> Result<Vec<Record>, StatementError> {
    let (_, id) = members
        .iter()
        .find(|(name, _)| name == "_id")
        .ok_or_else(|| StatementError::wrong("group() needs _id"))?;
    let mut groups: BTreeMap<String, (Value, Vec<&Record>)> = BTreeMap::new();
    for record in records {
        let id = evaluate(id, record)?.unwrap_or_default();
        groups.entry(id.to_string()).or_insert_with(|| (id, Vec::new())).1.push(record);
    }
    let grouped = groups.into_values().map(|(id, records)| {
        let mut grouped = Record::new();
        grouped.insert("_id".to_owned(), id);
        for (name, term) in members.iter().filter(|(name, _)| name != "_id") {
            grouped.insert(name.clone(), accumulate(term, &records)?);
        }
        Ok(grouped)
    });
    grouped.collect()
}

fn accumulate(term: &Term, records: &[&Record]) -> Result<Value, StatementError> {
    let Term::Operator(name, operands) = term else {
        return Err(StatementError::wrong("a member of group() is an accumulator"));
    };
    let operand = operands.first().ok_or_else(|| StatementError::wrong(format!("$.{name} needs a value")))?;
    let values: Vec<Option<Value>> =
        records.iter().map(|record| evaluate(operand, record)).collect::<Result<_, _>>()?;
    let present = || values.iter().flatten().filter(|value| !value.is_null());
    let sum = || present().filter_map(Value::as_f64).sum::<f64>();
    Ok(match name.as_str() {
        "sum" => number(sum()),
        #[expect(clippy::cast_precision_loss, reason = "a number of records")]
        "avg" => match present().filter(|value| value.is_number()).count() {
            0 => Value::Null,
            count => number(sum() / count as f64),
        },
        "min" => present().min_by(|one, other| order(Some(one), Some(other))).cloned().unwrap_or_default(),
        "max" => present().max_by(|one, other| order(Some(one), Some(other))).cloned().unwrap_or_default(),
        "first" => values.first().cloned().flatten().unwrap_or_default(),
        "last" => values.last().cloned().flatten().unwrap_or_default(),
        "push" => values.into_iter().flatten().collect(),
        "addToSet" => {
            let mut set: Vec<Value> = Vec::new();
            for value in values.into_iter().flatten() {
                if !set.iter().any(|known| equal(known, &value)) {
                    set.push(value);
                }
            }
            json!(set)
        }
        _ => return Err(StatementError::not_built(format!("$.{name} in group()"))),
    })
}

/// The value of an expression for one record; nothing for a path that is not there.
fn evaluate(term: &Term, record: &Record) -> Result<Option<Value>, StatementError> {
    Ok(match term {
        Term::Value(Value::String(text)) if text.starts_with('$') => {
            values_at(&Value::Object(record.clone()), &text[1..]).first().map(|value| (*value).clone())
        }
        Term::Object(members) => {
            let mut object = Record::new();
            for (name, term) in members {
                object.extend(evaluate(term, record)?.map(|value| (name.clone(), value)));
            }
            Some(Value::Object(object))
        }
        Term::List(items) => {
            let values: Result<Vec<_>, _> = items.iter().map(|term| evaluate(term, record)).collect();
            Some(values?.into_iter().map(Option::unwrap_or_default).collect())
        }
        Term::Operator(name, operands) => Some(operate(name, operands, record)?),
        term => Some(term.plain()?),
    })
}

fn operate(name: &str, operands: &[Term], record: &Record) -> Result<Value, StatementError> {
    if name == "literal" {
        return operands.first().map_or(Ok(Value::Null), Term::plain);
    }
    let operands: Vec<Value> = super::term::spread(operands.to_vec())
        .iter()
        .map(|term| Ok(evaluate(term, record)?.unwrap_or_default()))
        .collect::<Result<_, StatementError>>()?;
    let first = || operands.first().unwrap_or(&Value::Null);
    let second = || operands.get(1).unwrap_or(&Value::Null);
    let numbers = || -> Result<Vec<f64>, StatementError> {
        let numbers = operands.iter().map(Value::as_f64).collect::<Option<Vec<_>>>();
        numbers.ok_or_else(|| StatementError::wrong(format!("$.{name} needs numbers")))
    };
    let pair = || match numbers()?[..] {
        [one, other] => Ok((one, other)),
        _ => Err(StatementError::wrong(format!("$.{name} needs two numbers"))),
    };
    let compared = |orders: &[Ordering]| json!(orders.contains(&order(Some(first()), Some(second()))));
    Ok(match name {
        "add" => number(numbers()?.iter().sum()),
        "multiply" => number(numbers()?.iter().product()),
        "subtract" => pair().map(|(one, other)| number(one - other))?,
        "divide" => pair().map(|(one, other)| number(one / other))?,
        "concat" => {
            operands.iter().map(Value::as_str).collect::<Option<String>>().map_or(Value::Null, Value::String)
        }
        "ifNull" => if first().is_null() { second() } else { first() }.clone(),
        "size" => json!(first().as_array().map_or(0, Vec::len)),
        "eq" => json!(compare(first(), second()) == Some(Ordering::Equal) || equal(first(), second())),
        "neq" => json!(!equal(first(), second())),
        "gt" => compared(&[Ordering::Greater]),
        "gte" => compared(&[Ordering::Greater, Ordering::Equal]),
        "lt" => compared(&[Ordering::Less]),
        "lte" => compared(&[Ordering::Less, Ordering::Equal]),
        _ => return Err(StatementError::not_built(format!("$.{name}"))),
    })
}
