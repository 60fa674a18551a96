//! Collections, indexes and permissions.

use serde_json::{Value, json};
use tcb_emulator::Emulator;

use crate::support::*;

const ADD: &str = "/tcb/databasecollectionadd";
const DELETE: &str = "/tcb/databasecollectiondelete";
const LIST: &str = "/tcb/databasecollectionget";
const INDEXES: &str = "/tcb/updateindex";
const INSERT: &str = "/tcb/databaseadd";
const UPDATE: &str = "/tcb/databaseupdate";
const BATCH: &str = "/componenttcb/dbcollection";
const BATCH_INDEXES: &str = "/componenttcb/dbindex";
const BATCH_RECORDS: &str = "/componenttcb/dbrecord";
const GET_PERMISSION: &str = "/componenttcb/dbgetacl";
const SET_PERMISSION: &str = "/componenttcb/dbmodifyacl";

#[tokio::test]
async fn collections_are_made_listed_and_deleted() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let named = |name: &str| json!({"env": id, "collection_name": name});
    assert_code(&call(&emulator, ADD, &shop.token, named("geo")).await, 0);
    assert_code(&call(&emulator, ADD, &shop.token, named("goods")).await, 0);
    let twice = call(&emulator, ADD, &shop.token, named("geo")).await;
    assert_code(&twice, -501_000);
    assert!(text(&twice, "/errmsg").starts_with("Table exist"));
    emulator.assume("A-018", "-501001").unwrap();
    assert_code(&call(&emulator, ADD, &shop.token, named("geo")).await, -501_001);
    assert_code(&call(&emulator, ADD, &shop.token, named("")).await, 40097);

    let insert = json!({"env": id, "query": "db.collection('geo').add({data: {a: 1}})"});
    assert_code(&call(&emulator, INSERT, &shop.token, insert).await, 0);
    let list = call(&emulator, LIST, &shop.token, json!({"env": id, "limit": 1, "offset": 0})).await;
    assert_eq!(list["pager"], json!({"Offset": 0, "Limit": 1, "Total": 2}));
    let geo = &list["collections"][0];
    assert_eq!((&geo["name"], &geo["count"], &geo["index_count"]), (&json!("geo"), &json!(1), &json!(1)));

    assert_code(&call(&emulator, DELETE, &shop.token, named("geo")).await, 0);
    assert_code(&call(&emulator, DELETE, &shop.token, named("geo")).await, -502_005);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_unique_index_keeps_doubles_out() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let collection = json!({"env": id, "collection_name": "goods"});
    assert_code(&call(&emulator, ADD, &shop.token, collection).await, 0);
    let indexes = |created: Value, dropped: Value| json!({"env": id, "collection_name": "goods", "create_indexes": created, "drop_indexes": dropped});
    let unique = json!([{"name": "sku", "unique": true, "keys": [{"name": "sku", "direction": "1"}]}]);
    let insert = async |records: &str| {
        let query = format!("db.collection('goods').add({{data: {records}}})");
        errcode(&call(&emulator, INSERT, &shop.token, json!({"env": id, "query": query})).await)
    };
    let update = async |statement: &str| {
        let query = format!("db.collection('goods').{statement}");
        errcode(&call(&emulator, UPDATE, &shop.token, json!({"env": id, "query": query})).await)
    };
    assert_code(&call(&emulator, INDEXES, &shop.token, indexes(unique.clone(), json!([]))).await, 0);
    assert_eq!(insert("[{sku: 1}, {sku: 2}]").await, 0);
    assert_eq!(insert("[{sku: 3}, {sku: 2}]").await, -502_012);
    assert_eq!(insert("{sku: 3}").await, 0, "of the refused list nothing was inserted");
    assert_eq!(update("where({sku: 1}).update({data: {sku: 2}})").await, -502_010);
    assert_eq!(update("where({sku: 1}).update({data: {sku: 4}})").await, 0);
    let dropped = indexes(json!([]), json!([{"name": "sku"}]));
    assert_code(&call(&emulator, INDEXES, &shop.token, dropped).await, 0);
    emulator.assume("A-036", "refused").unwrap();
    let again = indexes(json!([]), json!([{"name": "sku"}]));
    assert_code(&call(&emulator, INDEXES, &shop.token, again).await, -502_010);
    assert_eq!(insert("{sku: 2}").await, 0);
    assert_code(&call(&emulator, INDEXES, &shop.token, indexes(unique, json!([]))).await, -502_010);
    let unknown = json!({"env": id, "collection_name": "x", "create_indexes": [], "drop_indexes": []});
    assert_code(&call(&emulator, INDEXES, &shop.token, unknown).await, -502_005);
    emulator.assert_clean();
}

#[tokio::test]
async fn batch_mode_has_one_call_for_several() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let with = async |path: &str, action: &str, body: Value| {
        call_with(&emulator, path, &format!("&action={action}"), &token, body.to_string()).await
    };
    let named = json!({"env": env, "collection_name": "geo"});
    assert_code(&with(BATCH, "add", named.clone()).await, 0);
    assert_code(&with(BATCH, "add", json!({"env": env})).await, 40101);
    assert_code(&with(BATCH, "drop", named.clone()).await, 40097);
    assert_code(&call(&emulator, BATCH, &token, named.clone()).await, 40101);
    let list = with(BATCH, "get", json!({"env": env})).await;
    assert_eq!((&list["total"], &list["collections"][0]["name"]), (&json!(1), &json!("geo")));

    let indexes = json!([{"name": "due", "keys": [{"name": "due", "direction": "-1"}]}]);
    let create = json!({"env": env, "collection_name": "geo", "indexes": indexes});
    assert_code(&with(BATCH_INDEXES, "create", create).await, 0);
    assert_eq!(with(BATCH, "get", json!({"env": env})).await["collections"][0]["index_count"], 2);
    let delete = json!({"env": env, "collection_name": "geo", "indexes": [{"name": "due"}]});
    assert_code(&with(BATCH_INDEXES, "create", delete.clone()).await, 40101);
    assert_code(&with(BATCH_INDEXES, "delete", delete).await, 0);

    let statement = |query: &str| json!({"env": env, "query": format!("db.collection('geo').{query}")});
    let inserted = with(BATCH_RECORDS, "insert", statement("add({data: [{n: 1}, {n: 2}]})")).await;
    assert_eq!(inserted["id_list"].as_array().unwrap().len(), 2);
    let updated = with(BATCH_RECORDS, "update", statement("where({n: 1}).update({data: {n: 3}})")).await;
    assert_eq!(
        (&updated["matched"], &updated["modified"], &updated["id"]),
        (&json!(1), &json!(1), &json!(""))
    );
    let found = with(BATCH_RECORDS, "query", statement("where({n: _.gt(1)}).get()")).await;
    assert_eq!(found["pager"], json!({"offset": 0, "limit": 10, "total": 2}));
    assert_eq!(with(BATCH_RECORDS, "delete", statement("where({n: 2}).remove()")).await["deleted"], 1);
    assert_code(&with(BATCH_RECORDS, "delete", statement("get()")).await, -502_002);
    assert_code(&with(BATCH, "del", named.clone()).await, 0);
    assert_code(&with(BATCH, "del", named).await, -502_005);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_permission_keeps_a_rule_only_where_it_means_something() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let named = json!({"env": env, "collection_name": "geo"});
    assert_code(&call(&emulator, GET_PERMISSION, &token, named.clone()).await, -502_005);
    call_with(&emulator, BATCH, "&action=add", &token, named.to_string()).await;
    assert_eq!(call(&emulator, GET_PERMISSION, &token, named.clone()).await["acl_tag"], "PRIVATE");
    emulator.assume("A-037", "admin-only").unwrap();
    let other = json!({"env": env, "collection_name": "other"});
    call_with(&emulator, BATCH, "&action=add", &token, other.to_string()).await;
    assert_eq!(call(&emulator, GET_PERMISSION, &token, other).await["acl_tag"], "ADMINONLY");
    let rule = r#"{"read": true, "write": false}"#;
    for (tag, kept) in [("CUSTOM", Some(rule)), ("READONLY", None)] {
        let body = json!({"env": env, "collection_name": "geo", "acl_tag": tag, "rule": rule});
        assert_code(&call(&emulator, SET_PERMISSION, &token, body).await, 0);
        let answer = call(&emulator, GET_PERMISSION, &token, named.clone()).await;
        assert_eq!(
            (answer["acl_tag"].as_str(), answer.get("rule").and_then(Value::as_str)),
            (Some(tag), kept)
        );
    }
    let empty = |tag: &str| json!({"env": env, "collection_name": "geo", "acl_tag": tag, "rule": ""});
    assert_code(&call(&emulator, SET_PERMISSION, &token, empty("ADMINONLY")).await, 0);
    assert_code(&call(&emulator, SET_PERMISSION, &token, empty("CUSTOM")).await, 40097);
    emulator.assume("A-029", "refused").unwrap();
    assert_code(&call(&emulator, SET_PERMISSION, &token, empty("ADMINONLY")).await, 40097);
    emulator.assume("A-029", "accepted").unwrap();
    let body = json!({"env": env, "collection_name": "geo", "acl_tag": "EVERYONE", "rule": "{}"});
    assert_code(&call(&emulator, SET_PERMISSION, &token, body).await, 40097);
    emulator.assert_clean();
}
