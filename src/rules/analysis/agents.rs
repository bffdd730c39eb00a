//! Queues that nobody can be in, as far as the agents are known.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::{Subject, entries, entry, items};
use crate::rules::finding::{Code, Span};
use crate::rules::queue::QueueDefinition;
use crate::rules::report::{Report, did_you_mean};
use crate::rules::tree::{self, Entry, Kind, Node};

/// Agents whose groups and skills are known, and where from: the tests beside the rules, or a list of the real ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAgents {
    source: String,
    agents: Vec<KnownAgent>,
}

/// What decides in which queues an agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
struct KnownAgent {
    #[serde(default)]
    groups: BTreeSet<String>,
    #[serde(default)]
    skills: BTreeMap<String, u8>,
}

impl KnownAgents {
    /// Reads agents as the API lists them, or the list alone, as the API takes it; `source` is what findings call it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn from_json(source: &str, text: &str) -> Result<Self, serde_json::Error> {
        let mut document: serde_json::Value = serde_json::from_str(text)?;
        let list = match document.get_mut("agents") {
            Some(agents) => agents.take(),
            None => document,
        };
        Ok(Self {
            source: source.to_owned(),
            agents: serde_json::from_value(list)?,
        })
    }

    /// Reads the `agents` of a file of tests. `None` if it has none: what is wrong with it is for the tests' own reader.
    pub(in crate::rules) fn from_tests(source: &str, text: &str) -> Option<Self> {
        let root = tree::parse(&mut Report::new(source, text))?;
        let Kind::Mapping(agents) = &entry(&root, "agents")?.value.kind else {
            return None;
        };
        let agents: Vec<_> = agents.iter().map(|agent| known(&agent.value)).collect();
        (!agents.is_empty()).then(|| Self {
            source: source.to_owned(),
            agents,
        })
    }

    fn groups(&self) -> BTreeSet<&str> {
        let groups = self.agents.iter().flat_map(|agent| &agent.groups);
        groups.map(String::as_str).collect()
    }

    /// The skills that somebody has, each at its highest level.
    fn skills(&self) -> BTreeMap<&str, u8> {
        let mut skills = BTreeMap::new();
        for (skill, level) in self.agents.iter().flat_map(|agent| &agent.skills) {
            let highest: &mut u8 = skills.entry(skill.as_str()).or_default();
            *highest = (*highest).max(*level);
        }
        skills
    }

    fn somebody_is_in(&self, queue: &QueueDefinition) -> bool {
        self.agents.iter().any(|agent| {
            let has = |(skill, least): (&String, &u8)| agent.skills.get(skill) >= Some(least);
            (queue.groups.is_empty() || !queue.groups.is_disjoint(&agent.groups))
                && queue.skills.iter().all(has)
        })
    }
}

fn known(agent: &Node) -> KnownAgent {
    let groups = entry(agent, "groups").map_or(&[][..], |entry| items(&entry.value));
    let skills = entry(agent, "skills").map_or(&[][..], |entry| entries(&entry.value));
    let level = |skill: &Entry| Some((skill.key.clone(), text(&skill.value)?.parse().ok()?));
    KnownAgent {
        groups: groups.iter().filter_map(text).map(str::to_owned).collect(),
        skills: skills.iter().filter_map(level).collect(),
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(text) => Some(text),
        Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => None,
    }
}

/// Reports groups and skills that nobody has, and queues whose combination of them nobody has.
pub(super) fn empty_queues(subject: &Subject<'_>, known: &KnownAgents, report: &mut Report<'_>) {
    for (name, queue) in &subject.contents.queues {
        let agents = subject
            .defined("queues", name.as_str())
            .and_then(|queue| entry(&queue.value, "agents"));
        let Some(agents) = agents.filter(|agents| subject.is_sound(agents.value.span)) else {
            continue;
        };
        let missing = report_missing(&agents.value, known, report);
        if !missing && !known.somebody_is_in(&queue.definition) {
            let message = format!(
                "nobody can be in the queue \"{name}\": no agent of {} has all that it asks for",
                known.source
            );
            let help = "ask for less, or give an agent the groups and skills".to_owned();
            report.add_with_help(agents.key_span, Code::EmptyQueue, message, help);
        }
    }
}

/// Reports each group and skill that no agent has; says whether there was one.
fn report_missing(agents: &Node, known: &KnownAgents, report: &mut Report<'_>) -> bool {
    let (groups, skills) = (known.groups(), known.skills());
    let mut missing = false;
    let mut report_it = |span: Span, what: String, name: &str, names: Vec<&str>| {
        let meant = report
            .nearest(name, names.iter().copied())
            .map(did_you_mean);
        let all = || format!("known are {}", names.join(", "));
        let help = meant.or_else(|| (!names.is_empty()).then(all));
        let message = format!("no agent of {} {what}", known.source);
        report.add_with_help(span, Code::EmptyQueue, message, help);
        missing = true;
    };
    let asked = entry(agents, "groups").map_or(&[][..], |entry| items(&entry.value));
    for node in asked {
        if let Some(group) = text(node).filter(|group| !groups.contains(group)) {
            let what = format!("is in the group \"{group}\"");
            report_it(node.span, what, group, groups.iter().copied().collect());
        }
    }
    let asked = entry(agents, "skills").map_or(&[][..], |entry| entries(&entry.value));
    for Entry { key, key_span, .. } in asked {
        if !skills.contains_key(key.as_str()) {
            let what = format!("has the skill \"{key}\"");
            report_it(*key_span, what, key, skills.keys().copied().collect());
        }
    }
    missing
}
