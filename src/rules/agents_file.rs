//! A file of agents, as `ringmaster agents` exports and imports it: YAML for those who keep it beside their rules, CSV for those
//! who keep their people in a spreadsheet.
//!
//! Both forms say the same, and what one wrote the other reads back unchanged. What a file doesn't say of an agent is empty, not
//! left as it was: the file is the whole truth about those whom it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::CheckedFile;
use super::file;
use super::finding::{Code, Finding, Findings, Place};
use super::read;
use crate::telephony::{AgentId, ContactUri, Country};

pub(super) mod guard;
#[cfg(test)]
mod tests;
mod write;

pub(super) use write::COLUMNS;
pub use write::written_agents;

/// How a file of agents is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// A mapping from ids to agents, as in the tests of rules.
    Yaml,
    /// A row for each agent, behind a row that names the columns.
    Csv,
}

impl FileForm {
    /// What the ending of a file's name says.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match &*ending {
            "yaml" | "yml" => Some(Self::Yaml),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// What administration says of an agent, as the API takes and shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAgent {
    /// The agent's identity within the account.
    pub id: AgentId,
    /// The name that people read.
    pub name: String,
    /// Where the agent can be rung, the preferred one first; never empty.
    pub destinations: Vec<ContactUri>,
    /// The groups the agent belongs to.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Skills with their levels, 1 to 10.
    #[serde(default)]
    pub skills: BTreeMap<String, u8>,
    /// The place in a `top_down` queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u16>,
    /// The share of a `weighted` queue's calls.
    #[serde(default = "ListedAgent::usual_weight")]
    pub weight: u8,
}

impl ListedAgent {
    /// The most destinations of one agent.
    pub const MAX_DESTINATIONS: usize = 10;
    /// The most groups, and the most skills, of one agent.
    pub const MAX_MEMBERSHIPS: usize = 50;
    /// The most agents of one list that a server takes.
    pub const MAX_AT_ONCE: usize = 1000;
    /// The most characters of a name.
    pub const MAX_NAME: usize = 100;

    /// What an agent weighs of whom nothing else is said.
    pub const fn usual_weight() -> u8 {
        1
    }
}

/// An agent of a file, and where the file says what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// The agent.
    pub agent: ListedAgent,
    /// Where the id stands.
    pub place: Place,
    /// Where each destination stands, in their order.
    pub(super) destinations: Vec<Place>,
    /// Where the value of each key stands.
    pub(super) values: BTreeMap<&'static str, Place>,
}

impl AgentEntry {
    /// Where the file says what the API calls by this name, such as `name`, `skills.hindi` or `destinations[1]`. Where it says
    /// nothing of it, the agent's id has to do.
    pub fn place_of(&self, field: &str) -> Place {
        let name = field.split(['.', '[']).next().unwrap_or_default();
        let index = field.strip_prefix("destinations[");
        let index = index.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        let destination = index.and_then(|index| self.destinations.get(index));
        let place = destination.or_else(|| self.values.get(name));
        place.copied().unwrap_or(self.place)
    }
}

/// The agents of a file that has no faults of its own.
#[derive(Clone, Debug)]
pub struct AgentsFile {
    /// The file, as it was named.
    pub name: String,
    /// Its agents, in its order.
    pub entries: Vec<AgentEntry>,
    text: String,
}

impl AgentsFile {
    /// Reads a file; local numbers are read by the habits of `country`.
    ///
    /// # Errors
    /// The file with everything that is wrong with it, ready to be shown.
    pub fn read(path: &Path, form: FileForm, country: Country) -> Result<Self, CheckedFile> {
        let name = path.display().to_string();
        match file::text(path) {
            Ok(text) => Self::parse(&name, &text, form, country),
            Err((code, why)) => Err(CheckedFile {
                findings: Findings::one(&name, code, why_unread(code, why)),
                texts: BTreeMap::new(),
                name,
            }),
        }
    }

    /// Reads the text of a file; `name` is what the findings call it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(
        name: &str,
        text: &str,
        form: FileForm,
        country: Country,
    ) -> Result<Self, CheckedFile> {
        // Spreadsheets put a mark in front by which they know UTF-8 again.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match read::agents_file(name, text, form, country) {
            Ok(entries) => Ok(Self {
                name: name.to_owned(),
                entries,
                text: text.to_owned(),
            }),
            Err(findings) => Err(faulty(name, text, findings)),
        }
    }

    /// The file with faults that only show beside what else is known, each with its place.
    pub fn with_faults(&self, faults: Vec<(Place, Code, String)>) -> CheckedFile {
        let finding = |(place, code, message)| Finding {
            code,
            file: self.name.as_str().into(),
            place: Some(place),
            message,
            help: None,
        };
        let findings = faults.into_iter().map(finding).collect();
        faulty(&self.name, &self.text, Findings::sorted(findings, 0))
    }
}

fn faulty(name: &str, text: &str, findings: Findings) -> CheckedFile {
    CheckedFile {
        name: name.to_owned(),
        texts: BTreeMap::from([(name.to_owned(), text.to_owned())]),
        findings,
    }
}

fn why_unread(code: Code, why: String) -> String {
    if code == Code::TooLarge {
        "the file is larger than any file of agents: import it in parts".to_owned()
    } else {
        why
    }
}
