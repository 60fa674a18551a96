//! Why a command failed: what happened, why, and what to do next.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;
use serde::ser::Serializer;
use tcb_api::ErrorKind;
use tcb_auth::{AuthError, AuthErrorKind};
use tcb_lang::Lang;
use tcb_transport::{TransportError, TransportErrorKind};
use tcb_types::{ErrCode, Reaction};

use crate::exit::Exit;
use crate::language::{current, say};
use crate::lookup;
use crate::reaction;
use crate::words::of_wire;

/// What `-o json` prints as `error`, and what people read on standard error. Nothing in it is
/// secret: all texts of servers come cleaned from the SDK.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// What kind of failure it is, for programs.
    pub(crate) kind: &'static str,
    /// What happened.
    pub(crate) message: String,
    /// The operation that failed, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// The step of a deployment that failed, if one had begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<String>,
    /// What is wrong with a request, each in a line of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errcode: Option<i64>,
    /// What the server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) said: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reaction: Option<&'static str>,
    /// The rule behind the hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// The page of the documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) docs: Option<String>,
    /// Whether something may have been created or changed all the same.
    pub(crate) maybe_executed: bool,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    #[serde(rename = "exit_code", serialize_with = "code")]
    pub(crate) exit: Exit,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn code<S: Serializer>(exit: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(exit.code())
}

/// Gives the command that prints the help of this run's command: the hint of a wrong usage that has
/// no better one. Set by `main`, since the grammar is above failures.
pub(crate) static HELP: OnceLock<fn() -> String> = OnceLock::new();

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind,
            message: message.into(),
            operation: None,
            step: None,
            findings: Vec::new(),
            errcode: None,
            said: None,
            rid: None,
            reaction: None,
            why: None,
            docs: None,
            maybe_executed: false,
            hint: HELP.get().filter(|_| exit == Exit::Usage).map(|help| help()),
            exit,
        })
    }

    /// Wrong configuration.
    pub(crate) fn config(message: impl Into<String>) -> Box<Self> {
        Self::new(Exit::Usage, "config", message).hint("tcbctl config explain")
    }

    pub(crate) fn why(mut self: Box<Self>, why: impl Into<String>) -> Box<Self> {
        self.why = Some(why.into());
        self
    }

    pub(crate) fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn findings(mut self: Box<Self>, findings: Vec<String>) -> Box<Self> {
        self.findings = findings;
        self
    }

    /// Says which operation failed, and where it is documented.
    pub(crate) fn during(mut self: Box<Self>, operation: &str) -> Box<Self> {
        let known = lookup::operation(operation);
        self.docs = known.and_then(lookup::page).map(str::to_owned);
        self.operation = Some(known.map_or(operation, |known| known.id.as_str()).to_owned());
        self
    }

    /// Adds what WeChat answered.
    fn answered(mut self: Box<Self>, api: &tcb_types::ApiError) -> Box<Self> {
        let code = api.code().get();
        let (name, words) = reaction::of(code);
        self.errcode = Some(code);
        self.said = (!api.message().is_empty()).then(|| api.message().to_owned());
        self.rid = api.rid().map(str::to_owned);
        self.reaction = Some(name);
        self.why = Some(words);
        self.hint.get_or_insert_with(|| match api.code() {
            ErrCode::CLOUD_NOT_OPEN => "tcbctl cloud open".to_owned(),
            _ => format!("tcbctl explain {code}"),
        });
        self
    }
}

impl Failure {
    /// What the operation that failed does.
    fn title(&self) -> Option<&'static str> {
        let title = lookup::operation(self.operation.as_deref()?)?.title();
        Some(current().pick(&title.en, &title.zh))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = say!("error", "错误");
        let colon = say!(": ", "：");
        match self.errcode {
            Some(code) => write!(f, "{error}[{code}]{colon}{}", self.message)?,
            None => write!(f, "{error}{colon}{}", self.message)?,
        }
        if let Some(title) = self.title() {
            write!(f, "\n  {}{colon}{title}", say!("while", "操作"))?;
        }
        if let Some(step) = &self.step {
            write!(f, "\n  {}{colon}{step}", say!("step", "步骤"))?;
        }
        for finding in &self.findings {
            write!(f, "\n  {finding}")?;
        }
        let lines = [
            (say!("said", "返回"), &self.said),
            ("rid".to_owned(), &self.rid),
            (say!("why", "原因"), &self.why),
        ];
        for (label, text) in lines {
            if let Some(text) = text {
                write!(f, "\n  {label}{colon}{text}")?;
            }
        }
        if self.maybe_executed {
            let note = say!("note: it may have been executed all the same", "注意：它仍可能已经执行");
            write!(f, "\n  {note}")?;
        }
        if let Some(docs) = &self.docs {
            write!(f, "\n  {}{colon}{docs}", say!("docs", "文档"))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n{}{colon}{hint}", say!("hint", "提示"))?;
        }
        Ok(())
    }
}

impl From<tcb_api::Error> for Box<Failure> {
    fn from(error: tcb_api::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&tcb_api::Error> for Box<Failure> {
    fn from(error: &tcb_api::Error) -> Self {
        if let Some(auth) = error.auth() {
            return of_auth(auth, message(error)).during(error.operation());
        }
        let (kind, exit) = classify(error);
        let mut failure = Failure::new(exit, kind, message(error)).during(error.operation());
        failure.maybe_executed = error.maybe_executed();
        failure.hint = match error.kind() {
            ErrorKind::RateLimited => error.retry_after().map(|wait| {
                let seconds = wait.as_secs().max(1);
                say!("run it again in {seconds} seconds", "{seconds} 秒后再运行")
            }),
            ErrorKind::Malformed | ErrorKind::Http | ErrorKind::RedirectRefused => Some(who_answers()),
            ErrorKind::TokenKind => Some(say!(
                "give a merchant's token: that of an account, not the platform's own",
                "请给出授权方的令牌，而不是平台自己的令牌"
            )),
            _ => transport(error).and_then(advice),
        };
        if let Some(api) = error.api() {
            return failure.answered(api);
        }
        let under = error.attempt().map_or(error.source(), |attempt| Some(attempt));
        match under.and_then(|under| in_words(&failure.message, under)) {
            Some(causes) => failure.why(causes),
            None => failure,
        }
    }
}

/// What happened; codes, texts and advice have lines of their own.
fn message(error: &tcb_api::Error) -> String {
    // A call without a type goes by its path.
    let operation = lookup::operation(error.operation()).map_or(error.operation(), |known| known.id.as_str());
    let kind = current().pick(error.kind().to_string(), words(error.kind()).to_owned());
    say!("{operation}: {kind}", "{operation}：{kind}")
}

/// A kind of failure in Chinese. What the libraries say is English.
fn words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Request => "请求不合法，未发送",
        ErrorKind::TokenKind => "令牌种类不对",
        ErrorKind::Auth => "无法取得令牌",
        ErrorKind::Refused => "微信拒绝了此次调用",
        ErrorKind::RateLimited => "触发了额度或频率限制",
        ErrorKind::Unavailable => "服务不可达或暂不可用",
        ErrorKind::Indeterminate => "结果未知：可能已执行，也可能没有",
        ErrorKind::Malformed => "应答无法识别",
        ErrorKind::Http => "HTTP 状态码异常",
        ErrorKind::RedirectRefused => "拒绝跟随重定向",
        ErrorKind::Storage => "对象存储拒绝了请求",
        ErrorKind::Content => "无法读取要上传的内容，或无法写入下载的内容",
        _ => "失败",
    }
}

/// A failure to get a token, in Chinese.
fn words_of_auth(kind: AuthErrorKind) -> &'static str {
    match kind {
        AuthErrorKind::NoTicket { .. } => "没有验证票据",
        AuthErrorKind::TicketRefused => "验证票据被拒绝",
        AuthErrorKind::NotAuthorized => "授权方没有授权该平台",
        AuthErrorKind::NeedsReauthorization => "授权方需要重新授权",
        AuthErrorKind::UnknownAccount => "存储中没有该授权方",
        AuthErrorKind::Misconfigured => "平台配置有误",
        AuthErrorKind::QuotaExceeded => "令牌接口额度已用完",
        AuthErrorKind::StoreUnavailable => "令牌存储不可用",
        AuthErrorKind::Queued => "换取令牌排队超时",
        AuthErrorKind::Unavailable => "令牌接口不可达或暂不可用",
        AuthErrorKind::Malformed => "令牌接口的应答无法识别",
        _ => "无法取得令牌",
    }
}

fn who_answers() -> String {
    say!(
        "check which server answers at TCBCTL_BASE_URL; WeChat answers JSON with HTTP 200",
        "检查 TCBCTL_BASE_URL 处应答的是谁；微信以 HTTP 200 返回 JSON"
    )
}

impl From<AuthError> for Box<Failure> {
    fn from(error: AuthError) -> Self {
        let message = current().pick(error.to_string(), words_of_auth(error.kind()).to_owned());
        of_auth(&error, message)
    }
}

fn classify(error: &tcb_api::Error) -> (&'static str, Exit) {
    match error.kind() {
        ErrorKind::Request => ("request", Exit::Usage),
        ErrorKind::TokenKind => ("token_kind", Exit::Credential),
        ErrorKind::Refused => ("refused", error.api().map_or(Exit::Refused, |api| refusal(api.reaction()))),
        ErrorKind::RateLimited => ("rate_limited", Exit::Quota),
        ErrorKind::Unavailable if is_timeout(error) => ("timeout", Exit::Timeout),
        ErrorKind::Unavailable => ("unavailable", Exit::Failed),
        ErrorKind::Indeterminate => ("indeterminate", Exit::Unsettled),
        ErrorKind::Malformed => ("malformed", Exit::Failed),
        ErrorKind::Http => ("http", Exit::Failed),
        ErrorKind::RedirectRefused => ("redirect_refused", Exit::Failed),
        ErrorKind::Content => ("content", Exit::Failed),
        _ => ("failed", Exit::Failed),
    }
}

/// Which refusals are about who asks, and which about what is asked.
fn refusal(reaction: Reaction) -> Exit {
    match reaction {
        Reaction::WaitForTicket
        | Reaction::RefreshTokenAndRetry
        | Reaction::NotAuthorized
        | Reaction::Reauthorize => Exit::Credential,
        Reaction::QuotaOrFrequency => Exit::Quota,
        _ => Exit::Refused,
    }
}

fn of_auth(error: &AuthError, message: String) -> Box<Failure> {
    let (kind, exit, hint) = match error.kind() {
        AuthErrorKind::NoTicket { .. } | AuthErrorKind::TicketRefused => (
            "ticket",
            Exit::Credential,
            Some(say!(
                "put the newest ticket into TCBCTL_TICKET_FILE, or name the service's store with TCBCTL_STORE; WeChat pushes one every ten minutes",
                "把最新票据放进 TCBCTL_TICKET_FILE，或用 TCBCTL_STORE 指定服务的令牌存储；微信每十分钟推送一次票据"
            )),
        ),
        AuthErrorKind::NotAuthorized | AuthErrorKind::NeedsReauthorization => (
            "authorization",
            Exit::Credential,
            Some(say!(
                "have the merchant authorise the platform, then set TCBCTL_AUTHORIZER_APPID to its appid",
                "让授权方授权平台，然后把 TCBCTL_AUTHORIZER_APPID 设为它的 appid"
            )),
        ),
        AuthErrorKind::UnknownAccount => (
            "unknown_account",
            Exit::Credential,
            Some(say!(
                "tcbctl auth reconcile   (or have the service whose store this is reconcile it with WeChat's list)",
                "tcbctl auth reconcile   （或让维护该存储的服务对照微信的授权列表修复）"
            )),
        ),
        AuthErrorKind::Misconfigured => (
            "platform",
            Exit::Credential,
            Some(say!(
                "compare TCBCTL_COMPONENT_APPID, its secret and the IP whitelist with the console",
                "与开放平台控制台核对 TCBCTL_COMPONENT_APPID、appsecret 和 IP 白名单"
            )),
        ),
        AuthErrorKind::QuotaExceeded => ("quota", Exit::Quota, None),
        AuthErrorKind::StoreUnavailable => (
            "store",
            Exit::Failed,
            Some(say!(
                "look whether the store in TCBCTL_STORE can be used, with the keys in TCBCTL_STORE_KEYS if the service encrypts it",
                "检查 TCBCTL_STORE 指定的存储是否可用；服务对其加密时，还要检查 TCBCTL_STORE_KEYS 中的密钥"
            )),
        ),
        AuthErrorKind::Queued => ("timeout", Exit::Timeout, None),
        AuthErrorKind::Unavailable if is_timeout(error) => ("timeout", Exit::Timeout, None),
        AuthErrorKind::Unavailable => ("unavailable", Exit::Failed, transport(error).and_then(advice)),
        AuthErrorKind::Malformed => ("malformed", Exit::Failed, Some(who_answers())),
        _ => ("credential", Exit::Credential, None),
    };
    let mut failure = Failure::new(exit, kind, message);
    failure.hint = hint;
    match error.api() {
        Some(api) => failure.answered(api),
        None => match error.source().and_then(|under| in_words(&error.to_string(), under)) {
            Some(causes) => failure.why(causes),
            None => failure,
        },
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// How the wire failed, if it did.
fn transport(error: &(dyn Error + 'static)) -> Option<TransportErrorKind> {
    on_the_wire(error).map(TransportError::kind)
}

fn on_the_wire<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TransportError> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// Why it failed: what the libraries say, or in Chinese how the wire failed, if it did.
fn in_words(top: &str, error: &(dyn Error + 'static)) -> Option<String> {
    match on_the_wire(error).filter(|_| current() == Lang::Zh) {
        Some(error) => Some(of_wire(error)),
        None => causes(top, error),
    }
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    transport(error) == Some(TransportErrorKind::Timeout)
}

fn advice(kind: TransportErrorKind) -> Option<String> {
    match kind {
        TransportErrorKind::Connect => Some(say!(
            "tcbctl emu start   (or name another target with TCBCTL_BASE_URL)",
            "tcbctl emu start   （或用 TCBCTL_BASE_URL 指定其他目标）"
        )),
        TransportErrorKind::Certificate => Some(say!(
            "find out who answers under the name in TCBCTL_BASE_URL",
            "查明以 TCBCTL_BASE_URL 中的域名应答的是谁"
        )),
        _ => None,
    }
}

/// The texts of `error` and under it that `top` does not say, each once.
fn causes(top: &str, error: &(dyn Error + 'static)) -> Option<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in chain(error).map(ToString::to_string) {
        if !top.contains(&text) && !texts.contains(&text) {
            texts.push(text);
        }
    }
    (!texts.is_empty()).then(|| texts.join(": "))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tcb_api::{Client, CreateEnv, RetryPolicy, StaticToken};
    use tcb_transport::{Request, Response, Transport};
    use tcb_types::Operation;
    use tcb_types::cloudbase_common::ListEnvs;

    use super::*;

    /// A wire that always ends in the same way.
    #[derive(Debug)]
    struct Wire(Result<&'static str, TransportErrorKind>);

    #[async_trait]
    impl Transport for Wire {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            self.0.map(Response::json).map_err(TransportError::new)
        }
    }

    #[test]
    fn lost_data_is_told_from_a_cancellation() {
        let of = |kind| of_auth(&AuthError::new(kind), "no token".to_owned());
        let (unknown, cancelled) = (of(AuthErrorKind::UnknownAccount), of(AuthErrorKind::NotAuthorized));
        assert_eq!((unknown.kind, cancelled.kind), ("unknown_account", "authorization"));
        assert!(unknown.hint.is_some_and(|hint| hint.contains("reconcile")));
        assert!(cancelled.hint.is_some_and(|hint| hint.contains("authorise")));
    }

    async fn failure<O: Operation>(
        operation: O,
        end: Result<&'static str, TransportErrorKind>,
    ) -> Box<Failure> {
        let client = Client::builder().token(StaticToken::new("t")).transport(Wire(end));
        let client = client.retry(RetryPolicy::never()).build().unwrap();
        let Err(error) = client.send(operation).await else { panic!("it has to fail") };
        error.into()
    }

    #[tokio::test]
    async fn each_failure_has_its_exit_code() {
        for (end, exit) in [
            (Err(TransportErrorKind::Timeout), Exit::Timeout),
            (Err(TransportErrorKind::Connect), Exit::Failed),
            (Ok("<html>"), Exit::Failed),
            (Ok(r#"{"errcode":40001}"#), Exit::Credential),
            (Ok(r#"{"errcode":61003}"#), Exit::Credential),
            (Ok(r#"{"errcode":45009}"#), Exit::Quota),
            (Ok(r#"{"errcode":85088}"#), Exit::Refused),
            (Ok(r#"{"errcode":123456789}"#), Exit::Refused),
        ] {
            let failure = failure(ListEnvs::new(), end).await;
            assert_eq!(failure.exit, exit, "{failure}");
        }
        let unreadable = failure(ListEnvs::new(), Err(TransportErrorKind::Source)).await;
        assert_eq!((unreadable.kind, unreadable.exit), ("content", Exit::Failed));
    }

    #[tokio::test]
    async fn a_create_in_doubt_is_never_a_mere_timeout() {
        for end in [Err(TransportErrorKind::Timeout), Ok(r#"{"errcode":-1}"#), Ok("<html>")] {
            let failure = failure(CreateEnv::postpaid("shop"), end).await;
            assert_eq!((failure.exit, failure.maybe_executed), (Exit::Unsettled, true), "{failure}");
        }
    }

    #[tokio::test]
    async fn a_refusal_says_what_why_and_what_next() {
        let answer = r#"{"errcode":85088,"errmsg":"no qbase privilege rid: 617682e0-09059ac5-34a8e2ea"}"#;
        let failure = failure(ListEnvs::new(), Ok(answer)).await;
        assert_eq!(
            failure.to_string(),
            "error[85088]: getEnvInfo: WeChat refused the call\
             \n  while: Get cloud environments\
             \n  said: no qbase privilege\
             \n  rid: 617682e0-09059ac5-34a8e2ea\
             \n  why: the merchant or its administrator has to do something outside the API\
             \n  docs: https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/env-management/api_getenvinfo.html\
             \nhint: tcbctl cloud open"
        );
        let json = serde_json::to_value(&failure).unwrap();
        assert_eq!(json["errcode"], 85088);
        assert_eq!(json["exit_code"], 5);
    }
}
