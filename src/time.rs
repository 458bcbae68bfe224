//! Moments: days and times of RFC 3339 in UTC. Has no clock; only the command line does.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The moment that a day or a time of RFC 3339 begins, in UTC.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let day = text.parse::<Date>().ok()?;
        day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// The moment so many seconds after 1970 began, in UTC. `None` beyond the calendar.
#[must_use]
pub fn second(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// The moment of an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Days from one moment to another, a part of a day counted as one.
#[must_use]
pub fn days(from: Timestamp, to: Timestamp) -> i64 {
    let seconds = to.as_second().saturating_sub(from.as_second());
    seconds.div_euclid(86_400).saturating_add(i64::from(seconds.rem_euclid(86_400) > 0))
}

/// The day of a moment in UTC, moved by `days`: `2026-01-31`. `None` beyond the calendar.
#[must_use]
pub fn day(moment: Timestamp, days: i64) -> Option<String> {
    let moved = moment.as_second().checked_add(days.checked_mul(86_400)?)?;
    Some(TimeZone::UTC.to_datetime(Timestamp::from_second(moved).ok()?).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_moments() {
        let begin = instant("2026-01-31").unwrap();
        assert_eq!(Some(begin), instant("2026-01-31T00:00:00Z"));
        assert_eq!(Some(begin), instant("2026-01-31T01:00:00+01:00"));
        assert_eq!(instant("31.1.2026"), None);
        assert_eq!(days(begin, instant("2026-02-28").unwrap()), 28);
        assert_eq!(days(begin, instant("2026-01-31T00:00:01Z").unwrap()), 1);
        assert_eq!(days(instant("2026-02-01").unwrap(), begin), -1);
        assert_eq!(http_date("Sat, 31 Jan 2026 00:00:00 GMT"), Some(begin));
        assert_eq!(http_date("2026-01-31"), None);
        assert_eq!(day(begin, 1).as_deref(), Some("2026-02-01"));
        assert_eq!(day(begin, i64::MAX), None);
    }
}
