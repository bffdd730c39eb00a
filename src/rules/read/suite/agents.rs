//! The virtual agents: those of the file, and what is different about them in a test or at a step.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::fields::Fields;
use super::super::numbers::Numbers;
use super::super::queues::{group_names, skills};
use super::super::value::{Field, named, shortened};
use super::{Scene, meant_or_all};
use crate::rules::book::RuleBook;
use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;
use crate::rules::shape::VIRTUAL_AGENT;
use crate::rules::suite::{VirtualAgent, VirtualState, VirtualStatus};
use crate::rules::tree::{Entry, Kind};
use crate::telephony::{AgentId, ContactUri, SipId};

/// Agents by id.
pub(super) type Agents = BTreeMap<AgentId, VirtualAgent>;

/// The agents of the file.
pub(super) fn of_file(
    file: &Fields<'_>,
    rules: &RuleBook,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> Agents {
    let entries = file
        .get("agents")
        .and_then(|field| named(&field, report))
        .unwrap_or_default();
    let mut agents = Agents::new();
    for entry in entries {
        let id = AgentId::parse(&entry.key).map_err(|why| {
            let message = format!("\"{}\" is no id for an agent", shortened(&entry.key));
            report.add_with_help(entry.key_span, Code::WrongValue, message, why.to_string());
        });
        let usual = VirtualAgent::default();
        // One that can't be read is there all the same, so that whoever names it isn't reported too.
        let agent = agent(entry, &usual, rules, numbers, report).unwrap_or_default();
        if let Ok(id) = id {
            one_person_each(entry, &id, &agent, &agents, report);
            agents.insert(id, agent);
        }
    }
    settle_destinations(&mut agents);
    agents
}

/// What is different about agents. Only the file's agents can differ: a misspelt id must not make a new one.
pub(super) fn changes(
    field: Option<Field<'_>>,
    base: &Agents,
    scene: Scene<'_>,
    report: &mut Report<'_>,
) -> Agents {
    let entries = field.and_then(|field| named(&field, report));
    let mut changes = Agents::new();
    let mut all = base.clone();
    for entry in entries.unwrap_or_default() {
        let known = base
            .iter()
            .find(|(id, _)| id.as_str() == entry.key.as_str());
        if known.is_none() {
            unknown_agent(&entry.key, entry.key_span, base, report);
        }
        let usual = known.map(|(_, agent)| agent.clone()).unwrap_or_default();
        let agent = agent(entry, &usual, scene.rules, scene.numbers, report);
        if let (Some((id, _)), Some(agent)) = (known, agent) {
            one_person_each(entry, id, &agent, &all, report);
            all.insert(id.clone(), agent.clone().over(usual));
            changes.insert(id.clone(), agent);
        }
    }
    changes
}

/// Reports the name of nobody.
pub(super) fn unknown_agent(text: &str, span: Span, agents: &Agents, report: &mut Report<'_>) {
    let message = format!("\"{}\" is none of the file's agents", shortened(text));
    let help = meant_or_all(text, agents.keys().map(AgentId::as_str), report);
    report.add_with_help(span, Code::UnknownName, message, help);
}

/// Two agents with one destination would be one person who is rung for two calls: the store refuses them.
fn one_person_each(
    entry: &Entry,
    id: &AgentId,
    agent: &VirtualAgent,
    others: &Agents,
    report: &mut Report<'_>,
) {
    let mut own = Vec::new();
    for destination in agent.destinations.iter().flatten() {
        let owner = others.iter().find(|(other, agent)| {
            *other != id
                && agent
                    .destinations
                    .iter()
                    .flatten()
                    .any(|uri| uri == destination)
        });
        let message = match owner {
            Some((owner, _)) => {
                format!("the destination {destination} of {id} is {owner}'s already")
            }
            None if own.contains(&destination) => {
                format!("the destination {destination} of {id} is named twice")
            }
            None => {
                own.push(destination);
                continue;
            }
        };
        report.add(entry.key_span, Code::DuplicateName, message);
    }
}

/// The agents with what is different about them.
pub(super) fn merged(base: &Agents, mut changes: Agents) -> Agents {
    let with_changes = |(id, agent): (&AgentId, &VirtualAgent)| {
        let change = changes.remove(id).unwrap_or_default();
        (id.clone(), change.over(agent.clone()))
    };
    base.iter().map(with_changes).collect()
}

/// Reads what is said about one agent; `base` is what holds where nothing is said.
fn agent(
    entry: &Entry,
    base: &VirtualAgent,
    rules: &RuleBook,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> Option<VirtualAgent> {
    let fields = Fields::read(&entry.value, &VIRTUAL_AGENT, report)?;
    let agent = VirtualAgent {
        groups: fields
            .get("groups")
            .map(|field| group_names(&field, report)),
        skills: fields.get("skills").map(|field| skills(&field, report)),
        destinations: fields
            .get("destinations")
            .map(|field| destinations(&field, numbers, report)),
        position: fields.get("position").and_then(|field| field.whole(report)),
        weight: fields.get("weight").and_then(|field| field.whole(report)),
        status: fields
            .get("status")
            .and_then(|field| status(&field, report)),
        reason: fields
            .get("reason")
            .and_then(|field| field.text(report))
            .map(str::to_owned),
        break_left: some_time(&fields, "for", report),
        idle: duration(&fields, "idle", report),
        state: fields.get("state").and_then(|field| state(&field, report)),
        state_left: some_time(&fields, "left", report),
        stale: fields.get("stale").and_then(|field| field.flag(report)),
        calls: fields.get("calls").and_then(|field| field.whole(report)),
        talk_time: duration(&fields, "talk_time", report),
        last_offered: duration(&fields, "last_offered", report),
        answered_caller: duration(&fields, "answered_caller", report),
    };
    contradictions(&fields, &agent.clone().over(base.clone()), rules, report);
    Some(agent)
}

fn duration(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<Duration> {
    fields.get(key).and_then(|field| field.duration(report))
}

fn some_time(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<Duration> {
    fields.get(key).and_then(|field| field.some_time(report))
}

fn destinations(field: &Field<'_>, numbers: Numbers, report: &mut Report<'_>) -> Vec<ContactUri> {
    let destinations = numbers.contacts(field, report);
    if matches!(&field.node.kind, Kind::Sequence(items) if items.is_empty()) {
        field.empty_list("name one, or leave the key out to have one made up", report);
    }
    destinations
}

fn status(field: &Field<'_>, report: &mut Report<'_>) -> Option<VirtualStatus> {
    Some(match field.word(report)? {
        "on_break" => VirtualStatus::OnBreak,
        "offline" => VirtualStatus::Offline,
        _ => VirtualStatus::Available,
    })
}

fn state(field: &Field<'_>, report: &mut Report<'_>) -> Option<VirtualState> {
    Some(match field.word(report)? {
        "reserved" => VirtualState::Reserved,
        "ringing" => VirtualState::Ringing,
        "in_call" => VirtualState::InCall,
        "wrap_up" => VirtualState::WrapUp,
        "back_off" => VirtualState::BackOff,
        _ => VirtualState::Idle,
    })
}

/// Reports what means nothing beside what else is so about the agent.
fn contradictions(
    fields: &Fields<'_>,
    agent: &VirtualAgent,
    rules: &RuleBook,
    report: &mut Report<'_>,
) {
    let status = agent.status.unwrap_or_default();
    let is_idle = agent.state.unwrap_or_default() == VirtualState::Idle;
    let is_on_break = status == VirtualStatus::OnBreak;
    let is_stale = agent.stale == Some(true);
    let is_away = status != VirtualStatus::Available;
    let checks = [
        ("reason", !is_on_break, "belongs to \"status: on_break\""),
        ("for", !is_on_break, "belongs to \"status: on_break\""),
        ("left", is_idle, "belongs to a state other than idle"),
        ("idle", !is_idle, "belongs to \"state: idle\""),
        (
            "stale",
            is_stale && is_away,
            "belongs to \"status: available\"",
        ),
        (
            "stale",
            is_stale && rules.presence().heartbeat.is_none(),
            "needs \"presence: { heartbeat: … }\" in the rules: without it nobody is stale",
        ),
    ];
    for (key, is_wrong, why) in checks {
        if let Some(field) = fields.get(key).filter(|_| is_wrong) {
            let message = format!("\"{key}\" {why}");
            report.add(field.span(), Code::Contradiction, message);
        }
    }
}

/// Makes up destinations for whoever has none: the agent's id as a `sip:` id, where that is one that nobody has.
fn settle_destinations(agents: &mut Agents) {
    let mut taken: Vec<ContactUri> = agents
        .values()
        .flat_map(|agent| agent.destinations.iter().flatten().cloned())
        .collect();
    for (id, agent) in agents.iter_mut() {
        if agent.destinations.is_none() {
            let made_up = made_up(id, &taken);
            taken.extend(made_up.clone());
            agent.destinations = Some(made_up.into_iter().collect());
        }
    }
}

fn made_up(id: &AgentId, taken: &[ContactUri]) -> Option<ContactUri> {
    // One more than could be taken: one of them is free.
    let numbered = (0..=taken.len()).map(|number| format!("agent-{number}"));
    std::iter::once(id.as_str().to_owned())
        .chain(numbered)
        .filter_map(|text| SipId::parse(&text).ok().map(ContactUri::Sip))
        .find(|uri| !taken.contains(uri))
}
