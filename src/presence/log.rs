//! The log of an account: what was decided, in the order in which it was written down, and what is known of each call.
//!
//! An entry is a text that means nothing here. The log is capped, by the number of its entries and by their age; a call
//! has its own entries, and the places of those in the log, for as long. What is written comes after the answer that it
//! is about, so nothing here may be needed to decide, and no decision waits for it.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;

use super::store::StoreError;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// So much is kept of one call where some of it has to go. A call has a handful of attempts, each with a few events; one
/// that asks again and again, or is reported of so, must not push out what was decided.
pub(super) const MOST_OF_CALL: usize = 200;

/// So much more may be there before anything goes, so that not each entry has all of the call looked through.
pub(super) const ROOM_OF_CALL: usize = 50;

/// Between a decision and its place in the log lies less than this, as a rule.
pub(super) const USUAL_DELAY: Duration = Duration::from_secs(5);

/// The place of an entry: a later one is greater, and the numbers have no gaps but where something was taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// When it was written, in ms; never less than that of the entry before.
    millis: u64,
    /// One more than that of the entry before.
    number: u64,
}

impl LogId {
    /// The place with this number, written then.
    pub const fn new(millis: u64, number: u64) -> Self {
        Self { millis, number }
    }

    /// Before everything that was written at this moment or later.
    pub fn at(moment: Timestamp) -> Self {
        let millis = u64::try_from(moment.as_millis()).unwrap_or(0);
        Self { millis, number: 0 }
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (millis, number) = text.split_once('-')?;
        let read = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_plain)
        };
        Some(Self {
            millis: read(millis)?,
            number: read(number)?,
        })
    }

    /// In ms since 1970.
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Which one it is since the log was begun.
    pub const fn number(self) -> u64 {
        self.number
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.millis, self.number)
    }
}

/// Where an entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// In the log, and with its call.
    Log,
    /// With its call only.
    Call,
    /// With its call, if something is there of it already: whoever makes up calls gets no room for them.
    KnownCall,
}

/// How long an entry is kept with its call where that has too many: the oldest of the least worth goes first, and of decisions
/// the first one last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// What was known already.
    Repeat,
    /// What was reported.
    News,
    /// What was decided, or wanted.
    Decision,
}

/// Something to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Where it belongs.
    pub place: LogPlace,
    /// How long it is kept with its call.
    pub worth: Worth,
    /// The call that it is about.
    pub call: Option<CallSid>,
    /// When it happened.
    pub at: Timestamp,
    /// The customer whose number stands in the text; `None` where it is masked.
    pub customer: Option<PhoneNumber>,
    /// What is to be read again. Without the character NUL.
    pub text: String,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRetention {
    /// For how long, in whole milliseconds.
    pub kept: Duration,
    /// How many entries of an account.
    pub most: NonZeroU32,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place.
    pub id: LogId,
    /// What was written.
    pub text: String,
}

/// An entry of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedOfCall {
    /// Its place, of one that is in the log.
    pub id: Option<LogId>,
    /// What was written.
    pub text: String,
}

/// What is kept of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallLog {
    /// In the order in which it was written.
    pub entries: Vec<LoggedOfCall>,
    /// How many more there were.
    pub gone: u64,
}

/// A stretch of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// Only what stands behind this.
    pub after: Option<LogId>,
    /// Only what stands before this.
    pub before: Option<LogId>,
    /// From which end.
    pub order: LogOrder,
    /// So many at most.
    pub most: usize,
}

impl LogRange {
    /// Is there no place in it? Not every store can be asked for what stands before the first place, or behind the last.
    pub(super) fn is_empty(&self) -> bool {
        let last = LogId::new(u64::MAX, u64::MAX);
        self.before == Some(LogId::default()) || self.after == Some(last)
    }
}

/// From which end a stretch of the log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOrder {
    /// The oldest first.
    Forwards,
    /// The newest first.
    Backwards,
}

/// How far a log reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnds {
    /// The oldest entry that is left.
    pub first: Option<LogId>,
    /// The newest that was written, even if it is gone.
    pub last: LogId,
    /// No entry that is left was written longer than this after it happened.
    pub delay: Duration,
}

impl LogEnds {
    /// Has something gone that stood behind this place?
    pub fn lacks_after(&self, place: LogId) -> bool {
        if self.last.number < place.number || self.last.millis < place.millis {
            // Another log: this place was in one that is gone.
            return place.number > 0;
        }
        let next = match self.first {
            Some(first) if first > place => first.number,
            Some(_) => return false,
            None => self.last.number.saturating_add(1),
        };
        // A number that was there before is that of another log.
        let is_anew = next <= place.number;
        is_anew || next > place.number.saturating_add(1)
    }
}

/// The logs of all accounts. Every operation is one atomic step.
#[async_trait]
pub trait DecisionLog: Send + Sync {
    /// Writes these down, in this order, behind what is there, and lets go what has become too much or too old.
    async fn append(
        &self,
        account: &AccountName,
        entries: &[NewEntry],
        retention: LogRetention,
    ) -> Result<(), StoreError>;

    /// A stretch of the log. Its cost grows with what is asked for.
    async fn read(&self, account: &AccountName, range: LogRange)
    -> Result<Vec<Logged>, StoreError>;

    /// How far the log reaches; `None` while nothing was written, or all of it was long ago.
    async fn ends(&self, account: &AccountName) -> Result<Option<LogEnds>, StoreError>;

    /// What is kept of a call.
    async fn of_call(&self, account: &AccountName, call: &CallSid) -> Result<CallLog, StoreError>;

    /// Lets go what has become too much or too old, where nothing is written any more.
    async fn trim(&self, account: &AccountName, retention: LogRetention) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_is_written_and_nothing_else_does() {
        let id = LogId::new(1_795_411_800_000, 7);
        assert_eq!(LogId::parse(&id.to_string()), Some(id));
        for text in [
            "", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", "a-b", " 1-2",
        ] {
            assert_eq!(LogId::parse(text), None, "{text:?}");
        }
        assert_eq!(LogId::parse("99999999999999999999-1"), None);
    }

    #[test]
    fn a_place_lacks_something_behind_it_when_a_number_is_missing() {
        let ends = |first: Option<u64>, last: u64| LogEnds {
            first: first.map(|number| LogId::new(100, number)),
            last: LogId::new(100, last),
            delay: Duration::ZERO,
        };
        let lacks = |ends: LogEnds, number| ends.lacks_after(LogId::new(100, number));
        assert!(!lacks(ends(Some(1), 9), 4), "in the middle");
        assert!(!lacks(ends(Some(5), 9), 4), "the next one is there");
        assert!(lacks(ends(Some(6), 9), 4), "the next one is gone");
        assert!(!lacks(ends(None, 4), 4), "there was nothing behind it");
        assert!(lacks(ends(None, 5), 4), "there was, and it is gone");
        assert!(lacks(ends(Some(1), 3), 4), "the log was begun anew");
        let long_ago = LogId::new(50, 4);
        assert!(
            ends(Some(1), 9).lacks_after(long_ago),
            "and has grown since"
        );
        let of_a_moment = LogId::at(Timestamp::from_millis(50));
        assert!(lacks(ends(Some(2), 9), 0));
        assert!(!ends(Some(1), 9).lacks_after(of_a_moment));
        assert!(!ends(Some(1), 9).lacks_after(LogId::at(Timestamp::from_millis(500))));
    }
}
