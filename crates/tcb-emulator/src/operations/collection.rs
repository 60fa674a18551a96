//! Collections of a database, their indexes and permissions.

use serde_json::{Value, json};

use crate::assumption::{CollectionExists, FirstPermission, MissingIndex};
use crate::call::{Call, CallAnswer, success};
use crate::database::{Collection, DatabaseError, Index};
use crate::refusal::{Refusal, refusal, refuse};

/// Collections on a page when a call names no number: ordinary, and in batch mode.
const PAGE: usize = 10;
const BATCH_PAGE: usize = 20;

/// Bytes that an index takes, as in the samples.
const INDEX_SIZE: usize = 4096;

pub(super) fn add(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("collection_name")?);
    let exists = match call.state.assumptions.chosen::<CollectionExists>() {
        CollectionExists::Code501000 => refusal(-501_000).saying("Table exist"),
        CollectionExists::Code501001 => {
            refusal(-501_001).saying("[ResourceUnavailable.ResourceExist] Table exist")
        }
    };
    let first = match call.state.assumptions.chosen::<FirstPermission>() {
        FirstPermission::Private => "PRIVATE",
        FirstPermission::AdminOnly => "ADMINONLY",
    };
    let database = &mut call.environment(&env)?.database;
    if !database.add_collection(&name) {
        return Err(exists);
    }
    if let Ok(collection) = database.collection(&name) {
        first.clone_into(&mut collection.permission.tag);
    }
    Ok(success(json!({})))
}

pub(super) fn delete(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("collection_name")?);
    let was_there = call.environment(&env)?.database.remove_collection(&name);
    if was_there { Ok(success(json!({}))) } else { Err(database_refusal(&DatabaseError::NoCollection)) }
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let (page, offset, limit, total) = page(call, PAGE)?;
    let pager = json!({"Offset": offset, "Limit": limit, "Total": total});
    Ok(success(json!({"collections": page, "pager": pager})))
}

/// Batch mode's one call for all three.
pub(super) fn manage(call: &mut Call<'_>) -> CallAnswer {
    match call.query("action").as_str() {
        "add" | "del" if call.member("collection_name").is_none() => refuse(40101),
        "add" => add(call),
        "del" => delete(call),
        _ => {
            let (page, _, _, total) = page(call, BATCH_PAGE)?;
            Ok(success(json!({"collections": page, "total": total})))
        }
    }
}

/// The collections that are asked for, where they begin, how many may be, and how many there are.
fn page(call: &mut Call<'_>, usual: usize) -> Result<(Vec<Value>, usize, usize, usize), Refusal> {
    let (env, (offset, limit)) = (call.text("env"), call.page(usual)?);
    let database = &call.environment(&env)?.database;
    let described = database.collections().map(|(name, collection)| describe(name, collection));
    let all: Vec<Value> = described.collect();
    let total = all.len();
    Ok((all.into_iter().skip(offset).take(limit).collect(), offset, limit, total))
}

fn describe(name: &str, collection: &Collection) -> Value {
    // Beside those that were made there is the one of the ids.
    let indexes = collection.indexes.len() + 1;
    json!({
        "name": name,
        "count": collection.count(),
        "size": collection.size(),
        "index_count": indexes,
        "index_size": indexes * INDEX_SIZE,
    })
}

/// Drops indexes before it adds new ones, so that one can be replaced.
pub(super) fn update_indexes(call: &mut Call<'_>) -> CallAnswer {
    let (created, dropped) = (call.list("create_indexes"), call.list("drop_indexes"));
    let refuses_missing = call.state.assumptions.is(MissingIndex::Refused);
    let collection = collection(call)?;
    drop_indexes(collection, &dropped, refuses_missing)?;
    add_indexes(collection, &created)?;
    Ok(success(json!({})))
}

/// Batch mode's call for one or the other.
pub(super) fn manage_indexes(call: &mut Call<'_>) -> CallAnswer {
    let (creates, indexes) = (call.query("action") == "create", call.list("indexes"));
    let refuses_missing = call.state.assumptions.is(MissingIndex::Refused);
    let collection = collection(call)?;
    if creates {
        if indexes.iter().any(|index| index.get("keys").is_none()) {
            return refuse(40101);
        }
        add_indexes(collection, &indexes)?;
    } else {
        drop_indexes(collection, &indexes, refuses_missing)?;
    }
    Ok(success(json!({})))
}

fn drop_indexes(
    collection: &mut Collection,
    indexes: &[Value],
    refuses_missing: bool,
) -> Result<(), Refusal> {
    for name in indexes.iter().filter_map(|index| index["name"].as_str()) {
        if collection.indexes.remove(name).is_none() && refuses_missing {
            return Err(refusal(-502_010).saying("there is no such index"));
        }
    }
    Ok(())
}

fn add_indexes(collection: &mut Collection, indexes: &[Value]) -> Result<(), Refusal> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for index in indexes {
        let keys = index["keys"].as_array().into_iter().flatten();
        let keys = keys.map(|key| (text(&key["name"]), text(&key["direction"]))).collect();
        let made = Index { keys, unique: index["unique"].as_bool().unwrap_or_default() };
        collection.add_index(text(&index["name"]), made).map_err(|error| database_refusal(&error))?;
    }
    Ok(())
}

pub(super) fn permission(call: &mut Call<'_>) -> CallAnswer {
    let permission = &collection(call)?.permission;
    let mut answer = success(json!({"acl_tag": permission.tag}));
    if let Some(rule) = &permission.rule {
        answer["rule"] = json!(rule);
    }
    Ok(answer)
}

/// The rule means something for `CUSTOM` alone.
pub(super) fn set_permission(call: &mut Call<'_>) -> CallAnswer {
    let (tag, rule) = (call.text("acl_tag"), call.text("rule"));
    let permission = &mut collection(call)?.permission;
    permission.rule = (tag == "CUSTOM").then_some(rule);
    permission.tag = tag;
    Ok(success(json!({})))
}

/// The collection that the call names.
fn collection<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Collection, Refusal> {
    let (env, name) = (call.text("env"), call.filled_text("collection_name")?);
    let database = &mut call.environment(&env)?.database;
    database.collection(&name).map_err(|error| database_refusal(&error))
}

/// The code that the error table has for each fault of a database.
pub(super) fn database_refusal(error: &DatabaseError) -> Refusal {
    let code = match error {
        DatabaseError::NoCollection => -502_005,
        DatabaseError::Duplicate => -502_010,
        DatabaseError::Statement(_) => -502_002,
    };
    refusal(code).saying(error.to_string())
}
