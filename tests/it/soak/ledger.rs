//! What the stand-in for Exotel has seen and sent, and the judgement on it: was anybody promised to two calls at once?
//!
//! Nothing that the service says of its own state counts here: only its answers, and when each request was sent and
//! answered. No false alarm is possible. An agent was reserved at some moment between the sending of a fetch and its
//! answer; from the answer on, the agent is certainly held until the earliest of
//! - the lease that follows from the answer, counted from the sending of the fetch, or from the sending of a report that
//!   replaced it (a `Dial`, an `Answered`),
//! - the sending of any report, or of the call's next fetch, from which the service could have learnt that it is over.
//!
//! What that leaves unseen is a second promise within the time that a fetch, or such a report, took to be handled: some
//! milliseconds. That a report has made a lease longer counts only when it was answered [`Trust::settles`] before the
//! lease would have ended, by an instance that lived on for so long, and when no answer of that time was slow, as all would
//! have been if the report had been held up; else only the shorter lease counts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dial::Event;

#[cfg(test)]
mod tests;

/// A time since the soak began.
pub(crate) type Moment = Duration;

/// Leases are reckoned by Redis, in whole milliseconds of a clock that may be slewed.
const TOLERANCE: Duration = Duration::from_millis(5);

/// How an answer is dialled, by what stands in it and in the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) ring: Duration,
    pub(crate) margin: Duration,
    pub(crate) conversation: Duration,
    /// How many ring together.
    pub(crate) together: usize,
    /// Does Exotel report who answered?
    pub(crate) answers_reported: bool,
}

/// One answer to a call, however many fetches got it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// When the first of them was sent.
    pub(crate) asked: Moment,
    /// When the first of them was answered.
    pub(crate) answered: Moment,
    /// Destinations and the agents behind them; none behind a fixed number.
    pub(crate) rings: Vec<(String, Option<String>)>,
    pub(crate) terms: Terms,
}

/// One report that was sent, and answered with 200.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) news: News,
    pub(super) sent: Moment,
    pub(crate) answered: Moment,
    /// The instance that answered.
    pub(super) instance: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Of the leg of this destination.
    Leg(String, Event),
    /// The end of the dial.
    End,
}

/// Everything about one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) attempts: Vec<Attempt>,
    pub(super) reports: Vec<Report>,
}

/// When a report that was answered is taken to be in force.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    /// Ample time for an instance to hand on what it has said 200 to.
    pub(crate) settles: Duration,
    /// Which instance was killed when.
    pub(crate) kills: Vec<(usize, Moment)>,
    /// When requests that took suspiciously long were sent and answered.
    pub(crate) slow: Vec<(Moment, Moment)>,
}

/// A call's certain hold of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(super) call: usize,
    pub(crate) asked: Moment,
    pub(crate) answered: Moment,
    pub(super) until: Moment,
}

impl Hold {
    /// Could the other one have been made after this one had ended?
    fn may_precede(&self, other: &Self) -> bool {
        other.answered + TOLERANCE >= self.until
    }
}

/// All holds, by agent.
pub(crate) fn holds(calls: &BTreeMap<usize, Call>, trust: &Trust) -> BTreeMap<String, Vec<Hold>> {
    let mut book: BTreeMap<String, Vec<Hold>> = BTreeMap::new();
    for (number, call) in calls {
        for (n, attempt) in call.attempts.iter().enumerate() {
            for (place, (_, agent)) in attempt.rings.iter().enumerate() {
                let Some(agent) = agent else { continue };
                let hold = Hold {
                    call: *number,
                    asked: attempt.asked,
                    answered: attempt.answered,
                    until: call.holds_until(n, place, trust),
                };
                book.entry(agent.clone()).or_default().push(hold);
            }
        }
    }
    book
}

/// Every two promises of one agent to two calls must have had room one after the other.
pub(crate) fn double_bookings(book: &BTreeMap<String, Vec<Hold>>) -> Vec<String> {
    let mut found = Vec::new();
    for (agent, holds) in book {
        for (n, one) in holds.iter().enumerate() {
            for other in &holds[n + 1..] {
                let has_room = one.may_precede(other) || other.may_precede(one);
                if one.call != other.call && !has_room {
                    found.push(format!("{agent} was promised twice: {one:?} and {other:?}"));
                }
            }
        }
    }
    found
}

impl Call {
    /// Until when attempt `n` certainly holds whom it names at this place, at the least.
    fn holds_until(&self, n: usize, place: usize, trust: &Trust) -> Moment {
        let attempt = &self.attempts[n];
        let (uri, agent) = &attempt.rings[place];
        let is_named = |attempt: &&Attempt| attempt.rings.iter().any(|(_, other)| other == agent);
        if self.attempts.iter().filter(is_named).count() > 1 {
            // Reports of the one attempt may be taken for reports of the other.
            return attempt.answered;
        }
        let lease = self.lease(attempt, uri, trust);
        let ends = self
            .reports
            .iter()
            .filter_map(|report| self.end_by(report, attempt, place));
        let next = self.attempts.get(n + 1).map(|next| next.asked);
        let end = ends.chain(next).min().unwrap_or(lease);
        lease.min(end.max(attempt.answered))
    }

    /// When the lease of this leg may end by itself, at the earliest.
    fn lease(&self, attempt: &Attempt, uri: &str, trust: &Trust) -> Moment {
        let terms = &attempt.terms;
        let rounds = attempt.rings.len().div_ceil(terms.together);
        let reserved = (terms.ring + terms.margin) * u32::try_from(rounds).unwrap();
        let own: Vec<_> = self.own(uri).collect();
        let ends = |report: &Report, event| report.sent + terms.lasts(event);
        let all = own.iter().map(|(report, event)| ends(report, *event)).min();
        let talks = own.iter().filter(|(_, event)| *event == Event::Answered);
        let talks = talks.map(|(report, event)| ends(report, *event)).min();
        let in_time = |until: Moment, is_answer: bool| {
            let mut own = own.iter();
            own.any(|(report, event)| {
                trust.in_force_before(report, until) && (!is_answer || *event == Event::Answered)
            })
        };
        let mut until = attempt.asked + reserved;
        until = all.map_or(until, |end| until.min(end));
        if let Some(end) = all.filter(|_| in_time(until, false)) {
            until = until.max(end);
        }
        if let Some(end) = talks.filter(|_| in_time(until, true)) {
            until = until.max(end);
        }
        until
    }

    /// Reports of this leg that replace its lease.
    fn own(&self, uri: &str) -> impl Iterator<Item = (&Report, Event)> {
        self.reports.iter().filter_map(move |report| {
            let News::Leg(who, event) = &report.news else {
                return None;
            };
            let is_end = matches!(event, Event::Terminal { .. });
            (who == uri && !is_end).then_some((report, *event))
        })
    }

    /// The earliest moment at which the service may have learnt from this report that the hold is over.
    fn end_by(&self, report: &Report, attempt: &Attempt, place: usize) -> Option<Moment> {
        let News::Leg(who, event) = &report.news else {
            return Some(report.sent);
        };
        let is_own = *who == attempt.rings[place].0;
        match event {
            Event::Terminal { .. } if is_own => Some(report.sent),
            Event::Dial | Event::Ringing | Event::Answered if is_own => None,
            Event::Answered | Event::Terminal { talked: true } => Some(report.sent),
            // Nobody talked, but where answers are not reported, a leg that outlives its ring time looks as if.
            Event::Terminal { talked: false } => {
                let terms = &attempt.terms;
                let rang = self.own(who).map(|(report, _)| report.sent).min()?;
                Some(report.sent.max(rang + terms.ring + terms.margin))
            }
            Event::Dial | Event::Ringing => {
                let behind = attempt.rings[place..].iter().any(|(uri, _)| uri == who);
                (attempt.terms.together == 1 && behind).then_some(report.sent)
            }
        }
    }
}

impl Terms {
    /// How long an agent is held from such an event on.
    fn lasts(&self, event: Event) -> Duration {
        let talk = self.conversation + self.margin;
        match event {
            Event::Answered => talk,
            _ if self.answers_reported => self.ring + self.margin,
            _ => self.ring + self.margin + talk,
        }
    }
}

impl Trust {
    fn in_force_before(&self, report: &Report, moment: Moment) -> bool {
        let settled = report.answered + self.settles;
        let is_slow =
            |(sent, answered): &(Moment, Moment)| *sent <= settled && *answered >= report.answered;
        let is_killed = |(instance, at): &(usize, Moment)| {
            *instance == report.instance && (report.sent..=settled).contains(at)
        };
        let is_doubtful = self.kills.iter().any(is_killed) || self.slow.iter().any(is_slow);
        settled <= moment && !is_doubtful
    }
}
