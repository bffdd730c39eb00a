//! Where the cells of a CSV row stand: the library that reads them says only where the row begins.

use crate::rules::agents_file::guard::as_meant;
use crate::rules::finding::Span;

/// A cell and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'file> {
    /// What it says, without blanks around it.
    pub(super) text: &'file str,
    /// With its quotes, if it has them.
    pub(super) span: Span,
    /// The same as the file has it.
    raw: &'file str,
}

impl<'file> Cell<'file> {
    pub(super) fn new(value: &'file str, span: Span, text: &'file str) -> Self {
        let raw = text.get(span.start..span.end).unwrap_or_default();
        let blanks = raw.len().saturating_sub(raw.trim_start().len());
        let raw = raw.trim();
        let start = span.start.saturating_add(blanks);
        Self {
            text: value.trim(),
            span: Span {
                start,
                end: start.saturating_add(raw.len()),
            },
            raw,
        }
    }

    /// The parts of a cell that has several: between semicolons, or, where there are none, between blanks.
    pub(super) fn items(&self) -> Vec<(&'file str, Span)> {
        let text = as_meant(self.text);
        let parts: Vec<_> = if text.contains(';') {
            text.split(';').collect()
        } else {
            text.split_whitespace().collect()
        };
        let mut searched = 0_usize;
        let mut items = Vec::new();
        for part in parts.into_iter().map(str::trim) {
            let part = as_meant(part);
            if !part.is_empty() {
                let found = self.raw.get(searched..).and_then(|rest| rest.find(part));
                let start = found.map(|found| searched.saturating_add(found));
                searched = start.map_or(searched, |start| start.saturating_add(part.len()));
                items.push((part, self.span_at(start, part.len())));
            }
        }
        items
    }

    /// A part of the cell; all of it where the file writes it otherwise, with quotes doubled.
    fn span_at(&self, start: Option<usize>, length: usize) -> Span {
        start.map_or(self.span, |start| {
            let start = self.span.start.saturating_add(start);
            Span {
                start,
                end: start.saturating_add(length),
            }
        })
    }
}

/// How far a cell has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// Behind a quote that ends the quoted part, or is the first of two.
    Closing,
}

/// Where the cells of the row stand that begins here, behind empty lines.
pub(super) fn cell_spans(text: &str, start: usize) -> Vec<Span> {
    let rest = text.get(start..).unwrap_or_default();
    let breaks = rest
        .len()
        .saturating_sub(rest.trim_start_matches(['\r', '\n']).len());
    let mut cell_start = start.saturating_add(breaks);
    let mut state = State::Start;
    let mut spans = Vec::new();
    let row = text.get(cell_start..).unwrap_or_default();
    let mut end = text.len();
    for (offset, character) in row.char_indices() {
        let at = start.saturating_add(breaks).saturating_add(offset);
        state = match (state, character) {
            (State::Quoted, '"') => State::Closing,
            (State::Start | State::Closing, '"') | (State::Quoted, _) => State::Quoted,
            (_, '\r' | '\n') => {
                end = at;
                break;
            }
            (_, ',') => {
                spans.push(Span {
                    start: cell_start,
                    end: at,
                });
                cell_start = at.saturating_add(1);
                State::Start
            }
            (State::Start | State::Plain | State::Closing, _) => State::Plain,
        };
    }
    spans.push(Span {
        start: cell_start,
        end,
    });
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The library is right about what a cell says; this is about where.
        #[test]
        fn cells_are_found_where_the_library_reads_them(text in "[ab \",;\\r\\n]{0,40}") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            for record in reader.records() {
                let record = record.unwrap();
                let start = usize::try_from(record.position().unwrap().byte()).unwrap();
                let spans = cell_spans(&text, start);
                prop_assert_eq!(spans.len(), record.len());
                for (value, span) in record.iter().zip(spans) {
                    let raw = &text[span.start..span.end];
                    if !raw.contains('"') {
                        prop_assert_eq!(raw, value);
                    } else if raw.starts_with('"') {
                        prop_assert!(raw.len() > value.len());
                    }
                }
            }
        }
    }

    #[test]
    fn an_item_is_found_in_its_cell() {
        let text = "asha,\"+91 1; sip:a \"\n";
        let spans = cell_spans(text, 0);
        let cell = Cell::new("+91 1; sip:a ", spans[1], text);
        let items = cell.items();
        let said: Vec<_> = items.iter().map(|(text, _)| *text).collect();
        assert_eq!(said, ["+91 1", "sip:a"]);
        let marked: Vec<_> = items
            .iter()
            .map(|(_, span)| &text[span.start..span.end])
            .collect();
        assert_eq!(marked, said);
    }
}
