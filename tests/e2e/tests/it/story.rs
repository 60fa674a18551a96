use tcb_api::types::cloudbase_common::{CloudUser, EnvStatus, FunctionStatus, ListEnvs, ListFunctions};
use tcb_api::types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};
use tcb_api::{CreateCloudUser, CreateEnv, CreateFunction};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::Merchant;

on_both_backends![a_merchant_from_the_ticket_to_the_open_platform_account];

async fn a_merchant_from_the_ticket_to_the_open_platform_account(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.merchant(Merchant::new()).await;

    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::WaitingForConsent);
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::AlreadyAsked);
    let [prompt] = &stage.emulator.prompts()[..] else { panic!("one message went to the administrator") };
    stage.emulator.approve(prompt.id).unwrap();
    assert_eq!(shop.send(CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);

    let env = shop.send(CreateEnv::postpaid("shop-prod")).await.unwrap().id;
    let envs = shop.send(ListEnvs::new().env(&env)).await.unwrap().envs;
    assert_eq!(
        (envs[0].alias.as_deref(), envs[0].status.as_ref()),
        (Some("shop-prod"), Some(&EnvStatus::Normal))
    );

    shop.send(CreateFunction::new(&env, "hello")).await.unwrap();
    let functions = shop.send(ListFunctions::new(&env)).await.unwrap().functions;
    assert_eq!(functions[0].name, "hello");
    assert_eq!(functions[0].status.as_ref(), Some(&FunctionStatus::Active));

    let policy = shop.env(&env).token_policy();
    policy.change(|policy| policy.api_whitelist = vec!["/wxa/msg_sec_check".into()]).await.unwrap();
    let read = policy.get().await.unwrap();
    assert_eq!((read.open, read.api_whitelist), (Some(true), vec!["/wxa/msg_sec_check".to_owned()]));

    let OpenAccount::Created { open_app_id } = shop.send(CreateOpenAccount::new()).await.unwrap() else {
        panic!()
    };
    assert_eq!(shop.send(CreateOpenAccount::new()).await.unwrap(), OpenAccount::AlreadyBound);
    assert_eq!(shop.send(GetOpenAccount::new()).await.unwrap().open_app_id, Some(open_app_id));

    let counters = stage.emulator.counters();
    for operation in ["createEnv", "createFunction", "createOpenAccount"] {
        assert_eq!(counters.executed(operation), 1, "{operation}");
    }
    assert_eq!(counters.mints(stage.platform.app_id()), 1, "one platform token served them all");
    stage.emulator.assert_clean();
}
