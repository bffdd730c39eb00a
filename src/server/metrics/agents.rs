//! The agents of each account by status and state, as the latest census found them; `census` takes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use serde::{Deserialize, Serialize};

use super::NoLabels;
use super::count::Count;
use crate::clock::Timestamp;
use crate::presence::store::View;
use crate::presence::{Agent, AgentState, Snapshot, Status};
use crate::telephony::AccountName;

const STATUSES: [&str; 4] = ["available", "on_break", "offline", "stale"];
const STATES: [AgentState; 6] = AgentState::ALL;
/// The states that a report is expected to end.
const REPORTED: [AgentState; 3] = [
    AgentState::Reserved,
    AgentState::Ringing,
    AgentState::InCall,
];

/// How many agents there are of each status, stale ones apart, and state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Census {
    /// By the store's clock.
    pub(super) at: i64,
    counts: [[u64; STATES.len()]; STATUSES.len()],
}

/// The censuses of all accounts.
#[derive(Debug)]
pub(super) struct AgentCounts(BTreeMap<AccountName, OfAccount>);

#[derive(Debug, Default)]
struct OfAccount {
    census: ArcSwapOption<Census>,
    lapsed: [Count; REPORTED.len()],
}

fn place_of(agent: &Agent) -> (usize, usize) {
    let status = match (agent.status, agent.stale) {
        (Status::Available, true) => 3,
        (Status::Available, false) => 0,
        (Status::OnBreak, _) => 1,
        (Status::Offline, _) => 2,
    };
    let state = STATES.iter().position(|state| *state == agent.state);
    (status, state.unwrap_or_default())
}

impl Census {
    /// Counts the agents of a snapshot.
    pub(super) fn of(snapshot: &Snapshot, view: View) -> Self {
        let mut census = Self {
            at: snapshot.at().as_millis(),
            ..Self::default()
        };
        for agent in snapshot.agents(view) {
            let (status, state) = place_of(&agent);
            let counted = census.counts.get_mut(status);
            if let Some(count) = counted.and_then(|states| states.get_mut(state)) {
                *count = count.saturating_add(1);
            }
        }
        census
    }
}

impl AgentCounts {
    /// Of these accounts.
    pub(super) fn of(accounts: impl Iterator<Item = AccountName>) -> Self {
        Self(accounts.map(|name| (name, OfAccount::default())).collect())
    }

    /// From now on this is shown; nothing, when the agents cannot be counted.
    pub(super) fn show(&self, account: &AccountName, census: Option<Census>) {
        if let Some(counts) = self.0.get(account) {
            counts.census.store(census.map(Arc::new));
        }
    }

    /// Counts the states that have ended by time after the census before.
    pub(super) fn count_lapsed(
        &self,
        account: &AccountName,
        snapshot: &Snapshot,
        before: Timestamp,
    ) {
        let Some(counts) = self.0.get(account) else {
            return;
        };
        for (state, until) in snapshot.lapsed() {
            let place = REPORTED.iter().position(|one| *one == state);
            let is_new = until > before;
            if let Some(counted) = place
                .and_then(|place| counts.lapsed.get(place))
                .filter(|_| is_new)
            {
                counted.add_one();
            }
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let censuses = || {
            let accounts = self.0.iter();
            accounts.filter_map(|(name, of)| Some((name.as_str(), of.census.load_full()?)))
        };
        let mut agents = encoder.encode_descriptor(
            "agents",
            "Agents by status and state, sampled; every instance shows the same agents",
            None,
            MetricType::Gauge,
        )?;
        for (account, census) in censuses() {
            for (status, states) in STATUSES.iter().zip(&census.counts) {
                for (state, count) in STATES.iter().zip(states) {
                    let state = state.as_str();
                    agents
                        .encode_family(&[
                            ("account", account),
                            ("status", status),
                            ("state", state),
                        ])?
                        .encode_gauge(&i64::try_from(*count).unwrap_or(i64::MAX))?;
                }
            }
        }
        let mut stale = encoder.encode_descriptor(
            "stale_heartbeats",
            "Available agents whose heartbeat has lapsed, sampled; every instance shows the same agents",
            None,
            MetricType::Gauge,
        )?;
        for (account, census) in censuses() {
            let count: u64 = census.counts.iter().skip(3).flatten().sum();
            stale
                .encode_family(&[("account", account)])?
                .encode_gauge(&i64::try_from(count).unwrap_or(i64::MAX))?;
        }
        self.encode_lapsed(encoder)
    }

    fn encode_lapsed(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut lapsed = encoder.encode_descriptor(
            "leases_expired",
            "States that ended by time because nothing was reported; sampled, so one that another followed at once is missed",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.0 {
            for (state, count) in REPORTED.iter().zip(&counts.lapsed) {
                lapsed
                    .encode_family(&[("account", account.as_str()), ("state", state.as_str())])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        Ok(())
    }
}
