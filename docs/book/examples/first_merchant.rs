use tcb_api::types::cloudbase_common::CloudUser;
use tcb_api::wait::Wait;
use tcb_api::{CreateCloudUser, Platform};
use tcb_emulator::{Emulator, Merchant, Script};

pub(crate) async fn first_merchant() -> Result<String, Box<dyn std::error::Error>> {
    // ANCHOR: platform
    let emulator = Emulator::start().await?;
    let credentials = emulator.component();
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .base_url(emulator.base_url().parse()?) // leave it out, and it is WeChat itself
        .build()?;
    platform.tokens().ticket(emulator.ticket(&credentials.app_id)?, emulator.now()).await?;
    // ANCHOR_END: platform

    // ANCHOR: authorisation
    let merchant = emulator.add_merchant(Merchant::new().named("Corner shop"));
    let code = emulator.authorize(&credentials.app_id, &merchant, [18, 25, 49]).await?;

    let granted = platform.tokens().exchange_code(code).await?;
    let shop = platform.authorizer(&granted.app_id);
    // ANCHOR_END: authorisation

    // ANCHOR: cloud
    let asked = shop.send(CreateCloudUser::new()).await?;
    assert_eq!(asked, CloudUser::WaitingForConsent);

    for prompt in emulator.prompts() {
        emulator.approve(prompt.id)?; // the administrator, in WeChat
    }
    let opened = shop.send(CreateCloudUser::new()).await?;
    assert_eq!(opened, CloudUser::Opened);
    // ANCHOR_END: cloud

    // ANCHOR: env
    let env = shop.envs().create_postpaid("shop-prod").await?.id;
    shop.wait(Wait::for_env(&env)).await?;
    // ANCHOR_END: env

    // ANCHOR: function
    let functions = shop.env(&env).functions();
    functions.create("hello").await?;

    emulator.script(Script::answering("hello", r#"{"sum":3}"#)); // the emulator runs no code
    let answer = functions.invoke("hello", r#"{"a":1,"b":2}"#).await?;
    // ANCHOR_END: function
    Ok(answer.result.map(|text| text.raw().to_owned()).unwrap_or_default())
}
