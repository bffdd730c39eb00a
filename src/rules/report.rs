//! Collects what a reader finds in one file, and turns byte positions into lines and columns.

use std::cell::Cell;
use std::sync::Arc;

use super::finding::{Code, Finding, Findings, Place, Severity, Span};

/// The findings of one file while it is being read.
#[derive(Debug)]
pub(super) struct Report<'text> {
    file: Arc<str>,
    text: &'text str,
    /// Where each line begins.
    lines: Vec<usize>,
    findings: Vec<Finding>,
    has_error: bool,
    /// How many more there were than are kept.
    left_out: usize,
    /// How many more names may be compared with what was written in their place.
    guesses_left: Cell<usize>,
}

/// As many names as a file of ten thousand queues has, for a hundred misspelt ones.
const MOST_GUESSES: usize = 1_000_000;

/// How many findings are kept until the file has been read: enough to choose the first ones by their place.
const MOST_KEPT: usize = 10 * Findings::LIMIT;

impl<'text> Report<'text> {
    pub(super) fn new(file: &str, text: &'text str) -> Self {
        let after_breaks = text
            .match_indices('\n')
            .map(|(position, _)| position.saturating_add(1));
        Self {
            file: file.into(),
            text,
            lines: std::iter::once(0).chain(after_breaks).collect(),
            findings: Vec::new(),
            has_error: false,
            left_out: 0,
            guesses_left: Cell::new(MOST_GUESSES),
        }
    }

    /// The text that is being read.
    pub(super) fn text(&self) -> &'text str {
        self.text
    }

    /// Adds a finding.
    pub(super) fn add(&mut self, span: Span, code: Code, message: impl Into<String>) {
        self.push(span, code, message.into(), None);
    }

    /// Adds a finding with what was expected, if there is something to say.
    pub(super) fn add_with_help(
        &mut self,
        span: Span,
        code: Code,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.push(span, code, message.into(), help.into());
    }

    fn push(&mut self, span: Span, code: Code, message: String, help: Option<String>) {
        // Finding the place takes a walk along the line, and a line can be as long as the file.
        if self.makes_room(code) {
            let place = Some(self.place(span));
            self.findings.push(Finding {
                code,
                file: Arc::clone(&self.file),
                place,
                message: one_line(message),
                help: help.map(one_line),
            });
        }
    }

    /// Is a finding to be kept? A file that is wrong all over is not kept in memory once more as findings, but an error is never
    /// lost among warnings.
    fn makes_room(&mut self, code: Code) -> bool {
        let is_error = code.severity() == Severity::Error;
        let is_kept = self.findings.len() < MOST_KEPT || (is_error && !self.has_error);
        if is_kept {
            self.has_error |= is_error;
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        is_kept
    }

    /// The line of a position, counted from 1.
    pub(super) fn line(&self, position: usize) -> usize {
        self.lines.partition_point(|start| *start <= position)
    }

    /// Where something stands, as people count.
    pub(super) fn place(&self, span: Span) -> Place {
        let line = self.line(span.start);
        let start = self
            .lines
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let before = self.text.get(start..span.start).unwrap_or_default();
        Place {
            span,
            line,
            column: before.chars().count().saturating_add(1),
        }
    }

    /// Where there are errors in this file so far.
    pub(super) fn error_spans(&self) -> Vec<Span> {
        let errors = self
            .findings
            .iter()
            .filter(|finding| finding.file == self.file)
            .filter(|finding| finding.code.severity() == Severity::Error);
        errors
            .filter_map(|finding| finding.place.map(|place| place.span))
            .collect()
    }

    /// `did you mean "…"?` for the nearest of the names, if one is near enough to be meant.
    pub(super) fn did_you_mean<'a>(
        &self,
        text: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        self.nearest(text, names).map(did_you_mean)
    }

    /// The nearest of the names, if one is near enough to be meant. In a file that is wrong all over nobody looks for it.
    pub(super) fn nearest<'a>(
        &self,
        text: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.findings.len() >= Findings::LIMIT {
            return None;
        }
        nearest(
            text,
            names.into_iter().take_while(|_| {
                let left = self.guesses_left.get().checked_sub(1);
                self.guesses_left.set(left.unwrap_or_default());
                left.is_some()
            }),
        )
    }

    /// Takes over what was found in another file.
    pub(super) fn absorb(&mut self, other: Report<'_>) {
        self.left_out = self.left_out.saturating_add(other.left_out);
        for finding in other.findings {
            if self.makes_room(finding.code) {
                self.findings.push(finding);
            }
        }
    }

    pub(super) fn into_findings(self) -> Findings {
        Findings::sorted(self.findings, self.left_out)
    }
}

/// A text for a message: not too long.
pub(super) fn shortened(text: &str) -> String {
    let beginning: String = text.chars().take(60).collect();
    if text.chars().nth(60).is_some() {
        beginning + "…"
    } else {
        beginning
    }
}

/// A message may quote the file, where names can have line breaks; a finding has one line.
fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.replace(char::is_control, " ")
    } else {
        text
    }
}

/// `did you mean "…"?`
pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean \"{name}\"?")
}

/// The nearest of the names, if one is near enough to be meant.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A text of the length of a sentence is nobody's misspelt name.
    if text.chars().nth(100).is_some() {
        return None;
    }
    let written = text.to_lowercase();
    let near = |name: &&'a str| {
        let distance = strsim::osa_distance(&written, &name.to_lowercase());
        let longer = written.chars().count().max(name.chars().count());
        (distance <= longer.div_ceil(3)).then_some(distance)
    };
    names
        .into_iter()
        .filter_map(|name| near(&name).map(|distance| (distance, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
