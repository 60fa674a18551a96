//! Records of a database, by statements.

use serde_json::{Value, json};

use super::collection::database_refusal;
use crate::assumption::RecordNumbers;
use crate::call::{Call, CallAnswer, success};
use crate::database::statement::{Action, Statement, read};
use crate::database::{DatabaseError, NumberForm, Record, write};
use crate::record::FindingKind;
use crate::refusal::{Refusal, refusal};

/// Records of a query that names no limit.
const USUAL_LIMIT: usize = 10;

pub(super) fn add(call: &mut Call<'_>) -> CallAnswer {
    let Statement { collection, action: Action::Add(records) } = statement(call)? else { return other() };
    let ids: Vec<String> = records.iter().map(|_| call.state.seed.record_id()).collect();
    let mut ids = ids.into_iter();
    let env = call.text("env");
    let database = &mut call.environment(&env)?.database;
    let inserted = database.insert(&collection, records, || ids.next().unwrap_or_default());
    let ids = inserted.map_err(|error| match error {
        DatabaseError::Duplicate => refusal(-502_012).saying(error.to_string()),
        error => database_refusal(&error),
    })?;
    Ok(success(json!({"id_list": ids})))
}

pub(super) fn query(call: &mut Call<'_>) -> CallAnswer {
    let (records, offset, limit, total) = select(call)?;
    let pager = json!({"Offset": offset, "Limit": limit, "Total": total});
    Ok(success(json!({"pager": pager, "data": records})))
}

/// The records of a query, where its page begins, how many it may have, and how many there are.
fn select(call: &mut Call<'_>) -> Result<(Vec<String>, usize, usize, usize), Refusal> {
    let Action::Get(query) = statement(call)?.action else { return other() };
    let form = match call.state.assumptions.chosen::<RecordNumbers>() {
        RecordNumbers::Plain => NumberForm::Plain,
        RecordNumbers::Extended => NumberForm::Extended,
    };
    let env = call.text("env");
    let found = call.environment(&env)?.database.select(&query, USUAL_LIMIT);
    let found = found.map_err(|error| refused(call, &error))?;
    let records = found.records.iter().map(|record| write(record, form)).collect();
    Ok((records, found.offset, found.limit, found.total))
}

pub(super) fn update(call: &mut Call<'_>) -> CallAnswer {
    let Statement { collection, action } = statement(call)?;
    let env = call.text("env");
    let database = &mut call.environment(&env)?.database;
    let updated = match action {
        Action::Update(query, changes) => database.update(&query, &changes),
        Action::Set(id, record) => database.set(&collection, &id, record),
        _ => return other(),
    };
    let updated = updated.map_err(|error| refused(call, &error))?;
    let id = updated.made.unwrap_or_default();
    Ok(success(json!({"matched": updated.matched, "modified": updated.modified, "id": id})))
}

pub(super) fn delete(call: &mut Call<'_>) -> CallAnswer {
    let Action::Remove(query) = statement(call)?.action else { return other() };
    let env = call.text("env");
    let deleted = call.environment(&env)?.database.remove(&query);
    let deleted = deleted.map_err(|error| refused(call, &error))?;
    Ok(success(json!({"deleted": deleted})))
}

pub(super) fn count(call: &mut Call<'_>) -> CallAnswer {
    let Action::Count(query) = statement(call)?.action else { return other() };
    let env = call.text("env");
    let found = call.environment(&env)?.database.select(&query, USUAL_LIMIT);
    let found = found.map_err(|error| refused(call, &error))?;
    Ok(success(json!({"count": found.total})))
}

pub(super) fn aggregate(call: &mut Call<'_>) -> CallAnswer {
    let Statement { collection, action: Action::Aggregate(stages) } = statement(call)? else {
        return other();
    };
    let env = call.text("env");
    let records = call.environment(&env)?.database.aggregate(&collection, &stages);
    let records: Vec<Record> = records.map_err(|error| refused(call, &error))?;
    // As in the sample, numbers that are not whole are written at length here.
    let texts: Vec<String> = records.iter().map(|record| write(record, NumberForm::Extended)).collect();
    Ok(success(json!({"data": texts})))
}

/// Batch mode's one call for four of them.
pub(super) fn manage(call: &mut Call<'_>) -> CallAnswer {
    match call.query("action").as_str() {
        "insert" => add(call),
        "delete" => delete(call),
        "update" => update(call),
        _ => {
            let (records, offset, limit, total) = select(call)?;
            let pager: Value = json!({"offset": offset, "limit": limit, "total": total});
            Ok(success(json!({"pager": pager, "data": records})))
        }
    }
}

/// The statement of the call.
pub(super) fn statement(call: &mut Call<'_>) -> Result<Statement, Refusal> {
    let (env, text) = (call.text("env"), call.filled_text("query")?);
    call.environment(&env)?;
    read(&text, call.now.millis()).map_err(|error| refused(call, &DatabaseError::Statement(error)))
}

/// The refusal of a statement. What the emulator alone does not know is a finding as well.
fn refused(call: &mut Call<'_>, error: &DatabaseError) -> Refusal {
    if let DatabaseError::Statement(statement) = error
        && statement.is_not_built
    {
        call.find(FindingKind::NotBuilt, error.to_string());
    }
    database_refusal(error)
}

/// Another kind of statement than the call is for.
fn other<T>() -> Result<T, Refusal> {
    Err(refusal(-502_002).saying("the statement does something else than this call"))
}
