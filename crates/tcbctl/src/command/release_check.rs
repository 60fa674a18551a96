//! `tcbctl platform release-check`

use serde::Deserialize;
use serde_json::{Value, json};
use tcb_lang::Lang;

use crate::exit::Exit;
use crate::labels;
use crate::language::{current, say};
use crate::report::Report;
use crate::run::{Ended, Run};

/// The groups of test accounts, of which WeChat draws one.
const GROUPS: std::ops::RangeInclusive<u8> = 1..=5;

#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseCheck {
    /// Your service's address for authorisation events, on this machine || 你的服务在本机上的授权事件接收地址
    #[arg(long, value_name = "URL")]
    callback: String,
    /// Its address for messages, with `$APPID$`; without it only events are tested ||
    /// 消息与事件接收地址，其中含 `$APPID$`；不给出则只检测事件
    #[arg(long, value_name = "URL")]
    messages: Option<String>,
    /// The group of test accounts; one after the other if not given || 测试账号的组号；不给出则逐组检测
    #[arg(long, value_name = "1..5", value_parser = clap::value_parser!(u8).range(1..=5))]
    group: Option<u8>,
}

/// What a check of one group found.
#[derive(Deserialize)]
struct Found {
    group: u8,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    step: String,
    verdict: String,
    problem: Option<Value>,
    fix: Option<String>,
    pushed: Option<String>,
    answered: Option<Value>,
    sent: Value,
}

/// Has the emulator that the service uses run the check, group by group until one fails.
pub(super) async fn release_check(run: &Run<'_>, args: &ReleaseCheck) -> Ended {
    let admin = run.admin()?;
    let groups = args.group.map_or(GROUPS, |group| group..=group);
    let mut items = Vec::new();
    let mut failed = Vec::new();
    for group in groups {
        let body = json!({"callback": args.callback, "messages": args.messages, "group": group});
        let found: Found = admin.release_check(&body).await?;
        items.extend(found.tests.iter().map(|test| item(found.group, test)));
        failed.extend(found.tests.into_iter().filter(|test| test.verdict == "failed"));
        if !failed.is_empty() {
            break;
        }
    }
    let outcome = if failed.is_empty() { "passed" } else { "failed" };
    let report = Report::new("platform release-check")
        .field("outcome", outcome)
        .items(&["group", "step", "verdict"], items);
    let mut report =
        failed.iter().fold(report, |report, test| report.row(labels::of(&test.step), told(test)));
    if !failed.is_empty() {
        report.exit = Exit::Failed;
    }
    Ok(report)
}

fn item(group: u8, test: &Test) -> Value {
    json!({
        "group": group,
        "step": test.step,
        "verdict": test.verdict,
        "problem": test.problem,
        "fix": test.fix,
        "pushed": test.pushed,
        "answered": test.answered,
        "sent": test.sent,
    })
}

/// What to change, and the exchange that shows why.
fn told(test: &Test) -> String {
    let mut lines = vec![advice(test)];
    let answered = |name: &str| test.answered.as_ref()?.get(name)?.as_str().map(str::to_owned);
    for (what, text) in [
        (say!("pushed", "推送"), test.pushed.clone()),
        (say!("answered", "应答"), answered("body")),
        (say!("decrypted", "解密后"), answered("decrypted")),
    ] {
        lines.extend(text.map(|text| format!("{what}: {text}")));
    }
    lines.join("\n")
}

/// The emulator says what to change in English.
fn advice(test: &Test) -> String {
    let fix = test.fix.clone().unwrap_or_default();
    if current() != Lang::Zh {
        return fix;
    }
    let problem = test.problem.as_ref();
    let expected = problem.and_then(|problem| problem["expected"].as_str()).unwrap_or_default();
    let chinese = match problem.and_then(|problem| problem["kind"].as_str()) {
        Some("unreachable") => "须在五秒内应答：先记录，再应答，其余之后再做",
        Some("status") => {
            "须返回 HTTP 200；若因验签失败而拒绝，请核对 Token、AES 密钥和 appid 是否为模拟器中平台的"
        }
        Some("not_success") => "对平台事件须原样返回 `success`，不带引号、空格或 XML",
        Some("no_reply") => "须立即以文本消息回复；消息推送到消息接收地址，而不是授权事件接收地址",
        Some("not_encrypted") => "回复须用平台的 AES 密钥加密，其中的 appid 是平台的，不是授权方的",
        Some("signature") => "回复须对其中的 Token、时间戳、随机串和密文签名",
        Some("parties") => "回复中须对调 ToUserName 和 FromUserName",
        Some("content") => return format!("须回复文本 `{expected}`"),
        Some("reply") => "须返回空串或 `success`，之后再通过接口发送消息",
        Some("not_exchanged") => {
            "须用消息中的授权码换取令牌（api_query_auth）；已存的令牌无用，因为该账号刚刚授权"
        }
        Some("not_sent") => "须用换得的令牌调用 /cgi-bin/message/custom/send",
        Some("sent") => return format!("须以该账号的令牌向消息的 FromUserName 发送文本 `{expected}`"),
        _ => return fix,
    };
    chinese.to_owned()
}
