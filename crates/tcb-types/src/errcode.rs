use std::fmt;

use serde::{Deserialize, Serialize};

mod reaction;
#[expect(clippy::unreadable_literal, reason = "a table is read as the documentation prints it")]
mod reactions;

pub use reaction::Reaction;

/// Code that an answer carries in `errcode`: 0 for success, otherwise often negative and large.
///
/// The set is open: a code that the SDK does not know keeps its number and reacts as
/// [`Reaction::Unknown`].
///
/// ```
/// use tcb_types::{ErrCode, Reaction};
///
/// assert_eq!(ErrCode::new(40001), ErrCode::INVALID_CREDENTIAL);
/// assert_eq!(ErrCode::INVALID_CREDENTIAL.reaction(), Reaction::RefreshTokenAndRetry);
/// assert_eq!(ErrCode::new(123_456_789).reaction(), Reaction::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrCode(i64);

/// Declares the codes that callers match on.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl ErrCode {
            $($(#[$doc])* #[doc = concat!("\n\nThe number is `", $code, "`.")] pub const $name: Self = Self($code);)*

            /// Name of the constant, for a code that has one.
            ///
            /// ```
            /// use tcb_types::ErrCode;
            ///
            /// assert_eq!(ErrCode::new(85088).name(), Some("CLOUD_NOT_OPEN"));
            /// assert_eq!(ErrCode::new(123_456_789).name(), None);
            /// ```
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// Success.
    OK = 0;
    /// WeChat is busy or failed inside. A call may have been executed all the same.
    SYSTEM_BUSY = -1;
    /// Failure inside cloud development. A call may have been executed all the same.
    CLOUD_SYSTEM_ERROR = -1000;
    /// Token unknown, replaced by a newer one, or made with a wrong secret.
    INVALID_CREDENTIAL = 40001;
    /// Appid malformed, unknown, or not the token's.
    INVALID_APPID = 40013;
    /// Token malformed or unknown.
    INVALID_ACCESS_TOKEN = 40014;
    /// An argument is wrong; the cloud calls use it widely.
    INVALID_ARGS = 40097;
    /// A required parameter is absent.
    MISSING_PARAMETER = 40101;
    /// App secret wrong or reset.
    INVALID_APPSECRET = 40125;
    /// The caller's address is not in the account's IP whitelist.
    IP_NOT_ALLOWED = 40164;
    /// More items asked for than a page holds.
    COUNT_OVER_LIMIT = 40170;
    /// No token in the URL, or under a name that the call does not read.
    ACCESS_TOKEN_MISSING = 41001;
    /// App secret absent.
    APPSECRET_MISSING = 41004;
    /// The token's two hours are over.
    ACCESS_TOKEN_EXPIRED = 42001;
    /// The platform's own token is over.
    COMPONENT_TOKEN_EXPIRED = 42006;
    /// The owner changed the password; access and refresh token are gone and the merchant has to
    /// authorise again.
    PASSWORD_CHANGED = 42007;
    /// The call wants POST.
    REQUIRE_POST = 43002;
    /// The body is empty.
    EMPTY_BODY = 44002;
    /// The calls of the day are used up.
    DAILY_QUOTA = 45009;
    /// The calls of the minute are used up.
    MINUTE_QUOTA = 45011;
    /// The body is not JSON, or a member has the wrong type.
    DATA_FORMAT = 47001;
    /// The account lacks this API; also seen for a moment right after an authorisation.
    API_UNAUTHORIZED = 48001;
    /// The account has not authorised the platform, or cancelled it.
    NOT_AUTHORIZED = 61003;
    /// The caller's address is not in the platform's IP whitelist.
    PLATFORM_IP_NOT_ALLOWED = 61004;
    /// The ticket is older than twelve hours.
    TICKET_EXPIRED = 61005;
    /// The ticket was not pushed to this platform.
    TICKET_INVALID = 61006;
    /// The permission set of the API was not granted to the platform.
    PERMISSION_NOT_GRANTED = 61007;
    /// The authorisation code is unknown or used.
    AUTHORIZATION_CODE_INVALID = 61009;
    /// The authorisation code is too old.
    AUTHORIZATION_CODE_EXPIRED = 61010;
    /// The platform's appid is unknown, or not the token's.
    INVALID_COMPONENT = 61011;
    /// The call wants the platform's token.
    COMPONENT_TOKEN_REQUIRED = 61014;
    /// The call wants an account's token.
    AUTHORIZER_TOKEN_REQUIRED = 61015;
    /// The refresh token is empty, another account's, or dead.
    REFRESH_TOKEN_INVALID = 61023;
    /// The platform is not released; only its test accounts work.
    COMPONENT_UNPUBLISHED = 61028;
    /// Cloud development is not open for the account.
    CLOUD_NOT_OPEN = 85088;
    /// The account is bound to an open-platform account already.
    ALREADY_BOUND = 89000;
    /// The subjects of the two accounts differ.
    OTHER_SUBJECT = 89001;
    /// The account is bound to no open-platform account.
    NOT_BOUND = 89002;
    /// A cloud resource is missing or exists already; the documentation gives no text.
    CLOUD_RESOURCE = -501_000;
    /// A consent message went to the administrator within the last 24 hours.
    CONSENT_ALREADY_ASKED = -601_026;
    /// The administrator has no phone number; a message asks for one.
    PHONE_MISSING = -601_048;
    /// The administrator has not agreed yet; a message asks for it.
    CONSENT_MISSING = -601_049;
}

impl ErrCode {
    /// The code with this number.
    pub const fn new(code: i64) -> Self {
        Self(code)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// What a client does about the code.
    pub fn reaction(self) -> Reaction {
        reactions::REACTIONS
            .binary_search_by_key(&self.0, |&(code, _)| code)
            .map_or(Reaction::Unknown, |index| reactions::REACTIONS[index].1)
    }
}

impl fmt::Display for ErrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for ErrCode {
    fn from(code: i64) -> Self {
        Self(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(reactions::REACTIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(reactions::REACTIONS.len(), 849);
    }

    #[test]
    fn negative_codes_are_found() {
        assert_eq!(ErrCode::CONSENT_MISSING.reaction(), Reaction::MerchantAction);
        assert_eq!(ErrCode::SYSTEM_BUSY.reaction(), Reaction::RetryLater);
        assert_eq!(ErrCode::NOT_BOUND.reaction(), Reaction::Absent);
    }
}
