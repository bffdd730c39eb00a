//! A difference for people: who comes, who changes and how, who goes.

use std::fmt;

use serde_json::Value;

use super::difference::{Change, Difference, Removal};
use crate::cli::drawing::counted;
use crate::presence::AgentState;
use crate::rules::ListedAgent;

/// A difference, ready to be shown.
pub(super) struct Text<'a> {
    pub(super) difference: &'a Difference,
    pub(super) colour: bool,
}

impl Text<'_> {
    /// A mark of what happens to an agent.
    fn mark(&self, mark: char) -> String {
        let code = match mark {
            '+' => "32",
            '-' => "31",
            _ => "33",
        };
        if self.colour {
            format!("\u{1b}[{code}m{mark}\u{1b}[0m")
        } else {
            mark.to_string()
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            added,
            changed,
            removed,
            ..
        } = self.difference;
        for agent in added {
            writeln!(formatter, "{} {}", self.mark('+'), Whole(agent))?;
        }
        for change in changed {
            let Change { after, .. } = change;
            writeln!(
                formatter,
                "{} {} ({})",
                self.mark('~'),
                after.id,
                after.name
            )?;
            for field in change.fields() {
                let (before, after) = (shown(&field.before), shown(&field.after));
                writeln!(formatter, "    {}: {before} → {after}", field.name)?;
            }
        }
        for removal in removed {
            let Removal { agent, state, .. } = removal;
            let (id, name, why) = (&agent.id, &agent.name, held(*state));
            writeln!(formatter, "{} {id} ({name}){why}", self.mark('-'))?;
        }
        if !self.difference.is_nothing() {
            writeln!(formatter)?;
        }
        write!(formatter, "{}", Summary(self.difference))
    }
}

/// The numbers.
struct Summary<'a>(&'a Difference);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let difference = self.0;
        write!(
            formatter,
            "{} to add, {} to change, {} to remove, {} unchanged",
            difference.added.len(),
            difference.changed.len(),
            difference.removed.len(),
            difference.unchanged
        )?;
        match difference.others {
            0 => Ok(()),
            1 => formatter.write_str("; 1 agent is not in the file and stays"),
            others => write!(
                formatter,
                "; {} are not in the file and stay",
                counted(others, "agent")
            ),
        }
    }
}

/// An agent in a line.
struct Whole<'a>(&'a ListedAgent);

impl fmt::Display for Whole<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = self.0;
        let destinations: Vec<_> = agent.destinations.iter().map(ToString::to_string).collect();
        write!(
            formatter,
            "{} ({}): {}",
            agent.id,
            agent.name,
            destinations.join(", ")
        )?;
        if !agent.groups.is_empty() {
            let groups: Vec<_> = agent.groups.iter().map(String::as_str).collect();
            write!(formatter, "; groups {}", groups.join(", "))?;
        }
        if !agent.skills.is_empty() {
            let skills = agent.skills.iter();
            let skills: Vec<_> = skills
                .map(|(name, level)| format!("{name} {level}"))
                .collect();
            write!(formatter, "; skills {}", skills.join(", "))?;
        }
        if let Some(position) = agent.position {
            write!(formatter, "; position {position}")?;
        }
        if agent.weight != ListedAgent::usual_weight() {
            write!(formatter, "; weight {}", agent.weight)?;
        }
        Ok(())
    }
}

/// The value of a field.
fn shown(value: &Value) -> String {
    let joined = |parts: Vec<String>| {
        if parts.is_empty() {
            "none".to_owned()
        } else {
            parts.join(", ")
        }
    };
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter().map(shown).collect()),
        Value::Object(entries) => {
            let entry = |(name, value): (&String, &Value)| format!("{name} {}", shown(value));
            joined(entries.iter().map(entry).collect())
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// What it means for a call that its agent goes.
fn held(state: AgentState) -> &'static str {
    match state {
        AgentState::Reserved => ", reserved for a call: it goes on, and is no longer followed",
        AgentState::Ringing => ", rung by a call: it goes on, and is no longer followed",
        AgentState::InCall => ", in a call: it goes on, and is no longer followed",
        AgentState::Idle | AgentState::WrapUp | AgentState::BackOff => "",
    }
}
