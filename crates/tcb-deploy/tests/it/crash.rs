//! Deployments that are interrupted, at every request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tcb_api::async_trait;
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_deploy::{DeployErrorKind, FileNotes};
use tcb_emulator_transport::EmulatorTransport;
use tokio::sync::Notify;

use crate::merchant::everything;
use crate::stage::Stage;

/// When the process dies, at a request.
#[derive(Clone, Copy, Debug)]
enum Dies {
    Before,
    After,
}

/// A connection to WeChat of a process that dies.
#[derive(Debug)]
struct Mortal {
    wire: EmulatorTransport,
    left: Arc<AtomicUsize>,
    dies: Dies,
    dead: Arc<Notify>,
}

#[async_trait]
impl Transport for Mortal {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let is_last = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if is_last && matches!(self.dies, Dies::After) {
            let _ = self.wire.send(request.clone()).await;
        }
        if is_last {
            self.dead.notify_one();
            std::future::pending::<()>().await;
        }
        self.wire.send(request).await
    }
}

/// Runs a deployment that dies at a request, and then others until one reaches the end. Returns
/// whether the first did.
async fn interrupted(at: usize, dies: Dies) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set();
    stage.notes = Arc::new(FileNotes::new(folder.path().join("notes.json")));
    let (left, dead) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(Notify::new()));
    let mortal = Mortal { wire: stage.wire(), left: Arc::clone(&left), dies, dead: Arc::clone(&dead) };
    let (platform, shop) = stage.platform(mortal).await;
    let first = stage.deployment_of(&platform, shop);
    left.store(at, Ordering::SeqCst);
    let desired = everything();
    let ended = tokio::select! {
        biased;
        ended = first.deploy(&desired) => {
            ended.unwrap();
            true
        }
        () = dead.notified() => false,
    };
    let second = stage.deployment().await;
    match second.deploy(&desired).await {
        Ok(_) => {}
        // The request may still be on its way for all that anybody knows.
        Err(error) if matches!(error.kind(), DeployErrorKind::Unsettled(_)) => {
            stage.emulator.advance(Duration::from_secs(600)).await;
            second.deploy(&desired).await.unwrap();
        }
        Err(error) => panic!("{at} {dies:?}: {error:?}"),
    }
    assert_eq!(second.plan(&desired).await.unwrap().steps, [], "{at} {dies:?}");
    let creates = ["createEnv", "createFunction", "addDatabaseCollection", "createOpenAccount"];
    assert_eq!(stage.executed(creates), [1; 4], "{at} {dies:?}");
    stage.emulator.assert_clean();
    ended
}

async fn interrupted_everywhere(dies: Dies) {
    let mut at = 0;
    while !interrupted(at, dies).await {
        at += 1;
    }
    assert!(at > 15, "{at} requests are fewer than there are steps");
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_any_request_creates_nothing_twice() {
    interrupted_everywhere(Dies::Before).await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_request_creates_nothing_twice() {
    interrupted_everywhere(Dies::After).await;
}

/// A WeChat whose list of environments lags behind once one was created.
#[derive(Debug)]
struct Lagging {
    wire: EmulatorTransport,
    lags: Arc<AtomicBool>,
    looked: Arc<Notify>,
}

#[async_trait]
impl Transport for Lagging {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.path() == "/tcb/getenvinfo" && self.lags.load(Ordering::SeqCst) {
            self.looked.notify_one();
            return Ok(Response::json(r#"{"errcode":0,"errmsg":"ok","info_list":[]}"#));
        }
        let creates = request.path() == "/tcb/createenvandresource";
        let answer = self.wire.send(request).await;
        self.lags.fetch_or(creates, Ordering::SeqCst);
        answer
    }
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_no_list_shows_yet_is_not_created_again() {
    let stage = Stage::set();
    let (lags, looked) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let lagging = Lagging { wire: stage.wire(), lags: Arc::clone(&lags), looked: Arc::clone(&looked) };
    let (platform, shop) = stage.platform(lagging).await;
    let deployment = stage.deployment_of(&platform, shop);
    let desired = everything();
    // Its answer is known; the process ends while it waits for the environment.
    tokio::select! {
        biased;
        ended = deployment.deploy(&desired) => panic!("{ended:?}"),
        () = looked.notified() => {}
    }
    let early = deployment.plan(&desired).await.unwrap_err();
    assert!(matches!(early.kind(), DeployErrorKind::Unsettled(_)), "{early}");
    lags.store(false, Ordering::SeqCst);
    deployment.deploy(&desired).await.unwrap();
    assert_eq!(stage.executed(["createEnv", "createFunction"]), [1, 1]);
    assert_eq!(deployment.plan(&desired).await.unwrap().steps, []);
}
