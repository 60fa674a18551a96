#![doc = include_str!("../README.md")]

mod admin;
mod assumption;
mod builder;
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
mod reply;
mod request;
mod routes;
mod seed;
mod server;
mod state;
mod storage;
mod time;

pub use assumption::Assumption;
pub use builder::Builder;
pub use credentials::Credentials;
pub use emulator::Emulator;
pub use error::{EmulatorError, EmulatorErrorKind};
pub use fault::{Fault, FaultKind};
pub use merchant::{Merchant, MerchantState, USUAL_PERMISSION_SETS};
pub use prompt::{Message, Prompt, PromptId, PromptKind};
pub use push::Delivery;
pub use record::{Counters, Finding, FindingKind};
