//! The language of a rules file, of the file of its tests, of a scenario and of a file of agents, as one table: which keys every mapping has, and what each of them holds.
//!
//! The readers ask this table which keys there are, which have to be there and what a value must be; nothing else
//! knows.

use std::time::Duration;

mod agents;
mod answer;
mod rule;
mod scenario;
mod suite;
mod tables;

pub(super) use agents::{AGENTS_FILE, LISTED_AGENT};
pub(super) use answer::{ANSWER, EVENTS, PLAYBACK, RECORDING};
pub(super) use rule::{AFTER, BRANCH, BUSY, NO_ANSWER, NOT, RING, RULE, STICKY, TARGET, WHEN};
pub(super) use scenario::{
    ARRIVALS, BREAKS, CLICKS, CREW, PATIENCE, PHONES, REPORTS, SCENARIO, TIMES,
};
pub(super) use suite::{CALL, EXPECT, STEP, TEST, TESTS_FILE, VIRTUAL_AGENT};
pub(super) use tables::{
    AGENTS, CALLERS_FILE, FALLBACK, HOURS, OUTBOUND, PRESENCE, QUEUE, RULES_FILE,
};

/// The longest duration of a file: ten years. Whatever is reckoned from one stays a moment that every store can keep.
pub(super) const LONGEST: Duration = Duration::from_hours(3650 * 24);

/// The longest that an agent is left alone after a call: beyond a day it would be a mistake that empties a queue.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// The keys of one kind of mapping.
#[derive(Debug)]
pub(super) struct Shape {
    /// What such a mapping is called in a sentence, with its article.
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
}

impl Shape {
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// One key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) holds: Holds,
    /// What it is for, in one line.
    pub(super) doc: &'static str,
}

/// Whether a key can or must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It has to be there.
    Required,
    /// It may be left out.
    Optional,
}

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    /// One of these words.
    Word(&'static [&'static str]),
    /// Something that this phrase describes; its reader knows the rest.
    Described(&'static str),
    /// `true` or `false`.
    Flag,
    /// A whole number within these limits.
    Whole {
        /// The least that is allowed.
        least: u16,
        /// The most that is allowed.
        most: u16,
    },
    /// A duration such as `90s`, of at most [`LONGEST`].
    Duration,
    /// A duration for which somebody is left alone, of at most [`LONGEST_PAUSE`].
    Pause,
    /// A list.
    List(&'static str),
    /// One text, or a list of them.
    OneOrMore(&'static str),
    /// One text, a list of them, or either within `{ not: … }`.
    Condition(&'static str),
    /// Keys and values.
    Mapping(&'static str),
}

impl Holds {
    /// What a value must be, to follow "must be".
    pub(super) fn phrase(self) -> String {
        match self {
            Self::Word([word]) => (*word).to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Described(phrase) => phrase.to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Self::Duration | Self::Pause => "a duration such as 90s or 1h30m".to_owned(),
            Self::List(of) => format!("a list of {of}"),
            Self::OneOrMore(of) => format!("{of}, or a list of them"),
            Self::Condition(of) => format!("{of}, a list of them, or {{ not: … }}"),
            Self::Mapping(example) => format!("a mapping such as {example}"),
        }
    }
}

const fn required(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key {
        name,
        status: Status::Required,
        holds,
        doc,
    }
}

const fn optional(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key {
        name,
        status: Status::Optional,
        holds,
        doc,
    }
}
