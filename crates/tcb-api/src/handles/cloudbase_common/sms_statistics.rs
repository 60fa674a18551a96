use tcb_types::cloudbase_common::{self, GetSmsConversion, GetSmsOverview, GetSmsRealTime};

handle! {
    /// What marketing by text messages brought. Made by
    /// [`Client::sms_statistics`](crate::Client::sms_statistics).
    ///
    /// Times are Unix seconds. With [`Client::stream`](crate::Client::stream) the pages' rows come
    /// one by one, but without the columns.
    pub struct SmsStatistics {}

    /// Reads a page of the overview: `limit` rows after the first `offset`.
    fn overview(&self, begin: i64, end: i64, offset: u64, limit: u32) -> cloudbase_common::SmsStatistics {
        GetSmsOverview::new(begin, end, offset, limit)
    }

    /// Reads a page of how many receivers did what it was for: `limit` rows after the first
    /// `offset`.
    fn conversion(&self, begin: i64, end: i64, offset: u64, limit: u32) -> cloudbase_common::SmsStatistics {
        GetSmsConversion::new(begin, end, offset, limit)
    }

    /// Reads what it brings at this time.
    fn real_time(&self, begin: i64, end: i64) -> cloudbase_common::SmsStatistics {
        GetSmsRealTime::new(begin, end)
    }
}
