use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers of WeChat Pay merchants that a mini program is bound to or asked for, with the state of
/// each relation.
pub(crate) type PayMerchants = BTreeMap<String, PayMerchant>;

/// How far one relation is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Relation {
    #[default]
    None,
    Asked,
    Confirmed,
}

/// A WeChat Pay merchant.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct PayMerchant {
    pub(crate) binding: Relation,
    pub(crate) payments: Relation,
    pub(crate) refunds: Relation,
}
