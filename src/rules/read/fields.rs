//! Mappings by their table: unknown, missing and valueless keys are found here, whatever the section.

use super::value::{Field, describe, shortened};
use crate::rules::finding::{Code, Span};
use crate::rules::report::{Report, did_you_mean};
use crate::rules::shape::{Key, Shape, Status};
use crate::rules::tree::{Entry, Kind, Node};

/// A mapping whose keys have been compared with its table.
#[derive(Debug)]
pub(super) struct Fields<'tree> {
    shape: &'static Shape,
    entries: &'tree [Entry],
    pub(super) span: Span,
    /// The keys that unknown keys were probably meant as: then the misspelling is all there is to say.
    meant: Vec<&'static str>,
}

impl<'tree> Fields<'tree> {
    /// Reads a mapping and reports every key that is unknown, missing or without a value.
    pub(super) fn read(
        node: &'tree Node,
        shape: &'static Shape,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let Kind::Mapping(entries) = &node.kind else {
            let message = format!(
                "{} must be a mapping (key: value), not {}",
                shape.name,
                describe(node)
            );
            report.add(node.span, Code::WrongValue, message);
            return None;
        };
        let check = |entry| check_key(entry, shape, report);
        let meant = entries.iter().filter_map(check).collect();
        let fields = Self {
            shape,
            entries,
            span: node.span,
            meant,
        };
        fields.check_required(report);
        Some(fields)
    }

    fn check_required(&self, report: &mut Report<'_>) {
        for key in self
            .shape
            .keys
            .iter()
            .filter(|key| key.status == Status::Required)
        {
            if !self.has_or_means(key.name) {
                let message = format!("\"{}\" is missing in {}", key.name, self.shape.name);
                let help = format!("it must be {}. {}", key.holds.phrase(), key.doc);
                report.add_with_help(self.start(), Code::MissingKey, message, help);
            }
        }
    }

    /// Where the mapping begins: a place to point at when something is not there.
    pub(super) fn start(&self) -> Span {
        Span {
            start: self.span.start,
            end: self.span.start,
        }
    }

    /// Reports that none of these keys is there. A key that is there without a value was reported already.
    pub(super) fn one_of_missing(&self, names: [&str; 2], report: &mut Report<'_>) {
        if names.iter().any(|name| self.has_or_means(name)) {
            return;
        }
        let [one, other] = names;
        let message = format!("{} needs \"{one}\" or \"{other}\"", self.shape.name);
        report.add(self.start(), Code::MissingKey, message);
    }

    /// Whether the file has the key, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == name)
    }

    /// Whether the file has the key, or one that was probably meant as it and has been reported.
    pub(super) fn has_or_means(&self, name: &str) -> bool {
        self.has(name) || self.meant.contains(&name)
    }

    /// The key's value. The name must be in the table: a test reads every key.
    pub(super) fn get(&self, name: &str) -> Option<Field<'tree>> {
        let key = self.shape.key(name);
        debug_assert!(
            key.is_some(),
            "{name} is not in the table of {}",
            self.shape.name
        );
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        let has_value = !matches!(entry.value.kind, Kind::Null);
        key.filter(|_| has_value).map(|key| Field {
            key,
            node: &entry.value,
        })
    }
}

/// Reports what is wrong with a key; an unknown one gives the key that was probably meant.
fn check_key(
    entry: &Entry,
    shape: &'static Shape,
    report: &mut Report<'_>,
) -> Option<&'static str> {
    if let Some(key) = shape.key(&entry.key) {
        check_known(entry, key, report);
        return None;
    }
    let meant = report.nearest(&entry.key, shape.names());
    let known = || {
        format!(
            "the keys here are {}",
            shape.names().collect::<Vec<_>>().join(", ")
        )
    };
    let help = meant.map_or_else(known, did_you_mean);
    let message = format!(
        "unknown key \"{}\" in {}",
        shortened(&entry.key),
        shape.name
    );
    report.add_with_help(entry.key_span, Code::UnknownKey, message, help);
    meant
}

fn check_known(entry: &Entry, key: &Key, report: &mut Report<'_>) {
    if matches!(entry.value.kind, Kind::Null) {
        let message = format!("\"{}\" has no value", key.name);
        let or_without = if key.status == Status::Optional {
            ", or leave the key out"
        } else {
            ""
        };
        let help = format!("it must be {}{or_without}", key.holds.phrase());
        report.add_with_help(entry.key_span, Code::NoValue, message, help);
    }
}
