use tcb_types::cloudbase_common::{ListSmsRecords, SmsRecord};

use super::{PAGE, Paged, count};

impl Paged for ListSmsRecords {
    type Item = SmsRecord;

    fn first(mut self) -> Self {
        self.page_number.get_or_insert(1);
        self.page_size.get_or_insert(PAGE);
        self
    }

    fn turn(mut self, answer: Self::Response, given: u64) -> (Vec<Self::Item>, Option<Self>) {
        let given = given.saturating_add(count(&answer.records));
        let more = answer.total.is_none_or(|total| given < total);
        let next = self.page_number.unwrap_or(1).checked_add(1).filter(|_| more).map(|page| {
            self.page_number = Some(page);
            self
        });
        (answer.records, next)
    }
}
