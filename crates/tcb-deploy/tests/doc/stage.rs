// What the examples in the documentation run against. They include it in a hidden line.

/// An emulator in this process, a merchant for whom cloud development is open, and a folder with
/// the code of a function.
async fn stage() -> (tcb_emulator::Emulator, tcb_api::Client, tempfile::TempDir) {
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

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.js"), "exports.main = async () => 'hi'\n").unwrap();
    (emulator, platform.authorizer(&merchant), folder)
}
