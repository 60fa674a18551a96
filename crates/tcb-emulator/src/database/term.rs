//! What a statement means: its constants put in, its functions called.

use serde::{Deserialize, Serialize};
use std::cell::Cell;

use serde_json::{Map, Number, Value, json};

use super::error::StatementError;
use super::syntax::Expression;
use crate::calendar;

/// A value, or something that only a statement knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Term {
    Undefined,
    Value(Value),
    Pattern {
        source: String,
        flags: String,
    },
    List(Vec<Term>),
    Object(Vec<(String, Term)>),
    /// `_.gt(10)`
    Command(String, Vec<Term>),
    /// `$.sum('$price')`
    Operator(String, Vec<Term>),
    /// A collection and what is done with it.
    Chain {
        collection: String,
        steps: Vec<(String, Vec<Term>)>,
    },
    /// A function that was not called yet, by its path from `db`, `_`, `$` or a global name.
    Function(Vec<String>),
}

impl Term {
    /// A value without commands; `undefined` members are left out.
    pub(super) fn plain(&self) -> Result<Value, StatementError> {
        Ok(match self {
            Self::Value(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::plain).collect::<Result<_, _>>()?,
            Self::Object(members) => {
                let present = members.iter().filter(|(_, term)| *term != Self::Undefined);
                let plain = present.map(|(name, term)| Ok((name.clone(), term.plain()?)));
                Value::Object(plain.collect::<Result<_, StatementError>>()?)
            }
            _ => return Err(StatementError::wrong("a plain value is expected here")),
        })
    }

    pub(super) fn object(&self) -> Result<Map<String, Value>, StatementError> {
        match self.plain()? {
            Value::Object(object) => Ok(object),
            _ => Err(StatementError::wrong("an object is expected here")),
        }
    }

    pub(super) fn text(&self) -> Result<&str, StatementError> {
        match self {
            Self::Value(Value::String(text)) => Ok(text),
            _ => Err(StatementError::wrong("a text is expected here")),
        }
    }

    pub(super) fn count(&self) -> Result<usize, StatementError> {
        let number = match self {
            Self::Value(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
            _ => None,
        };
        number.ok_or_else(|| StatementError::wrong("a whole number that is not negative is expected here"))
    }
}

/// How deep calls may stand inside of each other.
const DEEPEST: usize = 200;

/// Evaluates expressions.
pub(super) struct Evaluator {
    depth: Cell<usize>,
    /// Milliseconds since 1970, for `new Date()` and `db.serverDate()`.
    now: i64,
    pub(super) constants: Vec<(String, Term)>,
}

impl Evaluator {
    pub(super) fn new(now: i64) -> Self {
        Self { depth: Cell::new(0), now, constants: Vec::new() }
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Term, StatementError> {
        let depth = self.depth.get() + 1;
        if depth > DEEPEST {
            return Err(StatementError::wrong("the statement is nested too deeply"));
        }
        self.depth.set(depth);
        let term = self.term(expression);
        self.depth.set(depth - 1);
        term
    }

    fn term(&self, expression: &Expression) -> Result<Term, StatementError> {
        Ok(match expression {
            Expression::Undefined => Term::Undefined,
            Expression::Null => Term::Value(Value::Null),
            Expression::Bool(value) => Term::Value(json!(value)),
            Expression::Integer(number) => Term::Value(json!(number)),
            Expression::Float(number) => {
                Term::Value(Number::from_f64(*number).map_or(Value::Null, Value::Number))
            }
            Expression::Text(text) => Term::Value(json!(text)),
            Expression::Pattern { source, flags } => {
                Term::Pattern { source: source.clone(), flags: flags.clone() }
            }
            Expression::List(items) => Term::List(self.all(items)?),
            Expression::Object(members) => {
                let evaluated = members.iter().map(|(name, term)| Ok((name.clone(), self.evaluate(term)?)));
                Term::Object(evaluated.collect::<Result<_, StatementError>>()?)
            }
            Expression::Name(name) => self.name(name)?,
            Expression::Member(of, name) => member(self.evaluate(of)?, name)?,
            Expression::Call(function, arguments) => {
                let arguments = self.all(arguments)?;
                match function.as_ref() {
                    Expression::Member(of, name) => self.method(self.evaluate(of)?, name, arguments)?,
                    function => self.call(self.evaluate(function)?, arguments)?,
                }
            }
        })
    }

    fn all(&self, expressions: &[Expression]) -> Result<Vec<Term>, StatementError> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }

    fn name(&self, name: &str) -> Result<Term, StatementError> {
        if let Some((_, term)) = self.constants.iter().find(|(known, _)| known == name) {
            return Ok(term.clone());
        }
        match name {
            "db" | "_" | "$" | "Date" | "RegExp" => Ok(Term::Function(vec![name.to_owned()])),
            _ => Err(StatementError::wrong(format!("{name} is not defined"))),
        }
    }

    fn method(&self, of: Term, name: &str, arguments: Vec<Term>) -> Result<Term, StatementError> {
        match of {
            Term::Chain { collection, mut steps } => {
                steps.push((name.to_owned(), arguments));
                Ok(Term::Chain { collection, steps })
            }
            Term::Command(..) if matches!(name, "and" | "or") => {
                let mut operands = vec![of];
                operands.extend(spread(arguments));
                Ok(Term::Command(name.to_owned(), operands))
            }
            of => self.call(member(of, name)?, arguments),
        }
    }

    fn call(&self, function: Term, arguments: Vec<Term>) -> Result<Term, StatementError> {
        let Term::Function(path) = function else {
            return Err(StatementError::wrong("what is called is no function"));
        };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["db", "collection"] => {
                let [name] = &arguments[..] else {
                    return Err(StatementError::wrong("a collection has one name"));
                };
                Ok(Term::Chain { collection: name.text()?.to_owned(), steps: Vec::new() })
            }
            ["_", name] => Ok(Term::Command(name.to_owned(), arguments)),
            ["$", name] => Ok(Term::Operator(name.to_owned(), arguments)),
            ["Date"] => self.date(&arguments),
            ["db", "serverDate"] => {
                let offset = match arguments.first() {
                    Some(options) => options.object()?.get("offset").and_then(Value::as_i64).unwrap_or(0),
                    None => 0,
                };
                Ok(Term::Value(date(self.now.saturating_add(offset))))
            }
            ["RegExp"] => pattern(&arguments),
            ["db", "RegExp"] => {
                let options = arguments.first().map(Term::object).transpose()?.unwrap_or_default();
                let text =
                    |name: &str| options.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                Ok(Term::Pattern { source: text("regexp"), flags: text("options") })
            }
            ["db", "Geo", "Point"] => point(&arguments),
            _ => Err(StatementError::not_built(format!("{}()", path.join(".")))),
        }
    }

    fn date(&self, arguments: &[Term]) -> Result<Term, StatementError> {
        let millis = match arguments {
            [] => Some(self.now),
            [Term::Value(Value::String(text))] => calendar::parse(text),
            [Term::Value(Value::Number(number))] => number.as_i64(),
            _ => return Err(StatementError::not_built("a date of several numbers")),
        };
        millis.map(|millis| Term::Value(date(millis))).ok_or_else(|| StatementError::wrong("this is no date"))
    }
}

/// A date as it is stored. Texts of this form are ordered as the dates are.
pub(super) fn date(millis: i64) -> Value {
    json!({"$date": calendar::iso(millis)})
}

/// The arguments of a function that takes one list or several values.
pub(super) fn spread(mut arguments: Vec<Term>) -> Vec<Term> {
    match &mut arguments[..] {
        [Term::List(items)] => std::mem::take(items),
        _ => arguments,
    }
}

fn member(of: Term, name: &str) -> Result<Term, StatementError> {
    let Term::Function(mut path) = of else {
        return Err(StatementError::wrong(format!("{name} is a member of nothing")));
    };
    path.push(name.to_owned());
    // `db.command` and `db.command.aggregate` are what `_` and `$` stand for.
    match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["db", "command"] => Ok(Term::Function(vec!["_".to_owned()])),
        ["_", "aggregate"] => Ok(Term::Function(vec!["$".to_owned()])),
        _ => Ok(Term::Function(path)),
    }
}

fn pattern(arguments: &[Term]) -> Result<Term, StatementError> {
    let text = |at: usize| arguments.get(at).map(Term::text).transpose();
    let source = text(0)?.ok_or_else(|| StatementError::wrong("a regular expression has a text"))?;
    Ok(Term::Pattern { source: source.to_owned(), flags: text(1)?.unwrap_or_default().to_owned() })
}

fn point(arguments: &[Term]) -> Result<Term, StatementError> {
    let number = |at: usize| match arguments.get(at) {
        Some(Term::Value(Value::Number(number))) => number.as_f64(),
        _ => None,
    };
    let (Some(longitude), Some(latitude)) = (number(0), number(1)) else {
        return Err(StatementError::wrong("a point has a longitude and a latitude"));
    };
    if longitude.abs() > 180.0 || latitude.abs() > 90.0 {
        return Err(StatementError::wrong("a point lies on the earth"));
    }
    Ok(Term::Value(json!({"type": "Point", "coordinates": [longitude, latitude]})))
}
