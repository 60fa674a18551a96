//! The waits that a deployment is made of, while the emulator takes its time.

use tcb_api::types::cloudbase_common::{ExportRecords, FileFormat, ImportRecords};
use tcb_api::wait::{Wait, WaitErrorKind};
use tcb_api::{CreateCloudUser, CreateEnv, CreateFunction};
use tcb_emulator::{Resource, Transition};

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn what_was_made_is_waited_for_until_it_can_be_used() {
    let stage = Stage::set();
    for resource in [Resource::Environment, Resource::Function, Resource::Migration] {
        stage.emulator.set_transition(resource, Transition::AfterPolls { polls: 3 });
    }
    let (_, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    shop.wait(Wait::for_env(&env)).await.unwrap();
    for variant in ["creating", "absent"] {
        stage.emulator.assume("A-016", variant).unwrap();
        shop.send(CreateFunction::new(&env, variant)).await.unwrap();
        shop.wait(Wait::for_function(&env, variant)).await.unwrap();
    }
    shop.env(&env).database().collections().create("orders").await.unwrap();
    let export = ExportRecords::new(&env, "db.collection('orders').get()", "orders.json", FileFormat::Json);
    let job = shop.send(export).await.unwrap().id;
    let done = shop.wait(Wait::for_migration(&env, job)).await.unwrap();
    assert_eq!((done.succeeded, done.file_url.is_some()), (Some(0), true));
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_ends_its_wait() {
    let stage = Stage::set();
    let (_, shop) = stage.platform(stage.wire()).await;
    let _ = shop.send(CreateCloudUser::new()).await.unwrap();
    let env = shop.send(CreateEnv::postpaid("shop")).await.unwrap().id;
    let env_handle = shop.env(&env);
    env_handle.database().collections().create("orders").await.unwrap();
    env_handle.files().upload("orders.json", "no JSON").await.unwrap();
    let import = ImportRecords::new(&env, "orders", "orders.json", FileFormat::Json);
    let job = shop.send(import).await.unwrap().id;
    let error = shop.wait(Wait::for_migration(&env, job)).await.unwrap_err();
    assert_eq!((error.kind(), error.looks()), (WaitErrorKind::Failed, 1));
    assert!(error.last().unwrap().message.as_deref().is_some_and(|why| !why.is_empty()));
    stage.emulator.assert_clean();
}
