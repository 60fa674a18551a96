//! The check as it runs: what is pushed, and what has to come back.

use std::collections::BTreeSet;
use std::time::Duration;

use tcb_callback::{BodyFormat, EncodingAesKey, KeySlot, MessageCrypto, Recipient, ReleaseAccount, Sealed};
use tcb_types::ComponentAppId;

use super::reply::{element, open};
use super::report::{Answered, ReleaseProblem, ReleaseStep, ReleaseTestResult, Verdict};
use crate::core::Core;
use crate::push::{CallbackUrl, Push, post};
use crate::record::CustomerMessage;
use crate::state::CODE_LIFE;
use crate::{Credentials, EmulatorError, EmulatorErrorKind};

/// How long WeChat waits for an answer to a push.
const ANSWER: Duration = Duration::from_secs(5);
/// How often is looked for a message through the API.
const LOOK: Duration = Duration::from_millis(10);

/// Message management of public accounts, and customer-service messages of mini programs.
const SETS: [u32; 2] = [1, 19];

const TEXT: &str = "TESTCOMPONENT_MSG_TYPE_TEXT";
const EVENT: &str = "LOCATION";

/// What an answer has to be.
type Judged = Result<(), ReleaseProblem>;

struct Run<'a> {
    core: &'a Core,
    credentials: Credentials,
    crypto: MessageCrypto,
    patience: Duration,
}

pub(super) async fn run(
    core: &Core,
    component: &ComponentAppId,
    [public, mini]: [ReleaseAccount; 2],
    events: CallbackUrl,
    messages: Option<[CallbackUrl; 2]>,
    patience: Duration,
) -> Result<Vec<ReleaseTestResult>, EmulatorError> {
    let run = Run::new(core, component, patience)?;
    let ticket = run.event(ReleaseStep::Ticket, &events, run.ticket()?).await;
    let mut tests = vec![ticket];
    tests.push(
        run.both(ReleaseStep::Authorized, &events, [run.authorize(public)?, run.authorize(mini)?]).await,
    );
    if let Some([to_public, to_mini]) = &messages {
        tests.push(run.text(to_public, public).await);
        tests.push(run.through_the_api(ReleaseStep::ApiText, to_public, public).await);
        tests.push(run.an_event(to_public, public).await);
        tests.push(run.through_the_api(ReleaseStep::MiniProgramApiText, to_mini, mini).await);
    } else {
        let steps =
            [ReleaseStep::Text, ReleaseStep::ApiText, ReleaseStep::Event, ReleaseStep::MiniProgramApiText];
        tests.extend(steps.map(ReleaseTestResult::skipped));
    }
    let cancelled = [run.unauthorize(public)?, run.unauthorize(mini)?];
    tests.push(run.both(ReleaseStep::Unauthorized, &events, cancelled).await);
    Ok(tests)
}

impl<'a> Run<'a> {
    fn new(core: &'a Core, component: &ComponentAppId, patience: Duration) -> Result<Self, EmulatorError> {
        let credentials = core.state().component(component.as_str())?.credentials.clone();
        let unusable = |_| EmulatorError::new(EmulatorErrorKind::Invalid, "the AES key cannot be read");
        let key = EncodingAesKey::parse(credentials.encoding_aes_key.expose()).map_err(unusable)?;
        let crypto = MessageCrypto::new(credentials.app_id.clone(), credentials.callback_token.clone(), key);
        Ok(Self { core, credentials, crypto, patience })
    }

    fn ticket(&self) -> Result<Push, EmulatorError> {
        let mut state = self.core.state();
        let (component, now) = (self.credentials.app_id.as_str(), state.now());
        let ticket = state.new_ticket(component)?;
        Ok(Push::ticket(component, &ticket, now))
    }

    fn authorize(&self, account: ReleaseAccount) -> Result<Push, EmulatorError> {
        let mut state = self.core.state();
        let (component, now) = (self.credentials.app_id.as_str(), state.now());
        state.add_release_account(account);
        let sets = BTreeSet::from(SETS);
        let (code, _) = state.authorize(component, account.app_id, sets, None)?;
        let link = state.seed.pre_auth_code();
        let code = (code.as_str(), now.plus(CODE_LIFE));
        Ok(Push::authorized("authorized", component, account.app_id, code, &link, now))
    }

    fn unauthorize(&self, account: ReleaseAccount) -> Result<Push, EmulatorError> {
        self.core.state().unauthorize(self.credentials.app_id.as_str(), account.app_id)
    }

    /// Pushes an event of the platform, which is answered with `success`.
    async fn event(&self, step: ReleaseStep, url: &CallbackUrl, push: Push) -> ReleaseTestResult {
        let (pushed, recipient) = (push.message(), Recipient::Platform(&self.credentials.app_id));
        let answer = self.push(url, "", recipient, pushed).await;
        let judge = |answer: &mut Answered| {
            if answer.body == "success" { Ok(()) } else { Err(ReleaseProblem::NotSuccess) }
        };
        result(step, pushed, answer, judge)
    }

    /// Pushes the same for both accounts. The one that failed counts.
    async fn both(&self, step: ReleaseStep, url: &CallbackUrl, pushes: [Push; 2]) -> ReleaseTestResult {
        let [first, second] = pushes;
        let first = self.event(step, url, first).await;
        if first.verdict == Verdict::Failed { first } else { self.event(step, url, second).await }
    }

    async fn text(&self, url: &CallbackUrl, account: ReleaseAccount) -> ReleaseTestResult {
        let content = format!("<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[{TEXT}]]></Content>\n");
        self.passively(ReleaseStep::Text, url, account, &content, &format!("{TEXT}_callback")).await
    }

    async fn an_event(&self, url: &CallbackUrl, account: ReleaseAccount) -> ReleaseTestResult {
        let content = format!(
            "<MsgType><![CDATA[event]]></MsgType>\n<Event><![CDATA[{EVENT}]]></Event>\n<Latitude>23.137466</Latitude>\n\
             <Longitude>113.352425</Longitude>\n<Precision>119.385040</Precision>\n"
        );
        self.passively(ReleaseStep::Event, url, account, &content, &format!("{EVENT}from_callback")).await
    }

    /// Sends a message that is answered with an encrypted text.
    async fn passively(
        &self,
        step: ReleaseStep,
        url: &CallbackUrl,
        account: ReleaseAccount,
        content: &str,
        expected: &str,
    ) -> ReleaseTestResult {
        let (openid, message) = self.message(account, content);
        let answer = self.push(url, &openid, Recipient::Account(account.user_name), &message).await;
        let judge = |answer: &mut Answered| {
            if matches!(answer.body.as_str(), "" | "success") {
                return Err(ReleaseProblem::NoReply);
            }
            let reply = answer.decrypted.insert(open(&self.crypto, &answer.body)?);
            let is = |name, text: &str| element(reply, name) == Some(text);
            if !is("ToUserName", &openid) || !is("FromUserName", account.user_name) {
                Err(ReleaseProblem::Parties)
            } else if !is("MsgType", "text") || !is("Content", expected) {
                Err(ReleaseProblem::Content { expected: expected.to_owned() })
            } else {
                Ok(())
            }
        };
        result(step, &message, answer, judge)
    }

    /// Sends a message with a code that is answered by a message through the API.
    async fn through_the_api(
        &self,
        step: ReleaseStep,
        url: &CallbackUrl,
        account: ReleaseAccount,
    ) -> ReleaseTestResult {
        let code = self.core.state().new_code(self.credentials.app_id.as_str(), account.app_id);
        let content = format!(
            "<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[QUERY_AUTH_CODE:{code}]]></Content>\n"
        );
        let (openid, message) = self.message(account, &content);
        let before = self.core.state().customer_messages.len();
        let answer = self.push(url, &openid, Recipient::Account(account.user_name), &message).await;
        let judge = |answer: &mut Answered| {
            if matches!(answer.body.as_str(), "" | "success") { Ok(()) } else { Err(ReleaseProblem::Reply) }
        };
        let mut result = result(step, &message, answer, judge);
        if result.verdict == Verdict::Passed {
            self.wait_for_message(before).await;
            // There are fewer after a reset.
            result.sent = self.core.state().customer_messages.iter().skip(before).cloned().collect();
            let expected = format!("{code}_from_api");
            let is_due = |sent: &CustomerMessage| {
                sent.account == account.app_id && sent.to == openid && sent.text == expected
            };
            let is_exchanged = self.core.state().codes.get(&code).is_some_and(|code| code.used);
            result = match &result.sent[..] {
                sent if sent.iter().any(is_due) => result,
                [] if is_exchanged => failed(result, ReleaseProblem::NotSent),
                [] => failed(result, ReleaseProblem::NotExchanged),
                _ => failed(result, ReleaseProblem::Sent { expected }),
            };
        }
        result
    }

    /// Waits until there are more messages than before.
    async fn wait_for_message(&self, before: usize) {
        let came = async {
            while self.core.state().customer_messages.len() == before {
                tokio::time::sleep(LOOK).await;
            }
        };
        // That none came is seen.
        let _ = tokio::time::timeout(self.patience, came).await;
    }

    /// A message to an account, and the openid of who sends it.
    fn message(&self, account: ReleaseAccount, content: &str) -> (String, String) {
        let mut state = self.core.state();
        let (openid, number, now) = (state.seed.openid(), state.seed.nonce(), state.now().seconds());
        let message = format!(
            "<xml>\n<ToUserName><![CDATA[{}]]></ToUserName>\n<FromUserName><![CDATA[{openid}]]></FromUserName>\n\
             <CreateTime>{now}</CreateTime>\n{content}<MsgId>{number}</MsgId>\n</xml>",
            account.user_name
        );
        (openid, message)
    }

    /// Sends a push and returns what the service answered.
    async fn push(
        &self,
        url: &CallbackUrl,
        openid: &str,
        recipient: Recipient<'_>,
        message: &str,
    ) -> Result<Answered, ReleaseProblem> {
        let unreachable = |why: String| ReleaseProblem::Unreachable { why };
        let sealed = self.seal(message).map_err(|error| unreachable(error.to_string()))?;
        let openid = if openid.is_empty() { String::new() } else { format!("&openid={openid}") };
        let query = format!("{}{openid}", sealed.push_query());
        let answer = post(url, &query, sealed.push_body(recipient, BodyFormat::Xml));
        let answer = tokio::time::timeout(ANSWER, answer).await;
        let (status, body) =
            answer.map_err(|_| unreachable(format!("no answer within {ANSWER:?}")))?.map_err(unreachable)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answered { status: status.as_u16(), body, decrypted: None })
    }

    fn seal(&self, message: &str) -> Result<Sealed, tcb_callback::CallbackError> {
        let mut state = self.core.state();
        let (nonce, random, now) = (state.seed.nonce(), state.seed.message_random(), state.now());
        self.crypto.seal_with_random(message, now.seconds(), &nonce, KeySlot::Current, random)
    }
}

/// Judges an answer.
fn result(
    step: ReleaseStep,
    pushed: &str,
    answer: Result<Answered, ReleaseProblem>,
    judge: impl FnOnce(&mut Answered) -> Judged,
) -> ReleaseTestResult {
    let (answered, judged) = match answer {
        Err(problem) => (None, Err(problem)),
        Ok(answer) if answer.status != 200 => (Some(answer), Err(ReleaseProblem::Status)),
        Ok(mut answer) => {
            let judged = judge(&mut answer);
            (Some(answer), judged)
        }
    };
    let result = ReleaseTestResult {
        verdict: Verdict::Passed,
        pushed: Some(pushed.to_owned()),
        answered,
        ..ReleaseTestResult::skipped(step)
    };
    match judged {
        Ok(()) => result,
        Err(problem) => failed(result, problem),
    }
}

fn failed(result: ReleaseTestResult, problem: ReleaseProblem) -> ReleaseTestResult {
    ReleaseTestResult { verdict: Verdict::Failed, fix: Some(problem.fix()), problem: Some(problem), ..result }
}
