//! What waits for an administrator, and the messages about it.

use serde::Serialize;

use super::instruction::{Done, Nothing, Parameters};
use crate::{Emulator, EmulatorError, EmulatorErrorKind, Message, Prompt, PromptId};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Prompts {
    prompts: Vec<Prompt>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Prompts, EmulatorError> {
    Ok(Prompts { prompts: emulator.prompts() })
}

pub(super) fn one(emulator: &Emulator, parameters: &Parameters) -> Result<Prompt, EmulatorError> {
    let id = parameters.text("id");
    let waiting = emulator.prompts().into_iter().find(|prompt| prompt.id.to_string() == id);
    waiting.ok_or_else(|| {
        EmulatorError::new(EmulatorErrorKind::UnknownPrompt, format!("no prompt {id} is waiting"))
    })
}

pub(super) fn approve(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    emulator.approve(PromptId::new(parameters.number("id")?))?;
    Ok(Done {})
}

pub(super) fn deny(emulator: &Emulator, parameters: &Parameters, _: Nothing) -> Result<Done, EmulatorError> {
    emulator.deny(PromptId::new(parameters.number("id")?))?;
    Ok(Done {})
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Outbox {
    messages: Vec<Message>,
}

pub(super) fn outbox(emulator: &Emulator, _: &Parameters) -> Result<Outbox, EmulatorError> {
    Ok(Outbox { messages: emulator.outbox() })
}
