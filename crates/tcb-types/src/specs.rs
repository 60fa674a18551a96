use crate::OperationSpec;

/// Returns the facts about every operation that is compiled in, family by family. An endpoint that
/// hides several operations appears once for each.
///
/// ```
/// let spec = tcb_types::specs().find(|spec| spec.path == "/tcb/createfunction");
/// # #[cfg(feature = "operations")]
/// assert_eq!(spec.map(|spec| spec.id), Some("createFunction"));
/// ```
pub fn specs() -> impl Iterator<Item = &'static OperationSpec> {
    const FAMILIES: &[&[&[OperationSpec]]] = &[
        #[cfg(feature = "operations")]
        crate::api_management::SPECS,
        #[cfg(feature = "token-chain")]
        crate::authorization::SPECS,
        #[cfg(feature = "operations")]
        crate::cloudbase_batch::SPECS,
        #[cfg(feature = "operations")]
        crate::cloudbase_common::SPECS,
        #[cfg(feature = "operations")]
        crate::open_account::SPECS,
    ];
    FAMILIES.iter().copied().flatten().copied().flatten()
}
