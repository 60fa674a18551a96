//! Environments of the platform, and whom they are shared with.

use http::Method;
use serde_json::{Value, json};
use tcb_emulator::{Emulator, EmulatorErrorKind, Merchant, PromptKind};

use crate::support::*;

const CREATE: &str = "/componenttcb/createenv";
const LIST: &str = "/componenttcb/describeenvs";
const SHARE: &str = "/componenttcb/batchshareenv";
const UNSHARE: &str = "/componenttcb/batchunshareenv";
const SHARED: &str = "/componenttcb/batchgetenvid";
const COLLECTIONS: &str = "/tcb/databasecollectionget";

#[tokio::test]
async fn an_environment_is_set_up_by_the_list_that_shows_it() {
    let emulator = Emulator::start().await.unwrap();
    let token = component_token(&emulator).await;
    let created = call(&emulator, CREATE, &token, json!({"alias": "shared", "EnvType": "run"})).await;
    let env = text(&created, "/env");
    assert!(env.starts_with("shared-") && text(&created, "/tranid").len() == 14, "{created}");
    let functions = json!({"env": env});
    assert_code(&call(&emulator, "/componenttcb/getscflist", &token, functions.clone()).await, -501_005);
    let list = call(&emulator, LIST, &token, json!({})).await;
    let info = &list["info_list"][0];
    assert_eq!((&info["env"], &info["status"]), (&json!(env), &json!("NORMAL")));
    assert_code(&call(&emulator, "/componenttcb/getscflist", &token, functions).await, 0);
    for alias in ["1shop", "a_b", "a b"] {
        let body = json!({"alias": alias, "EnvType": "run"});
        assert_code(&call(&emulator, CREATE, &token, body).await, 40097);
    }
    emulator.set_batch_mode(&emulator.component().app_id, false).unwrap();
    assert_code(&call(&emulator, LIST, &token, json!({})).await, 85088);
    emulator.assert_clean();
}

fn share(env: &str, appids: &[&str]) -> Value {
    json!({"data": [{"env": env, "appids": appids}], "source_type": 1})
}

#[tokio::test]
async fn sharing_waits_for_the_administrator() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let (one, two) = (shop(&emulator, Merchant::new()).await, shop(&emulator, Merchant::new()).await);
    let appids = [one.app_id.as_str(), two.app_id.as_str()];
    let shared = async || {
        let body = json!({"appids": appids, "source_type": 1});
        let answer = call(&emulator, SHARED, &token, body).await;
        [0, 1].map(|at| answer["relation_data"][at]["env_list"].as_array().unwrap().len())
    };

    let answer = call(&emulator, SHARE, &token, share(&env, &appids)).await;
    assert_eq!(answer["err_list"], json!([]));
    let links = answer["msg_info_list"].as_array().unwrap();
    assert_eq!((links.len(), &links[0]["appid"]), (2, &json!(one.app_id)));
    let page = send(request(Method::GET, &text(&links[0], "/url"), "")).await.unwrap();
    let page = String::from_utf8_lossy(&page.body);
    assert!(page.contains("Use an environment of the platform") && page.contains(&env), "{page}");
    assert_eq!(shared().await, [0, 0]);
    let prompts = emulator.prompts();
    assert_eq!((prompts[0].kind, prompts[0].about.as_str()), (PromptKind::EnvShare, env.as_str()));
    emulator.approve(prompts[0].id).unwrap();
    emulator.deny(prompts[1].id).unwrap();
    assert_eq!(shared().await, [1, 0]);

    let again = call(&emulator, SHARE, &token, share(&env, &[appids[0]])).await;
    assert_eq!((&again["err_list"], &again["msg_info_list"]), (&json!([]), &json!([])));
    assert_eq!(
        call(&emulator, UNSHARE, &token, share(&env, &appids)).await["err_list"][0]["appid"],
        appids[1]
    );
    assert_eq!(shared().await, [0, 0]);
    emulator.assert_clean();
}

#[tokio::test]
async fn what_cannot_be_shared_is_told_pair_by_pair() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    let own = shop(&emulator, Merchant::new()).await;
    let foreign = shop(&emulator, Merchant::new().subject("Somebody else")).await;
    let without = shop_with(&emulator, Merchant::new(), &[49]).await;
    call(&emulator, SHARE, &token, share(&env, &[own.app_id.as_str()])).await;
    emulator.approve(emulator.prompts()[0].id).unwrap();

    let appids = ["wx0", foreign.app_id.as_str(), without.app_id.as_str()];
    let answer = call(&emulator, SHARE, &token, share(&env, &appids)).await;
    let failures: Vec<&str> =
        answer["err_list"].as_array().unwrap().iter().map(|one| one["errmsg"].as_str().unwrap()).collect();
    let expected = [
        "invalid appid",
        "the environment is shared with another subject",
        "the permission set 18 is not granted",
    ];
    assert_eq!(failures, expected);
    let answer = call(&emulator, SHARE, &token, share("nowhere", &[own.app_id.as_str()])).await;
    assert_eq!(answer["err_list"][0]["errmsg"], "can't find the env");
    let body = json!({"appids": ["wx0"], "source_type": 0});
    assert_eq!(call(&emulator, SHARED, &token, body).await["err_list"][0]["appid"], "wx0");
    emulator.assert_clean();
}

#[tokio::test]
async fn an_environment_is_halted_and_destroyed() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let status = async || {
        let list = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
        list["info_list"][0]["status"].as_str().map(ToOwned::to_owned)
    };
    let env = id.as_str().into();
    emulator.halt_environment(&env, true).unwrap();
    assert_eq!(status().await.as_deref(), Some("HALTED"));
    assert_code(&call(&emulator, COLLECTIONS, &shop.token, json!({"env": id})).await, -501_005);
    emulator.halt_environment(&env, false).unwrap();
    assert_eq!(status().await.as_deref(), Some("NORMAL"));
    emulator.destroy_environment(&env).unwrap();
    assert_eq!(status().await, None);
    assert_code(&call(&emulator, COLLECTIONS, &shop.token, json!({"env": id})).await, -501_000);
    let error = emulator.destroy_environment(&env).unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::UnknownEnvironment);
    emulator.assert_clean();
}

#[tokio::test]
async fn an_environment_of_the_console_is_taken_over_once() {
    let emulator = Emulator::start().await.unwrap();
    let (token, _) = batch_env(&emulator).await;
    let shop = cloud_shop(&emulator).await;
    emulator.add_console_environment("mine-1234");
    let body = json!({"env": "mine-1234"});
    assert_code(&call(&emulator, "/tcb/modifyenv", &shop.token, body.clone()).await, 0);
    let list = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(
        (&list["info_list"][0]["env"], &list["info_list"][0]["alias"]),
        (&json!("mine-1234"), &json!("mine"))
    );
    assert_code(&call(&emulator, "/tcb/modifyenv", &shop.token, body).await, -501_009);
    emulator.add_console_environment("ours-1234");
    assert_code(&call(&emulator, "/tcb/modifyenv", &token, json!({"env": "ours-1234"})).await, 0);
    let list = call(&emulator, LIST, &token, json!({})).await;
    assert_eq!(list["info_list"].as_array().unwrap().len(), 2);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_merchants_environment_is_shared_with_a_known_account() {
    let emulator = Emulator::start().await.unwrap();
    let (one, two) = (cloud_shop(&emulator).await, cloud_shop(&emulator).await);
    let id = env(&emulator, &one, "shop").await;
    let share = |env: &str, appid: &str| json!({"env": env, "appid": appid});
    let path = "/tcb/shareenv";
    assert_code(&call(&emulator, path, &one.token, share(&id, two.app_id.as_str())).await, 0);
    assert_code(&call(&emulator, path, &one.token, share(&id, "wx0")).await, 40013);
    assert_code(&call(&emulator, path, &two.token, share(&id, one.app_id.as_str())).await, -501_000);
    emulator.assume("A-013", "-501009").unwrap();
    assert_code(&call(&emulator, path, &two.token, share(&id, one.app_id.as_str())).await, -501_009);
    emulator.assert_clean();
}
