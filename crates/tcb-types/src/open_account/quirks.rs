//! Choices between sources that contradict each other, where they are facts of the call itself. Others stand in the operations' files.

use super::{BindOpenAccount, CreateOpenAccount, GetOpenAccount, HasOpenAccount, UnbindOpenAccount};
use crate::{Method, Operation};

/// Editions name 24 and 25 only, or 60 too.
#[test]
fn permission_sets_are_those_of_all_editions() {
    for (spec, id) in [
        (BindOpenAccount::SPEC, "bindOpenAccount"),
        (CreateOpenAccount::SPEC, "createOpenAccount"),
        (GetOpenAccount::SPEC, "getOpenAccount"),
        (UnbindOpenAccount::SPEC, "unbindOpenAccount"),
    ] {
        assert_eq!((spec.id, spec.permission_sets), (id, &[24, 25, 60][..]));
    }
}

/// One client sends a `POST`.
#[test]
fn the_method_is_the_documented_one() {
    let spec = HasOpenAccount::SPEC;
    assert_eq!((spec.id, spec.method), ("getBindOpenAccount", Method::Get));
}
