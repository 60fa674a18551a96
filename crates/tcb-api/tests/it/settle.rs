use std::fmt::Debug;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::transport::TransportErrorKind::Interrupted;
use tcb_api::types::cloudbase_common::{CloudUser, SetCloudAccessToken};
use tcb_api::types::open_account::{CreateOpenAccount, OpenAccount};
use tcb_api::{CreateCloudUser, CreateEnv, CreateFunction, Probe, Settled};

use crate::scripted::Wire;

const LATER: Duration = Duration::from_secs(600);

/// Loses the answer of `operation`, waits for `age`, then settles it by `answers`.
async fn settle<O: Probe<Response: Debug>>(
    operation: O,
    age: Duration,
    answers: &[Value],
) -> Settled<O::Response> {
    let wire = answers.iter().fold(Wire::default().then_fail(Interrupted), Wire::then_json);
    let client = wire.client();
    let error = client.send(&operation).await.unwrap_err();
    tokio::time::sleep(age).await;
    let settled = client.settle(&operation, &error).await.unwrap();
    assert_eq!(wire.count(), 1 + answers.len());
    settled
}

#[tokio::test(start_paused = true)]
async fn an_environment_is_found_by_its_alias() {
    let envs = |aliases: &[&str]| {
        let list: Vec<_> =
            aliases.iter().map(|alias| json!({"env": format!("{alias}-1"), "alias": alias})).collect();
        json!({ "info_list": list })
    };
    let create = || CreateEnv::postpaid("shop");
    let Settled::Landed(answer) = settle(create(), Duration::ZERO, &[envs(&["other", "shop"])]).await else {
        panic!()
    };
    assert_eq!(answer.env_id, "shop-1");
    assert!(matches!(
        settle(create(), Duration::ZERO, &[envs(&["shop", "shop"])]).await,
        Settled::Several(2)
    ));
    assert!(matches!(settle(create(), Duration::ZERO, &[envs(&["other"])]).await, Settled::Unknown));
    assert!(matches!(settle(create(), LATER, &[envs(&["other"])]).await, Settled::NotLanded));
}

#[tokio::test(start_paused = true)]
async fn a_function_is_looked_for_on_every_page() {
    let page = |total: u64, names: &[&str]| {
        let list: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({"total_count": total, "functions": list})
    };
    let create = || CreateFunction::new("e", "hello");
    let pages = [page(3, &["a", "b"]), page(3, &["hello"])];
    assert!(matches!(settle(create(), Duration::ZERO, &pages).await, Settled::Landed(_)));
    assert!(matches!(settle(create(), Duration::ZERO, &[page(1, &["a"])]).await, Settled::Unknown));
    assert!(matches!(settle(create(), LATER, &[page(0, &[])]).await, Settled::NotLanded));
    // A total that the pages never reach does not make it ask for ever.
    assert!(matches!(settle(create(), LATER, &[page(9, &["a"]), page(9, &[])]).await, Settled::NotLanded));
}

#[tokio::test(start_paused = true)]
async fn an_open_platform_account_is_known_by_the_binding() {
    let landed = settle(CreateOpenAccount::new(), Duration::ZERO, &[json!({"open_appid": "wxopen"})]).await;
    assert_eq!(landed, Settled::Landed(OpenAccount::Created { open_app_id: "wxopen".into() }));
    let none = settle(CreateOpenAccount::new(), Duration::ZERO, &[json!({"errcode": 89002})]).await;
    assert_eq!(none, Settled::NotLanded);
}

#[tokio::test(start_paused = true)]
async fn cloud_development_is_open_where_environments_can_be_listed() {
    let open = settle(CreateCloudUser::new(), Duration::ZERO, &[json!({"info_list": []})]).await;
    assert_eq!(open, Settled::Landed(CloudUser::Opened));
    let closed = settle(CreateCloudUser::new(), Duration::ZERO, &[json!({"errcode": 85088})]).await;
    assert_eq!(closed, Settled::NotLanded);
}

#[tokio::test(start_paused = true)]
async fn a_token_policy_is_compared() {
    let set = || SetCloudAccessToken::new("e", true, ["/a", "/b"], 2);
    let read =
        |paths: [&str; 2], version: i64| json!({"open": true, "api_whitelist": paths, "version": version});
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/a"], 3)]).await, Settled::Landed(_)));
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/x"], 2)]).await, Settled::NotLanded));
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/x"], 3)]).await, Settled::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_needs_no_reading() {
    let wire = Wire::default().then_code(40097);
    let create = CreateEnv::postpaid("shop");
    let error = wire.client().send(&create).await.unwrap_err();
    assert!(matches!(wire.client().settle(&create, &error).await.unwrap(), Settled::NotLanded));
    assert_eq!(wire.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_reading_does_not_find_either_was_not_made() {
    let wire = Wire::default().then_code(-501_000).then_code(-501_000);
    let (client, create) = (wire.client(), CreateFunction::new("nowhere", "hello"));
    let error = client.send(&create).await.unwrap_err();
    assert!(matches!(client.settle(&create, &error).await.unwrap(), Settled::NotLanded));

    let wire = Wire::default().then_fail(Interrupted).then_code(-501_000);
    let client = wire.client();
    let error = client.send(&create).await.unwrap_err();
    // A lost answer says nothing, so reading has to find something out.
    client.settle(&create, &error).await.unwrap_err();
}
