//! An agent: what the person does, which the service only hears of.

use std::time::Duration;

use super::call::Ended;
use super::record::AgentRecord;
use crate::clock::Timestamp;
use crate::presence::{AgentProfile, Presence};

#[derive(Debug)]
pub(super) struct Person {
    pub(super) crew: usize,
    pub(super) record: AgentRecord,
    /// The call that rings or talks.
    pub(super) engaged: Option<u64>,
    /// What the person chose last.
    pub(super) chosen: Presence,
    /// Whether missed calls have put the person on a break that was not chosen.
    pub(super) is_put_on_break: bool,
    /// Whether signs of life are under way.
    pub(super) beats: bool,
    /// Since when available.
    since: Option<Timestamp>,
    /// Available no more, and the call that goes on still counts.
    is_leaving: bool,
    /// Until when the wrap-up lasts that was counted last.
    wraps_until: Option<Timestamp>,
}

impl Person {
    pub(super) fn new(crew: usize, profile: AgentProfile) -> Self {
        Self {
            crew,
            record: AgentRecord {
                profile,
                available: Duration::ZERO,
                talked: Duration::ZERO,
                wrapped_up: Duration::ZERO,
                answered: 0,
                clicks: 0,
                missed: 0,
                declined: 0,
                failed: 0,
            },
            engaged: None,
            chosen: Presence::Offline,
            is_put_on_break: false,
            beats: false,
            since: None,
            is_leaving: false,
            wraps_until: None,
        }
    }

    /// Takes calls from now on, or no more.
    pub(super) fn takes_calls(&mut self, takes: bool, now: Timestamp) {
        if takes {
            self.is_leaving = false;
            self.since = self.since.or(Some(now));
        } else if self.engaged.is_some() {
            self.is_leaving = true;
        } else {
            self.leave(now);
        }
    }

    /// A conversation is over since then, and the wrap-up after it takes so long.
    pub(super) fn talked(&mut self, talked: Duration, wrap_up: Duration, now: Timestamp) {
        self.record.talked = self.record.talked.saturating_add(talked);
        if self.is_leaving {
            self.leave(now);
        } else if self.since.is_some() {
            self.record.wrapped_up = self.record.wrapped_up.saturating_add(wrap_up);
            self.wraps_until = Some(now.plus(wrap_up));
        }
    }

    /// The phone has rung, and this became of it.
    pub(super) fn counts(&mut self, ended: Ended) {
        let record = &mut self.record;
        let counter = match ended {
            Ended::RangOut => &mut record.missed,
            Ended::Declined => &mut record.declined,
            Ended::Failed => &mut record.failed,
            Ended::Talked(_) => &mut record.answered,
            Ended::Engaged | Ended::LostRace | Ended::CallerLeft => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// A phone that rang in vain rings no more.
    pub(super) fn is_free(&mut self, now: Timestamp) {
        self.engaged = None;
        if self.is_leaving {
            self.leave(now);
        }
    }

    /// What is left of a wrap-up when the person leaves is not counted.
    fn leave(&mut self, now: Timestamp) {
        let Some(since) = self.since.take() else {
            return;
        };
        self.is_leaving = false;
        self.record.available = self.record.available.saturating_add(now.since(since));
        let cut = self.wraps_until.take().map(|until| until.since(now));
        let cut = cut.unwrap_or_default();
        self.record.wrapped_up = self.record.wrapped_up.saturating_sub(cut);
    }

    /// The run is over.
    pub(super) fn into_record(mut self, now: Timestamp) -> AgentRecord {
        self.leave(now);
        self.record
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::telephony::AgentId;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn at(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn person() -> Person {
        let profile = AgentProfile {
            id: AgentId::parse("asha").unwrap(),
            name: "asha".to_owned(),
            destinations: Vec::new(),
            groups: BTreeSet::new(),
            skills: BTreeMap::new(),
            position: None,
            weight: 1,
        };
        let mut person = Person::new(0, profile);
        person.takes_calls(true, NOW);
        person
    }

    #[test]
    fn a_call_that_goes_on_after_the_shift_still_counts() {
        let mut person = person();
        person.engaged = Some(1);
        person.takes_calls(false, at(100));
        person.talked(Duration::from_secs(50), Duration::from_secs(30), at(130));
        let record = person.into_record(at(500));
        assert_eq!(record.available.as_secs(), 130);
        assert_eq!(record.wrapped_up, Duration::ZERO);
    }

    #[test]
    fn a_phone_that_is_in_another_call_has_declined_nothing() {
        let mut person = person();
        person.counts(Ended::Engaged);
        person.counts(Ended::Declined);
        let record = person.into_record(at(1));
        assert_eq!((record.declined, record.missed, record.failed), (1, 0, 0));
    }

    #[test]
    fn a_wrap_up_is_cut_where_the_shift_ends() {
        let mut person = person();
        person.engaged = Some(1);
        person.talked(Duration::from_secs(50), Duration::from_secs(30), at(50));
        person.is_free(at(50));
        person.takes_calls(false, at(60));
        let record = person.into_record(at(500));
        assert_eq!(record.available.as_secs(), 60);
        assert_eq!(record.wrapped_up.as_secs(), 10);
    }
}
