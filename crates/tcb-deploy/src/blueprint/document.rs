//! The members of the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_saphyr::Spanned;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) environments: Vec<Env>,
    pub(super) messages: Option<Vec<Route>>,
    pub(super) open_account: Option<OpenAccount>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Env {
    pub(super) alias: Spanned<String>,
    pub(super) id: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) mode: Mode,
    pub(super) share: Option<Spanned<Product>>,
    #[serde(default)]
    pub(super) functions: Vec<Function>,
    #[serde(default)]
    pub(super) collections: Vec<Collection>,
    pub(super) token_policy: Option<TokenPolicy>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    #[default]
    Ordinary,
    Batch,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Product {
    CloudDevelopment,
    CloudHosting,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Function {
    pub(super) name: Spanned<String>,
    pub(super) folder: Spanned<PathBuf>,
    pub(super) timeout: Option<Spanned<u32>>,
    pub(super) memory: Option<Spanned<u32>>,
    pub(super) variables: Option<BTreeMap<String, Spanned<String>>>,
    pub(super) cloud_calls: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) timers: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Collection {
    pub(super) name: Spanned<String>,
    pub(super) permission: Option<Spanned<Permission>>,
    #[serde(default)]
    pub(super) indexes: Vec<Index>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Permission {
    ReadOnly,
    Private,
    AdminWrite,
    AdminOnly,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) name: Spanned<String>,
    pub(super) unique: Option<Spanned<bool>>,
    pub(super) keys: Vec<Key>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) field: String,
    #[serde(default)]
    pub(super) order: Order,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    #[default]
    Ascending,
    Descending,
    Geographic,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenPolicy {
    pub(super) open: Option<bool>,
    pub(super) allow: Option<Vec<Spanned<String>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) message: Spanned<String>,
    pub(super) event: Option<String>,
    pub(super) environment: Spanned<String>,
    pub(super) function: Spanned<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OpenAccount {
    Any,
    Bind(Spanned<String>),
}
