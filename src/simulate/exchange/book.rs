//! The calls that were placed, and what has become of each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::refusal::Refusal;
use super::request::{AskedCall, AskedCallback, CallbackMoment};
use crate::clock::Timestamp;

/// A call that was placed, as whoever lets it go on needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    /// Its name.
    pub sid: String,
    /// What was asked for.
    pub asked: AskedCall,
}

/// How a call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The side that is rung first has answered, and the other is rung.
    AgentAnswered,
    /// Both talk.
    CustomerAnswered,
    /// It is over.
    Over(VoiceOutcome),
}

/// How a call ended, in the words of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceOutcome {
    /// Both talked.
    Completed,
    /// The agent did not answer.
    AgentUnanswered,
    /// The agent was not dialled: the phone was in another call, or can't be reached.
    AgentNotDialled,
    /// The agent hung up before the customer answered.
    AgentCancelled,
    /// The customer did not answer.
    CustomerUnanswered,
    /// The customer was not dialled.
    CustomerNotDialled,
}

impl VoiceOutcome {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::AgentUnanswered => "from_leg_unanswered",
            Self::AgentNotDialled => "from_leg_no_dial",
            Self::AgentCancelled => "from_leg_cancelled",
            Self::CustomerUnanswered => "to_leg_unanswered",
            Self::CustomerNotDialled => "to_leg_no_dial",
        }
    }
}

/// A report that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCallback {
    /// Where to.
    pub url: String,
    /// The body, in JSON.
    pub body: String,
}

/// A call and everything that is told of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) sid: String,
    /// Exotel's name of the account whose call it is.
    pub(super) account: String,
    pub(super) asked: AskedCall,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) from: Side,
    /// Rung once the other side has answered.
    pub(super) to: Option<Side>,
    pub(super) over: Option<Over>,
}

/// One of the two phones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) rang: Timestamp,
    pub(super) answered: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Over {
    pub(super) at: Timestamp,
    pub(super) outcome: VoiceOutcome,
}

/// All calls of all accounts.
#[derive(Debug)]
pub(super) struct Book {
    /// A part of each name, so that no other run has the same ones.
    begun: i64,
    entries: BTreeMap<String, Entry>,
    requests: u64,
    /// How requests with these custom fields are refused.
    refused: HashMap<String, Refusal>,
    /// The calls of each custom field.
    by_field: HashMap<String, Vec<String>>,
    /// The custom fields of all requests that came, whatever they were answered.
    heard: HashSet<String>,
    /// Of which calls whoever asked has learnt that they are over.
    learnt: BTreeSet<String>,
}

impl Book {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            begun: now.as_millis(),
            entries: BTreeMap::new(),
            requests: 0,
            refused: HashMap::new(),
            by_field: HashMap::new(),
            heard: HashSet::new(),
            learnt: BTreeSet::new(),
        }
    }

    /// A name for a request, in the form of the published samples.
    pub(super) fn next_request(&mut self) -> String {
        self.requests = self.requests.saturating_add(1);
        self.name('d')
    }

    fn name(&self, kind: char) -> String {
        format!("{kind}{:015x}{:016x}", self.begun, self.requests)
    }

    pub(super) fn refuse(&mut self, custom_field: &str, refusal: Refusal) {
        self.refused.insert(custom_field.to_owned(), refusal);
    }

    /// Somebody asks for this call.
    pub(super) fn hears(&mut self, asked: &AskedCall) {
        self.heard.extend(asked.custom_field.clone());
    }

    pub(super) fn has_heard(&self, custom_field: &str) -> bool {
        self.heard.contains(custom_field)
    }

    pub(super) fn refusal_of(&self, asked: &AskedCall) -> Option<Refusal> {
        self.refused.get(asked.custom_field.as_ref()?).copied()
    }

    /// Places a call: the first phone rings.
    pub(super) fn place(&mut self, account: &str, asked: AskedCall, now: Timestamp) -> &Entry {
        let sid = self.name('5');
        if let Some(field) = &asked.custom_field {
            let calls = self.by_field.entry(field.clone()).or_default();
            calls.push(sid.clone());
        }
        let entry = Entry {
            sid: sid.clone(),
            account: account.to_owned(),
            asked,
            created: now,
            updated: now,
            from: Side::rings(now),
            to: None,
            over: None,
        };
        self.entries.entry(sid).or_insert(entry)
    }

    /// The calls that were placed with this custom field, in their order.
    pub(super) fn placed(&self, custom_field: &str) -> Vec<PlacedCall> {
        let sids = self.by_field.get(custom_field).into_iter().flatten();
        let entries = sids.filter_map(|sid| self.entries.get(sid));
        let placed = |entry: &Entry| PlacedCall {
            sid: entry.sid.clone(),
            asked: entry.asked.clone(),
        };
        entries.map(placed).collect()
    }

    pub(super) fn entry(&self, sid: &str) -> Option<&Entry> {
        self.entries.get(sid)
    }

    /// The calls that are over, the latest first.
    pub(super) fn over(&self) -> impl Iterator<Item = (&Entry, Over)> {
        let entries = self.entries.values().rev();
        entries.filter_map(|entry| Some((entry, entry.over?)))
    }

    /// Whoever asked was told of this call.
    pub(super) fn was_told(&mut self, sid: &str) {
        if self.entry(sid).is_some_and(|entry| entry.over.is_some()) {
            self.learnt.insert(sid.to_owned());
        }
    }

    /// The calls of which it was told since the last time that they are over.
    pub(super) fn take_learnt(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.learnt)
    }

    /// A call goes on. Gives the call, and which of the reports that were asked for are due.
    pub(super) fn step(
        &mut self,
        sid: &str,
        step: Step,
        now: Timestamp,
    ) -> Option<(&Entry, CallbackMoment, Vec<AskedCallback>)> {
        let entry = self
            .entries
            .get_mut(sid)
            .filter(|entry| entry.over.is_none())?;
        entry.updated = now;
        entry.goes_on(step, now);
        let moment = match step {
            Step::AgentAnswered => return None,
            Step::CustomerAnswered => CallbackMoment::Answered,
            Step::Over(_) => CallbackMoment::Terminal,
        };
        let asked = entry.asked.status_callbacks.iter();
        let due = asked.filter(|callback| callback.event == moment);
        let due = due.cloned().collect();
        Some((entry, moment, due))
    }
}

impl Entry {
    fn goes_on(&mut self, step: Step, now: Timestamp) {
        match step {
            Step::AgentAnswered => {
                self.from.answered = Some(now);
                self.to = Some(Side::rings(now));
            }
            Step::CustomerAnswered => {
                if let Some(to) = &mut self.to {
                    to.answered = Some(now);
                }
            }
            Step::Over(outcome) => {
                self.from.ended = Some(now);
                if let Some(to) = &mut self.to {
                    to.ended = Some(now);
                }
                self.over = Some(Over { at: now, outcome });
            }
        }
    }

    /// How long both talked; nothing is said while the call goes on.
    pub(super) fn talked(&self) -> Option<Duration> {
        let over = self.over?;
        let since = self.to.and_then(|to| to.answered);
        Some(since.map_or(Duration::ZERO, |since| over.at.since(since)))
    }
}

impl Side {
    fn rings(now: Timestamp) -> Self {
        Self {
            rang: now,
            answered: None,
            ended: None,
        }
    }
}
