//! The codes of findings. They are stable: people search for them and tools filter by them.

use super::finding::Severity;

/// One line for each code: its name in the program, its stable text, how grave it is. The explanation is in the file
/// `code/<text>.md`, so a code without one does not compile.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// Every kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// How grave it is.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }

            /// Why it matters, with an example that is wrong and one that is right: Markdown that begins with a heading.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("code/", $text, ".md")),)*
                }
            }
        }
    };
}

codes! {
    /// The file can't be read at all.
    Unreadable = "unreadable", Error;
    /// The file's name makes no account.
    AccountName = "account-name", Error;
    /// The file is larger than any rules file.
    TooLarge = "too-large", Error;
    /// The file is not text in UTF-8.
    NotText = "not-text", Error;
    /// A tab where YAML wants spaces.
    Tab = "tab", Error;
    /// The text is not YAML.
    Syntax = "syntax", Error;
    /// Collections within collections, too many.
    TooDeep = "too-deep", Error;
    /// Anchors, aliases, tags, directives, second documents, keys that aren't texts.
    YamlFeature = "yaml-feature", Error;
    /// A key stands twice in one mapping.
    DuplicateKey = "duplicate-key", Error;
    /// A key that means nothing here.
    UnknownKey = "unknown-key", Error;
    /// A key that has to be there.
    MissingKey = "missing-key", Error;
    /// A key without a value.
    NoValue = "no-value", Error;
    /// A value of the wrong kind or form.
    WrongValue = "wrong-value", Error;
    /// A value outside its limits.
    OutOfRange = "out-of-range", Error;
    /// A name that is given twice.
    DuplicateName = "duplicate-name", Error;
    /// A name that the file doesn't define.
    UnknownName = "unknown-name", Error;
    /// Keys that exclude each other, or that only make sense together.
    Contradiction = "contradiction", Error;
    /// A value that was brought within Exotel's limits.
    Clamped = "clamped", Warning;
    /// Spans of one day that overlap.
    Overlap = "overlap", Error;
    /// The shares of a split that don't add up to 100.
    Shares = "shares", Error;
    /// A file of callers that can't be used.
    CallersFile = "callers-file", Error;
    /// A row of a file of callers that can't be used.
    CallersRow = "callers-row", Error;
    /// A rule that never takes a call, because an earlier one takes all of them.
    UnreachableRule = "unreachable-rule", Warning;
    /// A caller on two lists, of which only the earlier rule's counts.
    ContradictingLists = "contradicting-lists", Warning;
    /// A queue that nobody can be in.
    EmptyQueue = "empty-queue", Warning;
    /// A queue that no rule uses.
    UnusedQueue = "unused-queue", Warning;
    /// More phones at once than there are.
    AtOnceOverAgents = "at-once-over-agents", Warning;
    /// A sticky rule that never hears who answered.
    StickyWithoutEvents = "sticky-without-events", Warning;
    /// A cap on calls whose conversations nobody hears of.
    CapWithoutEvents = "cap-without-events", Warning;
    /// A target that stays closed until the last attempt is over.
    NeverOpens = "target-never-opens", Warning;
    /// Opening hours that are never open.
    NeverOpen = "hours-never-open", Warning;
    /// An exception for a date that has passed.
    PastDate = "past-date", Note;
}

impl Code {
    /// The code with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// What it is, in one line: the heading of its explanation.
    pub fn title(self) -> &'static str {
        let heading = self.explanation().lines().next().unwrap_or_default();
        heading.trim_start_matches('#').trim()
    }
}

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod tests;
