//! What a file would change: pure, from who is there and what the file says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::present::{Present, PresentAgents};
use crate::presence::AgentState;
use crate::rules::{AgentEntry, Code, ListedAgent, Place};
use crate::telephony::{AgentId, ContactUri};

/// Everything that an import would do, in the order of the ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Agents of the file who are not there yet.
    pub(super) added: Vec<ListedAgent>,
    /// Agents of the file who are there with something else.
    pub(super) changed: Vec<Change>,
    /// Agents who are not in the file and go.
    pub(super) removed: Vec<Removal>,
    /// How many are there as the file has them.
    pub(super) unchanged: usize,
    /// How many are not in the file, and stay.
    pub(super) others: usize,
}

/// An agent before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) before: ListedAgent,
    pub(super) after: ListedAgent,
}

/// An agent who goes.
#[derive(Clone, Debug)]
pub(super) struct Removal {
    pub(super) agent: ListedAgent,
    /// What held the agent when that was looked up.
    pub(super) state: AgentState,
    /// A destination of this agent becomes another's, who can only have it afterwards.
    pub(super) is_first: bool,
}

/// What somebody agreed to does not depend on who happened to be in a call.
impl PartialEq for Removal {
    fn eq(&self, other: &Self) -> bool {
        (&self.agent, self.is_first) == (&other.agent, other.is_first)
    }
}

impl Eq for Removal {}

/// One field of a change, as the API writes its value; null where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldChange {
    pub(super) name: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl Difference {
    /// Compares. Agents who are not in the file stay, unless `remove_others` says that they go.
    pub(super) fn of(present: &PresentAgents, entries: &[AgentEntry], remove_others: bool) -> Self {
        let wanted: BTreeMap<_, _> = entries
            .iter()
            .map(|entry| (&entry.agent.id, &entry.agent))
            .collect();
        let mut difference = Self::default();
        for (id, agent) in &wanted {
            match present.get(id) {
                None => difference.added.push((*agent).clone()),
                Some(before) if before.agent == **agent => {
                    difference.unchanged = difference.unchanged.saturating_add(1);
                }
                Some(before) => difference.changed.push(Change {
                    before: before.agent.clone(),
                    after: (*agent).clone(),
                }),
            }
        }
        let others = present
            .values()
            .filter(|present| !wanted.contains_key(&present.agent.id));
        if remove_others {
            let destinations: BTreeSet<_> = difference
                .stored()
                .flat_map(|agent| &agent.destinations)
                .collect();
            let removed = others
                .map(|present| Removal::of(present, &destinations))
                .collect();
            difference.removed = removed;
        } else {
            difference.others = others.count();
        }
        difference
    }

    /// Is everything as the file has it?
    pub(super) fn is_nothing(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// Those whom the server is sent.
    pub(super) fn stored(&self) -> impl Iterator<Item = &ListedAgent> {
        let changed = self.changed.iter().map(|change| &change.after);
        self.added.iter().chain(changed)
    }
}

impl Removal {
    fn of(present: &Present, wanted: &BTreeSet<&ContactUri>) -> Self {
        let Present { agent, state } = present;
        Self {
            agent: agent.clone(),
            state: *state,
            is_first: agent.destinations.iter().any(|uri| wanted.contains(uri)),
        }
    }
}

impl Change {
    /// What is different, field by field.
    pub(super) fn fields(&self) -> Vec<FieldChange> {
        let (before, after) = (document(&self.before), document(&self.after));
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let value = |document: &Map<String, Value>, name: &String| {
            document.get(name).cloned().unwrap_or_default()
        };
        let fields = names.into_iter().map(|name| FieldChange {
            name: name.clone(),
            before: value(&before, name),
            after: value(&after, name),
        });
        fields.filter(|field| field.before != field.after).collect()
    }
}

/// The agent as the API writes it.
fn document(agent: &ListedAgent) -> Map<String, Value> {
    match serde_json::to_value(agent) {
        Ok(Value::Object(document)) => document,
        _ => Map::new(),
    }
}

/// Destinations that the file gives to somebody else than their owner, who is not in the file and stays.
pub(super) fn taken(present: &PresentAgents, entries: &[AgentEntry]) -> Vec<(Place, Code, String)> {
    let named: BTreeSet<&AgentId> = entries.iter().map(|entry| &entry.agent.id).collect();
    let others = present
        .values()
        .filter(|present| !named.contains(&present.agent.id));
    let owners: BTreeMap<&ContactUri, &AgentId> = others
        .flat_map(|Present { agent, .. }| agent.destinations.iter().map(|uri| (uri, &agent.id)))
        .collect();
    let mut faults = Vec::new();
    for entry in entries {
        let id = &entry.agent.id;
        for (index, uri) in entry.agent.destinations.iter().enumerate() {
            if let Some(owner) = owners.get(uri) {
                let message = format!(
                    "the destination {uri} of {id} is {owner}'s already, who is on the server and not in the file"
                );
                let place = entry.place_of(&format!("destinations[{index}]"));
                faults.push((place, Code::DuplicateName, message));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests;
