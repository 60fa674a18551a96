//! One function.

use tcb_api::types::cloudbase_common::{EnvironmentConfig, FunctionConfigKind};
use tcb_api::{CreateCloudUser, CreateEnv, ErrorKind};
use tcb_deploy::{DeployErrorKind, Desired, Env, Function, Plan};
use tcb_emulator::{Resource, Script, Transition};

use crate::stage::{Stage, package};

#[tokio::test(start_paused = true)]
async fn a_folder_becomes_a_function_that_answers() {
    let stage = Stage::set();
    let (platform, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    stage.emulator.set_scripts([Script::answering("hello", "\"hi\"")]);
    let deployment = stage.deployment_of(&platform, shop.clone());

    let hello = |answer| Function::new("hello", package(answer)).timeout(7).variable("MODE", "live");
    let desired = |answer| Desired::new().env(Env::existing(&env).function(hello(answer)));
    deployment.deploy(&desired("hi")).await.unwrap();
    let steps = [
        "create the function hello",
        "upload the code of hello",
        "configure hello",
        "wait for the function hello",
    ];
    let events = stage.events();
    assert!(
        events.len() == 4 && events.iter().zip(steps).all(|(event, step)| event.starts_with(step)),
        "{events:?}"
    );
    let result = deployment.invoke(&desired("hi").envs[0], "hello", r#"{"n":1}"#).await.unwrap();
    assert_eq!(result.unwrap().raw(), "\"hi\"");
    assert_eq!(stage.emulator.invocations()[0].event, r#"{"n":1}"#);

    let functions = shop.env(&env).functions();
    let code = functions.code("hello").await.unwrap();
    assert_eq!(shop.links().download(&code.link).await.unwrap(), package("hi").bytes());
    let config = functions.config("hello", FunctionConfigKind::Environment).await.unwrap().config.unwrap();
    let config: EnvironmentConfig = config.decode().unwrap();
    assert_eq!((config.timeout, config.variables[0].value.expose()), (Some(7), "live"));

    // The same once more does nothing, other code only the upload.
    assert_eq!(deployment.plan(&desired("hi")).await.unwrap().steps, []);
    deployment.deploy(&desired("ho")).await.unwrap();
    let events = stage.events();
    assert!(events.len() == 2 && events[0].starts_with("upload the code"), "{events:?}");
    assert_eq!(stage.executed(["createFunction"]), [1]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_its_time_is_waited_for() {
    let stage = Stage::set();
    stage.emulator.set_transition(Resource::Function, Transition::AfterPolls { polls: 2 });
    let (platform, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    let desired = Desired::new().env(Env::existing(&env).function(Function::new("hello", package("hi"))));
    stage.deployment_of(&platform, shop).deploy(&desired).await.unwrap();
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_function_that_nobody_scripted_answers_its_event() {
    let stage = Stage::set();
    let (platform, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    let desired = Desired::new().env(Env::existing(&env).function(Function::new("hello", package("hi"))));
    let deployment = stage.deployment_of(&platform, shop);
    deployment.deploy(&desired).await.unwrap();
    let answer = deployment.invoke(&desired.envs[0], "hello", r#"{"n":1}"#).await.unwrap();
    assert_eq!(answer.unwrap().raw(), r#"{"emulated":"hello","event":{"n":1}}"#);
    assert_eq!(stage.emulator.findings().len(), 1, "a test may have meant to script it");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_has_to_mend_is_told_before_anything_is_sent() {
    let stage = Stage::set();
    let (platform, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let deployment = stage.deployment_of(&platform, shop.clone());

    let unknown = Desired::new().env(Env::existing("nowhere"));
    let error = deployment.deploy(&unknown).await.unwrap_err();
    assert!(error.to_string().contains("there is no environment nowhere"), "{error}");
    for _ in 0..2 {
        shop.send(CreateEnv::postpaid("shop")).await.unwrap();
    }
    let error = deployment.deploy(&Desired::new().env(Env::new("shop"))).await.unwrap_err();
    assert!(matches!(error.kind(), DeployErrorKind::Plan(_)) && !error.is_retryable(), "{error}");

    let plan = Plan::default();
    assert!(deployment.apply(&plan).await.unwrap().is_empty());
    let batch = Desired::new().env(Env::new("shared").mode(tcb_deploy::Mode::Batch));
    let alone = tcb_deploy::Deployment::new(shop);
    assert_eq!(alone.deploy(&batch).await.unwrap_err().kind(), &DeployErrorKind::NoPlatform);

    let error = deployment.invoke(&Env::new("nowhere"), "hello", "{}").await.unwrap_err();
    assert_eq!(error.kind(), &DeployErrorKind::NoEnv("nowhere".into()));
    assert!(error.call().is_none_or(|call| call.kind() == ErrorKind::Refused));
    assert_eq!(stage.events(), [""; 0]);
    stage.emulator.assert_clean();
}
