//! When a call of a test comes: a time on the wall clock of the rules' zone.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::super::value::{Field, shortened};
use crate::clock::Timestamp;
use crate::rules::finding::Code;
use crate::rules::report::Report;

/// The years of which a test can tell. Further off, times that stand for "never" would come near.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

/// Reads `2026-11-23T11:00`, or the same with an offset for an hour that is there twice.
pub(in crate::rules::read) fn moment(
    field: &Field<'_>,
    zone: &TimeZone,
    report: &mut Report<'_>,
) -> Option<Timestamp> {
    let text = field.text(report)?;
    let moment = match exact(text) {
        Some(moment) => moment,
        None => local(text, field, zone, report)?,
    };
    let year = moment.to_zoned(zone.clone()).year();
    if !YEARS.contains(&year) {
        let message = format!("\"{}\" is in the year {year}", shortened(text));
        let help = format!(
            "tests are of the years {} to {}",
            YEARS.start(),
            YEARS.end()
        );
        report.add_with_help(field.span(), Code::OutOfRange, message, help);
        return None;
    }
    Some(moment.into())
}

/// A time that says its offset.
fn exact(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

/// A time as the wall clock shows it: once, as a rule.
fn local(
    text: &str,
    field: &Field<'_>,
    zone: &TimeZone,
    report: &mut Report<'_>,
) -> Option<jiff::Timestamp> {
    let may_stand_in_it = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | ' ' | '.');
    let has_time = text.contains(':') && text.chars().all(may_stand_in_it);
    let Some(time) = text.parse::<DateTime>().ok().filter(|_| has_time) else {
        let why = "write the date, a T and the time of day, as in 2026-11-23T11:00";
        field.invalid(&why, report);
        return None;
    };
    let (message, help) = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => return offset.to_timestamp(time).ok(),
        AmbiguousOffset::Gap { .. } => skipped(text, time, zone),
        AmbiguousOffset::Fold { before, after } => twice(text, before, after, zone),
    };
    report.add_with_help(field.span(), Code::WrongValue, message, help);
    None
}

fn skipped(text: &str, time: DateTime, zone: &TimeZone) -> (String, String) {
    let message = format!(
        "\"{}\" never comes in {}: the clocks go forward over it",
        shortened(text),
        name(zone)
    );
    let shifted = zone.to_ambiguous_timestamp(time).compatible().ok();
    let instead = shifted.map(|moment| moment.to_zoned(zone.clone()).strftime("%H:%M").to_string());
    let help = format!(
        "the wall clock shows {} at that moment; or choose an hour that comes",
        instead.unwrap_or_default()
    );
    (message, help)
}

fn twice(text: &str, before: Offset, after: Offset, zone: &TimeZone) -> (String, String) {
    let message = format!(
        "\"{}\" comes twice in {}: the clocks go back over it",
        shortened(text),
        name(zone)
    );
    let help = format!(
        "say which, with the offset: {text}{} is the first, {text}{} the second",
        offset(before),
        offset(after)
    );
    (message, help)
}

fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("the zone of the rules")
}

/// `-04:00`
fn offset(offset: Offset) -> String {
    let minutes = offset.seconds().checked_div(60).unwrap_or_default();
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!(
        "{sign}{:02}:{:02}",
        minutes.checked_div(60).unwrap_or_default(),
        minutes.checked_rem(60).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::exact;

    #[rstest]
    #[case("2026-11-23T11:00+05:30", "2026-11-23T05:30:00Z")]
    #[case("2026-11-23T11:00:07Z", "2026-11-23T11:00:07Z")]
    fn a_time_with_an_offset_is_a_moment(#[case] text: &str, #[case] moment: &str) {
        assert_eq!(exact(text).unwrap().to_string(), moment);
        assert_eq!(exact("2026-11-23T11:00"), None);
    }
}
