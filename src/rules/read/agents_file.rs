//! A file of agents. Both forms become entries of one kind, an id with what is said of it, and are read the same from there.

use std::collections::{BTreeMap, HashMap};

use super::fields::Fields;
use super::name::name;
use super::numbers::Numbers;
use super::queues::{group_names, skills};
use super::value::{Field, Text, named, shortened};
use crate::rules::agents_file::guard::is_shortened_number;
use crate::rules::agents_file::{AgentEntry, FileForm, ListedAgent};
use crate::rules::finding::{Code, Findings, Place};
use crate::rules::report::Report;
use crate::rules::shape::{AGENTS_FILE, LISTED_AGENT};
use crate::rules::tree::{self, Entry, Kind, Node};
use crate::telephony::{AgentId, ContactUri, Country, InvalidAgentId};

mod rows;

/// Reads the agents of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(in crate::rules) fn agents_file(
    file_name: &str,
    text: &str,
    form: FileForm,
    country: Country,
) -> Result<Vec<AgentEntry>, Findings> {
    let mut report = Report::new(file_name, text);
    let numbers = Numbers::of(Some(country));
    let agents = match form {
        FileForm::Csv => agents(&rows::entries(&mut report), numbers, &mut report),
        FileForm::Yaml => tree::parse(&mut report)
            .map(|root| of_tree(&root, numbers, &mut report))
            .unwrap_or_default(),
    };
    one_person_each(&agents, &mut report);
    let findings = report.into_findings();
    if findings.is_empty() {
        Ok(agents)
    } else {
        Err(findings)
    }
}

fn of_tree(root: &Node, numbers: Numbers, report: &mut Report<'_>) -> Vec<AgentEntry> {
    let entries = Fields::read(root, &AGENTS_FILE, report)
        .and_then(|file| named(&file.get("agents")?, report));
    agents(entries.unwrap_or_default(), numbers, report)
}

fn agents(entries: &[Entry], numbers: Numbers, report: &mut Report<'_>) -> Vec<AgentEntry> {
    let entries = entries.iter();
    entries
        .filter_map(|entry| agent(entry, numbers, report))
        .collect()
}

/// Reads what is said of one agent. `None` only after something was reported.
fn agent(entry: &Entry, numbers: Numbers, report: &mut Report<'_>) -> Option<AgentEntry> {
    let id = identity(entry, report);
    let fields = Fields::read(&entry.value, &LISTED_AGENT, report)?;
    let name = fields
        .get("name")
        .and_then(|field| name(&field, "an agent's", ListedAgent::MAX_NAME, report))
        .map(|name| name.trim().to_owned());
    let destinations = fields
        .get("destinations")
        .map(|field| destinations(&field, numbers, report))
        .unwrap_or_default();
    let groups = fields.get("groups").map(|field| {
        not_too_many(&field, report);
        group_names(&field, report)
    });
    let skills = fields.get("skills").map(|field| {
        not_too_many(&field, report);
        skills(&field, report)
    });
    let (destinations, places) = destinations.into_iter().unzip();
    let agent = ListedAgent {
        id: id?,
        name: name?,
        destinations,
        groups: groups.unwrap_or_default(),
        skills: skills.unwrap_or_default(),
        position: fields.get("position").and_then(|field| field.whole(report)),
        weight: fields
            .get("weight")
            .map_or(Some(ListedAgent::usual_weight()), |field| {
                field.whole(report)
            })?,
    };
    Some(AgentEntry {
        agent,
        place: report.place(entry.key_span),
        destinations: places,
        values: values(&fields, report),
    })
}

fn identity(entry: &Entry, report: &mut Report<'_>) -> Option<AgentId> {
    let report_it = |why: InvalidAgentId| {
        let message = format!("\"{}\" is no id for an agent", shortened(&entry.key));
        let help = if is_shortened_number(&entry.key) {
            LOST_DIGITS.to_owned()
        } else {
            why.to_string()
        };
        report.add_with_help(entry.key_span, Code::WrongValue, message, help);
    };
    AgentId::parse(&entry.key).map_err(report_it).ok()
}

fn values(fields: &Fields<'_>, report: &Report<'_>) -> BTreeMap<&'static str, Place> {
    let value = |name| Some((name, report.place(fields.get(name)?.span())));
    LISTED_AGENT.names().filter_map(value).collect()
}

/// What has become of a number.
const LOST_DIGITS: &str = "a spreadsheet has made a number of it, and its last digits are lost: \
     have the column formatted as text, and enter it again";

/// The destinations that can be read, each with its place.
fn destinations(
    field: &Field<'_>,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> Vec<(ContactUri, Place)> {
    let items = field.list(report);
    if items.is_some_and(<[Node]>::is_empty) {
        field.empty_list("name at least one phone number or sip: id", report);
    }
    let most = ListedAgent::MAX_DESTINATIONS;
    if items.is_some_and(|items| items.len() > most) {
        let message = format!("an agent may have at most {most} destinations");
        report.add(field.span(), Code::OutOfRange, message);
    }
    let mut destinations: Vec<(ContactUri, Place)> = Vec::new();
    for text in field.texts(items.unwrap_or_default(), report) {
        let Some(uri) = destination(text, numbers, report) else {
            continue;
        };
        if destinations.iter().any(|(known, _)| *known == uri) {
            let message = format!("the destination {uri} is named twice");
            report.add(text.span, Code::DuplicateName, message);
        } else {
            destinations.push((uri, report.place(text.span)));
        }
    }
    destinations
}

fn destination(text: Text<'_>, numbers: Numbers, report: &mut Report<'_>) -> Option<ContactUri> {
    if !is_shortened_number(text.text) {
        return numbers.contact(text, report);
    }
    let message = format!("\"{}\" is no whole phone number", shortened(text.text));
    report.add_with_help(text.span, Code::WrongValue, message, LOST_DIGITS.to_owned());
    None
}

/// Groups and skills are few.
fn not_too_many(field: &Field<'_>, report: &mut Report<'_>) {
    let count = match &field.node.kind {
        Kind::Sequence(items) => items.len(),
        Kind::Mapping(entries) => entries.len(),
        Kind::Null | Kind::Scalar(_) => 0,
    };
    let most = ListedAgent::MAX_MEMBERSHIPS;
    if count > most {
        let message = format!("an agent may have at most {most} {}", field.key.name);
        report.add(field.span(), Code::OutOfRange, message);
    }
}

/// Two agents with one destination would be one person who is rung for two calls: the store refuses them.
fn one_person_each(agents: &[AgentEntry], report: &mut Report<'_>) {
    let mut owners: HashMap<&ContactUri, (&AgentId, usize)> = HashMap::new();
    for AgentEntry {
        agent,
        destinations,
        ..
    } in agents
    {
        for (uri, place) in agent.destinations.iter().zip(destinations) {
            if let Some((owner, line)) = owners.get(uri) {
                let id = &agent.id;
                let message = format!("the destination {uri} of {id} is {owner}'s already");
                let help = format!("{owner}'s is in line {line}");
                report.add_with_help(place.span, Code::DuplicateName, message, help);
            } else {
                owners.insert(uri, (&agent.id, place.line));
            }
        }
    }
}
