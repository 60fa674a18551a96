#![doc = include_str!("../README.md")]

mod admin;
mod assumption;
mod call;
mod clock;
mod core;
mod credentials;
mod emulator;
mod error;
mod fault;
mod merchant;
mod operations;
mod prompt;
mod push;
mod record;
mod seed;
mod server;
mod state;
mod storage;
mod time;

pub use assumption::Assumption;
pub use credentials::Credentials;
pub use emulator::{Builder, Emulator, MerchantState, USUAL_PERMISSION_SETS};
pub use error::{EmulatorError, EmulatorErrorKind};
pub use fault::{Fault, FaultKind};
pub use merchant::Merchant;
pub use prompt::{Message, Prompt, PromptId, PromptKind};
pub use push::Delivery;
pub use record::{Counters, Finding, FindingKind};
