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
#[derive(Debug, Default)]
pub(super) struct Judge {
    holds: HashMap<usize, Hold>,
    /// Whom each call holds.
    held: HashMap<u64, Vec<usize>>,
    pub(super) breaches: Vec<Breach>,
    pub(super) count: u64,
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
}

/// What an answer holds its agents for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
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
        let mut taken = Vec::new();
        for (agent, leg) in agents {
            let other = self.holds.get(agent).filter(|hold| hold.until > now);
            taken.extend(other.map(|hold| (*agent, hold.call)));
            let hold = Hold {
                call,
                leg: *leg,
                in_turn: terms.in_turn,
                until: terms.rings_until,
                ring: terms.ring,
                conversation: terms.conversation,
            };
            self.holds.insert(*agent, hold);
        }
        let agents = agents.iter().map(|(agent, _)| *agent).collect();
        self.held.insert(call, agents);
        taken
    }

    /// The service was told this.
    pub(super) fn told(&mut self, call: u64, told: Told, now: Timestamp) {
        match told {
            Told::Over => self.over(call),
            // It outlived its ringing: somebody answered, and the other phones were free from then on.
            Told::LegOver { rings_until, .. } if now > rings_until => self.over(call),
            Told::LegOver { agent, .. } => {
                self.free(call, |other, _| Some(other) == agent);
            }
            Told::Rings { agent, leg } => {
                self.free(call, |_, hold| hold.in_turn && hold.leg < leg);
                let hold = agent.and_then(|agent| self.holds.get_mut(&agent));
                if let Some(hold) = hold.filter(|hold| hold.call == call && hold.leg == leg) {
                    hold.until = hold.until.min(now.plus(hold.ring));
                }
            }
            Told::Answered { agent } => {
                self.free(call, |other, _| Some(other) != agent);
                let hold = agent.and_then(|agent| self.holds.get_mut(&agent));
                if let Some(hold) = hold.filter(|hold| hold.call == call && hold.until > now) {
                    hold.until = now.plus(hold.conversation);
                }
            }
        }
    }

    /// The call holds nobody any more.
    fn over(&mut self, call: u64) {
        self.free(call, |_, _| true);
        self.held.remove(&call);
    }

    fn free(&mut self, call: u64, is_free: impl Fn(usize, &Hold) -> bool) {
        for agent in self.held.get(&call).into_iter().flatten() {
            let hold = self.holds.get(agent);
            if hold.is_some_and(|hold| hold.call == call && is_free(*agent, hold)) {
                self.holds.remove(agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn later(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn terms(in_turn: bool) -> Terms {
        Terms {
            in_turn,
            rings_until: later(20),
            ring: Duration::from_secs(10),
            conversation: Duration::from_mins(15),
        }
    }

    /// A call has rung agents 3 and 4; who of them is another's when another call gets both at that moment?
    fn taken(in_turn: bool, told: &[Told], at: Timestamp) -> Vec<usize> {
        let mut judge = Judge::default();
        let none = judge.offered(1, &[(3, 0), (4, 1)], terms(in_turn), NOW);
        assert!(none.is_empty());
        for told in told {
            judge.told(1, *told, later(10));
        }
        let taken = judge.offered(2, &[(3, 0), (4, 1)], terms(in_turn), at);
        taken.into_iter().map(|(agent, _)| agent).collect()
    }

    #[test]
    fn whoever_may_still_be_ringing_must_not_be_offered_to_another_call() {
        assert_eq!(taken(false, &[], later(19)), [3, 4]);
        assert_eq!(taken(false, &[], later(20)), [0; 0]);
    }

    #[test]
    fn whoever_is_known_to_talk_must_not_be_offered_until_the_end_is_told() {
        let answered = Told::Answered { agent: Some(4) };
        assert_eq!(taken(false, &[answered], later(11)), [4]);
        assert_eq!(taken(false, &[answered], later(600)), [4]);
        assert_eq!(taken(false, &[answered, Told::Over], later(600)), [0; 0]);
        let over = Told::LegOver {
            agent: Some(4),
            rings_until: later(20),
        };
        assert_eq!(taken(false, &[answered, over], later(600)), [0; 0]);
        assert_eq!(taken(false, &[over, answered], later(600)), [0; 0]);
    }

    #[test]
    fn who_outlived_the_ringing_was_answered_and_the_others_are_free() {
        let over = |rings_until| Told::LegOver {
            agent: Some(4),
            rings_until,
        };
        assert_eq!(taken(false, &[over(later(10))], later(11)), [3]);
        assert_eq!(taken(false, &[over(later(9))], later(11)), [0; 0]);
    }

    #[test]
    fn whoever_rang_before_in_turn_is_free() {
        let second = Told::Rings {
            agent: Some(4),
            leg: 1,
        };
        assert_eq!(taken(true, &[second], later(11)), [4]);
        assert_eq!(taken(false, &[second], later(11)), [3, 4]);
    }

    #[test]
    fn only_the_first_breaches_are_told_but_all_are_counted() {
        let mut judge = Judge::default();
        for number in 0..100 {
            judge.breach(NOW, format!("{number}"));
        }
        assert_eq!((judge.breaches.len(), judge.count), (MOST_TOLD, 100));
    }
}
