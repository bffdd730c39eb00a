//! Agents as administration writes them.

use std::collections::HashMap;

use serde_json::Value;

use crate::presence::AgentProfile;
use crate::rules::ListedAgent;
use crate::server::fields::{Fields, name, number, text};
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AgentId, ContactUri, Country};

/// The most agents of one list.
pub(super) const MAX_AGENTS: usize = ListedAgent::MAX_AT_ONCE;
const MAX_DESTINATIONS: usize = ListedAgent::MAX_DESTINATIONS;
const MAX_MEMBERSHIPS: usize = ListedAgent::MAX_MEMBERSHIPS;
const MAX_NAME: usize = ListedAgent::MAX_NAME;

/// One agent, whose id stands in the path. An `id` in the document must say the same.
pub(super) fn one(id: &str, document: &Value, country: Country) -> Result<AgentProfile, ApiError> {
    let mut errors = Vec::new();
    let id = AgentId::parse(id)
        .map_err(|error| errors.push(FieldError::new("id", error)))
        .ok();
    let profile = profile("", document, id.as_ref(), country, &mut errors);
    profile
        .filter(|_| errors.is_empty())
        .ok_or(ApiError::Invalid(errors))
}

/// A list of agents, each with its id.
pub(super) fn list(document: &Value, country: Country) -> Result<Vec<AgentProfile>, ApiError> {
    let complaint = |message: String| ApiError::Invalid(vec![FieldError::new("", message)]);
    let elements = document
        .as_array()
        .ok_or_else(|| complaint("must be a list of agents".to_owned()))?;
    if elements.len() > MAX_AGENTS {
        return Err(complaint(format!("may have at most {MAX_AGENTS} agents")));
    }
    let mut errors = Vec::new();
    let mut profiles = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        if let Some(agent) = profile(&format!("[{index}]"), element, None, country, &mut errors) {
            profiles.push((index, agent));
        }
    }
    errors.extend(shared(&profiles));
    if errors.is_empty() {
        Ok(profiles.into_iter().map(|(_, profile)| profile).collect())
    } else {
        Err(ApiError::Invalid(errors))
    }
}

/// One agent's document. `id` comes from the path, or else from the document itself.
fn profile(
    path: &str,
    document: &Value,
    id: Option<&AgentId>,
    country: Country,
    errors: &mut Vec<FieldError>,
) -> Option<AgentProfile> {
    let mut fields = match Fields::of(path, document) {
        Ok(fields) => fields,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let id = identity(&mut fields, id, path.is_empty());
    let shown_name = fields.required("name", |value| text(value, MAX_NAME));
    let destinations = destinations(&mut fields, country);
    let groups = fields.each("groups", MAX_MEMBERSHIPS, |group| {
        name(group.as_str().ok_or("must be text")?)
    });
    let skills = fields.entries("skills", MAX_MEMBERSHIPS, |skill, level| {
        Ok((name(skill)?, number(level, 1, 10)?))
    });
    let position = fields.optional("position", |value| number(value, 1, 9_999));
    let weight = fields.optional("weight", |value| number(value, 1, 100));
    let complaints = fields.finish();
    let is_whole = complaints.is_empty();
    errors.extend(complaints);
    is_whole.then_some(AgentProfile {
        id: id?,
        name: shown_name?.to_owned(),
        destinations,
        groups: groups.into_iter().map(|(_, group)| group).collect(),
        skills: skills.into_iter().collect(),
        position,
        weight: weight.unwrap_or(1),
    })
}

fn identity(fields: &mut Fields<'_>, id: Option<&AgentId>, is_in_path: bool) -> Option<AgentId> {
    let read = |value: &Value| {
        let text = value.as_str().ok_or("must be text")?;
        AgentId::parse(text).map_err(|error| error.to_string())
    };
    if !is_in_path {
        return fields.required("id", read);
    }
    let repeated = fields.optional("id", read);
    if repeated.is_some() && repeated.as_ref() != id {
        fields.complain("id", "must be left out, or the same as in the path");
    }
    id.cloned()
}

fn destinations(fields: &mut Fields<'_>, country: Country) -> Vec<ContactUri> {
    fields.required("destinations", |value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if is_empty {
            Err("must name at least one number or sip: id".to_owned())
        } else {
            Ok(())
        }
    });
    let destinations = fields.each("destinations", MAX_DESTINATIONS, |value| {
        let text = value.as_str().ok_or("must be text")?;
        ContactUri::parse(text, country).map_err(|error| error.to_string())
    });
    let mut known: Vec<ContactUri> = Vec::new();
    for (index, destination) in destinations {
        if known.contains(&destination) {
            fields.complain(&format!("destinations[{index}]"), "is named twice");
        } else {
            known.push(destination);
        }
    }
    known
}

/// Agents of one list that have an id or a destination in common: both would be rung for one person.
///
/// The agents that are stored already are the store's to compare.
fn shared(profiles: &[(usize, AgentProfile)]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut ids = HashMap::new();
    let mut owners: HashMap<&ContactUri, &AgentProfile> = HashMap::new();
    for (index, profile) in profiles {
        if let Some(earlier) = ids.insert(&profile.id, index) {
            let message = format!("{} is in the list twice, at [{earlier}] too", profile.id);
            errors.push(FieldError::new(format!("[{index}].id"), message));
            continue;
        }
        for destination in &profile.destinations {
            if let Some(owner) = owners.insert(destination, profile) {
                let message = format!(
                    "{destination} belongs to both {} and {}",
                    owner.id, profile.id
                );
                errors.push(FieldError::new(format!("[{index}].destinations"), message));
            }
        }
    }
    errors
}
