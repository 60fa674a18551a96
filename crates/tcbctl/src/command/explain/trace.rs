//! What the emulator did with a request, in the language of this run.

use tcb_emulator::{Check, TokenHistory, Trace};
use tcb_lang::Lang;

use crate::language::current;

/// A line for each thing that was decided.
pub(super) fn in_words(trace: &Trace) -> String {
    match current() {
        Lang::En => trace.to_string(),
        Lang::Zh => in_chinese(trace).join("\n"),
    }
}

fn in_chinese(trace: &Trace) -> Vec<String> {
    let joint = if trace.query.is_empty() { "" } else { "?" };
    let mut lines = vec![format!("{} {}{joint}{}", trace.method, trace.path, trace.query)];
    lines.extend(trace.caller.as_ref().map(|caller| format!("令牌代表 {caller}")));
    lines.extend(trace.fault.as_ref().map(|fault| format!("命中一条 {fault} 类故障规则")));
    lines.push(match (trace.refused_by, trace.errcode, trace.status) {
        (Some(by), Some(code), _) => format!("以 {code} 拒绝，由{}检查发现", check(by)),
        (None, Some(0), _) => "已执行".to_owned(),
        (None, Some(code), _) => format!("返回 {code}"),
        (_, None, Some(status)) => format!("以 HTTP {status} 应答"),
        (_, None, None) => "没有应答".to_owned(),
    });
    lines.extend(trace.why.as_ref().map(|why| format!("原因：{why}")));
    lines.extend(trace.token.as_ref().map(token));
    let looked_at = |(id, variant)| format!("参照假设 {id}，当前为 `{variant}`");
    lines.extend(trace.assumptions.iter().map(looked_at));
    if !trace.unread.is_empty() {
        lines.push(format!("未被读取：{}", trace.unread.join("、")));
    }
    lines.extend(trace.findings.iter().map(|finding| format!("发现问题：{finding}")));
    lines
}

fn check(check: Check) -> &'static str {
    match check {
        Check::Method => "方法",
        Check::Token => "令牌",
        Check::Permission => "权限",
        Check::Body => "请求体",
        Check::Members => "字段",
        Check::Platform => "平台",
        Check::Quota => "额度",
        _ => "接口自身的",
    }
}

fn token(history: &TokenHistory) -> String {
    let TokenHistory { appid, made, made_by, expires, .. } = history;
    let life = format!("{appid} 的令牌由请求 {made_by} 于 {made} 生成，到 {expires} 为止");
    match (history.replaced, &history.replaced_by) {
        (Some(at), Some(by)) => format!("{life}；请求 {by} 于 {at} 取代了它"),
        _ => life,
    }
}
