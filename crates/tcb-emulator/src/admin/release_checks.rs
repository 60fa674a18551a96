//! The release check, and the messages that it waits for.

use serde::{Deserialize, Serialize};
use tcb_types::ComponentAppId;

use super::instruction::Parameters;
use super::merchants::platform;
use crate::{CustomerMessage, Emulator, EmulatorError, ReleaseCheck, ReleaseReport};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewReleaseCheck {
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    component_appid: Option<ComponentAppId>,
    /// The URL for authorisation events.
    callback: String,
    /// The URL for messages, with `$APPID$`. Left out, their tests are.
    messages: Option<String>,
    /// The group of test accounts, 1 to 5; 1 if left out.
    group: Option<usize>,
}

pub(super) async fn run(
    emulator: Emulator,
    _: Parameters,
    body: NewReleaseCheck,
) -> Result<ReleaseReport, EmulatorError> {
    let component = platform(&emulator, body.component_appid);
    let check = ReleaseCheck::new(body.callback).group(body.group.unwrap_or(1));
    let check = match body.messages {
        Some(url) => check.messages(url),
        None => check,
    };
    emulator.release_check(&component, &check).await
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CustomerMessages {
    messages: Vec<CustomerMessage>,
}

pub(super) fn customer_messages(
    emulator: &Emulator,
    _: &Parameters,
) -> Result<CustomerMessages, EmulatorError> {
    Ok(CustomerMessages { messages: emulator.customer_messages() })
}
