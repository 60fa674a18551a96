//! Records that stand for numbers.

use std::time::Duration;

use crate::{Encoded, StoreTime};

/// A record that stands for a number, in both of its parts; its access part lasts two hours from
/// `now`. For tests that count.
pub fn numbered(number: u64, now: StoreTime) -> Encoded {
    let access = format!("access-{number}");
    record(&format!("lasting-{number}"), Some((&access, Duration::from_secs(7200))), now)
}

/// The number of a record from [`numbered`], `None` if its parts are of different writes or it is
/// another record.
pub fn number_of(record: &Encoded) -> Option<u64> {
    let text = record.lasting.expose().strip_prefix("lasting-")?;
    let one_write = access_of(record).is_none_or(|access| access.strip_prefix("access-") == Some(text));
    if one_write { text.parse().ok() } else { None }
}

/// A record of these texts, whose access part lasts so long from `now`.
pub(super) fn record(lasting: &str, access: Option<(&str, Duration)>, now: StoreTime) -> Encoded {
    let access = access.map(|(access, left)| (access.into(), now.plus(left)));
    Encoded { lasting: lasting.into(), access, ends_at: None }
}

/// The access part, no matter how old.
pub(super) fn access_of(record: &Encoded) -> Option<&str> {
    record.access.as_ref().map(|(access, _)| access.expose())
}
