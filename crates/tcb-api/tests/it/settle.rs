use std::fmt::Debug;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::auth::TestClock;
use tcb_api::transport::TransportErrorKind::Interrupted;
use tcb_api::types::cloudbase_batch::{
    CreateContainerService, CreateEnvShares, CreateEnvSharesResponse, CreateFunctionInEnvs, CreateStaticSite,
    EnvProduct, EnvShare,
};
use tcb_api::types::cloudbase_common::CloudUser;
use tcb_api::types::open_account::OpenAccount;
use tcb_api::types::{Clock as _, cloudbase_batch, cloudbase_common};
use tcb_api::{
    Client, CreateCloudUser, CreateEnv, CreateFunction, CreateOpenAccount, Probe, SetTokenPolicy, Settled,
    StaticToken,
};

use crate::scripted::Wire;

const LATER: Duration = Duration::from_secs(600);

/// Loses the answer of `operation`, waits for `age`, then settles it by `answers`.
async fn settle<O: Probe<Response: Debug>>(
    operation: O,
    age: Duration,
    answers: &[Value],
) -> Settled<O::Response> {
    let wire = answers.iter().fold(Wire::default().then_fail(Interrupted), |wire, answer| {
        let mut answer = answer.clone();
        let code = answer["errcode"].as_i64().unwrap_or(0);
        answer["errcode"] = json!(code);
        wire.then_json(&answer)
    });
    // The platform's own calls and those for an account both take a token whose kind is not known.
    let client = Client::builder()
        .token(StaticToken::new("token"))
        .transport(wire.clone())
        .clock(TestClock::default())
        .build()
        .unwrap();
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
    assert_eq!(answer.id, "shop-1");
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
    let set = || SetTokenPolicy::new("e", true, ["/a", "/b"], 2);
    let read =
        |paths: [&str; 2], version: i64| json!({"open": true, "api_whitelist": paths, "version": version});
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/a"], 3)]).await, Settled::Landed(_)));
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/x"], 2)]).await, Settled::NotLanded));
    assert!(matches!(settle(set(), Duration::ZERO, &[read(["/b", "/x"], 3)]).await, Settled::Unknown));
}

#[tokio::test(start_paused = true)]
async fn an_environment_of_the_platform_is_found_by_its_alias() {
    let create = || cloudbase_batch::CreateEnv::new("shop");
    let envs = |alias: &str| json!({"info_list": [{"env": "shop-1", "alias": alias}]});
    let Settled::Landed(answer) = settle(create(), Duration::ZERO, &[envs("shop")]).await else { panic!() };
    assert_eq!(answer.id, "shop-1");
    assert_eq!(settle(create(), Duration::ZERO, &[envs("other")]).await, Settled::Unknown);
    assert_eq!(settle(create(), LATER, &[envs("other")]).await, Settled::NotLanded);
}

#[tokio::test(start_paused = true)]
async fn collections_of_both_modes_are_looked_for_on_every_page() {
    let page = |names: &[&str]| {
        let list: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({"total": 3, "pager": {"Total": 3}, "collections": list})
    };
    let (first, second) = (page(&["a", "b"]), page(&["orders"]));
    let pages = [first.clone(), second];
    let ordinary = || cloudbase_common::CreateCollection::new("e", "orders");
    let batch = || cloudbase_batch::CreateCollection::new("e", "orders");
    let there = Settled::Landed(cloudbase_common::CreateCollectionResponse::Created);
    assert_eq!(settle(ordinary(), Duration::ZERO, &pages).await, there);
    let there = Settled::Landed(cloudbase_batch::CreateCollectionResponse::Created);
    assert_eq!(settle(batch(), Duration::ZERO, &pages).await, there);
    let pages = [first, page(&["c"])];
    assert_eq!(settle(ordinary(), Duration::ZERO, &pages).await, Settled::Unknown);
    assert_eq!(settle(ordinary(), LATER, &pages).await, Settled::NotLanded);
    assert_eq!(settle(batch(), LATER, &pages).await, Settled::NotLanded);
}

#[tokio::test(start_paused = true)]
async fn a_function_for_several_environments_is_looked_for_in_each() {
    let create = || CreateFunctionInEnvs::new("hello", ["e1", "e2"], b"PK".as_slice());
    let (with, without) =
        (json!({"total_count": 1, "functions": [{"name": "hello"}]}), json!({"functions": []}));
    let Settled::Landed(all) = settle(create(), Duration::ZERO, &[with.clone(), with.clone()]).await else {
        panic!()
    };
    assert!(all.envs.is_complete());
    let some = [without.clone(), with];
    assert_eq!(settle(create(), Duration::ZERO, &some[..1]).await, Settled::Unknown);
    let Settled::Landed(partly) = settle(create(), LATER, &some).await else { panic!() };
    assert_eq!(partly.envs.failures()[0].env, Some("e1".into()));
    assert_eq!(settle(create(), LATER, &[without.clone(), without]).await, Settled::NotLanded);
}

#[tokio::test(start_paused = true)]
async fn hosting_is_open_where_a_website_is_listed() {
    let create = || CreateStaticSite::new("e");
    for member in ["data", "Data"] {
        let site = json!({member: [{"env": "e", "status": "process"}]});
        assert!(matches!(settle(create(), Duration::ZERO, &[site]).await, Settled::Landed(_)));
        assert_eq!(settle(create(), Duration::ZERO, &[json!({member: []})]).await, Settled::Unknown);
        assert_eq!(settle(create(), LATER, &[json!({member: []})]).await, Settled::NotLanded);
    }
}

#[tokio::test(start_paused = true)]
async fn shares_stand_when_all_are_listed_and_absence_proves_nothing() {
    let create = || {
        CreateEnvShares::new(
            [EnvShare::new("e1", ["a", "b"]), EnvShare::new("e2", ["b"])],
            EnvProduct::CloudHosting,
        )
    };
    let relations = |of_b: &[&str]| json!({"relation_data": [{"appid": "a", "env_list": ["e1"]}, {"appid": "b", "env_list": of_b}]});
    let all = settle(create(), Duration::ZERO, &[relations(&["e1", "e2"])]).await;
    assert_eq!(all, Settled::Landed(CreateEnvSharesResponse::complete()));
    assert_eq!(settle(create(), LATER, &[relations(&["e1"])]).await, Settled::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_service_of_cloud_hosting_is_found_by_its_name() {
    let create = || CreateContainerService::new("e", "api");
    let services = |name: &str| json!({"total": 1, "cslist": [{"server_name": name}]});
    assert!(matches!(settle(create(), Duration::ZERO, &[services("api")]).await, Settled::Landed(_)));
    assert_eq!(settle(create(), LATER, &[services("web")]).await, Settled::NotLanded);
}

/// Every probe that looks into a list, a long time after the call: the answer is WeChat's, but
/// tells nothing.
#[tokio::test(start_paused = true)]
async fn an_answer_without_the_list_proves_nothing() {
    async fn unknown<O: Probe<Response: Debug>>(operation: O) {
        for answer in [
            json!({"errcode": 0, "errmsg": "ok"}),
            json!({"errcode": 0, "info_list": null, "functions": null, "collections": null, "data": null, "cslist": null}),
        ] {
            let wire = Wire::default().then_json(&answer);
            let client = Client::builder().token(StaticToken::new("t")).transport(wire).build().unwrap();
            let settled = operation.probe(&client, LATER).await.unwrap();
            assert!(matches!(settled, Settled::Unknown), "{} {answer}: {settled:?}", O::SPEC.id);
        }
    }
    unknown(CreateEnv::postpaid("shop")).await;
    unknown(cloudbase_batch::CreateEnv::new("shop")).await;
    unknown(CreateFunction::new("e", "hello")).await;
    unknown(CreateFunctionInEnvs::new("hello", ["e"], b"PK".as_slice())).await;
    unknown(cloudbase_common::CreateCollection::new("e", "orders")).await;
    unknown(cloudbase_batch::CreateCollection::new("e", "orders")).await;
    unknown(CreateStaticSite::new("e")).await;
    unknown(CreateContainerService::new("e", "api")).await;
    unknown(CreateCloudUser::new()).await;
    unknown(SetTokenPolicy::new("e", true, ["/a"], 2)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_noted_before_a_restart_is_settled_by_its_time() {
    let none = json!({"errcode": 0, "info_list": []});
    let wire = Wire::default().then_json(&none).then_json(&none).then_json(&none);
    let (client, create) = (wire.client(), CreateEnv::postpaid("shop"));
    let now = TestClock::default().wall();
    for (sent_at, settled) in [
        (now - LATER, "NotLanded"),
        (now - LATER / 2, "Unknown"),
        // A clock that was set back.
        (now + LATER, "Unknown"),
    ] {
        let found = client.settle_since(&create, sent_at).await.unwrap();
        assert_eq!(format!("{found:?}"), settled);
    }
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
