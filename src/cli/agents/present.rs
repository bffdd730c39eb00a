//! Who is there, as the server lists them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

use crate::cli::Failure;
use crate::cli::remote::RemoteAccount;
use crate::presence::AgentState;
use crate::rules::ListedAgent;
use crate::telephony::AgentId;

/// An agent of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Present {
    #[serde(flatten)]
    pub(super) agent: ListedAgent,
    /// What the system sees.
    pub(super) state: AgentState,
}

/// Agents by their ids.
pub(super) type PresentAgents = BTreeMap<AgentId, Present>;

#[derive(Deserialize)]
struct Listing {
    agents: Vec<Present>,
}

/// All agents of the account.
pub(super) fn agents_of(remote: &RemoteAccount<'_>) -> Result<PresentAgents, Failure> {
    let text = remote.ask("GET", "/agents", "application/json", None)?;
    let listing: Listing = serde_json::from_str(&text)
        .with_context(|| format!("{} lists agents that cannot be read", remote.server))
        .map_err(Failure::unusable)?;
    let agents = listing.agents.into_iter();
    Ok(agents
        .map(|present| (present.agent.id.clone(), present))
        .collect())
}
