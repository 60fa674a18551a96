//! `tcbctl platform`

use std::time::{Duration, UNIX_EPOCH};

use clap::Subcommand;
use serde_json::json;
use tcb_callback::{BodyFormat, EncodingAesKey, KeySlot, MessageCrypto, Recipient, Signature};
use tcb_transport::{BaseUrl, Request, Transport};
use tcb_types::{Clock as _, Method, SystemClock};

use super::release_check::{self, ReleaseCheck};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::Report;
use crate::run::{Ended, Planned, Run, Stop};
use crate::settings::{TokenOwner, key, target};
use crate::words::{of_url, of_wire, told_as};

#[derive(Debug, Subcommand)]
pub(crate) enum Platform {
    /// Show the platform, its target and the state of its ticket || 显示平台、目标和验证票据状态
    Show,
    /// Show how old the newest ticket is || 显示最新验证票据的时间
    Ticket {
        /// Ask WeChat to push tickets || 请求微信开始推送票据
        #[arg(long)]
        start_push: bool,
    },
    /// The address that WeChat pushes to || 微信推送的回调地址
    #[command(subcommand)]
    Callback(Callback),
    /// Run the tests of WeChat's release check against your service, which uses an emulator in
    /// WeChat's place || 对你的服务运行全网发布接入检测；该服务以模拟器代替微信
    ReleaseCheck(ReleaseCheck),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Callback {
    /// Ask a callback address as WeChat asks it, with a right and with a wrong signature ||
    /// 像微信一样请求回调地址，分别使用正确和错误的签名
    Verify {
        /// The whole address || 完整地址
        url: String,
    },
}

pub(super) async fn platform(run: &Run<'_>, command: Platform) -> Ended {
    match command {
        Platform::Show => show(run).await,
        Platform::Ticket { start_push } => ticket(run, start_push).await,
        Platform::Callback(Callback::Verify { url }) => verify(run, &url).await,
        Platform::ReleaseCheck(args) => release_check::release_check(run, &args).await,
    }
}

/// Shows with `--dry-run` that nothing is sent.
fn preview_reading(run: &Run<'_>, command: &'static str) -> Result<(), Stop> {
    let why = say!("none: it only reads the token store", "无：只读取令牌存储");
    run.preview_nothing(command, why)
}

async fn show(run: &Run<'_>) -> Ended {
    preview_reading(run, "platform show")?;
    let session = run.session(TokenOwner::Platform).await?;
    let age = session.platform()?.tokens().ticket_age().await?;
    let profile = run.sources.profile.as_ref().map(|(name, _)| name.clone());
    Ok(session
        .report("platform show")
        .field("base_url", target(&run.sources)?.to_string())
        .field_as("profile", profile.clone(), profile.unwrap_or_default())
        .field_as("age_seconds", age.map(|age| age.as_secs()), told(age)))
}

fn told(age: Option<Duration>) -> String {
    match age.map(|age| age.as_secs() / 60) {
        None => say!("there is no ticket", "没有验证票据"),
        Some(minutes) => say!("the ticket is {minutes} minutes old", "验证票据已有 {minutes} 分钟"),
    }
}

async fn ticket(run: &Run<'_>, start_push: bool) -> Ended {
    if start_push {
        let shown = json!({"component_appid": run.sources.value(key::COMPONENT_APPID)?, "component_secret": "SECRET"});
        run.preview("platform ticket", &Planned::of("startPushTicket", shown)?)?;
    } else {
        preview_reading(run, "platform ticket")?;
    }
    let session = run.session(TokenOwner::Platform).await?;
    let tokens = session.platform()?.tokens();
    let report = session.report("platform ticket");
    if start_push {
        tokens.start_push_ticket().await?;
        return Ok(report.field("outcome", "started"));
    }
    let age = tokens.ticket_age().await?;
    let mut report = report.field_as("age_seconds", age.map(|age| age.as_secs()), told(age));
    if age.is_none_or(|age| age > Duration::from_secs(30 * 60)) {
        report.hint = Some("tcbctl platform ticket --start-push".to_owned());
    }
    Ok(report)
}

/// Asks a callback address as WeChat does, with a message that nobody acts on.
async fn verify(run: &Run<'_>, url: &str) -> Ended {
    let (base, path) = split(url)?;
    let wire = run.global.backend.transport(&base).map_err(|error| Failure::config(error.to_string()))?;
    let crypto = crypto(run)?;
    let now = SystemClock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let app_id = crypto.app_id().clone();
    let message = format!(
        "<xml><AppId><![CDATA[{app_id}]]></AppId><CreateTime>{now}</CreateTime><InfoType><![CDATA[tcbctl_verify]]></InfoType></xml>"
    );
    let sealed = crypto.seal(&message, now, "tcbctl", KeySlot::Current);
    let sealed = sealed.map_err(|error| Failure::new(Exit::Failed, "callback", error.to_string()))?;
    let body = sealed.push_body(Recipient::Platform(&app_id), BodyFormat::Xml);
    let right = vec![
        ("signature", sealed.signature().to_string()),
        ("timestamp", sealed.timestamp().to_owned()),
        ("nonce", sealed.nonce().to_owned()),
        ("encrypt_type", "aes".to_owned()),
        ("msg_signature", sealed.msg_signature().to_string()),
    ];
    let mut wrong = right.clone();
    if let Some((_, signature)) = wrong.last_mut() {
        *signature = Signature::parse(&"0".repeat(40)).map(|none| none.to_string()).unwrap_or_default();
    }
    let (status, text) = post(&*wire, &path, &right, &body).await?;
    let taken = status == 200 && matches!(text.trim(), "success" | "");
    let (refused_status, refused_text) = post(&*wire, &path, &wrong, &body).await?;
    let refused = refused_status != 200 || refused_text.trim() != "success";
    let report = Report::new("platform callback verify").field("link", url).field("status", status);
    match (taken, refused) {
        (true, true) => Ok(report.field("outcome", "verified")),
        (false, _) => Err(Failure::new(
            Exit::Failed,
            "callback",
            say!("the address does not take a push that is right: HTTP {status}", "回调地址没有接受正确的推送：HTTP {status}"),
        )
        .why(say!(
            "WeChat wants `success` with HTTP 200; token, AES key and appid have to be the same on both sides",
            "微信要求以 HTTP 200 返回 `success`；两侧的 Token、AES 密钥和 appid 必须一致"
        ))
        .hint("tcbctl config explain encoding_aes_key")
        .into()),
        (true, false) => Err(Failure::new(
            Exit::Failed,
            "callback",
            say!("the address takes a push with a wrong signature", "回调地址接受了签名错误的推送"),
        )
        .why(say!("whoever knows the address could send tickets", "任何知道该地址的人都能伪造票据"))
        .into()),
    }
}

/// The base URL and the path behind it.
fn split(url: &str) -> Result<(BaseUrl, String), Box<Failure>> {
    let invalid = || Failure::new(Exit::Usage, "arguments", say!("{url} is no address", "{url} 不是地址"));
    let start = url.find("://").ok_or_else(invalid)? + 3;
    let end = url[start..].find('/').map_or(url.len(), |slash| start + slash);
    let (base, path) = url.split_at(end);
    let base = base.parse().map_err(|error| invalid().why(of_url(&error)))?;
    Ok((base, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

/// What pushes are signed and encrypted with: that of the settings.
pub(super) fn crypto(run: &Run<'_>) -> Result<MessageCrypto, Box<Failure>> {
    let missing = |key: &key::Key| {
        let name = key.variable;
        Failure::config(say!("{name} is not set", "未设置 {name}")).hint("tcbctl config explain")
    };
    let app_id = run.sources.value(key::COMPONENT_APPID)?.ok_or_else(|| missing(key::COMPONENT_APPID))?;
    let token = run.sources.secret(key::CALLBACK_TOKEN)?.ok_or_else(|| missing(key::CALLBACK_TOKEN))?;
    let key = run.sources.secret(key::ENCODING_AES_KEY)?.ok_or_else(|| missing(key::ENCODING_AES_KEY))?;
    let key = EncodingAesKey::parse(key.expose()).map_err(|error| {
        let name = key::ENCODING_AES_KEY.variable;
        Failure::config(say!("{name}: {why}", "{name}：{why}", why = told_as(error, "不是合法的密钥"))).why(
            say!(
                "the key has 43 characters of Base64, without the last `=`",
                "密钥是 43 个 Base64 字符，不含末尾的 `=`"
            ),
        )
    })?;
    Ok(MessageCrypto::new(app_id.as_str(), token, key))
}

async fn post(
    wire: &dyn Transport,
    path: &str,
    query: &[(&'static str, String)],
    body: &str,
) -> Result<(u16, String), Box<Failure>> {
    let request = Request::raw(Method::Post, path.to_owned(), "callback");
    let request = query.iter().fold(request, |request, (name, value)| request.query(*name, value.as_str()));
    let answer = wire.send(request.body(body.to_owned())).await.map_err(|error| {
        Failure::new(Exit::Failed, "unavailable", say!("the address does not answer", "回调地址没有应答"))
            .why(of_wire(&error))
    })?;
    Ok((answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned()))
}
