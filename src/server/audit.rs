//! Who changed what: a log line with the target `audit` for each change that somebody makes in another's name.
//!
//! It names the token, where it was used, what was changed by its id and the names of its fields, and how it ended. It never
//! has values: numbers of people are in them.

use serde_json::Value;

use super::caller::Caller;
use super::problem::ApiError;
use crate::telephony::{AgentId, without_numbers};

/// A field's name is shorter in every document that is taken.
const LONGEST_NAME: usize = 32;
const MOST_FIELDS: usize = 16;

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    PutAgent,
    RemoveAgent,
    SetPresence,
    Release,
    ReloadRules,
    StartCall,
    EraseCaller,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::PutAgent => "agent-put",
            Self::RemoveAgent => "agent-removed",
            Self::SetPresence => "presence-set",
            Self::Release => "agent-released",
            Self::ReloadRules => "rules-reloaded",
            Self::StartCall => "call-started",
            Self::EraseCaller => "caller-erased",
        }
    }
}

/// Writes the line of one change, which came about or not. The id is whatever somebody has put into the path.
pub(super) fn record<T>(
    caller: &Caller,
    action: Action,
    agent: Option<&AgentId>,
    fields: &str,
    outcome: &Result<T, ApiError>,
) {
    tracing::info!(
        target: "audit",
        account = caller.account.as_str(),
        by = caller.known_as,
        role = caller.role.as_str(),
        source = caller.source.map(tracing::field::display),
        action = action.as_str(),
        agent = agent.map(|agent| without_numbers(agent.as_str())),
        fields = (!fields.is_empty()).then_some(fields),
        outcome = outcome.as_ref().map_or_else(ApiError::code, |_done| "done"),
        "audit"
    );
}

/// The names of a document's fields, with commas. What looks like no name of a field of ours is left out.
pub(super) fn fields(document: &Value) -> String {
    let is_name = |name: &&str| {
        name.len() <= LONGEST_NAME
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let names = document
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    let names: Vec<_> = names
        .map(String::as_str)
        .filter(is_name)
        .take(MOST_FIELDS)
        .collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_fields_are_told() {
        let document = serde_json::json!({
            "name": "Asha", "destinations": ["+919812345678"], "9812345678": 1, "Weight": 1,
        });
        assert_eq!(fields(&document), "destinations,name");
        assert_eq!(fields(&serde_json::json!(["name"])), "");
    }
}
