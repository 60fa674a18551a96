//! From a text to what is to be done.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::StatementError;
use super::syntax;
use super::term::{Evaluator, Term};
use super::value::Record;

/// A statement on one collection.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) collection: String,
    pub(crate) action: Action,
}

/// What a statement ends in.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Add(Vec<Record>),
    Get(Query),
    Count(Query),
    Remove(Query),
    Update(Query, Changes),
    /// Replaces a record, or makes it.
    Set(String, Record),
    Aggregate(Vec<Stage>),
}

/// Which records, and how much of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Query {
    pub(super) collection: String,
    pub(super) id: Option<String>,
    pub(super) filter: Option<Term>,
    /// Paths, and whether they ascend.
    pub(super) order: Vec<(String, bool)>,
    pub(super) skip: usize,
    pub(super) limit: Option<usize>,
    pub(super) fields: Option<Map<String, Value>>,
}

/// The changes of an update.
#[derive(Clone, Debug)]
pub(crate) struct Changes(pub(super) Term);

/// A stage of an aggregation.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(super) name: String,
    pub(super) arguments: Vec<Term>,
}

/// Reads a statement. `now` is in milliseconds since 1970.
pub(crate) fn read(text: &str, now: u64) -> Result<Statement, StatementError> {
    let program = syntax::read(text).map_err(StatementError::wrong)?;
    let mut evaluator = Evaluator::new(i64::try_from(now).unwrap_or(i64::MAX));
    for (name, expression) in &program.constants {
        let term = evaluator.evaluate(expression)?;
        evaluator.constants.push((name.clone(), term));
    }
    match evaluator.evaluate(&program.statement)? {
        Term::Chain { collection, steps } => statement(collection, &steps),
        _ => Err(StatementError::wrong("a statement begins with db.collection()")),
    }
}

fn statement(collection: String, steps: &[(String, Vec<Term>)]) -> Result<Statement, StatementError> {
    let mut query = Query {
        collection: collection.clone(),
        id: None,
        filter: None,
        order: Vec::new(),
        skip: 0,
        limit: None,
        fields: None,
    };
    let Some(((last, arguments), before)) = steps.split_last() else {
        return Err(StatementError::wrong("a statement ends in what is to be done"));
    };
    if before.first().is_some_and(|(name, _)| name == "aggregate") {
        let stages = before[1..]
            .iter()
            .map(|(name, arguments)| Stage { name: name.clone(), arguments: arguments.clone() });
        let action = Action::Aggregate(stages.collect());
        return if last == "end" {
            Ok(Statement { collection, action })
        } else {
            Err(StatementError::wrong("an aggregation ends in end()"))
        };
    }
    for (name, arguments) in before {
        step(&mut query, name, arguments)?;
    }
    let action = match last.as_str() {
        "get" => Action::Get(query),
        "count" => Action::Count(query),
        "remove" => Action::Remove(query),
        "add" => Action::Add(records(data(arguments)?)?),
        "update" => Action::Update(query, Changes(data(arguments)?.clone())),
        "set" => {
            let id = query.id.ok_or_else(|| StatementError::wrong("set() stands behind doc()"))?;
            Action::Set(id, data(arguments)?.object()?)
        }
        _ => return Err(unknown(last)),
    };
    Ok(Statement { collection, action })
}

fn step(query: &mut Query, name: &str, arguments: &[Term]) -> Result<(), StatementError> {
    let first = || arguments.first().ok_or_else(|| StatementError::wrong(format!("{name}() needs a value")));
    match name {
        "where" => query.filter = Some(first()?.clone()),
        "doc" => {
            query.id = Some(match first()? {
                Term::Value(Value::Number(number)) => number.to_string(),
                term => term.text()?.to_owned(),
            });
        }
        "skip" => query.skip = first()?.count()?,
        "limit" => query.limit = Some(first()?.count()?),
        "field" => query.fields = Some(first()?.object()?),
        "orderBy" => {
            let ascends = match arguments.get(1).map(Term::text).transpose()? {
                None | Some("asc") => true,
                Some("desc") => false,
                Some(_) => return Err(StatementError::wrong("an order is asc or desc")),
            };
            query.order.push((first()?.text()?.to_owned(), ascends));
        }
        _ => return Err(unknown(name)),
    }
    Ok(())
}

fn unknown(name: &str) -> StatementError {
    StatementError::not_built(format!("{name}() of a collection"))
}

/// The member `data` of an argument.
fn data(arguments: &[Term]) -> Result<&Term, StatementError> {
    let Some(Term::Object(members)) = arguments.first() else {
        return Err(StatementError::wrong("an object with `data` is expected here"));
    };
    let data = members.iter().find(|(name, _)| name == "data").map(|(_, term)| term);
    data.ok_or_else(|| StatementError::wrong("`data` is missing"))
}

/// One record or several.
fn records(data: &Term) -> Result<Vec<Record>, StatementError> {
    match data {
        Term::List(items) => items.iter().map(Term::object).collect(),
        term => Ok(vec![term.object()?]),
    }
}
