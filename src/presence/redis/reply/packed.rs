//! What is kept of an agent as the scripts pack it (`layout.lua`). It is taken apart here and not there: while a script runs,
//! nobody else is answered.

use std::collections::BTreeMap;
use std::str;
use std::time::Duration;

use super::{StoreError, parse, state, status};
use crate::clock::Timestamp;
use crate::presence::agent::{AgentState, StatusSet};
use crate::presence::record::{AgentRecord, NONE};
use crate::telephony::CallSid;

/// Takes packed values from the front.
struct Packed<'a>(&'a [u8]);

impl<'a> Packed<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], StoreError> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or_else(|| {
            StoreError::Corrupt(format!(
                "packed values end {} bytes too early",
                size.saturating_sub(self.0.len())
            ))
        })?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of so many bytes, at most 7, the greatest first.
    fn number(&mut self, size: usize) -> Result<i64, StoreError> {
        let bytes = self.take(size)?.iter();
        Ok(bytes.fold(0, |number, byte| (number << 8) | i64::from(*byte)))
    }

    fn small<N: TryFrom<i64>>(&mut self, size: usize) -> Result<N, StoreError> {
        let number = self.number(size)?;
        N::try_from(number).ok().ok_or_else(|| {
            StoreError::Corrupt(format!("the packed number {number} is out of range"))
        })
    }

    fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.number(6).map(Timestamp::from_millis)
    }

    /// What a letter stands for.
    fn word<T>(&mut self, meaning: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let letter = text(self.take(1)?)?;
        meaning(letter).ok_or_else(|| StoreError::Corrupt(format!("the unknown letter {letter:?}")))
    }

    /// The text behind them.
    fn text(self) -> Result<&'a str, StoreError> {
        text(self.0)
    }
}

fn text(bytes: &[u8]) -> Result<&str, StoreError> {
    str::from_utf8(bytes)
        .map_err(|error| StoreError::Corrupt(format!("text that is not UTF-8: {error}")))
}

/// What there may be behind the reason: who set the status and when, and what the end of a break needs.
struct Behind<'a> {
    by: &'a str,
    set_at: Timestamp,
    heartbeat: Option<Duration>,
    lasting: Option<Duration>,
}

/// An agent as it is kept; what it is ahead by is kept elsewhere.
pub(super) fn agent(record: &[u8], presence: &[u8]) -> Result<AgentRecord, StoreError> {
    let (mut record, mut presence) = (Packed(record), Packed(presence));
    let state = record.word(state)?;
    let at = record.time()?;
    let is_idle = state == AgentState::Idle;
    let (idle_since, until) = if is_idle { (at, NONE) } else { (NONE, at) };
    let status = presence.word(status)?;
    let (status_since, break_until, parked_until) =
        (presence.time()?, presence.time()?, presence.time()?);
    let (reason, behind) = reason_and_behind(presence.text()?)?;
    Ok(AgentRecord {
        status,
        state,
        status_since,
        break_until,
        idle_since,
        until,
        parked_until,
        seen_at: record.time()?,
        day: record.number(3)?,
        calls: record.small(3)?,
        talk_millis: record.small(6)?,
        turn: record.small(7)?,
        since: record.time()?,
        assumed_from: record.time()?,
        answered: record.small(3)?,
        missed: record.small(3)?,
        misses: record.small(1)?,
        call: match record.text()? {
            "" => None,
            call => Some(parse(call, CallSid::parse)?),
        },
        reason: reason.to_owned(),
        status_set: (!behind.by.is_empty()).then(|| StatusSet {
            by: behind.by.to_owned(),
            at: behind.set_at,
        }),
        break_heartbeat: behind.heartbeat,
        break_lasting: behind.lasting,
        ahead: BTreeMap::new(),
    })
}

/// The reason of a break, and what stands behind it, parted by NULs. A text without them is a reason.
fn reason_and_behind(text: &str) -> Result<(&str, Behind<'_>), StoreError> {
    let mut parts = text.split('\0');
    let reason = parts.next().unwrap_or_default();
    let by = parts.next().unwrap_or_default();
    let mut number = || match parts.next() {
        None | Some("") => Ok(0),
        Some(digits) => parse(digits, str::parse::<u64>),
    };
    let (set_at, heartbeat, lasting) = (number()?, number()?, number()?);
    let length = |millis| (millis > 0).then(|| Duration::from_millis(millis));
    let set_at = i64::try_from(set_at).unwrap_or(i64::MAX);
    let behind = Behind {
        by,
        set_at: Timestamp::from_millis(set_at),
        heartbeat: length(heartbeat),
        lasting: length(lasting),
    };
    Ok((reason, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Status;

    const SINCE: i64 = 1_795_411_800_000;
    const UNTIL: i64 = 1_795_412_700_000;

    fn packed(number: i64, size: usize) -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let (_zeros, bytes) = bytes.split_at(bytes.len().saturating_sub(size));
        bytes.to_vec()
    }

    fn record(state: &str, at: i64, call: &str) -> Vec<u8> {
        let numbers = [
            (at, 6),
            (SINCE, 6),
            (20_780, 3),
            (7, 3),
            (61_000, 6),
            (1_838_501_683_200_000, 7),
            (SINCE, 6),
            (0, 6),
            (6, 3),
            (1, 3),
            (2, 1),
        ];
        let numbers = numbers.map(|(number, size)| packed(number, size)).concat();
        [state.as_bytes(), &numbers, call.as_bytes()].concat()
    }

    fn presence(behind: &str) -> Vec<u8> {
        let times = [SINCE, 0, UNTIL].map(|time| packed(time, 6)).concat();
        [b"b", times.as_slice(), behind.as_bytes()].concat()
    }

    #[test]
    fn everything_that_is_kept_of_an_agent_is_read() {
        let behind = format!("tea\0anita\0{SINCE}\060000\0900000");
        let read = agent(&record("c", UNTIL, "c1"), &presence(&behind)).unwrap();
        let at = Timestamp::from_millis;
        let expected = AgentRecord {
            status: Status::OnBreak,
            status_since: at(SINCE),
            reason: "tea".to_owned(),
            status_set: Some(StatusSet {
                by: "anita".to_owned(),
                at: at(SINCE),
            }),
            break_until: NONE,
            break_lasting: Some(Duration::from_mins(15)),
            break_heartbeat: Some(Duration::from_mins(1)),
            seen_at: at(SINCE),
            idle_since: NONE,
            state: AgentState::InCall,
            since: at(SINCE),
            until: at(UNTIL),
            assumed_from: NONE,
            call: Some(CallSid::parse("c1").unwrap()),
            parked_until: at(UNTIL),
            day: 20_780,
            calls: 7,
            talk_millis: 61_000,
            answered: 6,
            missed: 1,
            misses: 2,
            turn: 1_838_501_683_200_000,
            ahead: BTreeMap::new(),
        };
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    }

    #[test]
    fn who_is_idle_has_been_so_since_then_and_a_reason_may_stand_alone() {
        let read = agent(&record("i", SINCE, ""), &presence("lunch")).unwrap();
        assert_eq!(
            (read.idle_since.as_millis(), read.until, read.call),
            (SINCE, NONE, None)
        );
        assert_eq!((read.reason.as_str(), read.status_set), ("lunch", None));
        assert_eq!((read.break_heartbeat, read.break_lasting), (None, None));
    }

    #[test]
    fn what_is_cut_off_or_means_nothing_is_an_error() {
        let (whole, chosen) = (record("c", UNTIL, "c1"), presence("tea"));
        for size in 0..51 {
            let cut = whole.get(..size).unwrap();
            assert!(agent(cut, &chosen).is_err(), "{size} bytes");
        }
        for size in 0..19 {
            let cut = chosen.get(..size).unwrap();
            assert!(agent(&whole, cut).is_err(), "{size} bytes");
        }
        assert!(agent(&record("x", UNTIL, ""), &chosen).is_err());
        assert!(agent(&record("c", UNTIL, "a call"), &chosen).is_err());
        assert!(agent(&whole, &presence("tea\0anita\0when")).is_err());
        assert!(agent(&whole, &[b"b".as_slice(), &[0xff; 19]].concat()).is_err());
    }
}
