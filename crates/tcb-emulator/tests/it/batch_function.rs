//! Functions in environments of the platform.

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Script};

use crate::support::*;

const CREATE: &str = "/componenttcb/batchuploadscf";
const CODE: &str = "/componenttcb/batchuploadscfcode";
const CONFIGURE: &str = "/componenttcb/updatescfconfig";
const LIST: &str = "/componenttcb/getscflist";
const DELETE: &str = "/componenttcb/deletescf";
const TRIGGERS: &str = "/componenttcb/gettriggers";
const UPDATE_TRIGGERS: &str = "/componenttcb/batchupdatetriggers";

/// "zip" in Base64.
const ZIP: &str = "emlw";

async fn create(emulator: &Emulator, token: &str, envs: &[&str], name: &str) -> Value {
    call(emulator, CREATE, token, json!({"functionname": name, "envs": envs, "zipfile": ZIP})).await
}

#[tokio::test]
async fn a_function_is_created_where_it_can_be() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let answer = create(&emulator, &token, &[&env, "nowhere"], "hello").await;
    assert_code(&answer, 0);
    let failed = json!([{"env": "nowhere", "errmsg": "Environment not found"}]);
    assert_eq!(answer["fail_env_list"], failed);
    let again = create(&emulator, &token, &[&env], "hello").await;
    assert!(text(&again, "/fail_env_list/0/errmsg").contains("ResourceInUse.FunctionName"));

    let update = json!({"functionname": "hello", "envs": [env, "nowhere"], "zipfile": ZIP});
    let answer = call(&emulator, CODE, &token, update).await;
    assert_eq!(answer["fail_list"], json!([{"env": "nowhere", "errormsg": "Environment not found"}]));
    let broken = json!({"functionname": "hello", "envs": [env], "zipfile": "not Base64!"});
    assert_code(&call(&emulator, CODE, &token, broken).await, 40097);

    create(&emulator, &token, &[&env], "goodbye").await;
    let list = async |body: Value| call(&emulator, LIST, &token, body).await;
    let found = list(json!({"env": env, "searchkey": "good"})).await;
    assert_eq!((&found["total_count"], &found["functions"][0]["name"]), (&json!(1), &json!("goodbye")));
    assert_eq!(found["functions"][0]["status_reason"], json!([]));
    assert_eq!(
        list(json!({"env": env, "offset": 1, "limit": 5})).await["functions"].as_array().unwrap().len(),
        1
    );

    emulator.script(Script::answering("hello", "hi"));
    let query = format!("&env={env}&name=hello");
    let invoked = call_with(&emulator, "/tcb/invokecloudfunction", &query, &token, "{}").await;
    assert_eq!(invoked["resp_data"], "hi");

    let delete = json!({"functionname": "hello", "env": env});
    assert_code(&call(&emulator, DELETE, &token, delete.clone()).await, 0);
    assert_code(&call(&emulator, DELETE, &token, delete).await, -501_000);
    assert_eq!(list(json!({"env": env})).await["total_count"], 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_configuration_keeps_the_clouds_limits() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    create(&emulator, &token, &[&env], "hello").await;
    let set = async |memory: i64, timeout: i64| {
        let body = json!({"env": env, "functionname": "hello", "memorysize": memory, "timeout": timeout,
            "environment_variables": [{"key": "a", "value": "b"}]});
        call(&emulator, CONFIGURE, &token, body).await
    };
    assert_code(&set(512, 2).await, 0);
    assert_code(&set(100, 2).await, 40097);
    assert_code(&set(512, 901).await, 40097);
    let other = json!({"env": env, "functionname": "nobody"});
    assert_code(&call(&emulator, CONFIGURE, &token, other).await, -501_000);
    emulator.assert_clean();
}

#[tokio::test]
async fn triggers_replace_each_other_or_are_added() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    create(&emulator, &token, &[&env], "hello").await;
    let update = async |name: &str, config: &str| {
        let triggers = json!([{"trigger_name": name, "type": "Timer", "config": config}]);
        let body = json!({"funcname": "hello", "envs": [env, "nowhere"], "triggers": triggers});
        call(&emulator, UPDATE_TRIGGERS, &token, body).await
    };
    let names = async || {
        let answer = call(&emulator, TRIGGERS, &token, json!({"funcname": "hello", "env": env})).await;
        let triggers = answer["triggers"].as_array().unwrap().clone();
        triggers
            .iter()
            .map(|trigger| text(trigger, "/trigger_name") + &text(trigger, "/type"))
            .collect::<Vec<_>>()
    };
    assert_eq!(update("one", "0 0 2 1 * * *").await["err_list"][0]["env"], "nowhere");
    update("two", "0 0 2 1 * * *").await;
    assert_eq!(names().await, ["twotimer"]);
    emulator.assume("A-019", "added").unwrap();
    update("one", "0 0 3 1 * * *").await;
    assert_eq!(names().await, ["twotimer", "onetimer"]);
    assert_code(&update("one", "every day").await, 40097);
    emulator.assert_clean();
}
