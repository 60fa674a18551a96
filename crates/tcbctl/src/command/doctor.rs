//! `tcbctl doctor`: what is wrong, in the order in which things depend on each other.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tcb_api::auth::TokenSource as _;
use tcb_transport::{Request, Transport as _, TransportError};
use tcb_types::{Clock as _, ErrCode, Method, SystemClock, permission};

use super::{auth, platform};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::Report;
use crate::run::{Ended, Run};
use crate::session::Session;
use crate::settings::{Credentials, Settings, TokenOwner, key, target};
use crate::words::of_wire;

/// How far the clocks may be apart: pushes older than five minutes are taken for repeated.
const SKEW: Duration = Duration::from_secs(2 * 60);

/// A ticket older than this should have been replaced: WeChat pushes one every ten minutes.
const TICKET_AGE: Duration = Duration::from_secs(30 * 60);

/// What a check found: its words, or why it cannot go on.
type Found = Result<Finding, Box<Failure>>;

enum Finding {
    Well(String),
    /// There is nothing to check with these settings.
    Nothing(String),
}

/// The checks so far.
struct Checks {
    items: Vec<Value>,
    failed: Option<Box<Failure>>,
}

impl Checks {
    /// Notes what a check found. After the first that failed nothing is asked any more.
    fn note(&mut self, check: &'static str, found: Found) -> bool {
        let (outcome, detail) = match found {
            Ok(Finding::Well(text)) => ("ok", text),
            Ok(Finding::Nothing(text)) => ("skipped", text),
            Err(failure) => {
                let text = failure.message.clone();
                self.failed = Some(failure);
                ("failed", text)
            }
        };
        self.items.push(json!({"check": check, "outcome": outcome, "detail": detail}));
        self.failed.is_none()
    }
}

pub(super) async fn doctor(run: &Run<'_>, fix: bool) -> Ended {
    if fix {
        for path in run.sources.close_secrets()? {
            run.output.talk(&say!("chmod 600 {path}", "chmod 600 {path}"));
        }
    }
    let mut checks = Checks { items: Vec::new(), failed: None };
    // Each check runs only if those before it went well.
    let _ = all(run, fix, &mut checks).await;
    let mut report = Report::new("doctor").items(&["check", "outcome", "detail"], checks.items);
    if let Some(failure) = checks.failed {
        report.exit = failure.exit;
        report.hint.clone_from(&failure.hint);
        let why = failure.why.clone().or(failure.said.clone());
        report = report.member("errcode", failure.errcode).member("why", why);
    }
    Ok(report)
}

/// Runs the checks until one fails.
async fn all(run: &Run<'_>, fix: bool, checks: &mut Checks) -> Option<()> {
    let note = |checks: &mut Checks, name, found| checks.note(name, found).then_some(());
    note(checks, "config", config(run))?;
    note(checks, "aes_key", aes_key(run))?;
    let date = match host(run).await {
        Ok((text, date)) => {
            note(checks, "host", Ok(Finding::Well(text)))?;
            date
        }
        Err(failure) => return note(checks, "host", Err(failure)),
    };
    note(checks, "clock", clock(date))?;
    let session = match run.session(TokenOwner::Platform).await {
        Ok(session) => session,
        Err(failure) => return note(checks, "credentials", Err(failure)),
    };
    let Ok(known) = session.platform() else {
        let text = say!("only a token is given", "只给出了令牌");
        return note(checks, "credentials", Ok(Finding::Nothing(text)));
    };
    note(checks, "store", store(session).await)?;
    note(checks, "ticket", ticket(session, fix).await)?;
    note(checks, "ip_whitelist", whitelist(known).await)?;
    note(checks, "permission_sets", permissions(run, session).await)
}

fn config(run: &Run<'_>) -> Found {
    let settings = Settings::read(TokenOwner::Platform, &run.sources)?;
    let target = settings.base_url;
    let by = match settings.credentials {
        Credentials::Nothing => say!("no credentials", "无凭据"),
        Credentials::Token(_) => say!("a token", "令牌"),
        Credentials::Platform(_) => say!("a platform's credentials", "平台凭据"),
        Credentials::Emulator { .. } => say!("an emulator", "模拟器"),
    };
    Ok(Finding::Well(say!("{target}, with {by}", "{target}，使用{by}")))
}

fn aes_key(run: &Run<'_>) -> Found {
    if run.sources.secret(key::ENCODING_AES_KEY)?.is_none() {
        let name = key::ENCODING_AES_KEY.variable;
        return Ok(Finding::Nothing(say!("{name} is not set", "未设置 {name}")));
    }
    platform::crypto(run)?;
    Ok(Finding::Well(say!("43 characters of Base64", "43 个 Base64 字符")))
}

/// Whether the target answers at all, and what time it is there.
async fn host(run: &Run<'_>) -> Result<(String, Option<SystemTime>), Box<Failure>> {
    let base = target(&run.sources)?;
    let wire = run.global.backend.transport(&base).map_err(|error| Failure::config(error.to_string()))?;
    let request = Request::raw(Method::Get, "/cgi-bin/get_api_domain_ip".to_owned(), "doctor");
    let answer = wire.send(request).await.map_err(|error: TransportError| {
        let message = say!("{base} does not answer: {why}", "{base} 没有应答：{why}", why = of_wire(&error));
        let failure = Failure::new(Exit::Failed, "unavailable", message);
        if base.scheme().as_str() == "http" { failure.hint("tcbctl emu start") } else { failure }
    })?;
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    Ok((say!("{base} answers", "{base} 有应答"), date.and_then(|date| httpdate::parse_http_date(date).ok())))
}

fn clock(date: Option<SystemTime>) -> Found {
    let Some(there) = date else {
        return Ok(Finding::Nothing(say!("the target does not tell its time", "目标没有给出时间")));
    };
    let here = SystemClock.wall();
    let apart = here.duration_since(there).or_else(|_| there.duration_since(here)).unwrap_or_default();
    let seconds = apart.as_secs();
    if apart > SKEW {
        let message = say!("the clocks are {seconds} seconds apart", "两侧时钟相差 {seconds} 秒");
        return Err(Failure::new(Exit::Failed, "clock", message)
            .why(say!("a push that looks old is taken for a repeated one", "时间过旧的推送会被当作重放"))
            .hint("timedatectl set-ntp true"));
    }
    Ok(Finding::Well(say!("{seconds} seconds apart", "相差 {seconds} 秒")))
}

async fn store(session: &Session) -> Found {
    session.platform()?.tokens().ticket_age().await?;
    if !session.is_shared {
        return Ok(Finding::Nothing(say!(
            "none is set: this tool fetches tokens of its own",
            "未设置：本工具自行换取令牌"
        )));
    }
    Ok(Finding::Well(say!("can be read", "可以读取")))
}

async fn ticket(session: &Session, fix: bool) -> Found {
    let tokens = session.platform()?.tokens();
    let age = tokens.ticket_age().await?;
    let message = match age.map(|age| (age > TICKET_AGE, age.as_secs() / 60)) {
        Some((false, minutes)) => {
            return Ok(Finding::Well(say!("{minutes} minutes old", "已有 {minutes} 分钟")));
        }
        Some((true, minutes)) => say!("the ticket is {minutes} minutes old", "验证票据已有 {minutes} 分钟"),
        None => say!("there is no ticket", "没有验证票据"),
    };
    if fix {
        tokens.start_push_ticket().await?;
    }
    Err(Failure::new(Exit::Credential, "ticket", message)
        .why(say!(
            "WeChat pushes one every ten minutes to the address of the platform",
            "微信每十分钟向平台的回调地址推送一次"
        ))
        .hint(if fix {
            say!(
                "asked WeChat to push; look again in ten minutes: tcbctl doctor",
                "已请求微信推送；十分钟后再看：tcbctl doctor"
            )
        } else {
            "tcbctl platform ticket --start-push".to_owned()
        }))
}

/// The first call that WeChat checks in earnest: who asks, and from which address.
async fn whitelist(platform: &tcb_api::Platform) -> Found {
    match platform.tokens().component().token().await {
        Ok(_) => Ok(Finding::Well(say!("WeChat gives the platform a token", "微信向平台签发令牌"))),
        Err(error) => {
            let is_address = error.api().is_some_and(|api| api.code() == ErrCode::new(61004));
            let failure = Box::<Failure>::from(error);
            Err(if is_address {
                let said = failure.said.clone().unwrap_or_default();
                failure.hint(say!(
                    "add this machine's address to the IP whitelist in the console   ({said})",
                    "在控制台把本机地址加入 IP 白名单   （{said}）"
                ))
            } else {
                failure
            })
        }
    }
}

/// What the merchant has granted, by name.
async fn permissions(run: &Run<'_>, session: &Session) -> Found {
    let Some(merchant) = run.sources.value(key::AUTHORIZER_APPID)? else {
        return Ok(Finding::Nothing(say!("no merchant is named", "没有给出授权方")));
    };
    let platform = session.platform()?;
    let operation = tcb_types::authorization::GetAuthorizerInfo::new(platform.app_id(), merchant.as_str());
    let answer = platform.send(operation).await?;
    let granted = answer.authorization_info.map(|standing| standing.permission_sets().collect::<Vec<_>>());
    let granted = granted.unwrap_or_default();
    let needed = [permission::CLOUD_DEVELOPMENT, permission::DEVELOPMENT_AND_ANALYSIS];
    let names =
        |sets: &[u32]| sets.iter().map(|set| auth::named_set(u64::from(*set))).collect::<Vec<_>>().join(", ");
    let missing: Vec<u32> = needed.into_iter().filter(|set| !granted.contains(set)).collect();
    if missing.is_empty() {
        return Ok(Finding::Well(names(&granted)));
    }
    let missing = names(&missing);
    Err(Failure::new(
        Exit::Credential,
        "permission_sets",
        say!("{merchant} has not granted {missing}", "{merchant} 没有授予 {missing}"),
    )
    .hint("tcbctl auth link --redirect URL"))
}
