use crate::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The messages that were sent for one mini program, the oldest first.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct SmsLedger {
    pub(crate) sent: Vec<Sms>,
}

/// A text message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sms {
    pub(crate) env: String,
    pub(crate) number: String,
    pub(crate) content: String,
    pub(crate) time: UnixTime,
    /// The task that sent it.
    pub(crate) query_id: Option<String>,
}

/// Characters that are charged as one message.
const ONE_MESSAGE: usize = 70;

impl Sms {
    /// How many messages are charged.
    pub(crate) fn fee(&self) -> usize {
        self.content.chars().count().div_ceil(ONE_MESSAGE).max(1)
    }
}

impl SmsLedger {
    /// The messages of a time, both ends included.
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Sms> {
        self.sent.iter().filter(move |sms| (from..=to).contains(&sms.time.seconds()))
    }
}
