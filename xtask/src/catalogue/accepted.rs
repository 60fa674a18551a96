//! Where a type differs from the catalogue on purpose.

use super::finding::Finding;

/// A difference that is right as it is.
#[derive(Debug)]
pub(super) struct Accepted {
    /// Official id of the operation.
    pub(super) operation: &'static str,
    /// As [`Finding::at`].
    pub(super) at: &'static str,
    /// As [`Finding::types`]: when the type changes, the difference is looked at again.
    pub(super) types: &'static str,
    /// Why the type is right.
    pub(super) reason: &'static str,
}

/// All such differences. An entry that nothing needs is an error.
pub(super) const ACCEPTED: &[Accepted] = &[
    by_channel_id("string (GetSmsConversion)"),
    by_channel_id("string (GetSmsOverview)"),
    by_channel_id("string (GetSmsRealTime)"),
];

const fn by_channel_id(types: &'static str) -> Accepted {
    Accepted {
        operation: "getCloudBaseStatistics",
        at: "request.condition.by_channel_id",
        types,
        reason: "the table says integer, but the newer samples and a live client send text",
    }
}

/// What is left to repair, what was accepted, and what in `accepted` nothing needs.
pub(super) struct Sorted<'a> {
    pub(super) open: Vec<Finding>,
    pub(super) accepted: Vec<(Finding, &'a Accepted)>,
    pub(super) unused: Vec<&'a Accepted>,
}

/// Sorts the accepted differences out of the findings.
pub(super) fn sort(findings: Vec<Finding>, accepted: &[Accepted]) -> Sorted<'_> {
    let mut sorted = Sorted { open: Vec::new(), accepted: Vec::new(), unused: accepted.iter().collect() };
    for finding in findings {
        let entry = accepted.iter().find(|entry| {
            entry.operation == finding.operation && entry.at == finding.at && entry.types == finding.types
        });
        match entry {
            Some(entry) => {
                sorted.unused.retain(|unused| !std::ptr::eq(*unused, entry));
                sorted.accepted.push((finding, entry));
            }
            None => sorted.open.push(finding),
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::{Accepted, sort};
    use crate::catalogue::finding::Finding;

    const ACCEPTED: &[Accepted] = &[Accepted {
        operation: "create",
        at: "request.alias",
        types: "optional (Create)",
        reason: "no call needs it",
    }];

    fn finding(types: &str) -> Finding {
        Finding {
            operation: "create".into(),
            at: "request.alias".into(),
            catalogue: "required".into(),
            types: types.into(),
        }
    }

    #[test]
    fn an_entry_accepts_exactly_its_difference() {
        let sorted = sort(vec![finding("optional (Create)"), finding("integer (Create)")], ACCEPTED);
        assert_eq!(sorted.open, [finding("integer (Create)")]);
        assert_eq!(sorted.accepted[0].1.reason, "no call needs it");
        assert!(sorted.unused.is_empty());
    }

    #[test]
    fn an_entry_that_nothing_needs_is_found() {
        assert_eq!(sort(Vec::new(), ACCEPTED).unused.len(), 1);
    }
}
