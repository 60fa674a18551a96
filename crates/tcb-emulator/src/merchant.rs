use serde::{Deserialize, Serialize};
use tcb_types::{AuthorizerAppId, ComponentAppId, OpenAppId};

/// Permission sets that a merchant of the admin API grants when a test does not say which: 18
/// development, 25 open-platform account, 30 basic information, 49 cloud development.
pub const USUAL_PERMISSION_SETS: [u32; 4] = [18, 25, 30, 49];

/// A merchant with a mini program, as a test wants it.
///
/// ```
/// use tcb_emulator::Merchant;
///
/// let quick_registered = Merchant::new().without_phone().named("Corner shop");
/// assert!(!quick_registered.phone);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Merchant {
    /// Display name of the mini program.
    pub name: String,
    /// Whether a phone number is bound. Default `true`; quick-registered mini programs start
    /// without.
    pub phone: bool,
    /// Whether the administrator has agreed to cloud development. Default `false`: the first
    /// `createCloudUser` asks.
    pub consent: bool,
    /// Whether it is a trial mini program.
    pub trial: bool,
    /// The legal entity behind it.
    pub subject: String,
}

impl Default for Merchant {
    fn default() -> Self {
        Self {
            name: "Emulated shop".to_owned(),
            phone: true,
            consent: false,
            trial: false,
            subject: "Emulated Merchant Ltd".to_owned(),
        }
    }
}

impl Merchant {
    /// A merchant with a phone number, who has not agreed to cloud development.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the mini program.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Removes the phone number.
    #[must_use]
    pub fn without_phone(mut self) -> Self {
        self.phone = false;
        self
    }

    /// Has the administrator agree to cloud development beforehand.
    #[must_use]
    pub fn consenting(mut self) -> Self {
        self.consent = true;
        self
    }

    /// Makes it a trial mini program.
    #[must_use]
    pub fn trial(mut self) -> Self {
        self.trial = true;
        self
    }

    /// Names the legal entity.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
}

/// A merchant as it is now.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MerchantState {
    /// Appid of the mini program.
    #[cfg_attr(test, schemars(with = "String"))]
    pub appid: AuthorizerAppId,
    /// What the test asked for, with what the administrator has done since.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// Whether cloud development is open.
    pub opened: bool,
    /// The open-platform account that it is bound to.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub open_appid: Option<OpenAppId>,
    /// Appids of the platforms that it has authorised.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub authorized: Vec<ComponentAppId>,
}
