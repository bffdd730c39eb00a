//! What is looked at, and where it stands.

use std::collections::HashMap;

use jiff::civil::Date;

use super::lists::Lists;
use crate::clock::Timestamp;
use crate::rules::book::Contents;
use crate::rules::finding::Span;
use crate::rules::report::Report;
use crate::rules::rule::{Branch, Rule};
use crate::rules::tree::{Entry, Kind, Node};

/// A file's contents beside the tree that they were read from.
pub(super) struct Subject<'a> {
    pub(super) contents: &'a Contents,
    pub(super) lists: Lists<'a>,
    /// The day that it is in the file's time zone.
    pub(super) today: Date,
    root: &'a Node,
    rules: &'a [Node],
    /// What the sections define, by section and name.
    names: HashMap<(&'a str, &'a str), &'a Entry>,
    /// Where the readers found errors, by where they begin.
    errors: Vec<Span>,
}

impl<'a> Subject<'a> {
    /// `None` if the rules can't be told apart in the tree: then the readers have said so.
    pub(super) fn new(
        contents: &'a Contents,
        root: &'a Node,
        now: Timestamp,
        report: &Report<'_>,
    ) -> Option<Self> {
        let rules = entry(root, "rules").map(|entry| items(&entry.value))?;
        let mut errors = report.error_spans();
        errors.sort_unstable();
        (rules.len() == contents.rules.len()).then(|| Self {
            lists: Lists::new(&contents.callers),
            today: contents.time_zone.to_datetime(now.to_jiff()).date(),
            names: defined(root),
            errors,
            contents,
            root,
            rules,
        })
    }

    /// The rules in their order, without those that have an error.
    pub(super) fn sound_rules(&self) -> impl Iterator<Item = (&'a Rule, &'a Node)> {
        self.contents
            .rules
            .iter()
            .zip(self.rules)
            .filter(|(_, node)| self.is_sound(node.span))
    }

    /// Whether every rule is without an error.
    pub(super) fn all_rules_are_sound(&self) -> bool {
        self.section("rules")
            .is_some_and(|entry| self.is_sound(entry.value.span))
    }

    /// Whether there is no error in this part of the file.
    pub(super) fn is_sound(&self, span: Span) -> bool {
        let before = self
            .errors
            .partition_point(|error| error.start < span.start);
        let first = self.errors.get(before);
        first.is_none_or(|error| error.start > span.end)
    }

    pub(super) fn section(&self, name: &str) -> Option<&'a Entry> {
        entry(self.root, name)
    }

    /// What a section defines under a name.
    pub(super) fn defined(&self, section: &'a str, name: &'a str) -> Option<&'a Entry> {
        self.names.get(&(section, name)).copied()
    }
}

/// Everything that a section defines. Of two of the same name, which is an error, the first.
fn defined(root: &Node) -> HashMap<(&str, &str), &Entry> {
    let mut defined = HashMap::new();
    for section in entries(root) {
        for entry in entries(&section.value) {
            let name = (section.key.as_str(), entry.key.as_str());
            defined.entry(name).or_insert(entry);
        }
    }
    defined
}

/// Where a rule is named, or where it begins.
pub(super) fn rule_span(node: &Node) -> Span {
    entry(node, "name").map_or_else(
        || Span {
            start: node.span.start,
            end: node.span.start,
        },
        |entry| entry.value.span,
    )
}

/// The sides of a rule with the nodes of their targets.
pub(super) fn branches<'a>(
    rule: &'a Rule,
    node: &'a Node,
) -> impl Iterator<Item = (&'a Branch, &'a [Node])> {
    let sides: Vec<&Node> = match entry(node, "split") {
        Some(split) => items(&split.value).iter().collect(),
        None => vec![node],
    };
    let targets =
        |side: &&'a Node| entry(side, "targets").map_or(&[][..], |entry| items(&entry.value));
    let targets: Vec<_> = sides.iter().map(targets).collect();
    rule.branches.iter().zip(targets)
}

/// A key of a mapping with its value.
pub(super) fn entry<'tree>(node: &'tree Node, key: &str) -> Option<&'tree Entry> {
    entries(node).iter().find(|entry| entry.key == key)
}

/// The keys and values of a mapping.
pub(super) fn entries(node: &Node) -> &[Entry] {
    match &node.kind {
        Kind::Mapping(entries) => entries,
        Kind::Null | Kind::Scalar(_) | Kind::Sequence(_) => &[],
    }
}

/// The items of a list.
pub(super) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::Sequence(items) => items,
        Kind::Null | Kind::Scalar(_) | Kind::Mapping(_) => &[],
    }
}
