//! Something in a file, drawn for people: what it is, the line with the place marked, and what to do.
//!
//! This is the only module that knows the library that draws.

use std::io::{self, IsTerminal as _};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::rules::{Place, Severity};

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawing<'a> {
    pub(super) severity: Severity,
    /// The stable name of its kind, if it has one.
    pub(super) code: Option<&'a str>,
    pub(super) title: &'a str,
    pub(super) file: &'a str,
    /// What the file says, where it is known.
    pub(super) text: Option<&'a str>,
    pub(super) place: Option<Place>,
    pub(super) help: Option<&'a str>,
}

/// Draws, in colour or without.
#[derive(Debug)]
pub(super) struct Pen(Renderer);

impl Pen {
    pub(super) fn new(colour: bool) -> Self {
        Self(if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        })
    }

    pub(super) fn draw(&self, drawing: Drawing<'_>) -> String {
        let level = match drawing.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(drawing.title);
        let group = match drawing.code {
            Some(code) => Group::with_title(title.id(code)),
            None => Group::with_title(title),
        };
        let excerpt = drawing
            .place
            .and_then(|place| Excerpt::of(drawing.text?, place));
        let group = match &excerpt {
            Some(excerpt) => group.element(excerpt.snippet(drawing.file)),
            None => group.element(origin(drawing)),
        };
        let group = match drawing.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        };
        self.0.render(&[group])
    }
}

fn origin(drawing: Drawing<'_>) -> Origin<'_> {
    let origin = Origin::path(drawing.file);
    match drawing.place {
        Some(place) => origin.line(place.line).char_column(place.column),
        None => origin,
    }
}

/// The line of a place, cut out of the file: a file of thousands of lines is not drawn again for every place in it.
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

/// Colour is for a terminal whose owner does not mind (<https://no-color.org>).
pub(super) fn colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !unwanted && !dumb && io::stdout().is_terminal()
}

/// `1 file`, `2 files`.
pub(super) fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}
