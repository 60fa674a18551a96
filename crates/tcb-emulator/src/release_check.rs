//! The tests that WeChat runs before a platform may be released (全网发布接入检测), run against the
//! service of a platform on this machine.

mod driver;
mod reply;
mod report;

pub use report::{Answered, ReleaseProblem, ReleaseReport, ReleaseStep, ReleaseTestResult, Verdict};

use std::time::Duration;

use tcb_callback::ReleaseAccount;
use tcb_types::ComponentAppId;

use crate::push::CallbackUrl;
use crate::record::CustomerMessage;
use crate::{Emulator, EmulatorError, EmulatorErrorKind};

/// What the check is run against.
///
/// ```
/// use tcb_emulator::ReleaseCheck;
///
/// let check = ReleaseCheck::new("http://127.0.0.1:8080/wechat/events")
///     .messages("http://127.0.0.1:8080/wechat/messages/$APPID$")
///     .group(3);
/// ```
#[derive(Clone, Debug)]
pub struct ReleaseCheck {
    events: String,
    messages: Option<String>,
    group: usize,
    patience: Duration,
}

impl ReleaseCheck {
    /// A check with the URL for authorisation events (授权事件接收配置). Without another URL it is
    /// the check of a platform that has no permission set for messages.
    pub fn new(events: impl Into<String>) -> Self {
        Self { events: events.into(), messages: None, group: 1, patience: Duration::from_secs(25) }
    }

    /// Adds the tests of messages, sent to this URL (消息与事件接收配置), in which `$APPID$` stands
    /// for the appid of the account.
    #[must_use]
    pub fn messages(mut self, url: impl Into<String>) -> Self {
        self.messages = Some(url.into());
        self
    }

    /// Sets which of the [groups](ReleaseAccount::GROUPS) of test accounts is drawn, 1 to 5; 1 by
    /// default. WeChat draws by chance, so a platform has to pass with each.
    #[must_use]
    pub fn group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }

    /// Sets how long to wait for a message through the API, in real time; 25 seconds by default,
    /// which is how long a whole check of WeChat's takes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Emulator {
    /// Runs the release check against the service of a platform, with one group of test accounts.
    /// The service has to use this emulator in WeChat's place, with the platform's credentials.
    ///
    /// A service that fails is not an error; the report says so.
    ///
    /// # Errors
    /// [`UnknownComponent`](EmulatorErrorKind::UnknownComponent), or
    /// [`NotLoopback`](EmulatorErrorKind::NotLoopback) and [`Invalid`](EmulatorErrorKind::Invalid)
    /// for a URL or a group.
    pub async fn release_check(
        &self,
        component: &ComponentAppId,
        check: &ReleaseCheck,
    ) -> Result<ReleaseReport, EmulatorError> {
        let group = check.group.checked_sub(1).and_then(|at| ReleaseAccount::GROUPS.get(at));
        let accounts = *group.ok_or_else(|| {
            EmulatorError::new(EmulatorErrorKind::Invalid, "the groups of test accounts are 1 to 5")
        })?;
        let events = CallbackUrl::parse(&check.events)?;
        let to = |url: &String, at: usize| CallbackUrl::parse(&url.replace("$APPID$", accounts[at].app_id));
        let messages = match &check.messages {
            None => None,
            Some(url) => Some([to(url, 0)?, to(url, 1)?]),
        };
        let tests = driver::run(&self.core, component, accounts, events, messages, check.patience).await?;
        let report = ReleaseReport { group: check.group, tests };
        *self.core.release_report() = Some(report.clone());
        Ok(report)
    }

    /// What the last check found.
    pub(crate) fn last_release_check(&self) -> Option<ReleaseReport> {
        self.core.release_report().clone()
    }

    /// The customer-service messages that platforms sent so far.
    pub fn customer_messages(&self) -> Vec<CustomerMessage> {
        self.core.state().customer_messages.clone()
    }
}
