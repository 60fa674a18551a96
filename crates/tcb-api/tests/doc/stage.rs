// What the examples in the documentation run against. They include it in a hidden line.

/// An emulator in this process, a platform of its own, and a merchant for whom cloud development is
/// open.
async fn stage() -> (tcb_emulator::Emulator, tcb_api::Platform, tcb_api::Client) {
    use tcb_emulator::{Emulator, Merchant};

    let emulator = Emulator::builder().in_process().unwrap();
    let credentials = emulator.component().clone();
    let platform = tcb_api::Platform::builder(&credentials.app_id, credentials.secret.clone())
        .transport(tcb_emulator_transport::EmulatorTransport::new(&emulator))
        .clock(emulator.clock())
        .build()
        .unwrap();
    let ticket = emulator.ticket(&credentials.app_id).unwrap();
    platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
    let merchant = emulator.add_merchant(Merchant::new().consenting());
    let code = emulator.authorize(&credentials.app_id, &merchant, [18, 25, 49]).await.unwrap();
    platform.tokens().exchange_code(code).await.unwrap();
    let shop = platform.authorizer(&merchant);
    shop.send(tcb_api::CreateCloudUser::new()).await.unwrap();
    (emulator, platform, shop)
}
