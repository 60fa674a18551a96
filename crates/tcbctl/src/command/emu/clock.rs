//! `tcbctl emu clock`

use clap::{ArgGroup, Subcommand};
use serde_json::{Value, json};
use tcb_emulator::ClockMode;

use crate::admin::Admin;
use crate::language::say;
use crate::report::Report;
use crate::run::Ended;
use crate::words::date;

#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// Show what time it is and how time passes || 显示当前时间及其流逝方式
    Show,
    /// Move time forward and wait until all that came due was done || 让时间前进，并等待到期的事情全部完成
    #[command(group(ArgGroup::new("goal").args(["span", "to", "next_event"]).required(true)))]
    Advance {
        /// How far, for example `90s`, `10m`, `2h` or `1d12h` || 前进多久，例如 `90s`、`10m`、`2h` 或 `1d12h`
        #[arg(value_parser = span)]
        span: Option<u64>,
        /// To this moment, in Unix seconds || 前进到此刻（Unix 秒）
        #[arg(long, value_name = "SECONDS")]
        to: Option<u64>,
        /// To the moment at which the next thing happens by itself || 前进到下一件事自行发生的时刻
        #[arg(long)]
        next_event: bool,
    },
    /// Set the time, or how it passes || 设置时间，或时间如何流逝
    #[command(group(ArgGroup::new("change").args(["mode", "now"]).required(true)))]
    Set {
        /// `real`, `frozen`, or `x60` for sixty times as fast || `real`、`frozen`，或 `x60` 表示六十倍速
        #[arg(value_parser = mode)]
        mode: Option<ClockMode>,
        /// This moment, in Unix seconds || 设为此刻（Unix 秒）
        #[arg(long, value_name = "SECONDS")]
        now: Option<u64>,
    },
}

pub(super) async fn clock(admin: &Admin, command: Clock) -> Ended {
    let (name, clock): (_, Value) = match command {
        Clock::Show => ("emu clock show", admin.get("/clock").await?),
        Clock::Advance { span, to, next_event } => {
            let body = match (span, to) {
                (Some(span), _) => json!({"by": span}),
                (None, Some(to)) => json!({"to": to}),
                (None, None) => json!({"next_event": next_event}),
            };
            ("emu clock advance", admin.post("/clock:advance", &body).await?)
        }
        Clock::Set { mode, now } => {
            let body = mode.map_or_else(|| json!({"now": now}), body_of);
            ("emu clock set", admin.put("/clock", &body).await?)
        }
    };
    Ok(shown(Report::new(name), &clock))
}

fn body_of(mode: ClockMode) -> Value {
    match mode {
        ClockMode::Frozen => json!({"mode": "frozen"}),
        ClockMode::Scaled(speed) => json!({"mode": "scaled", "speed": speed}),
        _ => json!({"mode": "real"}),
    }
}

/// The emulator's clock.
pub(super) fn shown(report: Report, clock: &Value) -> Report {
    let report = report.field_as("now", clock["now"].clone(), date(&clock["now"]));
    report.field("mode", clock["mode"].clone()).field("speed", clock["speed"].clone())
}

/// Reads a mode.
pub(super) fn mode(text: &str) -> Result<ClockMode, String> {
    match text {
        "real" => return Ok(ClockMode::Real),
        "frozen" => return Ok(ClockMode::Frozen),
        _ => {}
    }
    let speed = text.strip_prefix('x').and_then(|speed| speed.parse().ok()).filter(|speed| *speed > 0);
    let wrong = || say!("it is `real`, `frozen` or `x` and a number", "应为 `real`、`frozen` 或 `x` 加数字");
    speed.map(ClockMode::Scaled).ok_or_else(wrong)
}

/// Reads a span, in seconds.
fn span(text: &str) -> Result<u64, String> {
    let wrong = || {
        say!(
            "it is numbers with `s`, `m`, `h` or `d`: `90s`, `1d12h`",
            "应为数字加 `s`、`m`、`h` 或 `d`：`90s`、`1d12h`"
        )
    };
    let (mut all, mut number) = (Some(0_u64), None);
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            let next =
                number.unwrap_or(0_u64).checked_mul(10).and_then(|tens| tens.checked_add(digit.into()));
            number = Some(next.ok_or_else(wrong)?);
            continue;
        }
        let unit = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let part = number.take().ok_or_else(wrong)?.checked_mul(unit);
        all = part.and_then(|part| all?.checked_add(part));
    }
    match (number, all) {
        (None, Some(all)) if !text.is_empty() => Ok(all),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_units() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7_200), ("1d12h", 129_600), ("0s", 0)] {
            assert_eq!(span(text), Ok(seconds), "{text}");
        }
        for text in ["", "90", "s", "-1s", "1w", "1.5h", "99999999999999999999s", "99999999999999999d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_speed_has_its_own_letter() {
        assert_eq!(mode("x60"), Ok(ClockMode::Scaled(60)));
        assert_eq!((mode("real"), mode("frozen")), (Ok(ClockMode::Real), Ok(ClockMode::Frozen)));
        assert!(["", "60", "x", "x0", "Real"].iter().all(|text| mode(text).is_err()));
    }
}
