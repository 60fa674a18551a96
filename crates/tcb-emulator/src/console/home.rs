//! What there is to do, and what is broken.

use maud::{Markup, html};
use tcb_lang::say;

use super::layout::{clock_mode, nothing, table, time};
use super::prompts;
use super::view::{Shown, Trouble, View};
use super::visit::{Visit, path};
use crate::FindingKind;
use crate::time::UnixTime;

/// Findings that are shown; the newest are the ones to look at.
const MOST_FINDINGS: usize = 20;

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "To do", "待办");
    let body = html! {
        h1 { (title) }
        (figures(visit))
        h2 { (say!(lang, "Waiting for an answer", "等待答复")) }
        (prompts::list(visit, &visit.emulator.prompts()))
        h2 { (say!(lang, "Findings", "发现的问题")) }
        (findings(visit))
        h2 { (say!(lang, "Begin here", "从这里开始")) }
        (beginning(visit))
    };
    Ok(View::new(title, body))
}

/// The state of the whole in a few numbers, each of which leads on.
fn figures(visit: &Visit<'_>) -> Markup {
    let (lang, emulator) = (visit.lang, &visit.emulator);
    let failed = emulator.callbacks().iter().filter(|delivery| !delivery.delivered).count();
    let now = UnixTime::at(emulator.now());
    let figure = |to: &str, name: String, value: usize, is_bad: bool| {
        html! {
            a.figure.bad[is_bad && value > 0] href=(path(to)) { strong { (value) } span { (name) } }
        }
    };
    html! {
        div.figures {
            (figure("prompts", say!(lang, "prompts waiting", "待确认"), emulator.prompts().len(), true))
            (figure("", say!(lang, "findings", "发现的问题"), emulator.findings().len(), true))
            (figure("callbacks", say!(lang, "pushes not delivered", "推送失败"), failed, true))
            (figure("faults", say!(lang, "faults set", "已设故障"), emulator.faults().len(), false))
            (figure("merchants", say!(lang, "merchants", "商家"), emulator.merchants().len(), false))
            a.figure href=(path("clock")) {
                strong { (time(now)) }
                span {
                    (clock_mode(lang, emulator.clock_mode()))
                    @if let Some(next) = emulator.next_event() {
                        (say!(lang, "; next event ", "；下一事件 ")) (time(next))
                    }
                }
            }
        }
    }
}

fn findings(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let findings = visit.emulator.findings();
    if findings.is_empty() {
        return nothing(&say!(
            lang,
            "None: no call did what WeChat would not do.",
            "没有：所有调用都符合微信文档。"
        ));
    }
    let heads = [say!(lang, "Kind", "类别"), say!(lang, "Path", "路径"), say!(lang, "What is wrong", "问题")];
    let rows: Vec<Markup> = findings
        .iter()
        .rev()
        .take(MOST_FINDINGS)
        .map(|finding| {
            let kind = match finding.kind {
                FindingKind::Request => say!(lang, "request", "请求"),
                FindingKind::Answer => say!(lang, "answer of the emulator", "模拟器应答"),
                FindingKind::NotBuilt => say!(lang, "not built", "未实现"),
            };
            html! { td { span.tag.bad { (kind) } } td { code { (finding.path) } } td { (finding.detail) } }
        })
        .collect();
    html! {
        (table(&heads, &rows))
        @if findings.len() > MOST_FINDINGS {
            p.note { (say!(
                lang,
                "The last {MOST_FINDINGS} of {all}.",
                "共 {all} 项，只显示最近 {MOST_FINDINGS} 项。",
                all = findings.len()
            )) }
        }
    }
}

fn beginning(visit: &Visit<'_>) -> Markup {
    let (lang, emulator) = (visit.lang, &visit.emulator);
    let api = "https://api.weixin.qq.com";
    html! {
        ol.steps {
            li {
                (say!(lang, "Let your program call ", "让您的程序调用 ")) code { (emulator.base_url()) }
                (say!(lang, " in place of {api}.", "，代替 {api}。"))
            }
            li {
                (say!(lang, "Take the credentials of a ", "使用"))
                a href=(path("platforms")) { (say!(lang, "platform", "第三方平台")) }
                (say!(lang, ", and set where it receives events.", "的凭据，并设置其接收事件的地址。"))
            }
            li {
                (say!(lang, "Add a ", "添加"))
                a href=(path("merchants")) { (say!(lang, "merchant", "商家")) }
                (say!(lang, ", and scan your authorisation link with its ", "，用"))
                a href=(path("phone")) { (say!(lang, "phone", "商家手机")) }
                (say!(lang, ".", "扫描您的授权链接。"))
            }
        }
    }
}
