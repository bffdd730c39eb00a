//! What is written to a server of agents, and what is read of how they are.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::presence::{AgentProfile, AgentState, Presence, Status};
use crate::simulate::service::Seen;
use crate::telephony::{AgentId, duration};

pub(super) type Agents = BTreeMap<AgentId, Seen>;

/// An agent as administration puts one.
pub(super) fn agent(profile: &AgentProfile) -> Value {
    let destinations = profile.destinations.iter().map(ToString::to_string);
    let mut document = json!({
        "id": profile.id.to_string(),
        "name": profile.name,
        "destinations": destinations.collect::<Vec<_>>(),
        "groups": profile.groups,
        "skills": profile.skills,
        "weight": profile.weight,
    });
    if let (Some(position), Some(fields)) = (profile.position, document.as_object_mut()) {
        fields.insert("position".to_owned(), position.into());
    }
    document
}

/// What a person chooses.
pub(super) fn presence(presence: &Presence) -> Value {
    match presence {
        Presence::Available => json!({ "status": "available" }),
        Presence::Offline => json!({ "status": "offline" }),
        Presence::OnBreak { reason, lasting } => {
            let lasting = lasting.map(whole_seconds);
            let given = [("reason", reason.clone()), ("for", lasting)].into_iter();
            let given = given.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
            let status = ("status".to_owned(), Value::from("on_break"));
            Value::Object(given.chain([status]).collect())
        }
    }
}

/// Breaks are set in whole seconds, and last one at least.
fn whole_seconds(lasting: Duration) -> String {
    duration::format(Duration::from_secs(lasting.as_secs().max(1)))
}

/// What a list of agents shows of each; `None` for a document of another kind.
pub(super) fn agents(listing: &Value) -> Option<Agents> {
    let list = listing.get("agents")?.as_array()?.iter();
    list.map(|agent| {
        let id = AgentId::parse(agent.get("id")?.as_str()?).ok()?;
        Some((id, seen(agent)?))
    })
    .collect()
}

/// What is shown of one agent. How long a state lasts is taken from the server's own clock.
pub(super) fn seen(agent: &Value) -> Option<Seen> {
    let text = |name| agent.get(name)?.as_str();
    let left = match text("remaining") {
        Some(left) => Some(duration::parse(left).ok()?),
        None => None,
    };
    Some(Seen {
        status: Status::parse(text("status")?)?,
        state: AgentState::parse(text("state")?)?,
        left,
    })
}
