//! Times, numbers and lists in words.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::exotel::answer::WebUrl;
use crate::telephony::duration;

/// Moments in the account's zone, as people say them at a given moment.
#[derive(Debug)]
pub(super) struct Times<'a> {
    zone: &'a TimeZone,
    now: Timestamp,
}

impl<'a> Times<'a> {
    pub(super) fn new(zone: &'a TimeZone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    pub(super) fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.to_owned(),
            None => self.zone.to_offset(self.now.to_jiff()).to_string(),
        }
    }

    /// `Mon 23 Nov 2026 11:00`
    pub(super) fn day_and_time(&self, moment: Timestamp) -> String {
        self.format(moment, "%a %-d %b %Y %H:%M")
    }

    /// `Mon 11:00`, for a moment in a week's time; else with the date.
    pub(super) fn weekday_and_time(&self, moment: Timestamp) -> String {
        self.format(moment, "%a %H:%M")
    }

    /// `12:04`, with the date unless it is this day's.
    pub(super) fn time(&self, moment: Timestamp) -> String {
        self.beside(self.now, moment)
    }

    /// `12:04`, with the date unless it is the other moment's.
    pub(super) fn beside(&self, other: Timestamp, moment: Timestamp) -> String {
        let date = |moment: Timestamp| moment.to_jiff().to_zoned(self.zone.clone()).date();
        if date(other) == date(moment) {
            self.format(moment, "%H:%M")
        } else if date(other).year() == date(moment).year() {
            self.format(moment, "%a %-d %b %H:%M")
        } else {
            self.day_and_time(moment)
        }
    }

    /// `45s`, since a moment that has passed.
    pub(super) fn since(&self, moment: Timestamp) -> String {
        brief(self.now.since(moment))
    }

    /// `12s`, until a moment to come: what is begun counts as whole.
    pub(super) fn left(&self, moment: Timestamp) -> String {
        let left = moment.since(self.now);
        brief(left.saturating_add(Duration::from_millis(999)))
    }

    fn format(&self, moment: Timestamp, format: &str) -> String {
        let zoned = moment.to_jiff().to_zoned(self.zone.clone());
        zoned.strftime(format).to_string()
    }
}

/// The two largest units of a duration, whole seconds at least: `5m3s`, `2h5m`, `0s`.
pub(super) fn brief(length: Duration) -> String {
    const STEPS: [u64; 3] = [86_400, 3_600, 60];
    let seconds = length.as_secs();
    if seconds == 0 {
        return "0s".to_owned();
    }
    // What lies below the second unit is dropped.
    let unit = STEPS.into_iter().find(|step| seconds >= *step);
    let least = match unit {
        Some(86_400) => 3_600,
        Some(3_600) => 60,
        Some(_) | None => 1,
    };
    let kept = seconds.saturating_sub(seconds.checked_rem(least).unwrap_or(0));
    duration::format(Duration::from_secs(kept))
}

/// `12 more seconds`, `2m5s more`, until a moment to come.
pub(super) fn more(left: Duration) -> String {
    // What is begun counts as whole.
    let left = left.saturating_add(Duration::from_millis(999));
    match left.as_secs() {
        1 => "1 more second".to_owned(),
        seconds @ 0..60 => format!("{seconds} more seconds"),
        _ => format!("{} more", brief(left)),
    }
}

/// `one`, `two`, … `11`.
pub(super) fn number(number: usize) -> String {
    const FIRST: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let word = number.checked_sub(1).and_then(|index| FIRST.get(index));
    word.map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// `first`, `second`, … `21st`.
pub(super) fn ordinal(number: usize) -> String {
    const FIRST: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let word = number.checked_sub(1).and_then(|index| FIRST.get(index));
    word.map_or_else(|| nth(number), |word| (*word).to_owned())
}

/// `1st`, `2nd`, `3rd`, `4th`.
pub(super) fn nth(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(number: u8) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// `1 agent`, `2 agents`.
pub(super) fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., end] => format!("{} {last} {end}", before.join(", ")),
    }
}

/// The URL with the values in its query hidden: one of them may be a key.
pub(super) fn without_secrets(url: &WebUrl) -> Option<WebUrl> {
    let Some((path, query)) = url.as_str().split_once('?') else {
        return Some(url.clone());
    };
    let hidden = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=hidden"),
        None => "hidden".to_owned(),
    });
    let query = hidden.collect::<Vec<_>>().join("&");
    WebUrl::parse(&format!("{path}?{query}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_its_two_largest_units() {
        let brief = |seconds| brief(Duration::from_secs(seconds));
        assert_eq!(brief(0), "0s");
        assert_eq!(brief(59), "59s");
        assert_eq!(brief(303), "5m3s");
        assert_eq!(brief(7_500), "2h5m");
        assert_eq!(brief(7_559), "2h5m");
        assert_eq!(brief(90_061), "1d1h");
    }

    #[test]
    fn numbers_are_said_in_words() {
        assert_eq!(
            [1, 2, 10, 11, 21].map(ordinal).join(" "),
            "first second tenth 11th 21st"
        );
        assert_eq!(
            [1, 12, 22, 113, 103].map(nth).join(" "),
            "1st 12th 22nd 113th 103rd"
        );
        assert_eq!([1, 2, 3].map(times).join(", "), "once, twice, 3 times");
        assert_eq!(
            [0, 1, 3, 10, 11].map(number).join(" "),
            "0 one three ten 11"
        );
        let left = |millis| more(Duration::from_millis(millis));
        assert_eq!(
            [0, 1, 1_001, 59_000, 125_000].map(left).join(", "),
            "0 more seconds, 1 more second, 2 more seconds, 59 more seconds, 2m5s more"
        );
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&items, "and"), "a, b and c");
        assert_eq!(list(&items[..1], "or"), "a");
    }

    #[test]
    fn the_key_in_an_event_url_is_not_told() {
        let told = |url| {
            without_secrets(&WebUrl::parse(url).unwrap())
                .unwrap()
                .to_string()
        };
        assert_eq!(
            told("https://c.example.com/e?key=abc&x"),
            "https://c.example.com/e?key=hidden&hidden"
        );
        assert_eq!(told("https://c.example.com/e"), "https://c.example.com/e");
    }

    #[test]
    fn a_moment_is_said_as_briefly_as_it_can_be() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let moment = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
        let times = Times::new(&zone, moment("2026-11-23T05:30:00Z"));
        assert_eq!(times.time(moment("2026-11-23T04:00:00Z")), "09:30");
        assert_eq!(
            times.time(moment("2026-11-22T12:30:00Z")),
            "Sun 22 Nov 18:00"
        );
        assert_eq!(
            times.time(moment("2025-11-22T12:30:00Z")),
            "Sat 22 Nov 2025 18:00"
        );
        assert_eq!(times.since(moment("2026-11-23T05:28:30Z")), "1m30s");
        assert_eq!(times.left(moment("2026-11-23T05:30:11.200Z")), "12s");
    }
}
