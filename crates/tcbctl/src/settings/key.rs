//! The settings that there are.

use tcb_lang::{Lang, say};
use tcb_transport::BaseUrl;

use crate::failure::Failure;
use crate::language::current;
use crate::words::of_url;

/// A setting: in a profile by its key, in the environment by its variable.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) is_secret: bool,
}

impl Key {
    /// The address that this setting is.
    pub(super) fn url(&self, text: &str) -> Result<BaseUrl, Box<Failure>> {
        text.parse().map_err(|error| {
            let colon = current().pick(": ", "：");
            Failure::config(format!("{}{colon}{}", self.variable, of_url(&error)))
        })
    }
}

macro_rules! keys {
    ($($ident:ident = $name:literal, $variable:literal, $secret:literal, $en:literal, $zh:literal;)+) => {
        $(pub(crate) const $ident: &Key =
            &Key { name: $name, variable: $variable, is_secret: $secret };)+

        /// All of them, in the order in which people read them.
        pub(crate) const ALL: &[&Key] = &[$($ident),+];

        impl Key {
            /// What the setting is.
            pub(crate) fn about(&self) -> String {
                self.about_in(current())
            }

            /// What the setting is, in this language.
            pub(crate) fn about_in(&self, lang: Lang) -> String {
                match self.name {
                    $($name => say!(lang, $en, $zh),)+
                    _ => String::new(),
                }
            }
        }
    };
}

keys! {
    BASE_URL = "base_url", "TCBCTL_BASE_URL", false,
        "the target; http://127.0.0.1:8099 if not set, WeChat is https://api.weixin.qq.com",
        "目标地址；未设置时为 http://127.0.0.1:8099，微信是 https://api.weixin.qq.com";
    LIVE = "live", "TCBCTL_LIVE", false,
        "1 or true: the target is not this machine, and calls change what is real",
        "1 或 true：目标不是本机，调用会改变真实数据";
    ADMIN_URL = "admin_url", "TCBCTL_ADMIN_URL", false,
        "admin API of an emulator; <base URL>/_emu/v1 if not set. It supplies all credentials",
        "模拟器的管理接口；未设置时为 <目标地址>/_emu/v1。它提供全部凭据";
    ADMIN_TOKEN = "admin_token", "TCBCTL_ADMIN_TOKEN", true,
        "its token, if it was started with --allow-remote",
        "模拟器以 --allow-remote 启动时，管理接口的令牌";
    ACCESS_TOKEN = "access_token", "TCBCTL_ACCESS_TOKEN", true,
        "a token to act with; nothing else is needed then",
        "直接使用的令牌；有它就不需要其他凭据";
    COMPONENT_APPID = "component_appid", "TCBCTL_COMPONENT_APPID", false,
        "or the platform: its appid,",
        "或者第三方平台：平台 appid，";
    COMPONENT_APPSECRET = "component_appsecret", "TCBCTL_COMPONENT_APPSECRET", true,
        "its secret,",
        "平台 appsecret，";
    TICKET = "ticket", "TCBCTL_TICKET", true,
        "the newest component_verify_ticket that was pushed,",
        "最新推送的验证票据 component_verify_ticket，";
    AUTHORIZER_APPID = "authorizer_appid", "TCBCTL_AUTHORIZER_APPID", false,
        "the merchant to act for, with an emulator too,",
        "代表的授权方，使用模拟器时也可设置，";
    REFRESH_TOKEN = "refresh_token", "TCBCTL_REFRESH_TOKEN", true,
        "and its refresh token; asked of WeChat if not set",
        "以及它的刷新令牌；未设置时向微信查询";
    STORE = "store", "TCBCTL_STORE", true,
        "in place of ticket and refresh token, the token store of the platform's service: path of its SQLite file, or its redis:// or rediss:// address",
        "代替票据和刷新令牌：平台服务的令牌存储，SQLite 文件路径，或 redis://、rediss:// 地址";
    STORE_KEYS = "store_keys", "TCBCTL_STORE_KEYS", true,
        "if the service encrypts that store: its keys as ID:KEY, the one it writes with first, further ones after commas",
        "服务对存储加密时：密钥，写作 ID:KEY，写入用的放最前，其余以逗号分隔";
    ENV = "env", "TCBCTL_ENV", false,
        "the environment that commands are about",
        "命令针对的云环境 ID";
    CALLBACK_TOKEN = "callback_token", "TCBCTL_CALLBACK_TOKEN", true,
        "the token for the signatures of pushes, for `platform callback verify`",
        "消息校验 Token，供 `platform callback verify` 使用";
    ENCODING_AES_KEY = "encoding_aes_key", "TCBCTL_ENCODING_AES_KEY", true,
        "the key that pushes are encrypted with",
        "消息加解密 Key（EncodingAESKey）";
}

/// The setting of this name, or of this variable.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    ALL.iter().copied().find(|key| key.name == name || key.variable == name)
}
