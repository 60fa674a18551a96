//! A merchant as a whole.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::async_trait;
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_api::types::cloudbase_batch::EnvProduct;
use tcb_api::types::cloudbase_common::{CloudUser, IndexDirection, IndexKey};
use tcb_deploy::{
    Blueprint, Collection, DeployErrorKind, Desired, Env, Function, Index, Mode, OpenAccount, PlanError,
    Route, TokenPolicy, Variables,
};
use tcb_emulator::{Emulator, Fault, Merchant, Resource, Transition};
use tcb_emulator_transport::EmulatorTransport;

use crate::stage::{Stage, folder, package};

fn index(name: &str) -> Index {
    Index::new(name, [IndexKey::new(name, IndexDirection::Descending)])
}

/// An environment with everything in it.
pub(crate) fn everything() -> Desired {
    let mut hello = Function::new("hello", package("hi")).timeout(7);
    hello.cloud_calls = Some(vec!["wxacode.get".into()]);
    let mut env = Env::new("shop-prod")
        .function(hello)
        .collection(Collection::new("orders").index(index("due")).index(index("paid")));
    env.token_policy = Some(TokenPolicy::default());
    env.token_policy.as_mut().unwrap().allow = Some(vec!["/wxa/msg_sec_check".into()]);
    let mut desired = Desired::new().env(env).open_account(OpenAccount::Any);
    desired.routes = Some(vec![Route::event("user_enter_tempsession", "shop-prod", "hello")]);
    desired
}

#[tokio::test(start_paused = true)]
async fn a_merchant_gets_all_that_it_should_have_and_a_second_run_does_nothing() {
    let stage = Stage::set();
    let deployment = stage.deployment().await;
    let envs = deployment.deploy(&everything()).await.unwrap();
    assert_eq!(envs.len(), 1);
    assert_eq!(
        stage.events().iter().map(|event| event.split(" (").next().unwrap()).collect::<Vec<_>>(),
        [
            "open cloud development",
            "create the environment shop-prod",
            "wait for the environment shop-prod",
            "create the function hello in shop-prod",
            "upload the code of hello in shop-prod",
            "configure hello in shop-prod",
            "set the cloud calls of hello in shop-prod",
            "wait for the function hello in shop-prod",
            "create the collection orders in shop-prod",
            "set the indexes due, paid of orders in shop-prod",
            "set the token policy of shop-prod",
            "set which messages go to which functions",
            "create an open-platform account",
        ]
    );
    assert_eq!(deployment.plan(&everything()).await.unwrap().steps, []);
    assert!(deployment.glance(&everything()).await.unwrap());
    let more = [
        Desired::new().env(Env::new("other")),
        Desired::new().env(Env::new("shop-prod").function(Function::new("other", package("hi")))),
        Desired::new().env(Env::new("shop-prod").collection(Collection::new("other"))),
        Desired::new().open_account(OpenAccount::Any),
    ];
    for desired in more {
        assert!(!deployment.glance(&desired).await.unwrap(), "{desired:?}");
    }

    let mut changed = everything();
    changed.envs[0].collections[0].indexes[0].unique = true;
    changed.envs[0].token_policy.as_mut().unwrap().open = Some(false);
    deployment.deploy(&changed).await.unwrap();
    assert_eq!(
        stage.events(),
        ["set the indexes due of orders in shop-prod", "set the token policy of shop-prod"]
    );
    assert_eq!(deployment.plan(&changed).await.unwrap().steps, []);
    let creates = ["createEnv", "createFunction", "addDatabaseCollection", "createOpenAccount"];
    assert_eq!(stage.executed(creates), [1; 4]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn an_environment_of_the_platform_gets_the_same() {
    let stage = Stage::set();
    let deployment = stage.deployment().await;
    let desired = |answer| {
        let mut hello = Function::new("hello", package(answer)).timeout(7).variable("MODE", "live");
        hello.memory = Some(256);
        hello.timers = Some([("nightly".to_owned(), "0 0 2 * * * *".to_owned())].into());
        let orders = Collection::new("orders").index(index("due"));
        Desired::new().env(Env::new("shared").mode(Mode::Batch).function(hello).collection(orders))
    };
    deployment.deploy(&desired("hi")).await.unwrap();
    let events = stage.events();
    assert_eq!(events.len(), 8, "{events:?}");
    assert_eq!(deployment.plan(&desired("hi")).await.unwrap().steps, []);
    deployment.deploy(&desired("ho")).await.unwrap();
    assert_eq!(stage.events().len(), 2);
    let creates = ["createTcbEnv", "batchuUloadCloudFunction", "uploadCloudFunctionCode"];
    assert_eq!(stage.executed(creates), [1, 1, 1]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_is_deployed_for_each_merchant_with_its_variables() {
    let stage = Stage::set();
    let deployment = stage.deployment().await;
    let folder = folder("hi");
    let file = folder.path().join("shop.yaml");
    let text = "environments:\n  - alias: shop-${STAGE}\n    functions: [{ name: hello, folder: . }]\n";
    fs::write(&file, text).unwrap();
    fs::write(folder.path().join(".tcbignore"), "*.yaml\n").unwrap();
    let blueprint = Blueprint::load(&file).unwrap();
    let variables = Variables::from([("STAGE".to_owned(), "live".to_owned())]);
    let envs = deployment.deploy(&blueprint.desired(&variables).unwrap()).await.unwrap();
    assert!(envs["shop-live"].as_str().starts_with("shop-live-"));
    assert_eq!(stage.executed(["createEnv", "createFunction"]), [1, 1]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn an_environment_is_shared_once_the_administrator_has_agreed() {
    let stage = Stage::set();
    let deployment = stage.deployment().await;
    let desired = Desired::new().env(Env::new("shared").mode(Mode::Batch).share(EnvProduct::CloudHosting));
    let error = deployment.deploy(&desired).await.unwrap_err();
    let DeployErrorKind::Confirm(link) = error.kind() else { panic!("{error}") };
    assert!(link.starts_with("http"), "{link}");
    let plan = deployment.plan(&desired).await.unwrap();
    assert_eq!(
        plan.steps.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["share the environment shared"]
    );
    stage.emulator.approve(stage.emulator.prompts()[0].id).unwrap();
    deployment.deploy(&desired).await.unwrap();
    assert_eq!(deployment.plan(&desired).await.unwrap().steps, []);

    let (platform, shop) = stage.platform(stage.wire()).await;
    let nameless = tcb_deploy::Deployment::new(shop).platform(platform.client().clone());
    assert_eq!(nameless.deploy(&desired).await.unwrap_err().kind(), &DeployErrorKind::NoAppId);
    assert_eq!(stage.executed(["createTcbEnv"]), [1]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn an_administrator_who_has_not_agreed_is_a_state_and_the_next_run_goes_on() {
    let stage = Stage::with(Merchant::new());
    let deployment = stage.deployment().await;
    for waiting in [CloudUser::WaitingForConsent, CloudUser::AlreadyAsked] {
        let error = deployment.deploy(&everything()).await.unwrap_err();
        assert_eq!(error.kind(), &DeployErrorKind::Person(waiting));
    }
    stage.emulator.approve(stage.emulator.prompts()[0].id).unwrap();
    deployment.deploy(&everything()).await.unwrap();
    assert_eq!(deployment.plan(&everything()).await.unwrap().steps, []);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn what_is_in_an_environment_that_is_not_ready_is_planned_when_it_is() {
    let stage = Stage::set();
    stage.emulator.set_transition(Resource::Environment, Transition::Manual);
    let deployment = stage.deployment().await;
    let desired = everything();
    let waiting = deployment.deploy(&desired);
    tokio::select! {
        biased;
        ended = waiting => panic!("{ended:?}"),
        () = until(|| stage.executed(["createEnv"]) == [1]) => {}
    }
    let plan = deployment.plan(&desired).await.unwrap();
    assert!(plan.more && plan.steps.len() == 2, "{:?}", plan.steps);
    stage.emulator.finish(Resource::Environment);
    deployment.deploy(&desired).await.unwrap();
    assert_eq!(stage.executed(["createEnv", "createFunction"]), [1, 1]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_is_found_and_one_that_never_arrived_is_sent_again() {
    let creates = [
        ("/tcb/createenvandresource", "createEnv"),
        ("/tcb/createfunction", "createFunction"),
        ("/tcb/databasecollectionadd", "addDatabaseCollection"),
        ("/cgi-bin/open/create", "createOpenAccount"),
    ];
    for (path, operation) in creates {
        for is_lost in [true, false] {
            let stage = Stage::set();
            let fault = if is_lost { Fault::commit_then_drop(path) } else { Fault::http(path, 502, "") };
            stage.emulator.fault(fault).unwrap();
            let deployment = stage.deployment().await;
            match deployment.deploy(&everything()).await {
                Ok(_) => {}
                Err(error) => {
                    assert!(
                        matches!(error.kind(), DeployErrorKind::Unsettled(_)) && error.is_retryable(),
                        "{error}"
                    );
                    // For ten minutes absence proves nothing.
                    let early = deployment.plan(&everything()).await.unwrap_err();
                    assert!(matches!(early.kind(), DeployErrorKind::Unsettled(_)) && !is_lost, "{early}");
                    stage.emulator.advance(Duration::from_secs(600)).await;
                    stage.events();
                    deployment.deploy(&everything()).await.unwrap();
                    assert!(stage.events()[0].starts_with("settle the "));
                }
            }
            assert_eq!(stage.executed([operation]), [1], "{operation} {is_lost}");
            stage.emulator.assert_clean();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_created_twice_whatever_wechat_turns_out_to_do() {
    for assumption in Emulator::assumptions() {
        for variant in assumption.variants {
            let stage = Stage::set();
            stage.emulator.assume(assumption.id, variant).unwrap();
            let deployment = stage.deployment().await;
            deployment
                .deploy(&everything())
                .await
                .unwrap_or_else(|error| panic!("{} {variant}: {error:?}", assumption.id));
            assert_eq!(
                deployment.plan(&everything()).await.unwrap().steps,
                [],
                "{} {variant}",
                assumption.id
            );
            let creates = ["createEnv", "createFunction", "addDatabaseCollection", "createOpenAccount"];
            assert_eq!(stage.executed(creates), [1; 4], "{} {variant}", assumption.id);
            stage.emulator.assert_clean();
        }
    }
}

async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// A connection that another process gets ahead of, which writes the same policy.
#[derive(Debug)]
struct Overtaken(EmulatorTransport);

#[async_trait]
impl Transport for Overtaken {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.operation() == "setCloudAccessToken" {
            self.0.send(request.clone()).await?;
        }
        self.0.send(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_another_process_has_just_written_is_no_refusal() {
    let stage = Stage::set();
    let (platform, shop) = stage.platform(Overtaken(stage.wire())).await;
    let deployment = stage.deployment_of(&platform, shop);
    deployment.deploy(&everything()).await.unwrap();
    assert_eq!(deployment.plan(&everything()).await.unwrap().steps, []);
}

/// What lists make of the environments that were created.
type Listing = fn(&mut Value);

/// A WeChat that lists environments otherwise.
#[derive(Debug)]
struct Listed(EmulatorTransport, Arc<Mutex<Listing>>);

#[async_trait]
impl Transport for Listed {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let lists = request.path() == "/tcb/getenvinfo";
        let answer = self.0.send(request).await?;
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
        let listing = *self.1.lock().unwrap();
        if !lists || body.get("info_list").is_none() {
            return Ok(answer);
        }
        listing(&mut body);
        Ok(Response::json(body))
    }
}

#[tokio::test(start_paused = true)]
async fn an_environment_is_found_by_its_id_whatever_lists_make_of_its_alias() {
    let stage = Stage::set();
    let renamed: Listing = |body| {
        for env in body["info_list"].as_array_mut().unwrap() {
            env["alias"] = "SHOP_PROD".into();
        }
    };
    let listing = Arc::new(Mutex::new(renamed));
    let (platform, shop) = stage.platform(Listed(stage.wire(), Arc::clone(&listing))).await;
    let deployment = stage.deployment_of(&platform, shop);
    let envs = deployment.deploy(&everything()).await.unwrap();
    assert_eq!(deployment.plan(&everything()).await.unwrap().steps, []);
    assert!(deployment.glance(&everything()).await.unwrap());

    let gone: [Listing; 2] = [
        |body| body["info_list"] = json!([]),
        |body| drop(body.as_object_mut().unwrap().remove("info_list")),
    ];
    for gone in gone {
        *listing.lock().unwrap() = gone;
        let error = deployment.deploy(&everything()).await.unwrap_err();
        let id = envs["shop-prod"].clone();
        let lost = PlanError::LostEnv { alias: "shop-prod".into(), id };
        assert_eq!(error.kind(), &DeployErrorKind::Plan(lost), "{error}");
    }
    *listing.lock().unwrap() = |_| ();
    deployment.deploy(&everything()).await.unwrap();
    assert_eq!(stage.executed(["createEnv", "createFunction"]), [1, 1]);

    // Somebody has destroyed it while creates in it were open, and takes it out of the notes.
    stage.emulator.destroy_environment(&envs["shop-prod"]).unwrap();
    let mut noted = stage.notes.read().await.unwrap();
    let begun = ["function", "collection"].map(|what| {
        let create = json!({"what": what, "env": envs["shop-prod"], "mode": "ordinary", "name": "more"});
        serde_json::from_value(json!({"create": create, "at": 0})).unwrap()
    });
    noted.begun.extend(begun);
    stage.notes.write(&noted).await.unwrap();
    let error = deployment.deploy(&everything()).await.unwrap_err();
    assert!(matches!(error.kind(), DeployErrorKind::Plan(PlanError::LostEnv { .. })), "{error}");
    assert_eq!(stage.notes.read().await.unwrap().begun, [], "what is gone has nothing in it");
    let mut noted = stage.notes.read().await.unwrap();
    assert!(noted.forget(&envs["shop-prod"]) && !noted.forget(&envs["shop-prod"]));
    stage.notes.write(&noted).await.unwrap();
    deployment.deploy(&everything()).await.unwrap();
    assert_eq!(stage.executed(["createEnv", "createFunction"]), [2, 2]);
}
