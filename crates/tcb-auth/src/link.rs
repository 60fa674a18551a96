use std::fmt;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tcb_types::{AuthorizerAppId, ComponentAppId, PreAuthCode, Secret};

/// What stands in a query value as it is.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The link by which a merchant's administrator authorises the platform.
///
/// It needs a fresh pre-authorisation code for each visit, and has to be served from the launch
/// domain that is registered for the platform, which is also the host of the redirect. Afterwards
/// the administrator's browser comes to the redirect with `auth_code`, to be handed to
/// [`PlatformTokens::exchange_code`](crate::PlatformTokens::exchange_code). Until the platform is
/// released, only accounts on its test list can authorise.
///
/// ```
/// use tcb_auth::AuthorizationLink;
/// use tcb_types::permission;
///
/// let link = AuthorizationLink::new("wx_platform", "preauthcode@@@x", "https://console.example.com/authorized")
///     .permission_sets([permission::DEVELOPMENT_AND_ANALYSIS, permission::CLOUD_DEVELOPMENT]);
/// assert_eq!(
///     link.for_desktop().expose(),
///     "https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=wx_platform&pre_auth_code=preauthcode%40%40%40x\
///      &redirect_uri=https%3A%2F%2Fconsole.example.com%2Fauthorized&auth_type=2&category_id_list=18%7C49"
/// );
/// ```
#[derive(Clone)]
#[must_use]
pub struct AuthorizationLink {
    component: ComponentAppId,
    code: PreAuthCode,
    redirect: String,
    kinds: AccountKinds,
    account: Option<AuthorizerAppId>,
    permission_sets: Vec<u32>,
}

/// Kinds of account that a link offers to authorise (`auth_type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountKinds {
    /// Public accounts.
    PublicAccounts,
    /// Mini programs.
    #[default]
    MiniPrograms,
    /// Public accounts and mini programs.
    PublicAccountsAndMiniPrograms,
    /// Promoters of mini programs.
    Promoters,
    /// Video channels.
    VideoChannels,
    /// All kinds.
    All,
    /// Selling assistants.
    SellingAssistants,
}

impl AccountKinds {
    const fn auth_type(self) -> u8 {
        match self {
            Self::PublicAccounts => 1,
            Self::MiniPrograms => 2,
            Self::PublicAccountsAndMiniPrograms => 3,
            Self::Promoters => 4,
            Self::VideoChannels => 5,
            Self::All => 6,
            Self::SellingAssistants => 8,
        }
    }
}

impl AuthorizationLink {
    /// A link for mini programs that leads back to `redirect`, an `https` URL on the registered
    /// launch domain.
    pub fn new(
        component: impl Into<ComponentAppId>,
        code: impl Into<PreAuthCode>,
        redirect: impl Into<String>,
    ) -> Self {
        Self {
            component: component.into(),
            code: code.into(),
            redirect: redirect.into(),
            kinds: AccountKinds::default(),
            account: None,
            permission_sets: Vec::new(),
        }
    }

    /// Offers these kinds of account.
    pub fn accounts(self, kinds: AccountKinds) -> Self {
        Self { kinds, ..self }
    }

    /// Offers only this account. It wins over the kinds.
    pub fn account(self, app_id: impl Into<AuthorizerAppId>) -> Self {
        Self { account: Some(app_id.into()), ..self }
    }

    /// Asks for these permission sets only; for all that the platform has released if not called.
    /// Ordinary cloud development needs
    /// [`CLOUD_DEVELOPMENT`](tcb_types::permission::CLOUD_DEVELOPMENT) and
    /// [`DEVELOPMENT_AND_ANALYSIS`](tcb_types::permission::DEVELOPMENT_AND_ANALYSIS).
    pub fn permission_sets(self, sets: impl IntoIterator<Item = u32>) -> Self {
        Self { permission_sets: sets.into_iter().collect(), ..self }
    }

    /// The page for a desktop browser, which shows a QR code to be scanned.
    pub fn for_desktop(&self) -> Secret {
        Secret::new(format!("https://mp.weixin.qq.com/cgi-bin/componentloginpage?{}", self.query()))
    }

    /// The page for WeChat on a phone, to be opened there.
    pub fn for_phone(&self) -> Secret {
        // Clients keep this order of parameters; whether it matters is not documented.
        Secret::new(format!(
            "https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&{}#wechat_redirect",
            self.query()
        ))
    }

    fn query(&self) -> String {
        let escaped = |text: &str| utf8_percent_encode(text, VALUE).to_string();
        let mut query = format!(
            "component_appid={}&pre_auth_code={}&redirect_uri={}&auth_type={}",
            escaped(self.component.as_str()),
            escaped(self.code.expose()),
            escaped(&self.redirect),
            self.kinds.auth_type()
        );
        if let Some(account) = &self.account {
            let _ = write!(query, "&biz_appid={}", escaped(account.as_str()));
        }
        if !self.permission_sets.is_empty() {
            let sets: Vec<_> = self.permission_sets.iter().map(u32::to_string).collect();
            let _ = write!(query, "&category_id_list={}", escaped(&sets.join("|")));
        }
        query
    }
}

impl fmt::Debug for AuthorizationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationLink")
            .field("component", &self.component)
            .field("redirect", &self.redirect)
            .field("kinds", &self.kinds)
            .field("account", &self.account)
            .field("permission_sets", &self.permission_sets)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phones_page_keeps_its_order_and_its_fragment() {
        let link =
            AuthorizationLink::new("wx_platform", "code-canary", "https://h/?a=b&c").account("wx_shop");
        let phone = link.accounts(AccountKinds::All).for_phone();
        assert_eq!(
            phone.expose(),
            "https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1\
             &component_appid=wx_platform&pre_auth_code=code-canary&redirect_uri=https%3A%2F%2Fh%2F%3Fa%3Db%26c\
             &auth_type=6&biz_appid=wx_shop#wechat_redirect"
        );
    }

    #[test]
    fn the_code_is_not_shown() {
        let link = AuthorizationLink::new("wx_platform", "code-canary", "https://h");
        assert!(!format!("{link:?} {:?}", link.for_desktop()).contains("canary"));
    }
}
