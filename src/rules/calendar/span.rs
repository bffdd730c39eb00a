//! One span of opening hours: `09:30-13:30`, `22:00-06:00`.

use std::fmt;

/// A stretch of time in minutes of the wall clock, counted from the midnight on which its day begins. The end is not part of it; an
/// end beyond 24 hours is on the day after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaySpan {
    start: u16,
    end: u16,
}

/// Why a text is no span of opening hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDaySpan {
    /// Not two texts with a `-` between.
    #[error("write two times with - between them, as in 09:30-13:30")]
    NotASpan,
    /// One of the two is no time of day.
    #[error(
        "a time has hours from 00 to 23 and minutes from 00 to 59, as in 09:30; only an end may be 24:00"
    )]
    NotATime,
    /// It ends when it begins.
    #[error("it begins and ends at the same time; the whole day is 00:00-24:00")]
    Empty,
}

impl DaySpan {
    /// The minute at which the next day begins.
    pub(super) const MIDNIGHT: u16 = 24 * 60;

    /// Reads a span. An end that is not after the start is on the next day; `24:00` is the end of the day.
    pub fn parse(text: &str) -> Result<Self, InvalidDaySpan> {
        let (start, end) = text.split_once('-').ok_or(InvalidDaySpan::NotASpan)?;
        let start = minute(start)
            .filter(|start| *start < Self::MIDNIGHT)
            .ok_or(InvalidDaySpan::NotATime)?;
        let end = minute(end).ok_or(InvalidDaySpan::NotATime)?;
        match end.cmp(&start) {
            std::cmp::Ordering::Greater => Ok(Self { start, end }),
            std::cmp::Ordering::Equal => Err(InvalidDaySpan::Empty),
            std::cmp::Ordering::Less => Ok(Self {
                start,
                end: end.saturating_add(Self::MIDNIGHT),
            }),
        }
    }

    /// The minute at which it begins, from 0 to 1,439.
    pub fn start(self) -> u16 {
        self.start
    }

    /// The minute at which it is over, at most 2,878; from 1,441 on it is on the next day.
    pub fn end(self) -> u16 {
        self.end
    }

    /// Whether it passes midnight.
    pub fn passes_midnight(self) -> bool {
        self.end > Self::MIDNIGHT
    }

    pub(super) fn contains(self, minute: u16) -> bool {
        (self.start..self.end).contains(&minute)
    }

    /// Whether two spans of one day share a minute.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl fmt::Display for DaySpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.passes_midnight() {
            self.end.saturating_sub(Self::MIDNIGHT)
        } else {
            self.end
        };
        let hour_and_minute = |minutes: u16| (minutes / 60, minutes % 60);
        let ((from_hour, from_minute), (to_hour, to_minute)) =
            (hour_and_minute(self.start), hour_and_minute(end));
        write!(
            formatter,
            "{from_hour:02}:{from_minute:02}-{to_hour:02}:{to_minute:02}"
        )
    }
}

/// A time of day in minutes, `24:00` included.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let is_plain = lengths.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        is_plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let hours = number(hours, 1..=2)?;
    let minutes = number(minutes, 2..=2).filter(|minutes| *minutes < 60)?;
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minute <= DaySpan::MIDNIGHT).then_some(minute)
}
