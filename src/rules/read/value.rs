//! Values by their kind: every reader of a section stands on this.

use std::time::Duration;

use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;
pub(super) use crate::rules::report::shortened;
use crate::rules::shape::{Holds, Key, LONGEST, LONGEST_PAUSE};
use crate::rules::tree::{Entry, Kind, Node};
use crate::telephony::duration;

/// A key of the table with the value that the file gives it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'tree> {
    pub(super) key: &'static Key,
    pub(super) node: &'tree Node,
}

impl<'tree> Field<'tree> {
    pub(super) fn span(&self) -> Span {
        self.node.span
    }

    /// Reports that the value is not what the table says.
    pub(super) fn wrong(&self, report: &mut Report<'_>) {
        self.wrong_item(self.node, report);
    }

    fn wrong_item(&self, node: &Node, report: &mut Report<'_>) {
        let message = format!(
            "\"{}\" must be {}, not {}",
            self.key.name,
            self.key.holds.phrase(),
            describe(node)
        );
        report.add(node.span, Code::WrongValue, message);
    }

    /// Reports that the value has the right kind, but not the right form.
    pub(super) fn invalid(&self, why: &dyn std::fmt::Display, report: &mut Report<'_>) {
        let message = format!(
            "\"{}\" must be {}, not {}",
            self.key.name,
            self.key.holds.phrase(),
            describe(self.node)
        );
        report.add_with_help(self.span(), Code::WrongValue, message, why.to_string());
    }

    /// Reports a list with nothing in it.
    pub(super) fn empty_list(&self, help: &str, report: &mut Report<'_>) {
        let message = format!("\"{}\" is an empty list", self.key.name);
        report.add_with_help(self.span(), Code::WrongValue, message, help.to_owned());
    }

    /// The value as one text.
    pub(super) fn text(&self, report: &mut Report<'_>) -> Option<&'tree str> {
        let text = scalar(self.node);
        if text.is_none() {
            self.wrong(report);
        }
        text
    }

    /// The value as a list of nodes.
    pub(super) fn list(&self, report: &mut Report<'_>) -> Option<&'tree [Node]> {
        if let Kind::Sequence(items) = &self.node.kind {
            return Some(items);
        }
        self.wrong(report);
        None
    }

    /// The texts of a value that is one text or a list of them. An empty list is refused, with this help.
    pub(super) fn one_or_more(&self, help: &str, report: &mut Report<'_>) -> Vec<Text<'tree>> {
        let items = match &self.node.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Scalar(_) | Kind::Null | Kind::Mapping(_) => std::slice::from_ref(self.node),
        };
        if items.is_empty() {
            self.empty_list(help, report);
        }
        self.texts(items, report)
    }

    /// The texts among these items; what is none is reported.
    pub(super) fn texts(&self, items: &'tree [Node], report: &mut Report<'_>) -> Vec<Text<'tree>> {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match scalar(item) {
                Some(text) => texts.push(Text {
                    text,
                    span: item.span,
                }),
                None if std::ptr::eq(item, self.node) => self.wrong(report),
                None => {
                    let message = format!(
                        "an item of \"{}\" must be a text, not {}",
                        self.key.name,
                        describe(item)
                    );
                    report.add(item.span, Code::WrongValue, message);
                }
            }
        }
        texts
    }

    pub(super) fn flag(&self, report: &mut Report<'_>) -> Option<bool> {
        match scalar(self.node) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.wrong(report);
                None
            }
        }
    }

    /// The position of the value among the table's words.
    pub(super) fn word(&self, report: &mut Report<'_>) -> Option<&'static str> {
        let Holds::Word(words) = self.key.holds else {
            return None;
        };
        let text = self.text(report)?;
        let word = words.iter().find(|word| **word == text).copied();
        if word.is_none() {
            let message = format!(
                "\"{}\" must be {}, not {}",
                self.key.name,
                self.key.holds.phrase(),
                describe(self.node)
            );
            report.add_with_help(
                self.span(),
                Code::WrongValue,
                message,
                report.did_you_mean(text, words.iter().copied()),
            );
        }
        word
    }

    /// A whole number within the table's limits.
    pub(super) fn whole<T: TryFrom<u16>>(&self, report: &mut Report<'_>) -> Option<T> {
        self.whole_of(self.node, report)
    }

    /// The same for one item of the value.
    pub(super) fn whole_of<T: TryFrom<u16>>(
        &self,
        node: &Node,
        report: &mut Report<'_>,
    ) -> Option<T> {
        let Holds::Whole { least, most } = self.key.holds else {
            return None;
        };
        let number = scalar(node).and_then(|text| text.parse::<i64>().ok());
        let Some(number) = number else {
            self.wrong_item(node, report);
            return None;
        };
        let within = u16::try_from(number)
            .ok()
            .filter(|number| (least..=most).contains(number));
        if within.is_none() {
            let message = format!(
                "\"{}\" is {number}, but must be {}",
                self.key.name,
                self.key.holds.phrase()
            );
            report.add(node.span, Code::OutOfRange, message);
        }
        within.and_then(|number| T::try_from(number).ok())
    }

    /// A duration that is not too long for its key.
    pub(super) fn duration(&self, report: &mut Report<'_>) -> Option<Duration> {
        let duration = self.any_duration(report)?;
        let longest = if matches!(self.key.holds, Holds::Pause) {
            LONGEST_PAUSE
        } else {
            LONGEST
        };
        if duration > longest {
            let message = format!(
                "\"{}\" is {}, but must be at most {}",
                self.key.name,
                duration::format(duration),
                duration::format(longest)
            );
            report.add(self.span(), Code::OutOfRange, message);
        }
        Some(duration.min(longest))
    }

    fn any_duration(&self, report: &mut Report<'_>) -> Option<Duration> {
        let text = self.text(report)?;
        match duration::parse(text) {
            Ok(duration) => Some(duration),
            Err(why) => {
                self.invalid(&why, report);
                None
            }
        }
    }

    /// A duration that must not be zero.
    pub(super) fn some_time(&self, report: &mut Report<'_>) -> Option<Duration> {
        let duration = self.duration(report)?;
        if duration.is_zero() {
            let message = format!("\"{}\" is 0, but must be longer", self.key.name);
            report.add(self.span(), Code::OutOfRange, message);
        }
        Some(duration)
    }

    /// A duration that Exotel takes in whole seconds from 1 to `most`: brought within that, with a warning.
    pub(super) fn seconds(&self, most: u32, report: &mut Report<'_>) -> Option<u32> {
        let asked = self.any_duration(report)?;
        let rounded_up = asked
            .as_secs()
            .saturating_add(u64::from(asked.subsec_nanos() > 0));
        let seconds = u32::try_from(rounded_up).unwrap_or(u32::MAX).clamp(1, most);
        let given = Duration::from_secs(seconds.into());
        if given != asked {
            let message = format!(
                "\"{}\" is {}, which becomes {}",
                self.key.name,
                duration::format(asked),
                duration::format(given)
            );
            let help = format!(
                "Exotel takes whole seconds from 1s to {}",
                duration::format(Duration::from_secs(most.into()))
            );
            report.add_with_help(self.span(), Code::Clamped, message, help);
        }
        Some(seconds)
    }
}

/// A text of the file and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'tree> {
    pub(super) text: &'tree str,
    pub(super) span: Span,
}

/// The keys and values of a mapping whose keys are names of the file's own making.
pub(super) fn named<'tree>(
    field: &Field<'tree>,
    report: &mut Report<'_>,
) -> Option<&'tree [Entry]> {
    if let Kind::Mapping(entries) = &field.node.kind {
        return Some(entries);
    }
    field.wrong(report);
    None
}

/// The text of a node that is one.
pub(super) fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(text) => Some(text),
        Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => None,
    }
}

/// What a value is, to follow "not".
pub(super) fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "nothing".to_owned(),
        Kind::Sequence(_) => "a list".to_owned(),
        Kind::Mapping(_) => "a mapping".to_owned(),
        Kind::Scalar(text) => format!("\"{}\"", shortened(text)),
    }
}
