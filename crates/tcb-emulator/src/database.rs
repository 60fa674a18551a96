//! The document database of an environment: collections, indexes and a documented part of the
//! statements that they are worked with.

mod change;
mod error;
pub(crate) mod file;
mod filter;
mod pipeline;
pub(crate) mod statement;
mod syntax;
mod term;
mod value;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use error::StatementError;
pub(crate) use statement::{Changes, Query, Stage};
use value::values_at;
pub(crate) use value::{NumberForm, Record, write};

/// The collections, by name.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Database {
    collections: BTreeMap<String, Collection>,
}

/// A collection.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Collection {
    records: Vec<Record>,
    pub(crate) indexes: BTreeMap<String, Index>,
    pub(crate) permission: Permission,
}

/// An index; the keys are paths and directions as they came.
#[derive(Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) keys: Vec<(String, String)>,
    pub(crate) unique: bool,
}

/// Who may do what with the records of a collection.
#[derive(Serialize, Deserialize)]
pub(crate) struct Permission {
    pub(crate) tag: String,
    pub(crate) rule: Option<String>,
}

impl Default for Permission {
    fn default() -> Self {
        Self { tag: "PRIVATE".to_owned(), rule: None }
    }
}

/// Why nothing was done.
pub(crate) enum DatabaseError {
    NoCollection,
    /// A record with this id, or these values of a unique index, is there already.
    Duplicate,
    Statement(StatementError),
}

impl From<StatementError> for DatabaseError {
    fn from(error: StatementError) -> Self {
        Self::Statement(error)
    }
}

impl std::fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoCollection => f.write_str("the collection does not exist"),
            Self::Duplicate => f.write_str("a record with the same unique value exists"),
            Self::Statement(error) => error.fmt(f),
        }
    }
}

type Answer<T> = Result<T, DatabaseError>;

/// What a query found.
pub(crate) struct Found {
    /// The records of the page.
    pub(crate) records: Vec<Record>,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
    /// All that fit.
    pub(crate) total: usize,
}

/// What an update did.
#[derive(Default)]
pub(crate) struct Updated {
    pub(crate) matched: usize,
    pub(crate) modified: usize,
    /// The id of a record that was made.
    pub(crate) made: Option<String>,
}

/// Collections.
impl Database {
    pub(crate) fn collections(&self) -> impl Iterator<Item = (&String, &Collection)> {
        self.collections.iter()
    }

    /// False when there is one with this name.
    pub(crate) fn add_collection(&mut self, name: &str) -> bool {
        let is_new = !self.collections.contains_key(name);
        if is_new {
            self.collections.insert(name.to_owned(), Collection::default());
        }
        is_new
    }

    pub(crate) fn remove_collection(&mut self, name: &str) -> bool {
        self.collections.remove(name).is_some()
    }

    pub(crate) fn collection(&mut self, name: &str) -> Answer<&mut Collection> {
        self.collections.get_mut(name).ok_or(DatabaseError::NoCollection)
    }
}

impl Collection {
    pub(crate) fn count(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Bytes of all records, as JSON.
    pub(crate) fn size(&self) -> usize {
        self.records.iter().map(|record| Value::Object(record.clone()).to_string().len()).sum()
    }

    /// Adds an index; refused when it is unique and the records are not.
    pub(crate) fn add_index(&mut self, name: String, index: Index) -> Answer<()> {
        let is_repeated =
            |at: usize| self.records[..at].iter().any(|former| index.holds_same(former, &self.records[at]));
        if index.unique && (0..self.records.len()).any(is_repeated) {
            return Err(DatabaseError::Duplicate);
        }
        self.indexes.insert(name, index);
        Ok(())
    }

    /// Whether another record stands in this one's way.
    fn conflicts(&self, record: &Record, except: Option<usize>) -> bool {
        let others = self.records.iter().enumerate().filter(|(at, _)| Some(*at) != except);
        let is_in_the_way = |other: &Record| {
            other.get("_id") == record.get("_id")
                || self.indexes.values().any(|index| index.unique && index.holds_same(other, record))
        };
        others.map(|(_, other)| other).any(is_in_the_way)
    }

    fn insert(&mut self, mut record: Record, id: &str) -> Answer<String> {
        let id = record.entry("_id").or_insert(json!(id)).clone();
        if self.conflicts(&record, None) {
            return Err(DatabaseError::Duplicate);
        }
        self.records.push(record);
        Ok(text_of(&id))
    }
}

impl Index {
    fn holds_same(&self, one: &Record, other: &Record) -> bool {
        let (one, other) = (Value::Object(one.clone()), Value::Object(other.clone()));
        self.keys.iter().all(|(path, _)| values_at(&one, path) == values_at(&other, path))
    }
}

fn text_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned)
}

/// Records.
impl Database {
    /// Inserts records and returns their ids. One that has no id gets the next of `ids`. When one
    /// is refused, none is inserted.
    pub(crate) fn insert(
        &mut self,
        collection: &str,
        records: Vec<Record>,
        mut ids: impl FnMut() -> String,
    ) -> Answer<Vec<String>> {
        let collection = self.collection(collection)?;
        let before = collection.records.len();
        let inserted: Answer<Vec<String>> =
            records.into_iter().map(|record| collection.insert(record, &ids())).collect();
        if inserted.is_err() {
            collection.records.truncate(before);
        }
        inserted
    }

    /// Inserts one record, or replaces the one with its id where `upsert` says so. The collection
    /// is made where there is none.
    pub(crate) fn put(&mut self, collection: &str, record: Record, id: &str, upsert: bool) -> Answer<()> {
        self.add_collection(collection);
        let collection = self.collection(collection)?;
        let known = record.get("_id");
        let at = collection.records.iter().position(|one| known.is_some() && one.get("_id") == known);
        match at {
            Some(at) if upsert => {
                if collection.conflicts(&record, Some(at)) {
                    return Err(DatabaseError::Duplicate);
                }
                collection.records[at] = record;
                Ok(())
            }
            _ => collection.insert(record, id).map(drop),
        }
    }

    /// The records that a query means; `usual` is its limit when it names none.
    pub(crate) fn select(&mut self, query: &Query, usual: usize) -> Answer<Found> {
        let collection = self.collection(&query.collection)?;
        let mut found = Vec::new();
        for at in meant(collection, query)? {
            found.push(collection.records[at].clone());
        }
        let by: Vec<(&str, bool)> =
            query.order.iter().map(|(path, ascends)| (path.as_str(), *ascends)).collect();
        found.sort_by(|one, other| pipeline::compare_by(one, other, &by));
        let (total, limit) = (found.len(), query.limit.unwrap_or(usual));
        let page = found.into_iter().skip(query.skip).take(limit);
        let records = match &query.fields {
            Some(fields) => page.map(|record| pipeline::only(&record, fields)).collect::<Result<_, _>>()?,
            None => page.collect(),
        };
        Ok(Found { records, offset: query.skip, limit, total })
    }

    pub(crate) fn remove(&mut self, query: &Query) -> Answer<usize> {
        let collection = self.collection(&query.collection)?;
        let meant = meant(collection, query)?;
        let mut at = 0;
        collection.records.retain(|_| {
            at += 1;
            !meant.contains(&(at - 1))
        });
        Ok(meant.len())
    }

    /// Changes records. When one change is refused, none is made.
    pub(crate) fn update(&mut self, query: &Query, changes: &Changes) -> Answer<Updated> {
        let collection = self.collection(&query.collection)?;
        let meant = meant(collection, query)?;
        let before = collection.records.clone();
        let mut updated = Updated { matched: meant.len(), ..Updated::default() };
        for at in meant {
            let mut record = before[at].clone();
            let outcome = match change::change(&mut record, &changes.0) {
                Ok(()) if collection.conflicts(&record, Some(at)) => Err(DatabaseError::Duplicate),
                outcome => outcome.map_err(DatabaseError::from),
            };
            if let Err(error) = outcome {
                collection.records = before;
                return Err(error);
            }
            updated.modified += usize::from(record != before[at]);
            collection.records[at] = record;
        }
        Ok(updated)
    }

    /// Replaces a record, or makes it.
    pub(crate) fn set(&mut self, collection: &str, id: &str, mut record: Record) -> Answer<Updated> {
        let collection = self.collection(collection)?;
        record.insert("_id".to_owned(), json!(id));
        let at = collection
            .records
            .iter()
            .position(|one| one.get("_id").is_some_and(|known| text_of(known) == id));
        if collection.conflicts(&record, at) {
            return Err(DatabaseError::Duplicate);
        }
        let Some(at) = at else {
            collection.records.push(record);
            return Ok(Updated { made: Some(id.to_owned()), ..Updated::default() });
        };
        let modified = usize::from(collection.records[at] != record);
        collection.records[at] = record;
        Ok(Updated { matched: 1, modified, made: None })
    }

    pub(crate) fn aggregate(&mut self, collection: &str, stages: &[Stage]) -> Answer<Vec<Record>> {
        let records = self.collection(collection)?.records.clone();
        Ok(pipeline::run(records, stages)?)
    }
}

/// The places of the records that a query means.
fn meant(collection: &Collection, query: &Query) -> Answer<Vec<usize>> {
    let mut meant = Vec::new();
    for (at, record) in collection.records.iter().enumerate() {
        let has_id = |id: &String| record.get("_id").is_some_and(|known| text_of(known) == *id);
        let fits = match &query.filter {
            Some(filter) => filter::fits(&Value::Object(record.clone()), filter)?,
            None => true,
        };
        if fits && query.id.as_ref().is_none_or(has_id) {
            meant.push(at);
        }
    }
    Ok(meant)
}
