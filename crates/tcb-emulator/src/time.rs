use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::calendar;

/// Beijing is that much ahead of UTC.
const BEIJING: u64 = 8 * 3600;
const DAY: u64 = 86_400;

/// A moment of the emulator's clock, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct UnixTime {
    millis: u64,
}

impl UnixTime {
    /// Times before 1970 are taken as 1970.
    pub(crate) fn at(wall: SystemTime) -> Self {
        Self { millis: millis(wall.duration_since(UNIX_EPOCH).unwrap_or_default()) }
    }

    pub(crate) fn wall(self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.millis)).unwrap_or(UNIX_EPOCH)
    }

    pub(crate) fn seconds(self) -> u64 {
        self.millis / 1000
    }

    pub(crate) fn plus(self, span: Duration) -> Self {
        Self { millis: self.millis.saturating_add(millis(span)) }
    }

    /// How long ago `earlier` was; nothing if it lies ahead.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis.saturating_sub(earlier.millis))
    }

    /// `yyyy-MM-dd HH:mm:ss` as cloud answers print it. They name no zone; this is Beijing's.
    pub(crate) fn in_beijing(self) -> String {
        let (year, month, day) = calendar::civil(signed(self.beijing_day()));
        let second = self.seconds().saturating_add(BEIJING) % DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }

    /// `2020-12-04T08:56:59.000Z`
    pub(crate) fn iso(self) -> String {
        calendar::iso(signed(self.millis))
    }

    pub(crate) fn millis(self) -> u64 {
        self.millis
    }

    /// The day in Beijing, counted from 1970-01-01.
    pub(crate) fn beijing_day(self) -> u64 {
        self.seconds().saturating_add(BEIJING) / DAY
    }

    /// The month in Beijing, counted from the year 0.
    pub(crate) fn beijing_month(self) -> u64 {
        let (year, month, _) = calendar::civil(signed(self.beijing_day()));
        year.unsigned_abs() * 12 + month.unsigned_abs()
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 2)
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_for_beijing() {
        assert_eq!(UnixTime { millis: 0 }.in_beijing(), "1970-01-01 08:00:00");
        assert_eq!(UnixTime { millis: 1_709_222_399_000 }.in_beijing(), "2024-02-29 23:59:59");
        assert_eq!(UnixTime { millis: 1_709_222_400_000 }.in_beijing(), "2024-03-01 00:00:00");
    }
}
