#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod assumption;
mod body;
mod builder;
mod calendar;
mod call;
mod check;
mod clock;
mod console;
mod core;
mod coverage;
mod credentials;
mod customer_message;
mod database;
mod emulator;
mod error;
mod exchange;
mod explain;
mod fault;
mod fixture;
mod gate;
mod hosts;
mod inject;
mod inventory;
mod mask;
mod merchant;
mod operations;
mod prompt;
mod push;
mod pushing;
mod record;
mod refusal;
mod release_check;
mod reply;
mod request;
mod routes;
mod script;
mod seed;
mod serial;
mod server;
mod service;
mod settle;
mod snapshot;
mod state;
mod storage;
mod time;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod trace;
mod transition;

pub use assumption::{Assumption, AssumptionText};
pub use builder::Builder;
pub use clock::ClockMode;
pub use credentials::Credentials;
pub use emulator::Emulator;
pub use error::{EmulatorError, EmulatorErrorKind};
pub use fault::rules::FaultRule;
pub use fault::{Fault, FaultKind};
pub use merchant::{Merchant, MerchantState, USUAL_PERMISSION_SETS};
pub use prompt::{Message, Prompt, PromptId, PromptKind};
pub use push::Delivery;
pub use record::{Counters, CustomerMessage, Finding, FindingKind};
pub use refusal::Check;
pub use release_check::{
    Answered, ReleaseCheck, ReleaseProblem, ReleaseReport, ReleaseStep, ReleaseTestResult, Verdict,
};
pub use script::{Invocation, Script};
pub use service::{AnswerBody, EmulatorService, NoAnswer};
pub use snapshot::Reset;
pub use trace::{TokenHistory, Trace};
pub use transition::{Resource, Transition};
