/// Lists a family's operations: on each line the module, its operations and, behind `=>`, the types
/// that go with them, if any. A line may stand behind a feature. The macro makes all of them
/// public, collects the facts about the operations in `SPECS` and, with feature `schema`, the
/// operations in the registry.
#[cfg_attr(
    not(any(feature = "token-chain", feature = "operations")),
    expect(unused_macros, reason = "no family is on")
)]
macro_rules! family {
    ($($(#[$gate:meta])* $module:ident: $($operation:ident),+ $(=> $($companion:ident),*)?;)*) => {
        $($(#[$gate])* pub use $module::{$($operation,)+ $($($companion),*)?};)*

        pub(crate) const SPECS: &[&[crate::OperationSpec]] =
            &[$($(#[$gate])* &[$(<$operation as crate::Operation>::SPEC),+]),*];

        #[cfg(feature = "schema")]
        pub(crate) fn registry() -> Vec<crate::registry::entry::Entry> {
            vec![$($(crate::registry::entry::Entry::of::<$operation>(stringify!($operation))),+),*]
        }
    };
}
