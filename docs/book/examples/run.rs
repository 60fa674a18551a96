use std::time::Duration;

use tcb_api::Platform;

/// Runs a platform, and says whether all that WeChat gave is stored.
pub(crate) async fn run(platform: Platform, told_to_stop: impl Future<Output = ()>) -> bool {
    // ANCHOR: run
    tokio::spawn(platform.maintain()); // in one process; it ends with `close`
    told_to_stop.await;
    let is_all_stored = platform.close(Duration::from_secs(10)).await;
    // ANCHOR_END: run
    is_all_stored
}
