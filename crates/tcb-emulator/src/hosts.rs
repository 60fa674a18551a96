//! Names of hosts: this machine's, and WeChat's.

/// The hosts that the emulator stands in for: those of the API, near and far, and those of the
/// pages on which merchants authorise a platform.
pub(crate) const WECHAT: &[&str] = &[
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "sh.api.weixin.qq.com",
    "sz.api.weixin.qq.com",
    "hk.api.weixin.qq.com",
    "mp.weixin.qq.com",
    "open.weixin.qq.com",
];

/// Whether it is one of WeChat's.
pub(crate) fn is_wechat(host: &str) -> bool {
    WECHAT.iter().any(|known| known.eq_ignore_ascii_case(host))
}
