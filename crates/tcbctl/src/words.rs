//! What others say in English, in the language of this run: the system, the wire, the reader of
//! addresses. And how times are written.

use std::time::{Duration, UNIX_EPOCH};
use std::{fmt, io};

use serde_json::Value;
use tcb_transport::{TransportError, TransportErrorKind, UrlError, UrlErrorKind};

use crate::language::current;

/// What somebody says in English, or our words for it.
pub(crate) fn told_as(said: impl fmt::Display, chinese: &str) -> String {
    current().pick(said.to_string(), chinese.to_owned())
}

/// Why the system did not do it.
pub(crate) fn of_system(error: &io::Error) -> String {
    let chinese = match error.kind() {
        io::ErrorKind::NotFound => "不存在",
        io::ErrorKind::PermissionDenied => "没有权限",
        io::ErrorKind::AlreadyExists => "已存在",
        io::ErrorKind::IsADirectory => "是目录",
        io::ErrorKind::NotADirectory => "其上级不是目录",
        io::ErrorKind::InvalidData => "不是 UTF-8 文本",
        io::ErrorKind::AddrInUse => "地址已被占用",
        io::ErrorKind::AddrNotAvailable => "本机没有此地址",
        io::ErrorKind::StorageFull => "磁盘已满",
        io::ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        io::ErrorKind::BrokenPipe => "读取方已关闭管道",
        _ => return error.to_string(),
    };
    told_as(error, chinese)
}

/// How the wire failed.
pub(crate) fn of_wire(error: &TransportError) -> String {
    let chinese = match error.kind() {
        TransportErrorKind::Connect => "无法建立连接",
        TransportErrorKind::AllBusy => "连接全部占用，等待超时",
        TransportErrorKind::Certificate => "服务器证书无效",
        TransportErrorKind::Proxy => "代理拒绝建立隧道",
        TransportErrorKind::Invalid => "请求无法发送",
        TransportErrorKind::Source => "读取请求体失败",
        TransportErrorKind::Length => "请求体长度与声明不符",
        TransportErrorKind::Interrupted => "连接在应答之前中断",
        TransportErrorKind::Timeout => "未在时限内应答",
        TransportErrorKind::Truncated => "应答中途中断",
        TransportErrorKind::TooLarge => "应答过大",
        _ => return error.to_string(),
    };
    told_as(error, chinese)
}

/// What is wrong with an address.
pub(crate) fn of_url(error: &UrlError) -> String {
    let chinese = match error.kind() {
        UrlErrorKind::NotAUrl => "不是完整的 URL",
        UrlErrorKind::Scheme => "URL 既不是 https，也不是 http",
        UrlErrorKind::PlainHttp => "以 http 访问其他机器；只有本机可以不用 TLS",
        UrlErrorKind::UserInfo => "URL 中含有用户名或密码",
        UrlErrorKind::QueryOrFragment => "URL 中含有查询串或片段",
        UrlErrorKind::Path => "URL 的路径含有 `.`、`..` 或须转义的字符",
        _ => return error.to_string(),
    };
    told_as(error, chinese)
}

/// The last second of the year 9999, beyond which no date can be written.
const LATEST: u64 = 253_402_300_799;

/// A moment as people read it; empty for what is none.
pub(crate) fn date(seconds: &Value) -> String {
    let seconds = seconds.as_u64().filter(|seconds| *seconds <= LATEST);
    let moment = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    moment.map(httpdate::fmt_http_date).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_that_nobody_can_write_is_left_out() {
        assert_eq!(date(&json!(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(&json!(LATEST)), "Fri, 31 Dec 9999 23:59:59 GMT");
        for odd in [json!(LATEST + 1), json!(u64::MAX), json!(-1), json!("now"), Value::Null] {
            assert_eq!(date(&odd), "", "{odd}");
        }
    }
}
