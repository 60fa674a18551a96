//! What the settings say: which target, and with whose credentials.

pub(crate) mod key;
pub(crate) mod secret;
pub(crate) mod sources;

use tcb_transport::BaseUrl;
use tcb_types::{
    AccessTokenValue, AuthorizerAppId, ComponentAppId, ComponentSecret, RefreshToken, Secret, VerifyTicket,
};

use crate::args::DEFAULT_ADDRESS;
use crate::failure::Failure;
use crate::language::say;
use sources::{Sources, is_this_machine};

/// Path of an emulator's admin API below its base URL.
const ADMIN_PATH: &str = "/_emu/v1";

/// What the settings say.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) base_url: BaseUrl,
    /// Whether the target is another machine than this one.
    pub(crate) is_live: bool,
    pub(crate) credentials: Credentials,
}

/// Whose token a command needs, which decides what credentials it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenOwner {
    /// A merchant.
    Merchant,
    /// The platform itself.
    Platform,
    /// Nobody: the call carries no token.
    Nobody,
}

/// With what the commands act.
#[derive(Debug)]
pub(crate) enum Credentials {
    /// Nothing is needed.
    Nothing,
    /// A token that somebody else keeps fresh.
    Token(AccessTokenValue),
    /// The token chain of a platform.
    Platform(PlatformCredentials),
    /// Whatever the emulator's admin API supplies.
    Emulator { admin_api: AdminApi, merchant: Option<AuthorizerAppId> },
}

/// Where the admin API of an emulator is, and what opens it.
#[derive(Debug)]
pub(crate) struct AdminApi {
    pub(crate) url: BaseUrl,
    /// There is one when the emulator lets other machines in.
    pub(crate) token: Option<Secret>,
}

impl AdminApi {
    /// That of the emulator that is the target.
    pub(crate) fn of_target(sources: &Sources<'_>) -> Result<Self, Box<Failure>> {
        if let Some(url) = sources.url(key::ADMIN_URL)? {
            return Self::at(url, sources);
        }
        let base_url = target(sources)?;
        if base_url.scheme().as_str() == "http" {
            return Self::at(admin_of(&base_url)?, sources);
        }
        Err(Failure::config(say!("{base_url} is no emulator", "{base_url} 不是模拟器"))
            .why(say!(
                "an emulator is on this machine and speaks plain HTTP",
                "模拟器位于本机，使用明文 HTTP"
            ))
            .hint("tcbctl emu start"))
    }

    fn at(url: BaseUrl, sources: &Sources<'_>) -> Result<Self, Box<Failure>> {
        Ok(Self { url, token: sources.secret(key::ADMIN_TOKEN)? })
    }
}

/// All that the token chain starts from.
#[derive(Debug)]
pub(crate) struct PlatformCredentials {
    pub(crate) app_id: ComponentAppId,
    pub(crate) secret: ComponentSecret,
    /// The merchant to act for; none when the platform acts for itself.
    pub(crate) merchant: Option<AuthorizerAppId>,
    pub(crate) tokens: Tokens,
}

/// Where a platform's tokens come from.
#[derive(Debug)]
pub(crate) enum Tokens {
    /// They are fetched anew, beside whoever else has some.
    Own { ticket: VerifyTicket, refresh_token: Option<RefreshToken> },
    /// They are those of the platform's service. The address may hold a password; the keys are
    /// those that the service encrypts with.
    Shared { store: Secret, keys: Option<Secret> },
}

impl Settings {
    pub(crate) fn read(owner: TokenOwner, sources: &Sources<'_>) -> Result<Self, Box<Failure>> {
        let base_url = target(sources)?;
        let is_live = !is_this_machine(&base_url);
        if is_live && !sources.is_live()? {
            let message = say!(
                "{base_url} is not this machine, and nothing marks it as live",
                "{base_url} 不是本机，也没有标记为正式（live）"
            );
            return Err(Failure::config(message)
                .why(say!(
                    "calls to it change what is real and may cost money",
                    "对它的调用会改变真实数据，并可能产生费用"
                ))
                .hint("export TCBCTL_LIVE=1   (live = true)"));
        }
        let credentials = Credentials::read(owner, sources, &base_url)?;
        Ok(Self { base_url, is_live, credentials })
    }
}

/// The target: that of the settings, that of the emulator that they name, or the local emulator.
pub(crate) fn target(sources: &Sources<'_>) -> Result<BaseUrl, Box<Failure>> {
    match (sources.url(key::BASE_URL)?, sources.url(key::ADMIN_URL)?) {
        (Some(url), _) => Ok(url),
        (None, Some(admin_url)) => base_of(&admin_url),
        (None, None) => key::BASE_URL.url(&format!("http://{DEFAULT_ADDRESS}")),
    }
}

fn admin_of(base_url: &BaseUrl) -> Result<BaseUrl, Box<Failure>> {
    key::ADMIN_URL.url(&format!("{base_url}{ADMIN_PATH}"))
}

impl Credentials {
    fn read(owner: TokenOwner, sources: &Sources<'_>, base_url: &BaseUrl) -> Result<Self, Box<Failure>> {
        if owner == TokenOwner::Nobody {
            return Ok(Self::Nothing);
        }
        if let Some(token) = sources.secret(key::ACCESS_TOKEN)? {
            return Ok(Self::Token(token.into()));
        }
        let merchant = sources.value(key::AUTHORIZER_APPID)?.map(AuthorizerAppId::from);
        // Who acts for the platform itself does not mean the merchant that happens to be set.
        let merchant = merchant.filter(|_| owner == TokenOwner::Merchant);
        let app_id = sources.value(key::COMPONENT_APPID)?;
        let secret = sources.secret(key::COMPONENT_APPSECRET)?;
        let ticket = sources.secret(key::TICKET)?;
        // The platform itself has none.
        let refresh_token = match owner {
            TokenOwner::Merchant => sources.secret(key::REFRESH_TOKEN)?,
            _ => None,
        };
        let merchant_is_missing = owner == TokenOwner::Merchant && merchant.is_none();
        let given_beside = [(key::TICKET, ticket.is_some()), (key::REFRESH_TOKEN, refresh_token.is_some())];
        let tokens = match (sources.secret(key::STORE)?, ticket) {
            (Some(_), _) if given_beside.iter().any(|(_, given)| *given) => {
                let given: Vec<&str> =
                    given_beside.iter().filter_map(|(key, given)| given.then_some(key.variable)).collect();
                let (store, others) = (key::STORE.variable, given.join(", "));
                return Err(Failure::config(say!(
                    "{store} holds what {others} gives",
                    "{store} 中已有 {others} 给出的内容"
                ))
                .why(say!(
                    "the service that keeps the store takes tickets in and knows the newest refresh tokens",
                    "维护该存储的服务会接收票据，并知道最新的刷新令牌"
                ))
                .hint(format!("unset {}", given.join(" "))));
            }
            (Some(store), _) => Some(Tokens::Shared { store, keys: sources.secret(key::STORE_KEYS)? }),
            (None, Some(ticket)) => Some(Tokens::Own {
                ticket: ticket.into(),
                refresh_token: refresh_token.clone().map(RefreshToken::from),
            }),
            (None, None) => None,
        };
        match (app_id, secret, tokens, merchant) {
            (Some(app_id), Some(secret), Some(tokens), merchant) if !merchant_is_missing => {
                Ok(Self::Platform(PlatformCredentials {
                    app_id: app_id.into(),
                    secret: secret.into(),
                    merchant,
                    tokens,
                }))
            }
            (None, None, None, merchant) if refresh_token.is_none() => {
                Self::of_emulator(sources, base_url, merchant)
            }
            (app_id, secret, tokens, _) => {
                let missing: Vec<&str> = [
                    (key::COMPONENT_APPID, app_id.is_none()),
                    (key::COMPONENT_APPSECRET, secret.is_none()),
                    (key::TICKET, tokens.is_none()),
                    (key::AUTHORIZER_APPID, merchant_is_missing),
                ]
                .into_iter()
                .filter_map(|(key, missing)| missing.then_some(key.variable))
                .collect();
                let missing = missing.join(", ");
                Err(Failure::config(say!(
                    "the platform's credentials are incomplete: {missing} not set",
                    "平台凭据不完整：未设置 {missing}"
                ))
                .hint(say!(
                    "tcbctl --help   (lists the environment; secrets may stand in files)",
                    "tcbctl --help   （列出环境变量；密钥可以放在文件中）"
                )))
            }
        }
    }

    /// An emulator speaks plain HTTP on this machine, and only there its admin API is asked.
    fn of_emulator(
        sources: &Sources<'_>,
        base_url: &BaseUrl,
        merchant: Option<AuthorizerAppId>,
    ) -> Result<Self, Box<Failure>> {
        if base_url.scheme().as_str() != "http" {
            return Err(Failure::config(say!(
                "no credentials are given for {base_url}",
                "没有给出 {base_url} 的凭据"
            ))
            .why(say!(
                "the admin API of an emulator supplies them only for a target on this machine",
                "模拟器的管理接口只为本机目标提供凭据"
            ))
            .hint(say!(
                "tcbctl --help   (lists the environment; TCBCTL_ACCESS_TOKEN_FILE is the shortest way)",
                "tcbctl --help   （列出环境变量；TCBCTL_ACCESS_TOKEN_FILE 最简便）"
            )));
        }
        Ok(Self::Emulator { admin_api: AdminApi::of_target(sources)?, merchant })
    }
}

/// The base URL of the emulator with this admin URL.
fn base_of(admin_url: &BaseUrl) -> Result<BaseUrl, Box<Failure>> {
    let text = admin_url.to_string();
    if let Some(base) = text.strip_suffix(ADMIN_PATH) {
        return key::BASE_URL.url(base);
    }
    let (admin, base) = (key::ADMIN_URL.variable, key::BASE_URL.variable);
    Err(Failure::config(say!(
        "{admin} does not end in {ADMIN_PATH}, and {base} is not set",
        "{admin} 不以 {ADMIN_PATH} 结尾，且未设置 {base}"
    ))
    .hint(say!(
        "set both, or copy `admin_url` from the line that `tcbctl emu start` prints",
        "两者都设置，或从 `tcbctl emu start` 打印的那一行复制 `admin_url`"
    )))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::key::*;
    use super::*;
    use crate::exit::Exit;

    fn read_for(owner: TokenOwner, variables: &[(&Key, &str)]) -> Result<Settings, Box<Failure>> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| known.variable == name).map(|(_, value)| OsString::from(value))
        };
        Settings::read(owner, &Sources::of_variables(&find))
    }

    fn read(variables: &[(&Key, &str)]) -> Result<Settings, Box<Failure>> {
        read_for(TokenOwner::Merchant, variables)
    }

    #[test]
    fn nothing_set_means_the_local_emulator() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.base_url.to_string(), "http://127.0.0.1:8099");
        let Credentials::Emulator { admin_api, merchant: None } = settings.credentials else {
            panic!("{settings:?}")
        };
        assert_eq!(admin_api.url.to_string(), "http://127.0.0.1:8099/_emu/v1");
        assert!(admin_api.token.is_none());
    }

    #[test]
    fn the_admin_url_tells_the_base_url() {
        let settings = read(&[(ADMIN_URL, "http://127.0.0.1:4000/_emu/v1")]).unwrap();
        assert_eq!(settings.base_url.to_string(), "http://127.0.0.1:4000");
        assert_eq!(read(&[(ADMIN_URL, "http://127.0.0.1:4000/admin")]).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_token_wins_over_all_else() {
        let settings = read(&[(ACCESS_TOKEN, "t"), (COMPONENT_APPID, "wx")]).unwrap();
        assert!(matches!(settings.credentials, Credentials::Token(token) if token.expose() == "t"));
    }

    #[test]
    fn half_a_platform_is_told_what_is_missing() {
        let failure = read(&[(COMPONENT_APPID, "wx"), (TICKET, "canary")]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("TCBCTL_COMPONENT_APPSECRET, TCBCTL_AUTHORIZER_APPID"), "{failure}");
        assert!(!failure.to_string().contains("canary"));
    }

    #[test]
    fn a_refresh_token_may_be_left_to_wechat() {
        let platform =
            [(COMPONENT_APPID, "wxp"), (COMPONENT_APPSECRET, "s"), (TICKET, "t"), (AUTHORIZER_APPID, "wxm")];
        let Credentials::Platform(found) = read(&platform).unwrap().credentials else { panic!() };
        assert!(matches!(found.tokens, Tokens::Own { refresh_token: None, .. }));
        assert_eq!((found.app_id.as_str(), found.merchant.unwrap().as_str()), ("wxp", "wxm"));
    }

    #[test]
    fn who_acts_for_no_merchant_need_not_name_one() {
        let platform = [(COMPONENT_APPID, "wxp"), (COMPONENT_APPSECRET, "s"), (TICKET, "t")];
        assert!(matches!(
            read_for(TokenOwner::Platform, &platform).unwrap().credentials,
            Credentials::Platform(PlatformCredentials { merchant: None, .. })
        ));
        assert_eq!(read_for(TokenOwner::Merchant, &platform).unwrap_err().exit, Exit::Usage);
        let wechat = [(BASE_URL, "https://api.weixin.qq.com"), (LIVE, "1")];
        assert!(matches!(read_for(TokenOwner::Nobody, &wechat).unwrap().credentials, Credentials::Nothing));
        assert_eq!(read_for(TokenOwner::Platform, &wechat).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn wechat_itself_needs_credentials_of_its_own() {
        for admin in ["", "http://127.0.0.1:4000/_emu/v1"] {
            let failure = read(&[(BASE_URL, "https://api.weixin.qq.com"), (LIVE, "1"), (ADMIN_URL, admin)])
                .unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.hint.is_some());
        }
    }

    #[test]
    fn a_secret_comes_from_one_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let file = path.to_str().unwrap();
        let beside = Key { name: "", variable: "TCBCTL_ACCESS_TOKEN_FILE", is_secret: false };
        let from_file = [(&beside, file)];

        assert_eq!(read(&from_file).unwrap_err().exit, Exit::Usage, "there is no such file");
        fs::write(&path, "\n").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(read(&from_file).unwrap_err().exit, Exit::Usage, "it is empty");
        fs::write(&path, "t0ken\n").unwrap();
        let settings = read(&from_file).unwrap();
        assert!(matches!(settings.credentials, Credentials::Token(token) if token.expose() == "t0ken"));
        let both = [(&beside, file), (ACCESS_TOKEN, "t")];
        assert_eq!(read(&both).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        assert_eq!(read(&[(BASE_URL, "http://api.weixin.qq.com")]).unwrap_err().exit, Exit::Usage);
    }
}
