use crate::Merchant;
use crate::time::UnixTime;

/// A merchant's mini program.
pub(crate) struct Account {
    pub(crate) merchant: Merchant,
    pub(crate) original_id: String,
    /// Whether cloud development is open.
    pub(crate) opened: bool,
    /// When the administrator was last sent a message about opening it.
    pub(crate) last_message: Option<UnixTime>,
    /// The open-platform account that it is bound to.
    pub(crate) open_app_id: Option<String>,
    /// Whether `cloudbase_access_token` may be used; it holds for the whole account.
    pub(crate) open: bool,
    pub(crate) environments: Vec<Environment>,
    /// Key that protects the code of functions, once it was asked for.
    pub(crate) code_secret: Option<String>,
}

/// A cloud environment.
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) alias: String,
    pub(crate) created: UnixTime,
    /// Answers of getEnvInfo that have shown it.
    pub(crate) polls: u32,
    pub(crate) settings: CloudSettings,
    pub(crate) functions: Vec<Function>,
}

/// A cloud function.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) created: UnixTime,
}

/// What setCloudAccessToken keeps for one environment.
pub(crate) struct CloudSettings {
    pub(crate) whitelist: Vec<String>,
    pub(crate) version: i64,
}

impl Default for CloudSettings {
    fn default() -> Self {
        Self { whitelist: vec!["/*".to_owned()], version: 1 }
    }
}

impl Account {
    pub(crate) fn new(merchant: Merchant, original_id: String) -> Self {
        Self {
            merchant,
            original_id,
            opened: false,
            last_message: None,
            open_app_id: None,
            open: true,
            environments: Vec::new(),
            code_secret: None,
        }
    }

    pub(crate) fn environment(&mut self, id: &str) -> Option<&mut Environment> {
        self.environments.iter_mut().find(|environment| environment.id == id)
    }
}
