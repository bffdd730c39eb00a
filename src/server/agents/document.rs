//! Agents as administration writes them.

use std::collections::HashMap;

use serde_json::Value;
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::presence::AgentProfile;
use crate::rules::ListedAgent;
use crate::server::fields::{Fields, name, number, visible};
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AgentId, ContactText, ContactUri, Country};

/// The most agents of one list.
pub(super) const MAX_AGENTS: usize = ListedAgent::MAX_AT_ONCE;
const MAX_DESTINATIONS: usize = ListedAgent::MAX_DESTINATIONS;
const MAX_MEMBERSHIPS: usize = ListedAgent::MAX_MEMBERSHIPS;
const MAX_NAME: usize = ListedAgent::MAX_NAME;

// [`one`] and [`list`] read it field by field.
/// An agent, as administration writes it.
#[expect(
    dead_code,
    reason = "only described: the reader names every bad field at once"
)]
#[derive(ToSchema)]
pub(super) struct AgentDocument {
    /// Where it stands in the path it may be left out, or is the same.
    id: Option<AgentId>,
    /// The name that people read.
    #[schema(min_length = 1, max_length = 100, example = "Asha")]
    name: String,
    /// Where the agent can be rung, the preferred one first.
    #[schema(value_type = Vec<ContactText>, min_items = 1, max_items = 10)]
    destinations: Vec<String>,
    /// 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or a digit.
    #[schema(max_items = 50, example = json!(["sales"]))]
    groups: Option<Vec<String>>,
    /// Skills with their levels, 1 to 10.
    #[schema(schema_with = skills, required = false)]
    skills: (),
    /// The place in a `top_down` queue, 1 first; without one, behind all that have one.
    #[schema(minimum = 1, maximum = 9999)]
    position: Option<u16>,
    /// The share of a `weighted` queue's calls; 1 without it.
    #[schema(minimum = 1, maximum = 100)]
    weight: Option<u8>,
}

/// Agents, each with its `id`.
#[derive(Debug)]
pub(super) struct ListedAgents;

impl PartialSchema for ListedAgents {
    fn schema() -> RefOr<Schema> {
        let named = ObjectBuilder::new().required("id");
        let agent = AllOfBuilder::new()
            .item(Ref::from_schema_name(AgentDocument::name()))
            .item(named);
        ArrayBuilder::new()
            .items(agent)
            .max_items(Some(MAX_AGENTS))
            .into()
    }
}

impl ToSchema for ListedAgents {}

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
    let shown_name = fields.required("name", |value| visible(value, MAX_NAME));
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

/// Skills by name, for the document.
fn skills() -> Schema {
    let level = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(10));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some("Skills with their levels, 1 to 10."))
        .additional_properties(Some(level))
        .max_properties(Some(MAX_MEMBERSHIPS))
        .examples([serde_json::json!({"hindi": 5})])
        .into()
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
