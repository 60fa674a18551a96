//! The frame of all pages, and what several of them are made of.

use std::time::{Duration, UNIX_EPOCH};

use maud::{DOCTYPE, Markup, html};
use tcb_lang::{Lang, say};

use super::form;
use super::view::{Trouble, View};
use super::visit::{Visit, path, path_below};
use crate::time::UnixTime;
use crate::{ClockMode, PromptKind};

/// Lines of a table that are shown at most.
pub(super) const MOST: usize = 200;

/// An entry of the menu.
pub(super) struct Entry {
    pub(super) path: &'static str,
    pub(super) title: String,
}

pub(super) fn frame(visit: &Visit<'_>, menu: &[Entry], view: &View) -> Markup {
    let lang = visit.lang;
    let waiting = visit.emulator.prompts().len();
    html! {
        (DOCTYPE)
        html lang=(lang.pick("en", "zh-CN")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" type="image/svg+xml" href=(path("icon.svg"));
                link rel="stylesheet" href=(path("style.css"));
                script src=(path("live.js")) defer {}
                title { (view.title) " · " (say!(lang, "WeChat emulator", "微信模拟器")) }
            }
            body {
                a.skip href="#main" { (say!(lang, "To the content", "跳到正文")) }
                header {
                    a.brand href=(path("")) { span.mark { "tcb" } (say!(lang, "WeChat emulator", "微信模拟器")) }
                    a.now href=(path("clock")) title=(say!(lang, "The emulator's time, in Beijing", "模拟器时间（北京时间）")) {
                        (UnixTime::at(visit.emulator.now()).in_beijing()) " " span.tag { (clock_mode(lang, visit.emulator.clock_mode())) }
                    }
                    nav.languages aria-label=(say!(lang, "Language", "语言")) {
                        @for (other, name) in [(Lang::Zh, "中文"), (Lang::En, "English")] {
                            @if other == lang { strong lang=(other.tag()) { (name) } }
                            @else { a lang=(other.tag()) hreflang=(other.tag()) href=(visit.here_in(other)) { (name) } }
                        }
                    }
                }
                nav.menu aria-label=(say!(lang, "Pages", "页面")) {
                    @for entry in menu {
                        a href=(path(entry.path)) aria-current=[(entry.path == visit.page).then_some("page")] {
                            (entry.title)
                            @if entry.path == "prompts" && waiting > 0 { " " span.count { (waiting) } }
                        }
                    }
                }
                main id="main" { (view.body) }
            }
        }
    }
}

/// What was wrong, above what stood on the page.
pub(super) fn with_trouble(visit: &Visit<'_>, trouble: &Trouble, body: &Markup) -> Markup {
    html! {
        p.trouble role="alert" { (trouble.text(visit.lang)) }
        @if body.0.is_empty() {
            p { a href=(path("")) { (say!(visit.lang, "To the start", "返回首页")) } }
        }
        (body)
    }
}

/// A form that is sent to a path. It comes back to the page that it stands on.
pub(super) fn form(visit: &Visit<'_>, to: &str, fields: &Markup) -> Markup {
    html! {
        form method="post" action=(to) {
            input type="hidden" name=(form::KEY) value=(form::key());
            input type="hidden" name="back" value=(visit.here());
            (fields)
        }
    }
}

/// A form of one button.
pub(super) fn button(
    visit: &Visit<'_>,
    to: &str,
    fields: &[(&str, &str)],
    class: &str,
    text: &str,
) -> Markup {
    let fields = html! {
        @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
        button.(class) { (text) }
    };
    form(visit, to, &fields)
}

/// A table in a box of its own, in which it can be moved to the side.
pub(super) fn table(heads: &[String], rows: &[Markup]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { @for row in rows { tr { (row) } } }
            }
        }
    }
}

/// What stands in a table's place that would have no lines.
pub(super) fn nothing(text: &str) -> Markup {
    html! { p.nothing { (text) } }
}

/// Says that only the first lines are shown, if that is so.
pub(super) fn cut(lang: Lang, all: usize) -> Markup {
    html! {
        @if all > MOST {
            p.note { (say!(lang, "The first {MOST} of {all} are shown.", "共 {all} 项，只显示前 {MOST} 项。")) }
        }
    }
}

/// A text that is shown when somebody wants to see it.
pub(super) fn hidden(lang: Lang, text: &str) -> Markup {
    html! { details.secret { summary { (say!(lang, "Show", "显示")) } code { (text) } } }
}

/// A moment of the emulator's clock, in Beijing.
pub(super) fn time(moment: UnixTime) -> Markup {
    html! { time datetime=(moment.iso()) { (moment.in_beijing()) } }
}

/// A moment in Unix seconds.
pub(super) fn time_at(seconds: u64) -> Markup {
    let wall = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH);
    time(UnixTime::at(wall))
}

/// A merchant's appid, which leads to its phone.
pub(super) fn merchant(appid: &str) -> Markup {
    html! { a href=(path_below("phone", appid)) { code { (appid) } } }
}

pub(super) fn clock_mode(lang: Lang, mode: ClockMode) -> String {
    match mode {
        ClockMode::Frozen => say!(lang, "stands still", "静止"),
        ClockMode::Scaled(speed) => say!(lang, "{speed} times as fast", "{speed} 倍速"),
        ClockMode::Real => say!(lang, "real time", "实时"),
    }
}

/// What an administrator is asked.
pub(super) fn question(lang: Lang, kind: PromptKind) -> String {
    match kind {
        PromptKind::CloudConsent => say!(lang, "Agree to cloud development", "同意开通云开发"),
        PromptKind::Phone => {
            say!(lang, "Bind a phone number and agree to cloud development", "绑定手机号并同意开通云开发")
        }
        PromptKind::EnvShare => say!(lang, "Use an environment of the platform", "使用平台共享的云环境"),
        PromptKind::PayBinding => say!(lang, "Bind a WeChat Pay merchant", "绑定微信支付商户号"),
        PromptKind::PayPayments => say!(lang, "Let cloud functions take payments", "允许云函数发起支付"),
        PromptKind::PayRefunds => say!(lang, "Let cloud functions refund", "允许云函数发起退款"),
    }
}
