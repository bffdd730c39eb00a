//! After a run: the agents of the scenario are forgotten again, however the run ended.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use tokio::time::sleep;

use super::error::sent;
use super::{Remote, RemoteError, RemoteService};
use crate::telephony::AgentId;

/// How many are removed at a time.
const AT_A_TIME: usize = 8;

/// All are removed within this time, or left. Whoever has stopped a run, such as an orchestrator, does not wait for long.
const WITHIN: Duration = Duration::from_secs(15);

/// The most agents who are named.
const MOST_NAMED: usize = 20;

/// Agents of a scenario who are still on the server after it.
#[derive(Debug, Default)]
pub struct LeftBehind {
    /// Who.
    pub agents: Vec<AgentId>,
    /// Why the first could not be removed; nothing where there was no time to try.
    pub why: Option<RemoteError>,
}

impl LeftBehind {
    /// Is everybody removed?
    pub fn is_nobody(&self) -> bool {
        self.agents.is_empty()
    }
}

impl fmt::Display for LeftBehind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self
            .agents
            .iter()
            .take(MOST_NAMED)
            .map(AgentId::as_str)
            .collect();
        write!(
            formatter,
            "agents of the scenario may still be on the server: {}",
            named.join(", ")
        )?;
        let more = self.agents.len().saturating_sub(named.len());
        if more > 0 {
            write!(formatter, " and {more} more")?;
        }
        match &self.why {
            Some(why) => write!(formatter, " ({why})"),
            None => Ok(()),
        }
    }
}

impl RemoteService {
    /// Forgets these agents, as far as they are there, in some seconds or until it is cut short.
    pub async fn remove_agents(
        &self,
        ids: &[AgentId],
        cut: impl Future<Output = ()>,
    ) -> LeftBehind {
        let mut left: BTreeSet<&AgentId> = ids.iter().collect();
        let mut why = None;
        let removals = ids
            .iter()
            .map(|id| async move { (id, self.0.removes(id).await) });
        let mut removals = stream::iter(removals).buffer_unordered(AT_A_TIME);
        let (mut cut, mut late) = (pin!(cut), pin!(sleep(WITHIN)));
        loop {
            let removed = tokio::select! {
                removed = removals.next() => removed,
                () = &mut cut => None,
                () = &mut late => {
                    why.get_or_insert(RemoteError::Late("removing the agents".to_owned(), WITHIN.as_secs()));
                    None
                }
            };
            match removed {
                Some((id, Ok(()))) => {
                    left.remove(id);
                }
                Some((_, Err(error))) => {
                    why.get_or_insert(error);
                }
                None => break,
            }
        }
        LeftBehind {
            agents: left.into_iter().cloned().collect(),
            why,
        }
    }
}

impl Remote {
    async fn removes(&self, id: &AgentId) -> Result<(), RemoteError> {
        let what = format!("removing the agent {id}");
        let request = self.api(Method::DELETE, &format!("/agents/{id}"));
        let reply = sent(&what, request).await?;
        if reply.status != 404 {
            reply.accepted()?;
        }
        Ok(())
    }
}
