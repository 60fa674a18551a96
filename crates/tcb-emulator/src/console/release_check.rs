//! The release check: what to run it against, and what the last one found.

use maud::{Markup, html};
use tcb_lang::{Lang, say};
use tcb_types::ComponentAppId;

use super::form::Form;
use super::layout::{form, nothing};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, with_query};
use crate::{ReleaseCheck, ReleaseProblem, ReleaseReport, ReleaseStep, ReleaseTestResult, Verdict};

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Release check", "全网发布检测");
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "The tests that WeChat runs before a platform may be released, run against your service. It has to use this emulator in WeChat's place. A service that does not do what it should may keep you waiting for a minute.",
            "微信在第三方平台全网发布前对您的服务进行的检测。您的服务须以本模拟器代替微信。服务未按要求应答时，检测可能需要一分钟。"
        )) }
        (asking(visit))
        @match visit.emulator.last_release_check() {
            Some(report) => (found(lang, &report)),
            None => (nothing(&say!(lang, "It was not run so far.", "还没有检测过。"))),
        }
    };
    Ok(View::new(title, body))
}

/// The form, filled in as it was the last time.
fn asking(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let platforms = visit.emulator.platforms();
    let known = platforms.first().and_then(|platform| platform.callback.as_deref());
    let field = |name| visit.parameter(name).unwrap_or_default();
    let callback = visit.parameter("callback").or(known).unwrap_or_default();
    let group = visit.parameter("group").unwrap_or("1");
    let fields = html! {
        label {
            (say!(lang, "Platform", "第三方平台"))
            select name="component" {
                @for platform in &platforms {
                    @let appid = platform.credentials.app_id.as_str();
                    option selected[appid == field("component")] { (appid) }
                }
            }
        }
        label {
            (say!(lang, "URL for authorisation events", "授权事件接收 URL"))
            input name="callback" type="url" required value=(callback) placeholder="http://127.0.0.1:8000/events";
        }
        label {
            (say!(lang, "URL for messages (empty for a platform without them)", "消息与事件接收 URL（没有消息权限则留空）"))
            input name="messages" value=(field("messages")) placeholder="http://127.0.0.1:8000/messages/$APPID$";
        }
        label {
            (say!(lang, "Group of test accounts (WeChat draws one)", "测试账号组（微信随机选取）"))
            select name="group" { @for known in ["1", "2", "3", "4", "5"] { option selected[known == group] { (known) } } }
        }
        button.primary { (say!(lang, "Run the check", "开始检测")) }
    };
    form(visit, &visit.home(), &fields)
}

fn found(lang: Lang, report: &ReleaseReport) -> Markup {
    html! {
        h2 { (say!(lang, "The last check, with group {group}", "最近一次检测（第 {group} 组）", group = report.group)) }
        p {
            @if report.is_passed() { span.tag.good { (say!(lang, "passed", "通过")) } }
            @else { span.tag.bad { (say!(lang, "failed", "未通过")) } }
        }
        @for test in &report.tests { (one(lang, test)) }
    }
}

fn one(lang: Lang, test: &ReleaseTestResult) -> Markup {
    html! {
        section.card {
            h2 { (step(lang, test.step)) " " (verdict(lang, test.verdict)) }
            @if let (Some(problem), Some(english)) = (&test.problem, &test.fix) {
                @if let ReleaseProblem::Unreachable { why } = problem { p lang="en" { (why) } }
                p { strong { (say!(lang, "To fix it: ", "改正方法：")) } (fix(lang, problem, english)) }
            }
            @if test.pushed.is_some() {
                details { summary { (say!(lang, "What was said", "往来内容")) } (exchange(lang, test)) }
            }
        }
    }
}

fn exchange(lang: Lang, test: &ReleaseTestResult) -> Markup {
    html! {
        @if let Some(pushed) = &test.pushed {
            p.note { (say!(lang, "Pushed, before it was encrypted", "推送的明文")) }
            pre { (pushed) }
        }
        @if let Some(answered) = &test.answered {
            p.note { (say!(lang, "Your answer", "您的应答")) " HTTP " (answered.status) }
            @if !answered.body.is_empty() { pre { (answered.body) } }
            @if let Some(decrypted) = &answered.decrypted {
                p.note { (say!(lang, "Your answer, decrypted", "解密后的应答")) }
                pre { (decrypted) }
            }
        }
        @for message in &test.sent {
            p.note {
                (say!(lang, "Sent through the API", "通过接口发送")) ": "
                code { (message.account) } " → " code { (message.to) }
            }
            pre { (message.text) }
        }
    }
}

fn step(lang: Lang, step: ReleaseStep) -> String {
    match step {
        ReleaseStep::Ticket => say!(lang, "A ticket is received", "组件 ticket 正确接收"),
        ReleaseStep::Authorized => say!(lang, "Test accounts authorise", "测试账号授权"),
        ReleaseStep::Text => say!(lang, "A text is answered", "返回普通文本消息"),
        ReleaseStep::ApiText => say!(lang, "A text is answered through the API", "返回 API 文本消息"),
        ReleaseStep::MiniProgramApiText => {
            say!(lang, "The same for the mini program", "返回 API 文本消息（小程序）")
        }
        ReleaseStep::Event => say!(lang, "An event is answered", "发送事件消息"),
        ReleaseStep::Unauthorized => say!(lang, "Test accounts cancel", "测试账号取消授权"),
    }
}

fn verdict(lang: Lang, verdict: Verdict) -> Markup {
    html! {
        @match verdict {
            Verdict::Passed => span.tag.good { (say!(lang, "passed", "通过")) },
            Verdict::Failed => span.tag.bad { (say!(lang, "failed", "未通过")) },
            Verdict::Skipped => span.tag { (say!(lang, "left out: no URL for messages", "跳过：没有消息接收 URL")) },
        }
    }
}

/// What to change, of which the report has the English.
fn fix(lang: Lang, problem: &ReleaseProblem, english: &str) -> String {
    let chinese = match problem {
        ReleaseProblem::Unreachable { .. } => "请在五秒内应答此地址：先记录收到的内容并应答，再处理".to_owned(),
        ReleaseProblem::Status => {
            "请应答 HTTP 200；推送被拒绝说明签名、密钥或 appid 不一致，Token、AES Key 和 appid 应为模拟器中该平台的".to_owned()
        }
        ReleaseProblem::NotSuccess => "对平台事件请只应答 success，不带引号、空格或 XML".to_owned(),
        ReleaseProblem::NoReply => "请立即以文本消息应答；此消息发往消息接收 URL，不由授权事件的程序处理".to_owned(),
        ReleaseProblem::NotEncrypted => "请用平台的 AES Key 加密应答，其中的 appid 为平台的，而非账号的".to_owned(),
        ReleaseProblem::Signature => "请对应答中的 token、timestamp、nonce 和密文原样签名".to_owned(),
        ReleaseProblem::Parties => "请在应答中互换 ToUserName 和 FromUserName".to_owned(),
        ReleaseProblem::Content { expected } => format!("请应答文本 {expected}"),
        ReleaseProblem::Reply => "请应答空内容或 success，之后再通过接口发送消息".to_owned(),
        ReleaseProblem::NotExchanged => {
            "请用消息中的授权码换取令牌（api_query_auth）；账号刚刚授权，已保存的令牌没有用处".to_owned()
        }
        ReleaseProblem::NotSent => "请用换取的令牌调用 /cgi-bin/message/custom/send".to_owned(),
        ReleaseProblem::Sent { expected } => {
            format!("请用该账号的令牌，向消息的 FromUserName 发送文本 {expected}")
        }
    };
    lang.pick(english.to_owned(), chinese)
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let component = ComponentAppId::from(form.need("component")?);
    let check = ReleaseCheck::new(form.need("callback")?).group(form.number("group")?);
    let check = match form.text("messages") {
        Some(url) => check.messages(url),
        None => check,
    };
    visit.emulator.release_check(&component, &check).await?;
    let fields = ["component", "callback", "messages", "group"];
    let filled = fields.into_iter().filter_map(|name| Some((name, form.text(name)?)));
    Ok(with_query(&visit.home(), filled))
}
