//! The emulator's time, and what takes its time.

use std::time::Duration;

use maud::{Markup, html};
use tcb_lang::{Lang, say};

use super::form::Form;
use super::layout::{button, clock_mode, form, table, time};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::time::UnixTime;
use crate::{ClockMode, Resource, Transition};

/// Longest step, so that time stays within the years that texts can name.
const LONGEST: u64 = 10 * 366 * 86_400;

/// Steps that are often wanted, in seconds: a ticket push, the life of a token, that of a ticket, a
/// day.
const STEPS: [u64; 4] = [600, 7200, 43_200, 86_400];

const RESOURCES: [Resource; 5] = [
    Resource::Environment,
    Resource::Function,
    Resource::Migration,
    Resource::StaticSite,
    Resource::PressureTest,
];

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let (lang, emulator) = (visit.lang, &visit.emulator);
    let title = say!(lang, "Clock", "时钟");
    let body = html! {
        h1 { (title) }
        dl {
            dt { (say!(lang, "Now", "现在")) } dd { strong { (time(UnixTime::at(emulator.now()))) } }
            dt { (say!(lang, "It", "走时")) } dd { (clock_mode(lang, emulator.clock_mode())) }
            dt { (say!(lang, "Next event", "下一事件")) }
            dd {
                @if let Some(next) = emulator.next_event() { (time(next)) }
                @else { (say!(lang, "none", "无")) }
            }
        }
        div.columns {
            section { h2 { (say!(lang, "Move on", "推进")) } (moving(visit)) }
            section { h2 { (say!(lang, "How time passes", "走时方式")) } (modes(visit)) }
        }
        h2 { (say!(lang, "When what was created is usable", "资源何时可用")) }
        (transitions(visit))
    };
    Ok(View::new(title, body))
}

fn moving(visit: &Visit<'_>) -> Markup {
    let (lang, to) = (visit.lang, visit.home());
    html! {
        div.buttons {
            @for seconds in STEPS {
                @let text = seconds.to_string();
                (button(visit, &to, &[("action", "advance"), ("seconds", &text)], "plain", &format!("+ {}", span(lang, seconds))))
            }
            @if visit.emulator.next_event().is_some() {
                (button(visit, &to, &[("action", "next")], "plain", &say!(lang, "To the next event", "到下一事件")))
            }
        }
        (form(visit, &to, &html! {
            input type="hidden" name="action" value="advance";
            label { (say!(lang, "Seconds", "秒")) input name="seconds" type="number" min="1" max=(LONGEST) required; }
            button.primary { (say!(lang, "Advance", "推进")) }
        }))
    }
}

fn span(lang: Lang, seconds: u64) -> String {
    match seconds {
        0..3600 => say!(lang, "{minutes} minutes", "{minutes} 分钟", minutes = seconds / 60),
        3600..86_400 => say!(lang, "{hours} hours", "{hours} 小时", hours = seconds / 3600),
        _ => say!(lang, "{days} day", "{days} 天", days = seconds / 86_400),
    }
}

fn modes(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let mode = visit.emulator.clock_mode();
    let speed = visit.emulator.speed().max(2);
    let modes = [
        ("real", say!(lang, "real time", "实时"), mode == ClockMode::Real),
        ("frozen", say!(lang, "stands still", "静止"), mode == ClockMode::Frozen),
        ("scaled", say!(lang, "faster", "加速"), matches!(mode, ClockMode::Scaled(_))),
    ];
    let fields = html! {
        input type="hidden" name="action" value="mode";
        @for (name, text, is_on) in &modes {
            label.choice { input type="radio" name="mode" value=(name) checked[*is_on]; span { (text) } }
        }
        label { (say!(lang, "How many times faster", "倍数")) input name="speed" type="number" min="2" max="1000000" value=(speed); }
        button.primary { (say!(lang, "Set", "设置")) }
    };
    form(visit, &visit.home(), &fields)
}

fn transitions(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let chosen = visit.emulator.transitions();
    let heads =
        [say!(lang, "Kind", "资源"), say!(lang, "Usable", "可用时间"), say!(lang, "Under way", "进行中的")];
    let row = |resource: &Resource| {
        let current = chosen.get(resource).copied();
        html! {
            td { (resource_name(lang, *resource)) }
            td { (choice(visit, *resource, current)) }
            td {
                (button(visit, &visit.home(), &[("action", "finish"), ("resource", name(*resource))], "plain", &say!(lang, "Finish", "立即完成")))
            }
        }
    };
    table(&heads, &RESOURCES.iter().map(row).collect::<Vec<_>>())
}

fn choice(visit: &Visit<'_>, resource: Resource, current: Option<Transition>) -> Markup {
    let lang = visit.lang;
    let number = match current {
        Some(Transition::After { seconds }) => seconds,
        Some(Transition::AfterPolls { polls }) => polls.into(),
        _ => 1,
    };
    let policies = [
        ("immediate", say!(lang, "at once", "立即"), matches!(current, None | Some(Transition::Immediate))),
        ("after", say!(lang, "after N seconds", "N 秒后"), matches!(current, Some(Transition::After { .. }))),
        (
            "after_polls",
            say!(lang, "at the N-th look", "第 N 次查询时"),
            matches!(current, Some(Transition::AfterPolls { .. })),
        ),
        ("manual", say!(lang, "on command", "手动"), matches!(current, Some(Transition::Manual))),
        ("never", say!(lang, "never", "永不"), matches!(current, Some(Transition::Never))),
    ];
    form(
        visit,
        &visit.home(),
        &html! {
            input type="hidden" name="action" value="transition";
            input type="hidden" name="resource" value=(name(resource));
            div.line {
                select name="policy" aria-label=(resource_name(lang, resource)) {
                    @for (value, text, is_on) in &policies { option value=(value) selected[*is_on] { (text) } }
                }
                input.short name="number" type="number" min="1" value=(number) aria-label="N";
                button.plain { (say!(lang, "Set", "设置")) }
            }
        },
    )
}

fn name(resource: Resource) -> &'static str {
    match resource {
        Resource::Environment => "environment",
        Resource::Function => "function",
        Resource::Migration => "migration",
        Resource::StaticSite => "static_site",
        Resource::PressureTest => "pressure_test",
    }
}

fn resource_name(lang: Lang, resource: Resource) -> String {
    match resource {
        Resource::Environment => say!(lang, "Environments", "云环境"),
        Resource::Function => say!(lang, "Functions", "云函数"),
        Resource::Migration => say!(lang, "Imports and exports", "数据导入导出"),
        Resource::StaticSite => say!(lang, "Static websites", "静态网站"),
        Resource::PressureTest => say!(lang, "Pressure tests", "压测"),
    }
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let emulator = &visit.emulator;
    let resource = || {
        let text = form.need("resource")?;
        RESOURCES.into_iter().find(|known| name(*known) == text).ok_or(Trouble::Field("resource"))
    };
    match form.text("action") {
        Some("advance") => {
            let seconds: u64 = form.number("seconds")?;
            if seconds > LONGEST {
                return Err(Trouble::Field("seconds"));
            }
            emulator.advance(Duration::from_secs(seconds)).await;
        }
        Some("next") => drop(emulator.advance_to_next_event().await),
        Some("mode") => emulator.set_clock_mode(match form.text("mode") {
            Some("real") => ClockMode::Real,
            Some("frozen") => ClockMode::Frozen,
            Some("scaled") => ClockMode::Scaled(form.number("speed")?),
            _ => return Err(Trouble::Field("mode")),
        })?,
        Some("transition") => {
            let transition = match form.text("policy") {
                Some("immediate") => Transition::Immediate,
                Some("after") => Transition::After { seconds: form.number("number")? },
                Some("after_polls") => Transition::AfterPolls { polls: form.number("number")? },
                Some("manual") => Transition::Manual,
                Some("never") => Transition::Never,
                _ => return Err(Trouble::Field("policy")),
            };
            emulator.set_transition(resource()?, transition);
        }
        Some("finish") => emulator.finish(resource()?),
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
