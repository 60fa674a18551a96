//! What the environment says: which target, and with whose credentials.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use tcb_transport::BaseUrl;
use tcb_types::{
    AccessTokenValue, AuthorizerAppId, ComponentAppId, ComponentSecret, RefreshToken, Secret, VerifyTicket,
};

use crate::cli::DEFAULT_ADDRESS;
use crate::failure::Failure;

const BASE_URL: &str = "TCBCTL_BASE_URL";
const ADMIN_URL: &str = "TCBCTL_ADMIN_URL";
const ACCESS_TOKEN: &str = "TCBCTL_ACCESS_TOKEN";
const COMPONENT_APPID: &str = "TCBCTL_COMPONENT_APPID";
const COMPONENT_APPSECRET: &str = "TCBCTL_COMPONENT_APPSECRET";
const TICKET: &str = "TCBCTL_TICKET";
pub(crate) const AUTHORIZER_APPID: &str = "TCBCTL_AUTHORIZER_APPID";
const REFRESH_TOKEN: &str = "TCBCTL_REFRESH_TOKEN";
pub(crate) const STORE: &str = "TCBCTL_STORE";
pub(crate) const STORE_KEYS: &str = "TCBCTL_STORE_KEYS";

/// Path of an emulator's admin API below its base URL.
const ADMIN_PATH: &str = "/_emu/v1";

/// What the environment says.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) base_url: BaseUrl,
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
    Emulator { admin_url: BaseUrl, merchant: Option<AuthorizerAppId> },
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
    /// Reads the environment of the process.
    pub(crate) fn from_env(owner: TokenOwner) -> Result<Self, Box<Failure>> {
        Self::read(owner, &Variables(&|name| std::env::var_os(name)))
    }

    fn read(owner: TokenOwner, env: &Variables<'_>) -> Result<Self, Box<Failure>> {
        let admin_url = env.url(ADMIN_URL)?;
        let base_url = match (env.url(BASE_URL)?, &admin_url) {
            (Some(url), _) => url,
            (None, Some(admin_url)) => base_of(admin_url)?,
            (None, None) => parse(BASE_URL, &format!("http://{DEFAULT_ADDRESS}"))?,
        };
        let credentials = Credentials::read(owner, env, &base_url, admin_url)?;
        Ok(Self { base_url, credentials })
    }
}

impl Credentials {
    fn read(
        owner: TokenOwner,
        env: &Variables<'_>,
        base_url: &BaseUrl,
        admin_url: Option<BaseUrl>,
    ) -> Result<Self, Box<Failure>> {
        if owner == TokenOwner::Nobody {
            return Ok(Self::Nothing);
        }
        if let Some(token) = env.secret(ACCESS_TOKEN)? {
            return Ok(Self::Token(token.into()));
        }
        let merchant = env.text(AUTHORIZER_APPID)?.map(AuthorizerAppId::from);
        // Who acts for the platform itself does not mean the merchant that happens to be set.
        let merchant = merchant.filter(|_| owner == TokenOwner::Merchant);
        let app_id = env.text(COMPONENT_APPID)?;
        let secret = env.secret(COMPONENT_APPSECRET)?;
        let ticket = env.secret(TICKET)?;
        let refresh_token = env.secret(REFRESH_TOKEN)?;
        let merchant_is_missing = owner == TokenOwner::Merchant && merchant.is_none();
        let given_beside = [(TICKET, ticket.is_some()), (REFRESH_TOKEN, refresh_token.is_some())];
        let tokens = match (env.secret(STORE)?, ticket) {
            (Some(_), _) if given_beside.iter().any(|(_, given)| *given) => {
                let given: Vec<&str> =
                    given_beside.iter().filter_map(|(name, given)| given.then_some(*name)).collect();
                return Err(Failure::config(format!("{STORE} holds what {} gives", given.join(" and ")))
                    .why("the service that keeps the store takes tickets in and knows the newest refresh tokens")
                    .hint(format!("unset {}", given.join(" "))));
            }
            (Some(store), _) => Some(Tokens::Shared { store, keys: env.secret(STORE_KEYS)? }),
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
                Self::of_emulator(base_url, admin_url, merchant)
            }
            (app_id, secret, tokens, _) => {
                let missing: Vec<&str> = [
                    (COMPONENT_APPID, app_id.is_none()),
                    (COMPONENT_APPSECRET, secret.is_none()),
                    (TICKET, tokens.is_none()),
                    (AUTHORIZER_APPID, merchant_is_missing),
                ]
                .into_iter()
                .filter_map(|(name, missing)| missing.then_some(name))
                .collect();
                let missing = missing.join(", ");
                Err(Failure::config(format!("the platform's credentials are incomplete: {missing} not set"))
                    .hint("tcbctl --help   (lists the environment; secrets may stand in files)"))
            }
        }
    }

    /// An emulator speaks plain HTTP on this machine, and only there its admin API is asked.
    fn of_emulator(
        base_url: &BaseUrl,
        admin_url: Option<BaseUrl>,
        merchant: Option<AuthorizerAppId>,
    ) -> Result<Self, Box<Failure>> {
        if base_url.scheme().as_str() != "http" {
            return Err(Failure::config(format!("no credentials are given for {base_url}"))
                .why("the admin API of an emulator supplies them only for a target on this machine")
                .hint(
                    "tcbctl --help   (lists the environment; TCBCTL_ACCESS_TOKEN_FILE is the shortest way)",
                ));
        }
        let admin_url = match admin_url {
            Some(url) => url,
            None => parse(ADMIN_URL, &format!("{base_url}{ADMIN_PATH}"))?,
        };
        Ok(Self::Emulator { admin_url, merchant })
    }
}

/// The base URL of the emulator with this admin URL.
fn base_of(admin_url: &BaseUrl) -> Result<BaseUrl, Box<Failure>> {
    let text = admin_url.to_string();
    match text.strip_suffix(ADMIN_PATH) {
        Some(base) => parse(BASE_URL, base),
        None => Err(Failure::config(format!(
            "{ADMIN_URL} does not end in {ADMIN_PATH}, and {BASE_URL} is not set"
        ))
        .hint("set both, or copy `admin_url` from the line that `tcbctl emu start` prints")),
    }
}

fn parse(name: &str, text: &str) -> Result<BaseUrl, Box<Failure>> {
    text.parse().map_err(|error| Failure::config(format!("{name}: {error}")))
}

/// The environment. An empty variable counts as unset.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, Box<Failure>> {
        match (self.0)(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Err(_)) => Err(Failure::config(format!("{name} is not UTF-8"))),
        }
    }

    fn url(&self, name: &str) -> Result<Option<BaseUrl>, Box<Failure>> {
        self.text(name)?.map(|text| parse(name, &text)).transpose()
    }

    /// A secret from `name`, or from the file that `name` with `_FILE` names.
    fn secret(&self, name: &str) -> Result<Option<Secret>, Box<Failure>> {
        let file = format!("{name}_FILE");
        match (self.text(name)?.map(Secret::from), self.text(&file)?) {
            (Some(_), Some(_)) => Err(Failure::config(format!("{name} and {file} are both set; keep one"))),
            (None, Some(path)) => read_secret(&file, Path::new(&path)).map(Some),
            (value, None) => Ok(value),
        }
    }
}

fn read_secret(name: &str, path: &Path) -> Result<Secret, Box<Failure>> {
    let unreadable = |error| Failure::config(format!("{name}: {} cannot be read: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    check_readers(name, path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    match text.trim() {
        "" => Err(Failure::config(format!("{name}: {} is empty", path.display()))),
        secret => Ok(Secret::new(secret)),
    }
}

/// Refuses a secret that others can read, if it is the caller who can change that: the file is the
/// caller's own and can be written. What is mounted into a container is neither.
#[cfg(unix)]
fn check_readers(name: &str, path: &Path, file: &File) -> Result<(), Box<Failure>> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::StatVfsMountFlags;

    let unreadable = |error: std::io::Error| {
        Failure::config(format!("{name}: {} cannot be examined: {error}", path.display()))
    };
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.mode() & 0o777;
    let is_ours_alone = mode.trailing_zeros() >= 6;
    if !metadata.is_file() || is_ours_alone || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let mount = rustix::fs::fstatvfs(file).map_err(|error| unreadable(error.into()))?;
    if mount.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(());
    }
    let message = format!("{name}: {} is open to other users (mode {mode:o})", path.display());
    Err(Failure::config(message).hint(format!("chmod 600 {}", path.display())))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
fn check_readers(_name: &str, _path: &Path, _file: &File) -> Result<(), Box<Failure>> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exit::Exit;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Box<Failure>> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        Settings::read(TokenOwner::Merchant, &Variables(&find))
    }

    #[test]
    fn nothing_set_means_the_local_emulator() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.base_url.to_string(), "http://127.0.0.1:8099");
        let Credentials::Emulator { admin_url, merchant: None } = settings.credentials else {
            panic!("{settings:?}")
        };
        assert_eq!(admin_url.to_string(), "http://127.0.0.1:8099/_emu/v1");
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
        let read = |owner, variables: &[(&str, &str)]| {
            let find = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            };
            Settings::read(owner, &Variables(&find))
        };
        let platform = [(COMPONENT_APPID, "wxp"), (COMPONENT_APPSECRET, "s"), (TICKET, "t")];
        assert!(matches!(
            read(TokenOwner::Platform, &platform).unwrap().credentials,
            Credentials::Platform(PlatformCredentials { merchant: None, .. })
        ));
        assert_eq!(read(TokenOwner::Merchant, &platform).unwrap_err().exit, Exit::Usage);
        let wechat = [(BASE_URL, "https://api.weixin.qq.com")];
        assert!(matches!(read(TokenOwner::Nobody, &wechat).unwrap().credentials, Credentials::Nothing));
        assert_eq!(read(TokenOwner::Platform, &wechat).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn wechat_itself_needs_credentials_of_its_own() {
        for admin in ["", "http://127.0.0.1:4000/_emu/v1"] {
            let failure = read(&[(BASE_URL, "https://api.weixin.qq.com"), (ADMIN_URL, admin)]).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.hint.is_some());
        }
    }

    #[test]
    fn a_secret_comes_from_one_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let file = path.to_str().unwrap();
        let from_file = [("TCBCTL_ACCESS_TOKEN_FILE", file)];

        assert_eq!(read(&from_file).unwrap_err().exit, Exit::Usage, "there is no such file");
        fs::write(&path, "\n").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(read(&from_file).unwrap_err().exit, Exit::Usage, "it is empty");
        fs::write(&path, "t0ken\n").unwrap();
        let settings = read(&from_file).unwrap();
        assert!(matches!(settings.credentials, Credentials::Token(token) if token.expose() == "t0ken"));
        let both = [("TCBCTL_ACCESS_TOKEN_FILE", file), (ACCESS_TOKEN, "t")];
        assert_eq!(read(&both).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        assert_eq!(read(&[(BASE_URL, "http://api.weixin.qq.com")]).unwrap_err().exit, Exit::Usage);
    }
}
