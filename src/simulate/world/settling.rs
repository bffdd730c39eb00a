//! After the last call: nobody may be held for ever.

use std::time::Duration;

use super::super::service::{Pace, Seen, Service, ServiceError};
use super::{Progress, World};
use crate::presence::AgentState;
use crate::telephony::AgentId;

/// Longer than anything holds an agent.
const EVERYTHING_ENDS_IN: Duration = Duration::from_hours(7 * 24);

/// How often a service is asked on the wall clock who is still held, and how much later than it says they are free.
const GLANCE: Duration = Duration::from_secs(1);

impl<S: Service> World<'_, S> {
    /// When everything that can hold somebody has ended, nobody may be held. A service that can't be asked any more is in the
    /// record like any other breach.
    pub(super) async fn settle(
        &mut self,
        came: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ServiceError> {
        match self.service.pace() {
            Pace::Virtual => {
                let later = self.now.plus(EVERYTHING_ENDS_IN);
                self.service.reach(later).await;
            }
            Pace::Real => {
                let waited = self.waits_for_leases(came, progress).await;
                if self.unless_refused(waited)?.is_none() {
                    return Ok(());
                }
            }
        }
        let now = self.service.now();
        let everybody = self.everybody().await;
        for (id, seen) in self.unless_refused(everybody)?.unwrap_or_default() {
            if seen.is_none_or(is_held) {
                let what = format!("{id} is still held long after the last call: {seen:?}");
                self.judge.breach(now, what);
            }
        }
        Ok(())
    }

    /// Waits as long as the service said at first that it holds anybody, and no longer than it does.
    async fn waits_for_leases(
        &mut self,
        came: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ServiceError> {
        // What was reported last may still have to be taken in.
        self.service.reach(self.now.plus(GLANCE)).await;
        let mut until = None;
        loop {
            let now = self.service.now();
            let all = self.everybody().await?;
            let held = all
                .iter()
                .filter_map(|(_, seen)| seen.filter(|seen| is_held(*seen)));
            let Some(longest) = held.map(|seen| seen.left.unwrap_or_default()).max() else {
                return Ok(());
            };
            let until = *until.get_or_insert(now.plus(longest).plus(GLANCE));
            if now >= until {
                return Ok(());
            }
            progress(Progress {
                share: 1.0,
                calls: came,
                held_for: Some(until.since(now)),
            });
            self.service.reach(now.plus(GLANCE).min(until)).await;
        }
    }

    async fn everybody(&mut self) -> Result<Vec<(AgentId, Option<Seen>)>, ServiceError> {
        let ids = self.people.iter().map(|person| &person.record.profile.id);
        let ids: Vec<AgentId> = ids.cloned().collect();
        let seen = self.service.seen_all(&ids).await?;
        Ok(ids.into_iter().zip(seen).collect())
    }
}

fn is_held(seen: Seen) -> bool {
    seen.state != AgentState::Idle
}
