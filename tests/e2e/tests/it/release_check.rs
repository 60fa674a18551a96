//! The release check against the example of a platform that passes, and against services that do
//! not.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::routing::any;
use tcb_api::Platform;
use tcb_api::transport::{HttpOptions, HyperTransport};
use tcb_callback::{
    CallbackService, EncodingAesKey, EventSink, Message, MessageCrypto, PlatformEvent, Receiver, ReleaseTest,
    SinkError,
};
use tcb_emulator::{Emulator, ReleaseCheck, ReleaseProblem, ReleaseReport, ReleaseStep, Verdict};
use tokio::net::TcpListener;

#[path = "../../../../crates/tcb-callback/examples/release_check.rs"]
#[expect(dead_code, unreachable_pub, reason = "its `main` is for people")]
mod example;

const STEPS: [ReleaseStep; 7] = [
    ReleaseStep::Ticket,
    ReleaseStep::Authorized,
    ReleaseStep::Text,
    ReleaseStep::ApiText,
    ReleaseStep::Event,
    ReleaseStep::MiniProgramApiText,
    ReleaseStep::Unauthorized,
];

/// What such a service has of the SDK.
fn sdk(emulator: &Emulator) -> (Platform, Receiver) {
    let credentials = emulator.component();
    let options = HttpOptions::new(emulator.base_url().parse().unwrap());
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .transport(HyperTransport::new(options).unwrap())
        .build()
        .unwrap();
    let key = EncodingAesKey::parse(credentials.encoding_aes_key.expose()).unwrap();
    let crypto = MessageCrypto::new(&credentials.app_id, credentials.callback_token.clone(), key);
    (platform, Receiver::new(crypto).clock(emulator.clock()))
}

/// Serves and returns the base of its addresses.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/wechat", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

fn check(base: &str) -> ReleaseCheck {
    ReleaseCheck::new(format!("{base}/events")).messages(format!("{base}/messages/$APPID$"))
}

/// Runs the check against a service that does not do what it should.
async fn report(emulator: &Emulator, router: Router) -> ReleaseReport {
    let base = serve(router).await;
    let check = check(&base).patience(Duration::from_millis(500));
    let report = emulator.release_check(&emulator.component().app_id, &check).await.unwrap();
    assert!(!report.is_passed());
    for test in &report.tests {
        assert_eq!(test.verdict == Verdict::Failed, test.problem.is_some() && test.fix.is_some(), "{test:?}");
    }
    emulator.assert_clean();
    report
}

fn problem(report: &ReleaseReport, step: ReleaseStep) -> &ReleaseProblem {
    report.test(step).and_then(|test| test.problem.as_ref()).unwrap()
}

#[tokio::test]
async fn the_example_passes_with_each_group_of_test_accounts() {
    let emulator = Emulator::start().await.unwrap();
    let (platform, receiver) = sdk(&emulator);
    let base = serve(example::router(platform, receiver)).await;
    for group in 1..=5 {
        let check = check(&base).group(group);
        let report = emulator.release_check(&emulator.component().app_id, &check).await.unwrap();
        assert_eq!(report.tests.iter().map(|test| test.step).collect::<Vec<_>>(), STEPS);
        for test in &report.tests {
            assert_eq!(test.verdict, Verdict::Passed, "{test:?}");
        }
        let text = report.test(ReleaseStep::Text).unwrap();
        assert!(text.pushed.as_ref().unwrap().contains("TESTCOMPONENT_MSG_TYPE_TEXT"));
        let answered = text.answered.as_ref().unwrap().decrypted.as_ref().unwrap();
        assert!(answered.contains("TESTCOMPONENT_MSG_TYPE_TEXT_callback"));
        let [sent] = &report.test(ReleaseStep::ApiText).unwrap().sent[..] else { panic!() };
        assert!(sent.text.ends_with("_from_api"));
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn without_messages_only_events_are_tested() {
    let emulator = Emulator::start().await.unwrap();
    let (platform, receiver) = sdk(&emulator);
    let base = serve(example::router(platform, receiver)).await;
    let check = ReleaseCheck::new(format!("{base}/events"));
    let report = emulator.release_check(&emulator.component().app_id, &check).await.unwrap();
    assert!(report.is_passed());
    let skipped = report.tests.iter().filter(|test| test.verdict == Verdict::Skipped).count();
    assert_eq!(skipped, 4);
    emulator.assert_clean();
}

#[tokio::test]
async fn who_answers_everything_alike_is_told_what_is_missing() {
    let emulator = Emulator::start().await.unwrap();
    let alike =
        |status, body: &'static str| Router::new().fallback(any(move || async move { (status, body) }));

    let success = report(&emulator, alike(StatusCode::OK, "success")).await;
    for step in [ReleaseStep::Text, ReleaseStep::Event] {
        assert_eq!(problem(&success, step), &ReleaseProblem::NoReply);
    }
    for step in [ReleaseStep::ApiText, ReleaseStep::MiniProgramApiText] {
        assert_eq!(problem(&success, step), &ReleaseProblem::NotExchanged);
    }

    let quoted = report(&emulator, alike(StatusCode::OK, "\"success\"")).await;
    for step in [ReleaseStep::Ticket, ReleaseStep::Authorized, ReleaseStep::Unauthorized] {
        assert_eq!(problem(&quoted, step), &ReleaseProblem::NotSuccess);
    }
    assert_eq!(problem(&quoted, ReleaseStep::Text), &ReleaseProblem::NotEncrypted);
    assert_eq!(problem(&quoted, ReleaseStep::ApiText), &ReleaseProblem::Reply);

    let missing = report(&emulator, alike(StatusCode::NOT_FOUND, "")).await;
    for step in STEPS {
        assert_eq!(problem(&missing, step), &ReleaseProblem::Status);
    }
}

#[tokio::test]
async fn who_does_not_answer_is_told_so() {
    let emulator = Emulator::start().await.unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let check = ReleaseCheck::new(format!("http://{nobody}/"));
    let report = emulator.release_check(&emulator.component().app_id, &check).await.unwrap();
    assert!(matches!(problem(&report, ReleaseStep::Ticket), ReleaseProblem::Unreachable { .. }));
}

/// How a service goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    Text,
    Parties,
    ExchangesOnly,
    SendsElse,
}

struct Flawed {
    platform: Platform,
    flaw: Flaw,
}

#[async_trait]
impl EventSink for Flawed {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        self.platform.tokens().platform_event(event).await
    }

    async fn account_message(&self, message: Message) -> Result<Option<String>, SinkError> {
        match message.release_test() {
            Some(ReleaseTest::Reply(reply)) => Ok(Some(match self.flaw {
                Flaw::Text => reply.replace("_callback", "_answer"),
                Flaw::Parties => reply
                    .replace("ToUserName", "Other")
                    .replace("From", "To")
                    .replace("Other", "FromUserName"),
                _ => reply,
            })),
            Some(ReleaseTest::Send(wanted)) => {
                let granted = self.platform.tokens().exchange_code(wanted.code.clone()).await?;
                let mut body = wanted.body();
                body["text"]["content"] = "hello".into();
                let call = tcb_api::RawCall::post("/cgi-bin/message/custom/send").body(body);
                if self.flaw == Flaw::SendsElse {
                    self.platform.authorizer(granted.app_id).call_raw::<serde_json::Value>(call).await?;
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

#[tokio::test]
async fn each_flaw_is_found_where_it_is() {
    for flaw in [Flaw::Text, Flaw::Parties, Flaw::ExchangesOnly, Flaw::SendsElse] {
        let emulator = Emulator::start().await.unwrap();
        let (platform, receiver) = sdk(&emulator);
        let service = CallbackService::new(receiver, Flawed { platform, flaw });
        let router = Router::new()
            .route("/wechat/events", tcb_callback::axum::endpoint(service.clone()))
            .route("/wechat/messages/{appid}", tcb_callback::axum::endpoint(service));
        let report = report(&emulator, router).await;
        match flaw {
            Flaw::Text => {
                let expected = "TESTCOMPONENT_MSG_TYPE_TEXT_callback".to_owned();
                assert_eq!(problem(&report, ReleaseStep::Text), &ReleaseProblem::Content { expected });
            }
            Flaw::Parties => assert_eq!(problem(&report, ReleaseStep::Event), &ReleaseProblem::Parties),
            Flaw::ExchangesOnly => {
                assert_eq!(problem(&report, ReleaseStep::ApiText), &ReleaseProblem::NotSent);
            }
            Flaw::SendsElse => {
                let found = problem(&report, ReleaseStep::MiniProgramApiText);
                assert!(matches!(found, ReleaseProblem::Sent { .. }), "{found:?}");
            }
        }
        assert_eq!(report.test(ReleaseStep::Ticket).unwrap().verdict, Verdict::Passed);
    }
}

#[tokio::test]
async fn a_reply_that_is_not_signed_or_not_encrypted_is_found() {
    let unsigned = format!(
        "<xml><Encrypt>AAAA</Encrypt><TimeStamp>1</TimeStamp><Nonce>1</Nonce><MsgSignature>{}</MsgSignature></xml>",
        "0".repeat(40)
    );
    let plain = "<xml><Content>TESTCOMPONENT_MSG_TYPE_TEXT_callback</Content></xml>".to_owned();
    for (body, expected) in [(unsigned, ReleaseProblem::Signature), (plain, ReleaseProblem::NotEncrypted)] {
        let emulator = Emulator::start().await.unwrap();
        let answer = move |uri: Uri| {
            let body = if uri.path().ends_with("events") { "success".to_owned() } else { body.clone() };
            async move { body }
        };
        let report = report(&emulator, Router::new().fallback(any(answer))).await;
        assert_eq!(problem(&report, ReleaseStep::Text), &expected);
    }
}
