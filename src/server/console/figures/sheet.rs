//! The sheets of a day: what each instance has counted, and the sum of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::presence::{NoteStep, Store, StoreError};
use crate::telephony::AccountName;

/// So many sheets a day may have: instances, and each of their restarts. Beyond them nothing more is counted that day.
const MOST_SHEETS: u16 = 500;
/// A sheet is there for the day, and for whoever looks at it a little late.
const KEPT: Duration = Duration::from_hours(48);

/// What was counted of a day, by the hour of the account's zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::server::console) struct Day(pub(in crate::server::console) BTreeMap<u8, Hour>);

/// What was counted of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::server::console) struct Hour {
    /// Calls that asked for the first time.
    pub(in crate::server::console) asked: u64,
    /// Calls that an agent has answered.
    pub(in crate::server::console) answered: u64,
    /// Phones that rang out.
    pub(in crate::server::console) missed: u64,
    /// Answered calls of which it is known how long they had waited.
    pub(in crate::server::console) timed: u64,
    /// How long these had waited together, ms.
    pub(in crate::server::console) waited_ms: u64,
    /// How many of these had an answer in time.
    pub(in crate::server::console) in_time: u64,
    /// Callers who hung up when an answer would not have been in time any more.
    pub(in crate::server::console) gone: u64,
}

impl Hour {
    fn add(&mut self, other: Self) {
        for (mine, theirs) in [
            (&mut self.asked, other.asked),
            (&mut self.answered, other.answered),
            (&mut self.missed, other.missed),
            (&mut self.timed, other.timed),
            (&mut self.waited_ms, other.waited_ms),
            (&mut self.in_time, other.in_time),
            (&mut self.gone, other.gone),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// How long a caller waited for the answer, in the mean.
    pub(in crate::server::console) fn speed(&self) -> Option<Duration> {
        let millis = self.waited_ms.checked_div(self.timed)?;
        Some(Duration::from_millis(millis))
    }

    /// Of a hundred calls, how many were answered in time.
    pub(in crate::server::console) fn level(&self) -> Option<u64> {
        let all = self.timed.saturating_add(self.gone);
        self.in_time.saturating_mul(100).checked_div(all)
    }
}

impl Day {
    /// All hours together.
    pub(in crate::server::console) fn sum(&self) -> Hour {
        let mut sum = Hour::default();
        self.0.values().for_each(|hour| sum.add(*hour));
        sum
    }

    fn add(&mut self, other: &Self) {
        for (hour, counted) in &other.0 {
            self.0.entry(*hour).or_default().add(*counted);
        }
    }
}

/// The day and the hour of a moment, on the account's clocks.
pub(in crate::server::console) fn date_of(at: Timestamp, zone: &TimeZone) -> (String, u8) {
    let zoned = at.to_jiff().to_zoned(zone.clone());
    (
        zoned.date().to_string(),
        u8::try_from(zoned.hour()).unwrap_or_default(),
    )
}

/// What all instances have counted of that day.
pub(in crate::server::console) async fn day(
    store: &dyn Store,
    account: &AccountName,
    date: &str,
) -> Result<Day, StoreError> {
    let mut day = Day::default();
    for number in 0..MOST_SHEETS {
        let note = name(date, number);
        let Some(text) = store.note(account, &note, NoteStep::Read).await? else {
            break;
        };
        // One that a later version has written in another way is passed over.
        day.add(&serde_json::from_str(&text).unwrap_or_default());
    }
    Ok(day)
}

/// This instance's sheet of a day.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) date: String,
    pub(super) day: Day,
    number: Option<u16>,
    /// Has it changed since it was written?
    pub(super) is_new: bool,
}

impl Sheet {
    pub(super) fn of(date: String) -> Self {
        Self {
            date,
            ..Self::default()
        }
    }

    /// Writes it where it belongs: the first time where no other sheet is.
    pub(super) async fn write(
        &mut self,
        store: &dyn Store,
        account: &AccountName,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(&self.day).unwrap_or_default();
        let (text, kept) = (text.as_str(), KEPT);
        if let Some(number) = self.number {
            let step = NoteStep::Write { text, kept };
            store.note(account, &name(&self.date, number), step).await?;
            self.is_new = false;
            return Ok(());
        }
        for number in 0..MOST_SHEETS {
            let step = NoteStep::Claim { text, kept };
            let there = store.note(account, &name(&self.date, number), step).await?;
            if there.is_none() {
                self.number = Some(number);
                self.is_new = false;
                return Ok(());
            }
        }
        self.is_new = false;
        Ok(())
    }
}

fn name(date: &str, number: u16) -> String {
    format!("figures:{date}:{number}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;
    use crate::presence::memory::MemoryStore;

    #[tokio::test]
    async fn the_day_is_the_sum_of_what_each_instance_has_counted() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
        let (store, account) = (MemoryStore::new(clock), AccountName::default());
        let (mut one, mut other) = (Sheet::of("d".to_owned()), Sheet::of("d".to_owned()));
        for (is_one, answered) in [(true, 2), (false, 5), (true, 7)] {
            let sheet = if is_one { &mut one } else { &mut other };
            let hour = sheet.day.0.entry(9).or_default();
            hour.answered = answered;
            sheet.write(&store, &account).await.unwrap();
        }
        let sum = day(&store, &account, "d").await.unwrap().sum();
        assert_eq!(sum.answered, 12);
        assert_eq!(day(&store, &account, "e").await.unwrap(), Day::default());
    }

    #[test]
    fn the_level_counts_callers_who_waited_too_long_and_left() {
        let hour = Hour {
            timed: 6,
            waited_ms: 27_000,
            in_time: 4,
            gone: 2,
            ..Hour::default()
        };
        assert_eq!(hour.level(), Some(50));
        assert_eq!(hour.speed(), Some(Duration::from_millis(4_500)));
        assert_eq!(Hour::default().level(), None);
        assert_eq!(Hour::default().speed(), None);
    }

    #[test]
    fn the_day_begins_at_the_midnight_of_the_account() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        // 18:30 in UTC
        let at = Timestamp::from_millis(1_795_458_600_000);
        assert_eq!(date_of(at, &zone), ("2026-11-24".to_owned(), 0));
    }
}
