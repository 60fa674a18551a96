use std::env;
use std::process::Command;

use tcb_transport::{HyperTransport, ReqwestTransport};

use crate::harness::{Backend, answer_of, patient, request, reqwest_builder};
use crate::server::{Server, Step, answer, write};
use crate::tls::{Authority, for_this_server};

/// The URLs to call and the root to trust, if this process is the child.
const TARGETS: &str = "TCB_TRANSPORT_TARGETS";
const ROOT: &str = "TCB_TRANSPORT_ROOT";

/// A variable cannot be set in a process with threads, so this binary runs once more, with this one
/// test.
#[tokio::test(flavor = "multi_thread")]
async fn the_proxies_of_the_environment_are_ignored() {
    if let Ok(targets) = env::var(TARGETS) {
        return call_from_the_child(&targets, &env::var(ROOT).unwrap()).await;
    }
    let authority = Authority::new();
    let twice = || vec![vec![Step::Read, answer("{}")]; 2];
    let plain = Server::start(twice()).await;
    let secure = Server::start_tls(authority.issue(&for_this_server()), twice()).await;
    let refusal = "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n";
    let proxy = Server::start(vec![vec![Step::Read, write(refusal)]; 8]).await;

    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["environment::the_proxies_of_the_environment_are_ignored", "--exact", "--nocapture"]);
    child.env(TARGETS, format!("{} {}", plain.url(), secure.url())).env(ROOT, authority.pem());
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, proxy.url().to_string()).env(name.to_uppercase(), proxy.url().to_string());
    }
    child.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");

    // A client that obeys the environment asked the proxy, so the variables were in force; nobody
    // else did.
    let asked = proxy.requests();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|request| request.contains("obedient.example")), "{asked:?}");
    assert_eq!((plain.requests().len(), secure.requests().len()), (2, 2));
}

async fn call_from_the_child(targets: &str, root: &str) {
    for target in targets.split(' ') {
        let options = || patient(target.parse().unwrap());
        answer_of(&HyperTransport::connect_trusting(root, options()), request()).await;
        answer_of(&ReqwestTransport::connect_trusting(root, options()), request()).await;
    }
    let obedient = reqwest_builder(Some(root)).build().unwrap();
    for url in ["http://obedient.example/", "https://obedient.example/"] {
        let answer = obedient.get(url).send().await;
        assert!(answer.is_err() || answer.unwrap().status() == 403, "{url}");
    }
}
