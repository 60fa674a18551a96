//! Many calls at once over one backend.

use std::fs;
use std::time::Duration;

use tcb_api::transport::{HttpOptions, HyperTransport, Request, Transport as _};
use tcb_api::types::Method;
use tokio::task::JoinSet;

use crate::process::Server;
use crate::statistics::{Figures, count};

const CALLS: usize = 3000;
/// How long each is answered after.
const DELAY: Duration = Duration::from_millis(20);

pub(super) async fn measure() -> Figures {
    let server = Server::start(1, DELAY);
    let base_url = format!("http://{}", server.address).parse().unwrap();
    let transport = std::sync::Arc::new(HyperTransport::new(HttpOptions::new(base_url)).unwrap());
    let before = open_files();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let transport = transport.clone();
        calls.spawn(async move {
            let call = Request::raw(
                Method::Post,
                "/cgi-bin/component/api_component_token",
                "getComponentAccessToken",
            );
            transport.send(call.timeout(Duration::from_secs(60))).await.unwrap();
        });
    }
    let mut most = 0;
    while calls.join_next().await.is_some() {
        most = most.max(open_files().saturating_sub(before));
    }
    println!("\n{CALLS} calls at once: {most} connections.");
    vec![(format!("connections_for_{CALLS}"), count(most))]
}

/// How many files this process has open; 0 where there is no `/proc`. All new ones are sockets.
fn open_files() -> u64 {
    fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64)
}
