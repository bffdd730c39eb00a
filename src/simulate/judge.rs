//! Watches what must always hold, by what the service was told and what it answered, and by nothing else.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Timestamp;

/// The most breaches that are told one by one.
const MOST_TOLD: usize = 20;

/// What must always hold, and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When.
    pub at: Timestamp,
    /// What happened, in a sentence.
    pub what: String,
}

/// Who is held by which call, as far as the service can know.
///
/// Requests overlap, and when the service took one in is not seen: at some moment between its sending and its answer, of a
/// report up to `lag` later. So what frees counts from when it was sent and what holds from when it was answered, until the
/// earliest moment at which that can end: whoever is held here is held in every order in which the service may have worked.
#[derive(Debug)]
pub(super) struct Judge {
    lag: Duration,
    holds: HashMap<usize, Hold>,
    calls: HashMap<u64, Heard>,
    pub(super) breaches: Vec<Breach>,
    pub(super) count: u64,
}

/// What is known of a call that goes on.
#[derive(Debug, Default)]
struct Heard {
    /// Whom it holds.
    holds: Vec<usize>,
    /// When each agent's leg was reported last.
    reported: HashMap<usize, Timestamp>,
    /// The same of reports that free others than the agent whom they are about.
    freed_others: HashMap<usize, Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    call: u64,
    /// The place among the call's phones.
    leg: usize,
    /// Does the phone ring when those before it have rung out?
    in_turn: bool,
    until: Timestamp,
    ring: Duration,
    conversation: Duration,
    /// Does the service know that they talk?
    is_talk: bool,
}

/// What an answer holds its agents for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// When it was asked for.
    pub(super) sent: Timestamp,
    pub(super) in_turn: bool,
    /// When nobody of it can be ringing any more.
    pub(super) rings_until: Timestamp,
    /// How long each phone rings.
    pub(super) ring: Duration,
    pub(super) conversation: Duration,
}

/// What the service was told of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It dials, or rings.
    Rings { agent: Option<usize>, leg: usize },
    /// Somebody answered.
    Answered { agent: Option<usize> },
    /// One leg is over, whose phone can't have rung beyond this moment.
    LegOver {
        agent: Option<usize>,
        rings_until: Timestamp,
    },
    /// The dial is over.
    Over,
}

impl Judge {
    /// `lag` is how long after its answer a report may not have been taken in yet.
    pub(super) fn new(lag: Duration) -> Self {
        Self {
            lag,
            holds: HashMap::new(),
            calls: HashMap::new(),
            breaches: Vec::new(),
            count: 0,
        }
    }

    /// Notes what must not have happened.
    pub(super) fn breach(&mut self, at: Timestamp, what: impl Into<String>) {
        self.count = self.count.saturating_add(1);
        if self.breaches.len() < MOST_TOLD {
            let what = what.into();
            self.breaches.push(Breach { at, what });
        }
    }

    /// The call got a new answer with these agents, each with the place of its leg. Gives whom another call held.
    pub(super) fn offered(
        &mut self,
        call: u64,
        agents: &[(usize, usize)],
        terms: Terms,
        now: Timestamp,
    ) -> Vec<(usize, u64)> {
        self.over(call);
        self.calls.entry(call).or_default();
        if terms.rings_until <= now || self.is_anybody_free(call, agents, terms.sent) {
            return Vec::new();
        }
        let is_sure = |(agent, _): &&(usize, usize)| !self.is_unsure(call, &[*agent], terms.sent);
        let sure: Vec<_> = agents.iter().filter(is_sure).copied().collect();
        let mut taken = Vec::new();
        for (agent, leg) in &sure {
            if let Some(other) = self.holds.get(agent).filter(|hold| hold.until > now) {
                taken.push((*agent, other.call));
                continue;
            }
            let hold = Hold {
                call,
                leg: *leg,
                in_turn: terms.in_turn,
                until: terms.rings_until,
                ring: terms.ring,
                conversation: terms.conversation,
                is_talk: false,
            };
            self.holds.insert(*agent, hold);
        }
        let holds = sure.into_iter().map(|(agent, _)| agent);
        self.calls.entry(call).or_default().holds = holds.collect();
        taken
    }

    /// May an answer to a fetch that was sent then have been overtaken by what was reported of one of its agents? Then it
    /// is not known whom the call still holds.
    pub(super) fn is_unsure(&self, call: u64, agents: &[usize], sent: Timestamp) -> bool {
        let since = sent.minus(self.lag);
        let heard = self.calls.get(&call);
        let is_late = |agent| Some(*heard?.reported.get(agent)? > since);
        agents.iter().any(|agent| is_late(agent).unwrap_or(false))
    }

    /// May such a report even have freed agents of the answer whom it is not about?
    fn is_anybody_free(&self, call: u64, agents: &[(usize, usize)], sent: Timestamp) -> bool {
        let since = sent.minus(self.lag);
        let heard = self.calls.get(&call);
        let is_late = |agent| Some(*heard?.freed_others.get(agent)? > since);
        let mut agents = agents.iter();
        agents.any(|(agent, _)| is_late(agent).unwrap_or(false))
    }

    /// Does the service know that the agent talks with this caller?
    pub(super) fn is_talk(&self, agent: usize, call: u64, now: Timestamp) -> bool {
        let hold = self.holds.get(&agent);
        hold.is_some_and(|hold| hold.call == call && hold.is_talk && hold.until > now)
    }

    /// This is being told: whom it frees is free from now on.
    pub(super) fn told(&mut self, call: u64, told: Told, now: Timestamp) {
        // Where no time passes, nothing overtakes anything.
        let agent = told.agent().filter(|_| !self.lag.is_zero());
        if let (Some(agent), Some(heard)) = (agent, self.calls.get_mut(&call)) {
            heard.reported.insert(agent, now);
            if told.frees_others() {
                heard.freed_others.insert(agent, now);
            }
        }
        match told {
            Told::Over => self.over(call),
            // It outlived its ringing: somebody answered, and the other phones were free from then on.
            Told::LegOver { rings_until, .. } if now > rings_until => self.over(call),
            Told::LegOver { agent, .. } => {
                self.free(call, |other, _| Some(other) == agent);
            }
            Told::Rings { agent, leg } => {
                let hold = agent.and_then(|agent| self.holds.get_mut(&agent));
                let mut place = leg;
                if let Some(hold) = hold.filter(|hold| hold.call == call) {
                    hold.until = hold.until.min(now.plus(hold.ring));
                    // A late report of an earlier attempt is taken for one of this.
                    place = place.max(hold.leg);
                }
                self.free(call, |_, hold| hold.in_turn && hold.leg < place);
            }
            Told::Answered { agent } => {
                self.free(call, |other, _| Some(other) != agent);
            }
        }
    }

    /// This was told at `sent`, and the service has answered: whom it holds is held from now on.
    pub(super) fn taken_in(&mut self, call: u64, told: Told, sent: Timestamp, now: Timestamp) {
        let Told::Answered { agent: Some(agent) } = told else {
            return;
        };
        let hold = self.holds.get_mut(&agent);
        if let Some(hold) = hold.filter(|hold| hold.call == call && hold.until > now) {
            hold.until = sent.plus(hold.conversation);
            hold.is_talk = true;
        }
    }

    /// The call has ended. What is reported of it later frees whom it still holds.
    pub(super) fn forget(&mut self, call: u64) {
        let is_held = |agent: &usize| {
            let hold = self.holds.get(agent);
            hold.is_some_and(|hold| hold.call == call)
        };
        if let Some(heard) = self.calls.get_mut(&call) {
            heard.reported.clear();
            heard.freed_others.clear();
            if !heard.holds.iter().any(is_held) {
                self.calls.remove(&call);
            }
        }
    }

    /// The call holds nobody any more.
    fn over(&mut self, call: u64) {
        self.free(call, |_, _| true);
        if let Some(heard) = self.calls.get_mut(&call) {
            heard.holds.clear();
        }
    }

    fn free(&mut self, call: u64, is_free: impl Fn(usize, &Hold) -> bool) {
        let heard = self.calls.get(&call);
        for agent in heard.iter().flat_map(|heard| &heard.holds) {
            let hold = self.holds.get(agent);
            if hold.is_some_and(|hold| hold.call == call && is_free(*agent, hold)) {
                self.holds.remove(agent);
            }
        }
    }
}

impl Told {
    /// Is anybody else free with it? Who rings in turn has rung after others, and who answers has silenced them.
    fn frees_others(self) -> bool {
        match self {
            Self::Rings { .. } | Self::Answered { .. } | Self::Over => true,
            Self::LegOver { .. } => false,
        }
    }

    /// Whose leg it is about.
    fn agent(self) -> Option<usize> {
        match self {
            Self::Rings { agent, .. } | Self::Answered { agent } | Self::LegOver { agent, .. } => {
                agent
            }
            Self::Over => None,
        }
    }
}

#[cfg(test)]
mod tests;
