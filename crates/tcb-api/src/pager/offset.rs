//! Lists that count from the front: `offset`, `limit` and, with luck, a total.

use tcb_types::cloudbase_common::SmsStatisticsRow;
use tcb_types::{cloudbase_batch, cloudbase_common};

use super::{PAGE, Paged, count};

/// The offset after a page of `page` items; `None` when that is where the list ends.
pub(super) fn after(offset: u64, page: u64, total: Option<u64>) -> Option<u64> {
    let next = offset.saturating_add(page);
    // Without a total the service is asked until a page has nothing: it may cap pages below what
    // was asked for, so a short page says nothing.
    total.is_none_or(|total| next < total).then_some(next)
}

/// Lists with optional `limit` and `offset`: the operation, what it lists, the member of the answer
/// with the page, and the total.
macro_rules! by_offset {
    ($($operation:ty => $item:ty, $items:ident, |$answer:ident| $total:expr;)+) => {$(
        impl Paged for $operation {
            type Item = $item;

            fn first(mut self) -> Self {
                self.limit.get_or_insert(PAGE);
                self
            }

            fn turn(mut self, $answer: Self::Response, _: u64) -> (Vec<Self::Item>, Option<Self>) {
                let total = $total;
                let next = after(self.offset.unwrap_or(0), count(&$answer.$items), total);
                self.offset = next;
                ($answer.$items, next.map(|_| self))
            }
        }
    )+};
}

by_offset! {
    cloudbase_common::ListFunctions => cloudbase_common::Function, functions, |answer| answer.total_count;
    cloudbase_common::ListCollections => cloudbase_common::Collection, collections,
        |answer| answer.pager.as_ref().and_then(|pager| pager.total);
    cloudbase_batch::ListFunctions => cloudbase_batch::Function, functions, |answer| answer.total_count;
    cloudbase_batch::ListCollections => cloudbase_batch::Collection, collections, |answer| answer.total;
    cloudbase_batch::ListContainerServices => cloudbase_batch::ContainerService, services, |answer| answer.total;
    cloudbase_batch::ListContainerServiceVersions => cloudbase_batch::ContainerVersionSummary, versions,
        |answer| answer.total;
}

/// Statistics, whose limit the caller has to name.
macro_rules! statistics {
    ($($operation:ty),+) => {$(
        impl Paged for $operation {
            type Item = SmsStatisticsRow;

            fn turn(mut self, answer: Self::Response, _: u64) -> (Vec<Self::Item>, Option<Self>) {
                let next = after(self.offset, count(&answer.rows), answer.total);
                (answer.rows, next.map(|offset| { self.offset = offset; self }))
            }
        }
    )+};
}

statistics!(cloudbase_common::GetSmsOverview, cloudbase_common::GetSmsConversion);
