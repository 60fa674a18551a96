//! Imports and exports, through the emulator's own storage.

use http::Method;
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Resource, Transition};

use crate::file::upload;
use crate::support::*;

const IMPORT: &str = "/tcb/databasemigrateimport";
const EXPORT: &str = "/tcb/databasemigrateexport";
const STATE: &str = "/tcb/databasemigratequeryinfo";

struct Jobs<'a> {
    emulator: &'a Emulator,
    token: String,
    env: String,
}

impl<'a> Jobs<'a> {
    async fn set(emulator: &'a Emulator) -> Self {
        let shop = cloud_shop(emulator).await;
        let env = env(emulator, &shop, "shop").await;
        Self { emulator, token: shop.token, env }
    }

    fn import(&self, path: &str, file_type: u32, stop_on_error: bool, conflict_mode: u32) -> Value {
        json!({"env": self.env, "collection_name": "goods", "file_path": path, "file_type": file_type,
            "stop_on_error": stop_on_error, "conflict_mode": conflict_mode})
    }

    async fn begin(&self, path: &str, body: Value) -> Value {
        let answer = call(self.emulator, path, &self.token, body).await;
        assert_code(&answer, 0);
        answer["job_id"].clone()
    }

    async fn state(&self, job: &Value) -> Value {
        call(self.emulator, STATE, &self.token, json!({"env": self.env, "job_id": job})).await
    }

    async fn done(&self, path: &str, body: Value) -> (Value, Value) {
        let state = self.state(&self.begin(path, body).await).await;
        assert_eq!(state["status"], "success", "{state}");
        (state["record_success"].clone(), state["record_fail"].clone())
    }

    async fn export(&self, file_type: u32, query: &str) -> String {
        let body = json!({"env": self.env, "file_path": "out", "file_type": file_type, "query": query});
        let state = self.state(&self.begin(EXPORT, body).await).await;
        let answer = send(request(Method::GET, &text(&state, "/file_url"), "")).await.unwrap();
        String::from_utf8(answer.body.to_vec()).unwrap()
    }
}

#[tokio::test]
async fn what_is_imported_can_be_exported() {
    let emulator = Emulator::start().await.unwrap();
    let jobs = Jobs::set(&emulator).await;
    let lines = "{\"_id\":\"1\",\"name\":\"apple\",\"sold\":{\"$date\":\"2024-01-02T00:00:00.000Z\"}}\n{\"_id\":\"2\",\"name\":\"pear\"}\n";
    upload(&emulator, &jobs.token, &jobs.env, "in.json", lines).await;
    assert_eq!(jobs.done(IMPORT, jobs.import("in.json", 1, true, 1)).await, (json!(2), json!(0)));
    let all = "db.collection('goods').orderBy('_id', 'asc').limit(100).get()";
    assert_eq!(jobs.export(1, all).await, lines);
    let some = "db.collection('goods').where({sold: _.gt(new Date('2024-01-01'))}).field({name: true}).get()";
    assert_eq!(jobs.export(2, some).await, "_id,name\n1,apple\n");

    upload(&emulator, &jobs.token, &jobs.env, "in.csv", "_id,name\n2,plum\n3,\"a, b\"\n").await;
    // In CSV the ids read as numbers, so they are no conflict.
    assert_eq!(jobs.done(IMPORT, jobs.import("in.csv", 2, true, 1)).await, (json!(2), json!(0)));
    emulator.assert_clean();
}

#[tokio::test]
async fn a_conflict_fails_stops_or_replaces() {
    let emulator = Emulator::start().await.unwrap();
    let jobs = Jobs::set(&emulator).await;
    upload(&emulator, &jobs.token, &jobs.env, "in", "{\"_id\":\"1\"}{\"_id\":\"1\",\"n\":2}{\"_id\":\"2\"}")
        .await;
    assert_eq!(jobs.done(IMPORT, jobs.import("in", 1, true, 1)).await, (json!(1), json!(1)));
    assert_eq!(jobs.done(IMPORT, jobs.import("in", 1, false, 1)).await, (json!(1), json!(2)));
    assert_eq!(jobs.done(IMPORT, jobs.import("in", 1, true, 2)).await, (json!(3), json!(0)));
    assert_eq!(
        jobs.export(1, "db.collection('goods').where({n: 2}).get()").await,
        "{\"_id\":\"1\",\"n\":2}\n"
    );

    upload(&emulator, &jobs.token, &jobs.env, "list", "[{\"a\":1}]").await;
    let state = jobs.state(&jobs.begin(IMPORT, jobs.import("list", 1, true, 1)).await).await;
    assert_eq!((&state["status"], &state["record_success"]), (&json!("fail"), &json!(0)));
    emulator.assume("A-030", "api").unwrap();
    let state = jobs.state(&jobs.begin(IMPORT, jobs.import("list", 1, true, 1)).await).await;
    assert_eq!(state["status"], "failed");
    let missing = call(&emulator, IMPORT, &jobs.token, jobs.import("nowhere", 1, true, 1)).await;
    assert_code(&missing, -503_003);
    assert_code(&jobs.state(&json!(1)).await, -501_009);
    let count =
        json!({"env": jobs.env, "file_path": "x", "file_type": 1, "query": "db.collection('goods').count()"});
    assert_code(&call(&emulator, EXPORT, &jobs.token, count).await, -502_002);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_job_waits_for_its_transition() {
    let emulator = Emulator::start().await.unwrap();
    let jobs = Jobs::set(&emulator).await;
    upload(&emulator, &jobs.token, &jobs.env, "in", "{\"_id\":\"1\"}").await;
    emulator.set_transition(Resource::Migration, Transition::AfterPolls { polls: 2 });
    let job = jobs.begin(IMPORT, jobs.import("in", 1, true, 1)).await;
    assert_eq!(jobs.state(&job).await["status"], "waiting");
    let list = json!({"env": jobs.env});
    let list = call(&emulator, "/tcb/databasecollectionget", &jobs.token, list).await;
    assert_eq!(list["pager"]["Total"], 0, "nothing was imported yet");
    assert_eq!(jobs.state(&job).await["status"], "success");
    emulator.assert_clean();
}
