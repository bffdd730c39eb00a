//! A CSV file of agents as entries: the id is the key, and each cell becomes what YAML would have for it.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};

use super::super::value::shortened;
use crate::rules::agents_file::COLUMNS;
use crate::rules::agents_file::guard::as_meant;
use crate::rules::finding::{Code, Span};
use crate::rules::report::{Report, did_you_mean};
use crate::rules::tree::{Entry, Kind, Node};

mod cells;

use cells::{Cell, cell_spans};

/// Columns without which no row is an agent.
const NEEDED: [&str; 3] = ["id", "name", "destinations"];

/// How many columns of the first row are looked at: an export of another program may have dozens that mean nothing here.
const MOST_COLUMNS: usize = 30;

/// What each column is; nothing for one that is not known.
type Columns = Vec<Option<&'static str>>;

/// Reads the rows; what is wrong with their form is reported.
pub(super) fn entries(report: &mut Report<'_>) -> Vec<Entry> {
    let text = report.text();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    let mut entries = Vec::new();
    let mut lines = HashMap::new();
    // Reading from memory what is known to be text in UTF-8 does not fail.
    for record in reader.records().map_while(Result::ok) {
        let row = Row::new(&record, text);
        match &columns {
            None => match row.columns(report) {
                Some(found) => columns = Some(found),
                None => return Vec::new(),
            },
            Some(_) if row.is_empty() => {}
            Some(columns) => entries.extend(row.entry(columns, &mut lines, report)),
        }
    }
    if columns.is_none() {
        report.add_with_help(
            Span::default(),
            Code::MissingKey,
            "the file has no rows",
            first_row(),
        );
    }
    entries
}

/// One row, and where it stands in the file.
struct Row<'file> {
    cells: Vec<Cell<'file>>,
    span: Span,
}

impl<'file> Row<'file> {
    fn new(record: &'file StringRecord, text: &'file str) -> Self {
        let position = record.position().map(csv::Position::byte);
        let start = position.and_then(|start| usize::try_from(start).ok());
        let spans = cell_spans(text, start.unwrap_or_default());
        let cell = |(value, span)| Cell::new(value, span, text);
        Self {
            span: Span {
                start: spans.first().map_or(0, |span| span.start),
                end: spans.last().map_or(0, |span| span.end),
            },
            cells: record.iter().zip(spans).map(cell).collect(),
        }
    }

    /// Spreadsheets keep rows whose cells have been emptied.
    fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.is_empty())
    }

    /// What each column is; `None` if no row can be read by this one.
    fn columns(&self, report: &mut Report<'_>) -> Option<Columns> {
        if let [only] = self.cells.as_slice()
            && only.text.contains([';', '\t'])
        {
            let message = "the cells of this row are not separated by commas";
            let help = "save the file as CSV with commas".to_owned();
            report.add_with_help(self.span, Code::WrongValue, message, help);
            return None;
        }
        let mut columns = Columns::new();
        let mut meant = Vec::new();
        for cell in self.cells.iter().take(MOST_COLUMNS) {
            let mut names = COLUMNS.into_iter();
            let known = names.find(|name| cell.text.eq_ignore_ascii_case(name));
            match known {
                Some(name) if columns.contains(&Some(name)) => {
                    let message = format!("the column \"{name}\" stands here a second time");
                    report.add(cell.span, Code::DuplicateKey, message);
                }
                None if !cell.text.is_empty() => meant.extend(unknown_column(cell, report)),
                Some(_) | None => {}
            }
            columns.push(known);
        }
        let is_there = |name: &&str| columns.contains(&Some(name));
        let missing = NEEDED.into_iter().filter(|name| !is_there(name));
        for name in missing.filter(|name| !meant.contains(name)) {
            let message = format!("no column of this row is called \"{name}\"");
            report.add_with_help(self.span, Code::MissingKey, message, first_row());
        }
        NEEDED.iter().all(is_there).then_some(columns)
    }

    /// The agent of this row, with nothing for empty cells.
    fn entry(
        &self,
        columns: &[Option<&'static str>],
        lines: &mut HashMap<String, usize>,
        report: &mut Report<'_>,
    ) -> Option<Entry> {
        let mut id = None;
        let mut values = Vec::new();
        for (position, cell) in self.cells.iter().enumerate() {
            match columns.get(position).copied().flatten() {
                _ if cell.text.is_empty() => {}
                Some("id") => id = Some(cell),
                Some(name) => values.push(Entry {
                    key: name.to_owned(),
                    key_span: cell.span,
                    value: value(name, cell, report),
                }),
                None => no_column(cell, columns.get(position).is_some(), report),
            }
        }
        let Some(id) = id else {
            let message = "\"id\" is missing in this row";
            report.add(self.span, Code::MissingKey, message);
            return None;
        };
        let key = as_meant(id.text);
        is_new(key, id.span, lines, report).then(|| Entry {
            key: key.to_owned(),
            key_span: id.span,
            value: Node {
                kind: Kind::Mapping(values),
                span: self.span,
            },
        })
    }
}

/// Has no row before had this id? One that had is reported.
fn is_new(
    id: &str,
    span: Span,
    lines: &mut HashMap<String, usize>,
    report: &mut Report<'_>,
) -> bool {
    let first = lines.insert(id.to_owned(), report.line(span.start));
    if let Some(first) = first {
        let message = format!("the agent \"{}\" stands here a second time", shortened(id));
        let help = format!("the first is in line {first}");
        report.add_with_help(span, Code::DuplicateKey, message, help);
    }
    first.is_none()
}

/// What was expected.
fn first_row() -> String {
    format!("the first row names the columns: {}", COLUMNS.join(", "))
}

/// Reports a column that nobody knows; gives the one that was probably meant.
fn unknown_column(cell: &Cell<'_>, report: &mut Report<'_>) -> Option<&'static str> {
    let meant = report.nearest(cell.text, COLUMNS);
    let known = || format!("the columns are {}", COLUMNS.join(", "));
    let help = meant.map_or_else(known, did_you_mean);
    let message = format!("unknown column \"{}\"", shortened(cell.text));
    report.add_with_help(cell.span, Code::UnknownKey, message, help);
    meant
}

/// What stands under an unknown name was reported with the name.
fn no_column(cell: &Cell<'_>, has_head: bool, report: &mut Report<'_>) {
    if !has_head {
        let message = format!("\"{}\" stands in no column", shortened(cell.text));
        let help = "a cell with a comma in it is put in quotes".to_owned();
        report.add_with_help(cell.span, Code::WrongValue, message, help);
    }
}

/// What YAML would have for the cell.
fn value(column: &str, cell: &Cell<'_>, report: &mut Report<'_>) -> Node {
    let kind = match column {
        "destinations" | "groups" => {
            let node = |(text, span): (&str, Span)| Node {
                kind: Kind::Scalar(text.to_owned()),
                span,
            };
            Kind::Sequence(cell.items().into_iter().map(node).collect())
        }
        "skills" => Kind::Mapping(skills(cell, report)),
        _ => Kind::Scalar(as_meant(cell.text).to_owned()),
    };
    Node {
        kind,
        span: cell.span,
    }
}

fn skills(cell: &Cell<'_>, report: &mut Report<'_>) -> Vec<Entry> {
    let mut skills: Vec<Entry> = Vec::new();
    for (text, span) in cell.items() {
        let Some((name, level)) = text.rsplit_once(':') else {
            let message = format!("\"{}\" is no skill with its level", shortened(text));
            let help = "skills are written as hindi:4 tamil:2".to_owned();
            report.add_with_help(span, Code::WrongValue, message, help);
            continue;
        };
        let (name, level) = (name.trim(), level.trim());
        if skills.iter().any(|skill| skill.key == name) {
            let message = format!("the skill \"{}\" is named twice", shortened(name));
            report.add(span, Code::DuplicateKey, message);
            continue;
        }
        skills.push(Entry {
            key: name.to_owned(),
            key_span: span,
            value: Node {
                kind: Kind::Scalar(level.to_owned()),
                span,
            },
        });
    }
    skills
}
