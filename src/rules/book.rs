//! The compiled rules of one account.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::answer::AnswerSettings;
use super::calendar::Calendar;
use super::callers::{CallerLists, ListedCaller};
use super::finding::Findings;
use super::matching::{CallFacts, RuleIndex, RuleMatch};
use super::outbound::Outbound;
use super::queue::{Queue, QueueName};
use super::rule::Rule;
use super::{file, read};
use crate::clock::Timestamp;
use crate::exotel::Dialect;
use crate::telephony::{ContactUri, Country};

/// The rules of one account, checked and ready to match.
///
/// A book never changes: a reload makes a new one, and a request keeps the one that it started with.
#[derive(Debug)]
pub struct RuleBook {
    pub(super) version: RulesVersion,
    pub(super) contents: Contents,
    pub(super) index: RuleIndex,
    pub(super) warnings: Findings,
}

/// What the file says, in types.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) country: Country,
    pub(super) time_zone: TimeZone,
    pub(super) dialect: Dialect,
    pub(super) presence: PresenceRules,
    pub(super) answer: AnswerSettings,
    pub(super) hours: BTreeMap<Arc<str>, Arc<Calendar>>,
    pub(super) callers: CallerLists,
    pub(super) queues: BTreeMap<QueueName, Arc<Queue>>,
    pub(super) outbound: Outbound,
    pub(super) rules: Vec<Rule>,
    pub(super) fallback: Fallback,
}

impl RuleBook {
    /// Reads the text of a rules file that stands in no folder, so that it can't name files of callers; `file_name` is what the
    /// findings call it.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, Findings> {
        Self::parse_within(None, file_name, text)
    }

    /// Reads the text of a rules file as if it stood in this folder: the files of callers that it names are read there.
    ///
    /// # Errors
    /// Everything that is wrong with it and with those files.
    pub fn parse_in(folder: &Path, file_name: &str, text: &str) -> Result<Self, Findings> {
        Self::parse_within(Some(folder), file_name, text)
    }

    fn parse_within(folder: Option<&Path>, file_name: &str, text: &str) -> Result<Self, Findings> {
        Self::from_reading(read::rules_file(folder, file_name, text, |_, _, _| {}))
    }

    /// The book of what was read from a file.
    pub(super) fn from_reading(reading: read::Reading) -> Result<Self, Findings> {
        let (contents, warnings) = reading.outcome?;
        Ok(Self {
            version: reading.version,
            index: RuleIndex::new(&contents),
            contents,
            warnings,
        })
    }

    /// Reads a rules file, and the files of callers that it names.
    ///
    /// # Errors
    /// Everything that is wrong with it; a file that can't be read is one finding.
    pub fn read_file(path: &Path) -> Result<Self, Findings> {
        let text = file::read(path)?;
        Self::parse_within(path.parent(), &path.display().to_string(), &text)
    }

    /// The first rule that takes the call at this moment, and the side of its split on which the call falls.
    pub fn find(&self, call: &CallFacts<'_>, now: Timestamp) -> Option<RuleMatch<'_>> {
        let position = self.index.find(call, now)?;
        RuleMatch::new(self.contents.rules.get(position)?, call)
    }

    /// What tells these rules, files of callers included, from others.
    pub fn version(&self) -> RulesVersion {
        self.version
    }

    /// How local numbers are read.
    pub fn country(&self) -> Country {
        self.contents.country
    }

    /// The zone of everything in the rules that is a time of day.
    pub fn time_zone(&self) -> &TimeZone {
        &self.contents.time_zone
    }

    /// Which applet asks, where a request doesn't say.
    pub fn dialect(&self) -> Dialect {
        self.contents.dialect
    }

    /// What holds for calls that we start.
    pub fn outbound(&self) -> &Outbound {
        &self.contents.outbound
    }

    /// When presence lapses.
    pub fn presence(&self) -> PresenceRules {
        self.contents.presence
    }

    /// What an answer carries when no rule decides, the fallback's too.
    pub fn answer(&self) -> &AnswerSettings {
        &self.contents.answer
    }

    /// The opening hours by name.
    pub fn hours(&self) -> &BTreeMap<Arc<str>, Arc<Calendar>> {
        &self.contents.hours
    }

    /// The lists of callers by name.
    pub fn callers(&self) -> &BTreeMap<Arc<str>, Arc<[ListedCaller]>> {
        &self.contents.callers
    }

    /// The queues by name.
    pub fn queues(&self) -> &BTreeMap<QueueName, Arc<Queue>> {
        &self.contents.queues
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.contents.rules
    }

    /// The answer when no decision can be made.
    pub fn fallback(&self) -> &Fallback {
        &self.contents.fallback
    }

    /// What does not stop the rules from working but was hardly meant so.
    pub fn warnings(&self) -> &Findings {
        &self.warnings
    }
}

/// When presence lapses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PresenceRules {
    /// `available` lapses this long after the last sign of life. `None`: never.
    pub heartbeat: Option<Duration>,
}

/// The answer when no decision can be made: no rule takes the call, or the store doesn't answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Ring these, at most [`Fallback::MAX_NUMBERS`], one answer, no second attempt. None: nobody is rung.
    Numbers(Vec<ContactUri>),
    /// Answer with this HTTP status, so that Exotel uses its own Fallback URL.
    HttpStatus(u16),
}

impl Fallback {
    /// The most numbers of a fallback: what any answer rings at most.
    pub const MAX_NUMBERS: u8 = 10;
}

/// Tells one text of the rules from another, files of callers included: the beginning of a SHA-256, which every instance computes
/// alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RulesVersion([u8; 6]);

impl RulesVersion {
    pub(super) fn of(texts: Sha256) -> Self {
        let mut short = [0; 6];
        for (byte, of_hash) in short.iter_mut().zip(texts.finalize()) {
            *byte = of_hash;
        }
        Self(short)
    }
}

impl fmt::Display for RulesVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for RulesVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RulesVersion({self})")
    }
}

impl serde::Serialize for RulesVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
