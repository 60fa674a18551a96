#![doc = include_str!("../README.md")]

mod catalogue;
mod check;
mod data;
mod error_fact;
mod openapi;
mod operation;

pub use catalogue::Catalogue;
pub use check::{Finding, FindingKind, JsonType};
pub use error_fact::ErrorFact;
pub use operation::{
    Confidence, Field, FieldType, Item, ListedError, Location, Method, Operation, Page, Quirk, Sample, Title,
    TokenKind, TokenRule,
};
