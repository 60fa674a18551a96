use tcb_types::authorization::{ListAuthorizers, ListedAuthorizer};

use super::offset::after;
use super::{Paged, count};

impl Paged for ListAuthorizers {
    type Item = ListedAuthorizer;

    fn turn(mut self, answer: Self::Response, _: u64) -> (Vec<Self::Item>, Option<Self>) {
        let next = after(self.offset, count(&answer.list), answer.total_count);
        let next = next.map(|offset| {
            self.offset = offset;
            self
        });
        (answer.list, next)
    }
}
