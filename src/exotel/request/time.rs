//! The times in a request: two documented forms, neither with a zone.

use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone},
};

use crate::clock::Timestamp;

/// Asia/Kolkata, which has kept this offset since 1945; so no zone file is read for it.
pub(in crate::exotel) const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads `2022-11-10 12:18:36` and `Thu, 10 Nov 2022 12:18:36` as India Standard Time, and a time with an offset.
///
/// Exotel writes "not yet" as a date of the years 0, 1 or 1970: these are no times at all. A request has three or
/// four times that are seldom looked at, so the two usual forms are read by hand, without a general parser.
pub(in crate::exotel) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let india = Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS).ok()?;
    let local = match numeric(text).or_else(|| with_month_name(text)) {
        Some(local) => local,
        None => with_offset(text)?
            .to_zoned(TimeZone::fixed(india))
            .datetime(),
    };
    let moment = india.to_timestamp(local).ok()?;
    (local.year() > 1970).then(|| moment.into())
}

/// `2022-11-10 12:18:36`, and nothing behind it.
fn numeric(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut parts = date.split('-');
    let [year, month, day] = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    civil(year.parse().ok()?, month.parse().ok()?, day, time)
}

/// `Thu, 10 Nov 2022 12:18:36`. The weekday is passed over: it says nothing that the date does not.
fn with_month_name(text: &str) -> Option<DateTime> {
    let (_, date) = text.split_once(',')?;
    let mut words = date.split_ascii_whitespace();
    let [day, month, year, time] = [words.next()?, words.next()?, words.next()?, words.next()?];
    if words.next().is_some() {
        return None;
    }
    let index = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))?;
    let month = i8::try_from(index).ok()?.checked_add(1)?;
    civil(year.parse().ok()?, month, day, time)
}

/// RFC 3339, or the date of a mail header: neither is documented, both have a zone of their own.
fn with_offset(text: &str) -> Option<jiff::Timestamp> {
    text.parse()
        .ok()
        .or_else(|| jiff::Timestamp::strptime("%a, %d %b %Y %H:%M:%S %z", text).ok())
}

fn civil(year: i16, month: i8, day: &str, time: &str) -> Option<DateTime> {
    let mut parts = time.split(':');
    let [hour, minute, second] = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some() {
        return None;
    }
    let [day, hour, minute, second] = [
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
    ];
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
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
