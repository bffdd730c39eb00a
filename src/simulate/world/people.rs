//! Agents come and go, take breaks, and work after their calls.

use std::time::Duration;

use super::super::chance::Of;
use super::super::person::Person;
use super::super::service::{Seen, Service, ServiceError};
use super::super::shifts::{Shift, shifts};
use super::{CLOSING, Happening, World};
use crate::clock::Timestamp;
use crate::presence::{AgentProfile, AgentState, Presence, Status};
use crate::rules::{Crew, Scenario};
use crate::telephony::{AgentId, ContactUri, SipId};

/// The most agents that administration puts at once.
const MOST_PUT: usize = 1_000;

/// What an agent's application is looked at for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// The agent has talked so long, until then, and may work after the call.
    WrapUp {
        agent: usize,
        talked: Duration,
        ended: Timestamp,
    },
    /// The agent has missed a call, and may be on a break for it.
    Missed { agent: usize },
}

impl<S: Service> World<'_, S> {
    /// Makes the agents known, and arranges when they come and go.
    pub(super) async fn gather(&mut self) -> Result<(), ServiceError> {
        let scenario = self.scenario;
        for (place, crew) in scenario.crews.iter().enumerate() {
            for number in 1..=crew.count {
                let Some(profile) = profile(crew, number) else {
                    continue;
                };
                let agent = self.people.len();
                let owned = profile.destinations.iter().cloned();
                self.owners.extend(owned.map(|uri| (uri, agent)));
                self.people.push(Person::new(place, profile));
                self.arrange_days(agent, crew);
            }
        }
        self.service.reach(self.now).await;
        let profiles = self.people.iter().map(|person| &person.record.profile);
        let profiles: Vec<_> = profiles.cloned().collect();
        for some in profiles.chunks(MOST_PUT) {
            self.service.put_agents(some).await?;
        }
        Ok(())
    }

    fn arrange_days(&mut self, agent: usize, crew: &Crew) {
        let (zone, start) = (&self.scenario.time_zone, self.scenario.start);
        let end = start.plus(self.scenario.length).plus(CLOSING);
        for shift in shifts(crew, zone, start, end) {
            self.choose_at(shift.0, agent, Presence::Available);
            self.arrange_breaks(agent, crew, shift);
            self.choose_at(shift.1, agent, Presence::Offline);
        }
    }

    /// Not all go at once: the first break is drawn.
    fn arrange_breaks(&mut self, agent: usize, crew: &Crew, (begin, end): Shift) {
        let Some(breaks) = crew.breaks else {
            return;
        };
        let number = u64::try_from(agent).unwrap_or(u64::MAX);
        let mut draw = self.chance.of(Of::Agent, number, 0);
        let mut at = begin.plus(breaks.every.mul_f64(0.5 + draw.share()));
        while at.plus(breaks.lasting) < end {
            let lasting = Some(breaks.lasting);
            let reason = Some("break".to_owned());
            self.choose_at(at, agent, Presence::OnBreak { reason, lasting });
            let back = at.plus(breaks.lasting);
            self.choose_at(back, agent, Presence::Available);
            at = at.plus(breaks.every);
        }
    }

    fn choose_at(&mut self, at: Timestamp, agent: usize, presence: Presence) {
        self.agenda.add(at, Happening::Presence { agent, presence });
    }

    /// An agent sets a status.
    pub(super) async fn chooses(
        &mut self,
        agent: usize,
        presence: Presence,
    ) -> Result<(), ServiceError> {
        let Some(person) = self.people.get(agent) else {
            return Ok(());
        };
        let id = person.record.profile.id.clone();
        let set = self.service.set_presence(&id, &presence).await;
        self.unless_refused(set)?;
        let Some(person) = self.people.get_mut(agent) else {
            return Ok(());
        };
        person.is_put_on_break = false;
        person.takes_calls(presence == Presence::Available, self.now);
        person.chosen = presence;
        if !person.beats && person.chosen != Presence::Offline {
            self.beats(agent).await?;
        }
        Ok(())
    }

    /// An agent's application gives a sign of life, and the next is arranged.
    pub(super) async fn beats(&mut self, agent: usize) -> Result<(), ServiceError> {
        let Some(person) = self.people.get_mut(agent) else {
            return Ok(());
        };
        let crew = self.scenario.crews.get(person.crew);
        let every = crew.and_then(|crew| crew.heartbeat);
        person.beats = every.is_some() && person.chosen != Presence::Offline;
        if let Some(every) = every.filter(|_| person.beats) {
            let id = person.record.profile.id.clone();
            let beat = self.service.heartbeat(&id).await;
            self.unless_refused(beat)?;
            self.agenda
                .add(self.now.plus(every), Happening::Beat(agent));
        }
        Ok(())
    }

    /// A conversation is over for an agent; the rules say how long the work after it takes.
    pub(super) async fn wraps_up(
        &mut self,
        agent: usize,
        talked: Duration,
    ) -> Result<(), ServiceError> {
        let ended = self.now;
        let look = Look::WrapUp {
            agent,
            talked,
            ended,
        };
        self.look(look).await?;
        if let Some(person) = self.people.get_mut(agent) {
            person.is_free(self.now);
        }
        Ok(())
    }

    /// Missed calls may have put somebody on a break, who comes back after a while.
    pub(super) async fn look_after(&mut self, missed: Vec<usize>) -> Result<(), ServiceError> {
        for agent in missed {
            self.look(Look::Missed { agent }).await?;
        }
        Ok(())
    }

    /// Looks at an agent, as soon as the service has taken in what was reported.
    async fn look(&mut self, look: Look) -> Result<(), ServiceError> {
        let lag = self.service.pace().lag();
        if lag.is_zero() {
            return self.looks_at(look).await;
        }
        self.looks = self.looks.saturating_add(1);
        self.agenda.add(self.now.plus(lag), Happening::Looks(look));
        Ok(())
    }

    pub(super) async fn looks_at(&mut self, look: Look) -> Result<(), ServiceError> {
        match look {
            Look::WrapUp {
                agent,
                talked,
                ended,
            } => {
                let seen = self.seen(agent).await?;
                let after = seen.filter(|seen| seen.state == AgentState::WrapUp);
                // It began when the call ended, which is a while ago where requests take their time.
                let passed = self.now.since(ended);
                let whole = after.map(|seen| seen.left.unwrap_or_default().saturating_add(passed));
                if let Some(person) = self.people.get_mut(agent) {
                    person.talked(talked, whole.unwrap_or_default(), ended);
                }
            }
            Look::Missed { agent } => self.may_be_on_a_break(agent).await?,
        }
        Ok(())
    }

    async fn may_be_on_a_break(&mut self, agent: usize) -> Result<(), ServiceError> {
        let is_there =
            |person: &Person| person.chosen == Presence::Available && !person.is_put_on_break;
        if !self.people.get(agent).is_some_and(is_there) {
            return Ok(());
        }
        let seen = self.seen(agent).await?;
        let is_away = seen.is_some_and(|seen| seen.status == Status::OnBreak);
        let Some(person) = self.people.get_mut(agent).filter(|_| is_away) else {
            return Ok(());
        };
        person.is_put_on_break = true;
        person.takes_calls(false, self.now);
        let crew = self.scenario.crews.get(person.crew);
        let after = crew.map_or(Duration::ZERO, |crew| crew.back_after);
        self.agenda
            .add(self.now.plus(after), Happening::Back(agent));
        Ok(())
    }

    async fn seen(&mut self, agent: usize) -> Result<Option<Seen>, ServiceError> {
        let Some(person) = self.people.get(agent) else {
            return Ok(None);
        };
        let seen = self.service.seen(&person.record.profile.id).await;
        Ok(self.unless_refused(seen)?.flatten())
    }

    /// What administration or an agent's application was answered. That it was refused is noted, and the run goes on.
    pub(super) fn unless_refused<T>(
        &mut self,
        outcome: Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        match outcome {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.ends_the_run() => Err(error),
            Err(error) => {
                self.judge.breach(self.now, error.to_string());
                Ok(None)
            }
        }
    }

    pub(super) async fn is_back(&mut self, agent: usize) -> Result<(), ServiceError> {
        let person = self.people.get(agent);
        if person.is_some_and(|person| person.is_put_on_break) {
            self.chooses(agent, Presence::Available).await?;
        }
        Ok(())
    }

    pub(super) fn name_of(&self, agent: usize) -> String {
        let person = self.people.get(agent);
        person.map_or_else(String::new, |person| person.record.profile.id.to_string())
    }
}

/// The ids of everybody who works in a scenario, in the order of the crews.
pub(in crate::simulate) fn ids(scenario: &Scenario) -> Vec<AgentId> {
    let crews = scenario.crews.iter();
    let profiles = crews.flat_map(|crew| (1..=crew.count).filter_map(|one| profile(crew, one)));
    profiles.map(|profile| profile.id).collect()
}

/// One of a crew, numbered from 1 with as many digits as the last of them.
fn profile(crew: &Crew, number: u16) -> Option<AgentProfile> {
    let width = crew.count.to_string().len();
    let name = format!("{}-{number:0width$}", crew.name);
    Some(AgentProfile {
        id: AgentId::parse(&name).ok()?,
        destinations: vec![ContactUri::Sip(SipId::parse(&name).ok()?)],
        name,
        groups: crew.groups.clone(),
        skills: crew.skills.clone(),
        position: crew.position,
        weight: crew.weight,
    })
}
