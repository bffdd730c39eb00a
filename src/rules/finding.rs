//! What is wrong with a rules file, said to the person who edits it.

use std::fmt;
use std::sync::Arc;

/// Where a text begins and ends in the file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// Every kind of finding. The codes are stable: people search for them and tools filter by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file can't be read at all.
    Unreadable,
    /// The file's name makes no account.
    AccountName,
    /// The file is larger than any rules file.
    TooLarge,
    /// The file is not text in UTF-8.
    NotText,
    /// A tab where YAML wants spaces.
    Tab,
    /// The text is not YAML.
    Syntax,
    /// Collections within collections, too many.
    TooDeep,
    /// Anchors, aliases, tags, directives, second documents, keys that aren't texts.
    YamlFeature,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// A key that means nothing here.
    UnknownKey,
    /// A key that has to be there.
    MissingKey,
    /// A key without a value.
    NoValue,
    /// A value of the wrong kind or form.
    WrongValue,
    /// A value outside its limits.
    OutOfRange,
    /// A name that is given twice.
    DuplicateName,
    /// A name that the file doesn't define.
    UnknownName,
    /// Keys that exclude each other, or that only make sense together.
    Contradiction,
    /// A value that was brought within Exotel's limits.
    Clamped,

    /// Spans of one day that overlap.
    Overlap,
    /// The shares of a split that don't add up to 100.
    Shares,
    /// A file of callers that can't be used.
    CallersFile,
    /// A row of a file of callers that can't be used.
    CallersRow,
}

impl Code {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::AccountName => "account-name",
            Self::TooLarge => "too-large",
            Self::NotText => "not-text",
            Self::Tab => "tab",
            Self::Syntax => "syntax",
            Self::TooDeep => "too-deep",
            Self::YamlFeature => "yaml-feature",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey => "unknown-key",
            Self::MissingKey => "missing-key",
            Self::NoValue => "no-value",
            Self::WrongValue => "wrong-value",
            Self::OutOfRange => "out-of-range",
            Self::DuplicateName => "duplicate-name",
            Self::UnknownName => "unknown-name",
            Self::Contradiction => "contradiction",
            Self::Clamped => "clamped",
            Self::Overlap => "overlap",
            Self::Shares => "shares",
            Self::CallersFile => "callers-file",
            Self::CallersRow => "callers-row",
        }
    }

    /// How grave it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Clamped => Severity::Warning,
            Self::Unreadable
            | Self::AccountName
            | Self::TooLarge
            | Self::NotText
            | Self::Tab
            | Self::Syntax
            | Self::TooDeep
            | Self::YamlFeature
            | Self::DuplicateKey
            | Self::UnknownKey
            | Self::MissingKey
            | Self::NoValue
            | Self::WrongValue
            | Self::OutOfRange
            | Self::DuplicateName
            | Self::UnknownName
            | Self::Contradiction
            | Self::Overlap
            | Self::Shares
            | Self::CallersFile
            | Self::CallersRow => Severity::Error,
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
        if self.code.severity() == Severity::Warning {
            formatter.write_str(" warning:")?;
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

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether the file can't be used.
    pub fn has_errors(&self) -> bool {
        self.iter()
            .any(|finding| finding.code.severity() == Severity::Error)
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
