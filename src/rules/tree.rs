//! The YAML of a rules file as a tree that knows where everything stands.
//!
//! This is the only module that knows the YAML library. It reads a plain subset of YAML: mappings, lists and texts.
//! Texts are kept as typed, so that `+91…`, `0800`, `no` and `09:30` mean what they say; what a text *is* the readers of
//! each section decide. Anchors, aliases and tags are refused: nothing in a rules file needs them, and without them
//! a small file can't grow into a large tree.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};

use super::finding::{Code, Span};
use super::report::{Report, shortened};

mod text;

pub(super) use text::{MAX_BYTES, too_large};

/// How deep collections may stand within collections. The language itself needs seven.
const MAX_DEPTH: usize = 24;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a value is made of.
#[derive(Debug)]
pub(super) enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A text as typed, quotes and escapes resolved.
    Scalar(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in the order of the file.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

/// Reads the text. `None`: it could not be read to its end, and the report says why.
pub(super) fn parse(report: &mut Report<'_>) -> Option<Node> {
    let text = report.text();
    if !text::is_plain(report) {
        return None;
    }
    let mut builder = Builder {
        report,
        open: Vec::new(),
        root: None,
        documents: 0,
    };
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, byte_span(&span))?,
            Err(error) => {
                syntax_error(builder.report, &error);
                return None;
            }
        }
    }
    Some(builder.root.unwrap_or(Node {
        kind: Kind::Null,
        span: Span::default(),
    }))
}

fn byte_span(span: &granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or_default();
    Span {
        start,
        end: span.end.byte_offset().unwrap_or(start),
    }
}

fn syntax_error(report: &mut Report<'_>, error: &ScanError) {
    let length = report.text().len();
    let start = error.marker().byte_offset().unwrap_or_default().min(length);
    let span = Span { start, end: start };
    // The library has a limit of its own, far above ours, and comes first where brackets stand within brackets.
    if error.info().contains("recursion limit") {
        report.add(span, Code::TooDeep, too_deep());
    } else {
        let message = format!("this is not YAML: {}", error.info());
        report.add(span, Code::Syntax, message);
    }
}

fn too_deep() -> String {
    format!("more than {MAX_DEPTH} collections within each other")
}

/// A collection that is not closed yet.
enum Open {
    Sequence {
        start: Span,
        items: Vec<Node>,
    },
    Mapping {
        start: Span,
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
    },
}

/// Builds the tree from the library's events, without recursion.
struct Builder<'report, 'text> {
    report: &'report mut Report<'text>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_, '_> {
    /// Takes one event; `None` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(anchor, tag.is_some(), span)?;
                let kind = scalar(text.into_owned(), style);
                self.value(Node { kind, span })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.plain(anchor, tag.is_some(), span)?;
                self.enter(
                    span,
                    Open::Sequence {
                        start: span,
                        items: Vec::new(),
                    },
                )
            }
            Event::MappingStart(_, anchor, tag) => {
                self.plain(anchor, tag.is_some(), span)?;
                self.enter(
                    span,
                    Open::Mapping {
                        start: span,
                        entries: Vec::new(),
                        key: None,
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.refuse(span, "an alias (*)"),
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) => {
                Some(())
            }
            // Comments, which are switched off above, and what later versions of the library may add.
            _ => Some(()),
        }
    }

    fn document(&mut self, span: Span) -> Option<()> {
        self.documents = self.documents.saturating_add(1);
        if self.documents > 1 {
            return self.refuse(span, "a second document (---)");
        }
        Some(())
    }

    fn plain(&mut self, anchor: usize, tagged: bool, span: Span) -> Option<()> {
        if anchor != 0 {
            return self.refuse(span, "an anchor (&)");
        }
        if tagged {
            return self.refuse(span, "a tag (!)");
        }
        Some(())
    }

    fn refuse(&mut self, span: Span, what: &str) -> Option<()> {
        self.report.add(
            span,
            Code::YamlFeature,
            format!("{what} is not used in rules files"),
        );
        None
    }

    fn enter(&mut self, span: Span, collection: Open) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            self.report.add(span, Code::TooDeep, too_deep());
            return None;
        }
        self.open.push(collection);
        Some(())
    }

    fn leave(&mut self, end: Span) -> Option<()> {
        let node = match self.open.pop()? {
            Open::Sequence { start, items } => Node {
                kind: Kind::Sequence(items),
                span: until(start, end),
            },
            Open::Mapping { start, entries, .. } => {
                self.find_duplicates(&entries);
                Node {
                    kind: Kind::Mapping(entries),
                    span: until(start, end),
                }
            }
        };
        self.value(node)
    }

    /// Puts a finished value where it belongs: it may be the key of a mapping.
    fn value(&mut self, node: Node) -> Option<()> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, key, .. }) => match key.take() {
                Some((key, key_span)) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                None => match node.kind {
                    Kind::Scalar(text) => *key = Some((text, node.span)),
                    Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => {
                        return self.refuse(node.span, "a key that is not a text");
                    }
                },
            },
        }
        Some(())
    }

    fn find_duplicates(&mut self, entries: &[Entry]) {
        let mut first_places: HashMap<&str, Span> = HashMap::new();
        for entry in entries {
            if let Some(first) = first_places.get(entry.key.as_str()) {
                let message = format!(
                    "key \"{}\" stands here a second time",
                    shortened(&entry.key)
                );
                let help = format!("the first is in line {}", self.report.line(first.start));
                self.report
                    .add_with_help(entry.key_span, Code::DuplicateKey, message, help);
            } else {
                first_places.insert(&entry.key, entry.key_span);
            }
        }
    }
}

/// Only what is not in quotes can mean nothing.
fn scalar(text: String, style: ScalarStyle) -> Kind {
    let is_plain = style == ScalarStyle::Plain;
    if is_plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        Kind::Null
    } else {
        Kind::Scalar(text)
    }
}

fn until(start: Span, end: Span) -> Span {
    Span {
        start: start.start,
        end: end.end.max(start.end),
    }
}

#[cfg(test)]
mod tests;
