//! A CSV file of callers: a number or a prefix, the last day on which it counts, and a comment.
//!
//! The first row may name the columns, `number`, `until` and `comment`, in any order; without it they stand in this order. Empty
//! lines and lines that begin with `#` are passed over. Every row that can't be used is a finding of its own, in its own file.

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dates::date;
use super::numbers::Numbers;
use super::value::{Text, shortened};
use crate::clock::Timestamp;
use crate::rules::callers::ListedCaller;
use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;
use crate::rules::sources::SourceFile;

const COLUMNS: [&str; 3] = ["number", "until", "comment"];

/// How many columns of the first row are looked at: an export of another program may have dozens that mean nothing here.
const MOST_COLUMNS: usize = 20;

/// What the rows of a file are read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowReader<'zone> {
    pub(super) numbers: Numbers,
    /// Where a day ends.
    pub(super) zone: &'zone TimeZone,
}

/// Where the columns stand.
#[derive(Clone, Copy, Debug)]
struct Columns {
    number: usize,
    until: Option<usize>,
    /// How many there are.
    count: usize,
}

/// Reads every row.
pub(super) fn caller_file(
    file: &SourceFile,
    rows: RowReader<'_>,
    report: &mut Report<'_>,
) -> Vec<ListedCaller> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(file.text.as_bytes());
    let mut of_file = Report::new(&file.name, &file.text);
    let mut columns = None;
    let mut callers = Vec::new();
    // Reading from memory what is known to be text in UTF-8 does not fail.
    for record in reader.records().map_while(Result::ok) {
        let row = Row::new(&record, &file.text);
        match columns {
            None if row.is_of_another_form(&mut of_file) => break,
            None if row.is_header() => columns = Some(row.columns(&mut of_file)),
            None => {
                columns = Some(Columns::WITHOUT_HEADER);
                callers.extend(row.caller(Columns::WITHOUT_HEADER, rows, &mut of_file));
            }
            Some(columns) => callers.extend(row.caller(columns, rows, &mut of_file)),
        }
    }
    report.absorb(of_file);
    callers
}

impl Columns {
    const WITHOUT_HEADER: Self = Self {
        number: 0,
        until: Some(1),
        count: COLUMNS.len(),
    };
}

/// One row, and where it stands in the file.
#[derive(Clone, Copy, Debug)]
struct Row<'file> {
    cells: &'file StringRecord,
    text: &'file str,
    start: usize,
}

impl<'file> Row<'file> {
    fn new(cells: &'file StringRecord, text: &'file str) -> Self {
        let position = cells.position().map(csv::Position::byte);
        let start = position.and_then(|start| usize::try_from(start).ok());
        Self {
            cells,
            text,
            start: first_row(text, start.unwrap_or_default()),
        }
    }

    fn cell(&self, column: usize) -> &'file str {
        self.cells.get(column).unwrap_or_default()
    }

    fn is_header(&self) -> bool {
        self.cells
            .iter()
            .any(|cell| cell.eq_ignore_ascii_case("number"))
    }

    /// Does the first row show that the file is written otherwise? Then that is said once, and not of every row.
    fn is_of_another_form(&self, report: &mut Report<'_>) -> bool {
        let has = |wanted: &[char]| self.cells.iter().any(|cell| cell.contains(wanted));
        let no_digit = |cell: &str| !cell.contains(|c: char| c.is_ascii_digit());
        let (message, help) = if self.cells.len() == 1 && has(&[';', '\t']) {
            let message = "the cells of this row are not separated by commas";
            (message, "save the file as CSV with commas")
        } else if self.cells.len() > 1 && !self.is_header() && self.cells.iter().all(no_digit) {
            let message = "no column of this row is called \"number\"";
            (
                message,
                "call the columns number, until and comment, or leave this row out: without it they stand in this order",
            )
        } else {
            return false;
        };
        report.add_with_help(self.span(), Code::CallersRow, message, help.to_owned());
        true
    }

    fn columns(&self, report: &mut Report<'_>) -> Columns {
        let position = |name: &str| {
            self.cells
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name))
        };
        for (column, cell) in self.cells.iter().enumerate().take(MOST_COLUMNS) {
            let name = cell.to_ascii_lowercase();
            let first = position(&name);
            let message = if !COLUMNS.contains(&&*name) {
                format!("unknown column \"{}\"", shortened(cell))
            } else if first != Some(column) {
                format!("the column \"{name}\" stands here a second time")
            } else {
                continue;
            };
            let help = format!("the columns are {}", COLUMNS.join(", "));
            report.add_with_help(self.span_of(cell), Code::CallersRow, message, help);
        }
        Columns {
            number: position("number").unwrap_or_default(),
            until: position("until"),
            count: self.cells.len(),
        }
    }

    fn caller(
        &self,
        columns: Columns,
        rows: RowReader<'_>,
        report: &mut Report<'_>,
    ) -> Option<ListedCaller> {
        if self.cells.len() > columns.count {
            let message = format!("this row has more than {} columns", columns.count);
            let help = "a cell with a comma in it is put in quotes".to_owned();
            report.add_with_help(self.span(), Code::CallersRow, message, help);
            return None;
        }
        let text = Text {
            text: self.cell(columns.number),
            span: self.span_of(self.cell(columns.number)),
        };
        let pattern = rows.numbers.pattern(text, report);
        let until = columns.until.map(|until| self.cell(until));
        let Some(until) = until.filter(|until| !until.is_empty()) else {
            return pattern.map(ListedCaller::from);
        };
        let expires = date(until).and_then(|last| end_of(last, rows.zone));
        if expires.is_none() {
            let message = format!("\"{}\" is no date", shortened(until));
            let help =
                "the last day on which the number counts is written as 2026-01-26".to_owned();
            report.add_with_help(self.span_of(until), Code::CallersRow, message, help);
        }
        Some(ListedCaller {
            pattern: pattern?,
            expires: Some(expires?),
        })
    }

    fn span(&self) -> Span {
        let rest = self.text.get(self.start..).unwrap_or_default();
        let length = rest.lines().next().map_or(0, str::len);
        Span {
            start: self.start,
            end: self.start.saturating_add(length),
        }
    }

    /// Where a cell stands; the whole row for one that is empty or written otherwise, with quotes doubled.
    fn span_of(&self, cell: &str) -> Span {
        let row = self.span();
        let line = self.text.get(row.start..row.end).unwrap_or_default();
        match line.find(cell).filter(|_| !cell.is_empty()) {
            Some(offset) => {
                let start = row.start.saturating_add(offset);
                Span {
                    start,
                    end: start.saturating_add(cell.len()),
                }
            }
            None => row,
        }
    }
}

/// The CSV reader counts the lines that it passes over to the row after them.
fn first_row(text: &str, mut start: usize) -> usize {
    while let Some(rest) = text.get(start..) {
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let is_empty = line.trim_end_matches(['\r', '\n']).is_empty();
        if line.is_empty() || !(is_empty || line.starts_with('#')) {
            break;
        }
        start = start.saturating_add(line.len());
    }
    start
}

/// The moment at which a day is over.
fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(next.timestamp().into())
}

#[cfg(test)]
mod tests;
