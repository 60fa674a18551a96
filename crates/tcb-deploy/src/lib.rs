#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod blueprint;
mod clients;
mod create;
mod deployment;
mod desired;
mod error;
mod notes;
mod observe;
pub mod observed;
mod pack;
mod plan;
mod progress;
mod step;

pub use blueprint::{Blueprint, BlueprintError, Fault, FaultKind, Shape, Variables};
pub use deployment::Deployment;
pub use desired::{Collection, Desired, Env, Function, Index, Mode, OpenAccount, Route, TokenPolicy};
pub use error::{DeployError, DeployErrorKind};
pub use notes::{Begun, Create, FileNotes, MemoryNotes, Noted, Notes, NotesError};
pub use observed::Observed;
pub use pack::{PackError, PackErrorKind, Package};
pub use plan::{Plan, PlanError, plan};
pub use progress::{Event, Progress};
pub use step::{Config, Indexes, Place, Step};
