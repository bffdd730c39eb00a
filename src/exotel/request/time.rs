//! The times in a request: two documented forms, neither with a zone.

use jiff::{civil::DateTime, tz::Offset};

use crate::clock::Timestamp;

/// Asia/Kolkata, which has kept this offset since 1945; so no zone file is read for it.
const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;

/// Reads `2022-11-10 12:18:36` and `Thu, 10 Nov 2022 12:18:36`, both with or without an offset behind.
///
/// Exotel writes "not yet" as a date of the years 0, 1 or 1970: these are no times at all.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let moment = if text.starts_with(|first: char| first.is_ascii_digit()) {
        text.parse().ok().or_else(|| in_india(text.parse().ok()?))
    } else {
        with_month_name(text)
    }?;
    let year = india()?.to_datetime(moment).year();
    (year > 1970).then(|| moment.into())
}

/// The weekday is skipped, not checked: it says nothing that the date does not.
fn with_month_name(text: &str) -> Option<jiff::Timestamp> {
    let (_, date) = text.split_once(',')?;
    let date = date.trim();
    jiff::Timestamp::strptime("%d %b %Y %H:%M:%S %z", date)
        .ok()
        .or_else(|| in_india(DateTime::strptime("%d %b %Y %H:%M:%S", date).ok()?))
}

fn in_india(local: DateTime) -> Option<jiff::Timestamp> {
    india()?.to_timestamp(local).ok()
}

fn india() -> Option<Offset> {
    Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::documented("2022-11-10 12:18:36")]
    #[case::real("Thu, 10 Nov 2022 12:18:36")]
    #[case::with_the_wrong_weekday("Mon, 10 Nov 2022 12:18:36")]
    #[case::blanks_around(" 2022-11-10 12:18:36 ")]
    #[case::with_an_offset("2022-11-10T12:18:36+05:30")]
    #[case::in_utc("2022-11-10T06:48:36Z")]
    #[case::mail_date("Thu, 10 Nov 2022 12:18:36 +0530")]
    fn a_time_without_a_zone_is_india_standard_time(#[case] text: &str) {
        assert_eq!(read(text), Some(Timestamp::from_millis(1_668_062_916_000)));
    }

    #[rstest]
    #[case("1970-01-01 05:30:00")]
    #[case("1970-01-01T00:00:00Z")]
    #[case("Thu, 01 Jan 1970 05:30:00")]
    #[case("0001-01-01 00:00:00")]
    #[case("0000-00-00 00:00:00")]
    #[case("2022-13-45 99:00:00")]
    #[case("not yet")]
    #[case("")]
    fn the_ways_to_say_not_yet_are_no_time(#[case] text: &str) {
        assert_eq!(read(text), None);
    }
}
