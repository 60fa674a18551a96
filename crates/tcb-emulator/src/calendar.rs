//! Days, and texts of moments.

/// Year, month and day of a day counted from 1970-01-01. Years are counted from March, so that the
/// leap day is the last day of its year.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The day counted from 1970-01-01, if there is such a day.
pub(crate) fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year_from_march = year - i64::from(month <= 2);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let number = era * 146_097 + day_of_era - 719_468;
    (civil(number) == (year, month, day)).then_some(number)
}

/// `2020-12-04T08:56:59.000Z` of milliseconds since 1970.
pub(crate) fn iso(millis: i64) -> String {
    let (year, month, day) = civil(millis.div_euclid(86_400_000));
    let of_day = millis.rem_euclid(86_400_000);
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", of_day % 1000)
}

/// Milliseconds since 1970 of a date, or of a date and a time in ISO 8601. Without a zone it is
/// taken as UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut parts = date.split('-').map(str::parse);
    let (year, month, of_month) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() {
        return None;
    }
    Some(day(year, month, of_month)? * 86_400_000 + if time.is_empty() { 0 } else { time_of_day(time)? })
}

/// Milliseconds since midnight in UTC of `12:30`, `12:30:15.250Z`, `12:30:15+08:00`.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let offset = match zone {
        "" | "Z" => 0,
        zone => minutes(zone.get(1..)?)? * if zone.starts_with('-') { -1 } else { 1 },
    };
    let (hours_and_minutes, seconds) = match clock.match_indices(':').nth(1) {
        Some((at, _)) => (clock.get(..at)?, clock.get(at + 1..)?),
        None => (clock, "0"),
    };
    let seconds: f64 = seconds.parse().ok().filter(|seconds| (0.0..60.0).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "less than a minute")]
    let millis = (seconds * 1000.0).round() as i64;
    Some((minutes(hours_and_minutes)? - offset) * 60_000 + millis)
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written() {
        for (text, written) in [
            ("2019-09-09", "2019-09-09T00:00:00.000Z"),
            ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500Z"),
            ("2024-03-01T07:00:00+08:00", "2024-02-29T23:00:00.000Z"),
            ("1969-12-31 23:59", "1969-12-31T23:59:00.000Z"),
        ] {
            assert_eq!(iso(parse(text).unwrap()), written, "{text}");
        }
        for text in ["", "today", "2023-02-29", "2019-9", "2019-09-09T25:00", "2019-09-09T12:00:61"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
