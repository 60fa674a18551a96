use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::callbacks::CallbackSettings;
use super::environment::Environments;
use super::pay::PayMerchants;
use super::pressure_test::PressureTest;
use super::sms::SmsLedger;
use crate::Merchant;
use crate::time::UnixTime;

/// A merchant's mini program.
#[derive(Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) merchant: Merchant,
    pub(crate) original_id: String,
    /// Its own secret, which no platform is given.
    pub(crate) secret: String,
    /// Whether cloud development is open.
    pub(crate) opened: bool,
    /// When the administrator was last sent a message about opening it.
    pub(crate) last_message: Option<UnixTime>,
    /// The open-platform account that it is bound to.
    pub(crate) open_app_id: Option<String>,
    /// Whether `cloudbase_access_token` may be used; it holds for the whole account.
    pub(crate) open: bool,
    pub(crate) environments: Environments,
    /// Key that protects the code of functions, once it was asked for.
    pub(crate) code_secret: Option<String>,
    /// When credentials of Tencent Cloud were asked for within the last hour.
    pub(crate) credentials: VecDeque<UnixTime>,
    /// Options of the account, by their names.
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) callbacks: CallbackSettings,
    pub(crate) sms: SmsLedger,
    pub(crate) pay: PayMerchants,
    pub(crate) pressure_tests: Vec<PressureTest>,
    /// What is behind the cloudIDs of its users.
    pub(crate) open_data: BTreeMap<String, Value>,
}

impl Account {
    pub(crate) fn new(merchant: Merchant, original_id: String, secret: String) -> Self {
        Self {
            merchant,
            original_id,
            secret,
            opened: false,
            last_message: None,
            open_app_id: None,
            open: true,
            environments: Environments::default(),
            code_secret: None,
            credentials: VecDeque::new(),
            options: BTreeMap::new(),
            callbacks: CallbackSettings::default(),
            sms: SmsLedger::default(),
            pay: PayMerchants::default(),
            pressure_tests: Vec::new(),
            open_data: BTreeMap::new(),
        }
    }
}
