//! When what was created is usable.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Resource, Transition};

use crate::support::*;

async fn status(emulator: &Emulator, shop: &Shop) -> String {
    text(&call(emulator, LIST_ENVS, &shop.token, json!({})).await, "/info_list/0/status")
}

#[tokio::test]
async fn an_environment_is_ready_when_its_policy_says() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    env(&emulator, &shop, "shop").await;
    let set = |transition| emulator.set_transition(Resource::Environment, transition);
    set(Transition::After { seconds: 60 });
    assert_eq!(status(&emulator, &shop).await, "UNAVAILABLE");
    emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(status(&emulator, &shop).await, "NORMAL");
    set(Transition::Manual);
    assert_eq!(status(&emulator, &shop).await, "UNAVAILABLE");
    set(Transition::Never);
    emulator.finish(Resource::Environment);
    assert_eq!(status(&emulator, &shop).await, "UNAVAILABLE");
    set(Transition::Manual);
    assert_eq!(status(&emulator, &shop).await, "NORMAL");
    emulator.advance(Duration::from_secs(1)).await;
    env(&emulator, &shop, "later").await;
    let list = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(list["info_list"][1]["status"], "UNAVAILABLE", "it began after the others were finished");
    emulator.assert_clean();
}

#[tokio::test]
async fn a_function_under_way_is_listed_as_assumed() {
    let emulator = Emulator::start().await.unwrap();
    emulator.set_transition(Resource::Function, Transition::AfterPolls { polls: 3 });
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let body = json!({"env": id, "function_name": "hello"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, body).await, 0);
    let list =
        async || call(&emulator, LIST_FUNCTIONS, &shop.token, json!({"env": id})).await["functions"].clone();
    assert_eq!(list().await[0]["status"], "Creating");
    emulator.assume("A-016", "absent").unwrap();
    assert_eq!(list().await, json!([]));
    assert_eq!(list().await[0]["status"], "Active");
    emulator.assert_clean();
}

#[tokio::test]
async fn policies_are_set_from_another_process() {
    let emulator = Emulator::start().await.unwrap();
    let admin = async |method: Method, route: &str, body: Value| {
        let url = format!("{}/{route}", emulator.admin_url());
        let answer = send(request(method, &url, body.to_string())).await.unwrap();
        (answer.status, answer.json())
    };
    let wanted = json!({"transitions": {"environment": {"policy": "after", "seconds": 5}, "migration": {"policy": "manual"}}});
    assert_eq!(admin(Method::PUT, "transitions", wanted.clone()).await, (StatusCode::OK, wanted.clone()));
    assert_eq!(admin(Method::GET, "transitions", json!({})).await, (StatusCode::OK, wanted));
    let (finished, _) = admin(Method::POST, "transitions/migration:finish", json!({})).await;
    assert_eq!(finished, StatusCode::OK);
    for (route, body) in [
        ("transitions", json!({"transitions": {"moon": {"policy": "manual"}}})),
        ("transitions", json!({"transitions": {"environment": {"policy": "maybe"}}})),
        ("transitions", json!({"transitions": {"environment": {"policy": "after", "polls": 1}}})),
    ] {
        assert_eq!(admin(Method::PUT, route, body).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(admin(Method::POST, "transitions/moon:finish", json!({})).await.0, StatusCode::BAD_REQUEST);

    let quotas = json!({"quotas": {LIST_ENVS: 5}});
    assert_eq!(admin(Method::PUT, "quotas", quotas.clone()).await, (StatusCode::OK, quotas));
    assert_eq!(admin(Method::PUT, "quotas", json!({"quotas": {"/x": 5}})).await.0, StatusCode::BAD_REQUEST);
    let scripts =
        json!({"scripts": [{"function": "f", "answer": "a"}, {"function": "f", "env": "e", "errcode": -1}]});
    assert_eq!(admin(Method::PUT, "scripts", scripts.clone()).await, (StatusCode::OK, scripts));
    assert_eq!(admin(Method::GET, "invocations", json!({})).await.1, json!({"invocations": []}));

    let (_, account) = admin(Method::POST, "open-accounts", json!({"subject": "S"})).await;
    let verify = format!("open-accounts/{}:verify", text(&account, "/open_appid"));
    assert_eq!(admin(Method::POST, &verify, json!({})).await.0, StatusCode::OK);
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let route = format!("environments/{id}");
    assert_eq!(admin(Method::PUT, &route, json!({"halted": true})).await.0, StatusCode::OK);
    assert_eq!(status(&emulator, &shop).await, "HALTED");
    assert_eq!(admin(Method::DELETE, &route, json!({})).await.0, StatusCode::OK);
    assert_eq!(admin(Method::DELETE, &route, json!({})).await.0, StatusCode::NOT_FOUND);
    let secret = format!("merchants/{}/secret", shop.app_id);
    assert_eq!(text(&admin(Method::GET, &secret, json!({})).await.1, "/appsecret").len(), 32);
    let data = format!("merchants/{}/open-data", shop.app_id);
    assert_eq!(admin(Method::PUT, &data, json!({"cloud_id": "c", "data": {}})).await.0, StatusCode::OK);
    let batch = format!("components/{}/batch", emulator.component().app_id);
    assert_eq!(admin(Method::PUT, &batch, json!({"opened": false})).await.0, StatusCode::OK);
    assert_eq!(admin(Method::POST, "console-environments", json!({"env": "e-1"})).await.0, StatusCode::OK);
    emulator.assert_clean();
}
