//! What a release check found.

use serde::Serialize;

use crate::record::CustomerMessage;

/// How one run of the check ended.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReleaseReport {
    /// The group of test accounts, 1 to 5.
    pub group: usize,
    /// The tests, in the order in which they ran.
    pub tests: Vec<ReleaseTestResult>,
}

impl ReleaseReport {
    /// Whether no test failed.
    pub fn is_passed(&self) -> bool {
        self.tests.iter().all(|test| test.verdict != Verdict::Failed)
    }

    /// The result of one test.
    pub fn test(&self, step: ReleaseStep) -> Option<&ReleaseTestResult> {
        self.tests.iter().find(|test| test.step == step)
    }
}

/// One test of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleaseStep {
    /// A ticket is pushed (组件ticket正确接收).
    Ticket,
    /// The test accounts authorise the platform (获取授权code、授权).
    Authorized,
    /// A text message is answered with a text (返回普通文本消息).
    Text,
    /// A text message is answered through the API (返回Api文本消息).
    ApiText,
    /// The same for the mini program.
    MiniProgramApiText,
    /// An event is answered with a text (发送事件消息). The documentation does not have this one any
    /// more.
    Event,
    /// The test accounts cancel (取消授权).
    Unauthorized,
}

impl ReleaseStep {
    /// The name in the admin API: `ticket`, `api_text`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Authorized => "authorized",
            Self::Text => "text",
            Self::ApiText => "api_text",
            Self::MiniProgramApiText => "mini_program_api_text",
            Self::Event => "event",
            Self::Unauthorized => "unauthorized",
        }
    }
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The service did what WeChat wants.
    Passed,
    /// It did not.
    Failed,
    /// The check is run without a URL for messages.
    Skipped,
}

/// How one test went.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReleaseTestResult {
    /// Which test.
    pub step: ReleaseStep,
    /// How it ended.
    pub verdict: Verdict,
    /// What is wrong.
    pub problem: Option<ReleaseProblem>,
    /// What to change in the service.
    pub fix: Option<String>,
    /// What was pushed, before it was encrypted.
    pub pushed: Option<String>,
    /// What the service answered.
    pub answered: Option<Answered>,
    /// What the service sent through the API meanwhile.
    pub sent: Vec<CustomerMessage>,
}

impl ReleaseTestResult {
    pub(super) fn skipped(step: ReleaseStep) -> Self {
        Self {
            step,
            verdict: Verdict::Skipped,
            problem: None,
            fix: None,
            pushed: None,
            answered: None,
            sent: Vec::new(),
        }
    }
}

/// What a service answered to a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// What was encrypted in it.
    pub decrypted: Option<String>,
}

/// What is wrong with what a service did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleaseProblem {
    /// It does not answer.
    Unreachable {
        /// Why.
        why: String,
    },
    /// It answers another HTTP status than 200.
    Status,
    /// It does not answer exactly `success`.
    NotSuccess,
    /// It answers without a reply where one is due.
    NoReply,
    /// Its reply is not encrypted, or with another key.
    NotEncrypted,
    /// The signature of its reply is wrong.
    Signature,
    /// Its reply is from somebody else, or to somebody else.
    Parties,
    /// Its reply has another text.
    Content {
        /// The text that is due.
        expected: String,
    },
    /// It answers with a reply where none is due.
    Reply,
    /// It did not exchange the code in the message.
    NotExchanged,
    /// It exchanged the code and sent no message.
    NotSent,
    /// It sent another text, or to somebody else, or for another account.
    Sent {
        /// The text that is due.
        expected: String,
    },
}

impl ReleaseProblem {
    /// What to change in the service.
    pub(super) fn fix(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "answer at this address within five seconds: record what comes, answer, and work afterwards".to_owned()
            }
            Self::Status => "answer HTTP 200; a push that is refused here has another signature, key or appid than the \
                             service expects: token, AES key and appid are those of the emulator's platform"
                .to_owned(),
            Self::NotSuccess => "answer exactly `success` to events of the platform, without quotes, spaces or XML".to_owned(),
            Self::NoReply => "answer this message at once with a text message; it comes to the URL for messages, whose handler \
                              is not the one of the platform's events"
                .to_owned(),
            Self::NotEncrypted => "encrypt the reply with the platform's AES key and the platform's appid inside, not the account's"
                .to_owned(),
            Self::Signature => "sign token, timestamp, nonce and ciphertext of the reply, as they stand in it".to_owned(),
            Self::Parties => "swap ToUserName and FromUserName in the reply".to_owned(),
            Self::Content { expected } => format!("answer with the text `{expected}`"),
            Self::Reply => "answer with an empty body or `success`, and send the message through the API afterwards".to_owned(),
            Self::NotExchanged => "exchange the code in the message itself (api_query_auth); tokens that are stored are of no use, \
                                   for the account has just authorised"
                .to_owned(),
            Self::NotSent => "call /cgi-bin/message/custom/send with the access token that the exchange gave".to_owned(),
            Self::Sent { expected } => {
                format!("send the text `{expected}` to the FromUserName of the message, with the token of its account")
            }
        }
    }
}
