//! Findings for people: the place in the file, what was expected, and a count at the end.
//!
//! This is the only module that knows the library that draws them.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::rules::{Checked, CheckedFile, Finding, Place, Severity};

/// What was found, ready to be shown.
pub(super) struct Text<'a> {
    checked: &'a Checked,
    renderer: Renderer,
}

impl<'a> Text<'a> {
    pub(super) fn of(checked: &'a Checked, colour: bool) -> Self {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        Self { checked, renderer }
    }

    fn drawn(&self, file: &CheckedFile, finding: &Finding) -> String {
        let level = match finding.code.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let group = level
            .primary_title(finding.message.as_str())
            .id(finding.code.as_str());
        let excerpt = finding
            .place
            .and_then(|place| Excerpt::of(file.text_of(finding)?, place));
        let group = match &excerpt {
            Some(excerpt) => group.element(excerpt.snippet(&finding.file)),
            None => group.element(origin(finding)),
        };
        self.renderer.render(&[with_help(group, finding)])
    }
}

fn with_help<'a>(group: Group<'a>, finding: &'a Finding) -> Group<'a> {
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn origin(finding: &Finding) -> Origin<'_> {
    let origin = Origin::path(&*finding.file);
    match finding.place {
        Some(place) => origin.line(place.line).char_column(place.column),
        None => origin,
    }
}

/// The line of a finding, cut out of the file: a file of thousands of lines is not drawn again for every finding.
struct Excerpt<'text> {
    line: &'text str,
    number: usize,
    /// What is marked, in bytes of the line.
    marked: Range<usize>,
}

/// Longer lines are no help to look at.
const LONGEST_LINE: usize = 2000;

impl<'text> Excerpt<'text> {
    fn of(text: &'text str, place: Place) -> Option<Self> {
        let before = text.get(..place.span.start)?;
        let start = before
            .rfind('\n')
            .map_or(0, |position| position.saturating_add(1));
        let line = text.get(start..)?.lines().next().unwrap_or_default();
        let marked_start = place.span.start.saturating_sub(start).min(line.len());
        let marked_end = place.span.end.saturating_sub(start).min(line.len());
        (line.len() <= LONGEST_LINE).then_some(Self {
            line,
            number: place.line,
            marked: marked_start..marked_end.max(marked_start),
        })
    }

    fn snippet(&self, path: &'text str) -> Snippet<'text, annotate_snippets::Annotation<'text>> {
        Snippet::source(self.line)
            .line_start(self.number)
            .path(path)
            .annotation(AnnotationKind::Primary.span(self.marked.clone()))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.checked.files {
            for finding in &file.findings {
                writeln!(formatter, "{}\n", self.drawn(file, finding))?;
            }
            if file.findings.left_out() > 0 {
                let more = file.findings.left_out();
                writeln!(formatter, "… and {more} more in {}\n", file.name)?;
            }
        }
        write!(formatter, "{}", Summary(self.checked))
    }
}

/// The last lines: how much there was of what, and where to read on.
struct Summary<'a>(&'a Checked);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = counted(self.0.files.len(), "file");
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        let counts: Vec<_> = severities
            .map(|severity| (self.0.count(severity), severity.as_str()))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| counted(count, word))
            .collect();
        if counts.is_empty() {
            return write!(formatter, "nothing to find fault with in {files}");
        }
        write!(formatter, "{} in {files}", counts.join(", "))?;
        let findings = self.0.files.iter().flat_map(|file| &file.findings);
        match findings
            .map(|finding| finding.code)
            .min_by_key(|code| code.severity())
        {
            Some(code) => write!(
                formatter,
                "; why it matters: ringmaster check --explain {}",
                code.as_str()
            ),
            None => Ok(()),
        }
    }
}

fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}
