//! Agents as a file that can be read again.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;

use super::{FileForm, ListedAgent, guard};

/// The columns, in the order of an export.
pub(in crate::rules) const COLUMNS: [&str; 7] = [
    "id",
    "name",
    "destinations",
    "groups",
    "skills",
    "position",
    "weight",
];

/// The text of a file with these agents.
///
/// # Errors
/// Never as far as is known: a text in memory can always grow.
pub fn written_agents(agents: &[ListedAgent], form: FileForm) -> io::Result<String> {
    match form {
        FileForm::Yaml => Ok(yaml(agents)),
        FileForm::Csv => csv(agents),
    }
}

fn yaml(agents: &[ListedAgent]) -> String {
    if agents.is_empty() {
        return "agents: {}\n".to_owned();
    }
    let mut text = "agents:\n".to_owned();
    for agent in agents {
        // A text can always grow.
        let _grown: fmt::Result = yaml_agent(agent, &mut text);
    }
    text
}

fn yaml_agent(agent: &ListedAgent, text: &mut String) -> fmt::Result {
    writeln!(text, "  {}:", scalar(agent.id.as_str()))?;
    writeln!(text, "    name: {}", scalar(&agent.name))?;
    let destinations = agent.destinations.iter().map(ToString::to_string);
    let destinations: Vec<_> = destinations.map(|uri| quoted(&uri)).collect();
    writeln!(text, "    destinations: [{}]", destinations.join(", "))?;
    if !agent.groups.is_empty() {
        let groups: Vec<_> = agent.groups.iter().map(|group| scalar(group)).collect();
        writeln!(text, "    groups: [{}]", groups.join(", "))?;
    }
    if !agent.skills.is_empty() {
        let skill = |(name, level): (&String, &u8)| format!("{}: {level}", scalar(name));
        let skills: Vec<_> = agent.skills.iter().map(skill).collect();
        writeln!(text, "    skills: {{ {} }}", skills.join(", "))?;
    }
    if let Some(position) = agent.position {
        writeln!(text, "    position: {position}")?;
    }
    if agent.weight != ListedAgent::usual_weight() {
        writeln!(text, "    weight: {}", agent.weight)?;
    }
    Ok(())
}

/// Words that YAML, or an editor that reads an older one, takes for something else than a text.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A text that is a plain one to every reader of YAML as it is, or else in quotes.
fn scalar(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let words_are_plain = text
        .split(' ')
        .all(|word| !word.is_empty() && word.chars().all(is_plain));
    let is_a_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if begins_well && words_are_plain && !is_a_word {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quoted(text))
    }
}

/// A text in double quotes, where whatever an editor would not show is spelt out.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if is_unseen(character) => {
                let _grown: fmt::Result = write!(quoted, "\\U{:08X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Breaks and marks that YAML does not let stand in a text, or makes a blank of.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

fn csv(agents: &[ListedAgent]) -> io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for agent in agents {
        let cells = cells(agent);
        let cells = cells.iter().map(|cell| guard::protected(cell).into_owned());
        writer.write_record(cells)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    // Without the mark a spreadsheet reads a name in Devanagari as something else.
    let mark = if text.is_ascii() { "" } else { "\u{feff}" };
    Ok(format!("{mark}{text}"))
}

/// In the order of [`COLUMNS`].
fn cells(agent: &ListedAgent) -> [String; COLUMNS.len()] {
    let destinations: Vec<_> = agent.destinations.iter().map(ToString::to_string).collect();
    let groups: Vec<_> = agent.groups.iter().map(String::as_str).collect();
    let skill = |(name, level): (&String, &u8)| format!("{name}:{level}");
    let skills: Vec<_> = agent.skills.iter().map(skill).collect();
    [
        agent.id.to_string(),
        agent.name.clone(),
        destinations.join(" "),
        groups.join(" "),
        skills.join(" "),
        agent
            .position
            .map(|position| position.to_string())
            .unwrap_or_default(),
        agent.weight.to_string(),
    ]
}
