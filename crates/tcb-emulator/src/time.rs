use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment of the emulator's clock, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnixTime {
    millis: u64,
}

impl UnixTime {
    /// Times before 1970 are taken as 1970.
    pub(crate) fn at(wall: SystemTime) -> Self {
        Self { millis: millis(wall.duration_since(UNIX_EPOCH).unwrap_or_default()) }
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
        let seconds = self.seconds().saturating_add(8 * 3600);
        let (year, month, day) = civil(seconds / 86_400);
        let second = seconds % 86_400;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Year, month and day of a day counted from 1970-01-01. Years are counted from March, so that the
/// leap day is the last day of its year.
fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
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
