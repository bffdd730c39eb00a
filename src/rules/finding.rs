//! What is wrong with a rules file, said to the person who edits it.

use std::fmt;
use std::sync::Arc;

pub use super::code::Code;
use crate::telephony::without_numbers;

/// Where a text begins and ends in the file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is not used.
    Error,
    /// The file works, but hardly as it was meant.
    Warning,
    /// Nothing is wrong; it may be worth a look.
    Note,
}

impl Severity {
    /// The word for it, which is also SARIF's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind of thing.
    pub code: Code,
    /// The file, as it was named when it was opened.
    pub file: Arc<str>,
    /// Where. `None`: it is about the file as a whole.
    pub place: Option<Place>,
    /// What is wrong, with the offending text.
    pub message: String,
    /// What was expected, or the nearest valid name.
    pub help: Option<String>,
}

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In bytes.
    pub span: Span,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.file)?;
        if let Some(place) = self.place {
            write!(formatter, "{}:{}:", place.line, place.column)?;
        }
        match self.code.severity() {
            Severity::Error => {}
            Severity::Warning => formatter.write_str(" warning:")?,
            Severity::Note => formatter.write_str(" note:")?,
        }
        write!(formatter, " {}", self.message)?;
        self.help
            .iter()
            .try_for_each(|help| write!(formatter, "; {help}"))
    }
}

/// All that was found in a file, in the order of the file.
///
/// Its `Display` has one line for each finding. A file that is wrong all over is cut short: nobody mends from line 200 of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    findings: Vec<Finding>,
    left_out: usize,
}

impl Findings {
    /// How many findings are kept of one file.
    pub const LIMIT: usize = 200;

    /// The one finding that there is.
    pub(super) fn one(file: &str, code: Code, message: String) -> Self {
        let finding = Finding {
            code,
            file: file.into(),
            place: None,
            message,
            help: None,
        };
        Self {
            findings: vec![finding],
            left_out: 0,
        }
    }

    /// Puts the findings in the order of the files and keeps the first of them, errors before warnings if there are too many.
    /// `left_out` counts those that the caller didn't even keep.
    pub(super) fn sorted(mut findings: Vec<Finding>, left_out: usize) -> Self {
        let left_out = left_out.saturating_add(findings.len().saturating_sub(Self::LIMIT));
        if left_out > 0 {
            findings.sort_by_key(|finding| (finding.code.severity(), finding.place));
            findings.truncate(Self::LIMIT);
        }
        findings.sort_by(|one, other| (&one.file, one.place).cmp(&(&other.file, other.place)));
        Self { findings, left_out }
    }

    /// One by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.findings.iter()
    }

    /// How many more there were than are kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// How many of the kept ones are this grave.
    pub fn count(&self, severity: Severity) -> usize {
        self.iter()
            .filter(|finding| finding.code.severity() == severity)
            .count()
    }

    /// The same for a log, which is read by more people than the rules are: telephone numbers are masked. File, line and column say
    /// where they stand in full.
    #[must_use]
    pub fn masked(&self) -> Self {
        let masked = |finding: &Finding| Finding {
            message: without_numbers(&finding.message),
            help: finding.help.as_deref().map(without_numbers),
            ..finding.clone()
        };
        Self {
            findings: self.iter().map(masked).collect(),
            left_out: self.left_out,
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether the file can't be used.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, finding) in self.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{finding}")?;
        }
        if self.left_out > 0 {
            write!(formatter, "\n… and {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
