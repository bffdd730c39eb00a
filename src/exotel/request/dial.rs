//! What Exotel says about the dialling so far.

use std::{collections::BTreeMap, fmt};

use super::Party;
use crate::{exotel::Parameters, telephony::Country};

/// Legs beyond this many are not read: an answer has at most ten destinations, and a call few answers.
pub const MAX_LEGS: usize = 64;

/// The outcome of the last attempt; all `None` before the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialReport {
    /// Who was dialled last (`DialWhomNumber`).
    pub whom: Option<Party>,
    /// How it ended (`DialCallStatus`).
    pub status: Option<DialStatus>,
    /// Seconds, ringing included (`DialCallDuration`); 0 before any dial.
    pub duration: Option<u32>,
}

impl DialReport {
    pub(in crate::exotel) fn read(parameters: &Parameters, country: Country) -> Self {
        Self {
            whom: parameters
                .get("DialWhomNumber")
                .map(|raw| Party::read(raw, country)),
            status: parameters.get("DialCallStatus").map(DialStatus::read),
            duration: parameters.get("DialCallDuration").and_then(seconds),
        }
    }
}

/// How an attempt ended. The set is open: Exotel adds words without notice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DialStatus {
    /// Someone answered.
    Completed,
    /// It rang out.
    NoAnswer,
    /// Engaged, or declined.
    Busy,
    /// The network could not reach anyone.
    Failed,
    /// The caller hung up first.
    Canceled,
    /// A word that is not known, as it came.
    Other(String),
}

impl DialStatus {
    /// Reads a status in any spelling of case, dashes and underscores; every word is one.
    pub fn read(word: &str) -> Self {
        let trimmed = word.trim();
        match plain_spelling(trimmed).as_str() {
            "completed" => Self::Completed,
            "no-answer" | "noanswer" => Self::NoAnswer,
            "busy" => Self::Busy,
            "failed" => Self::Failed,
            "canceled" | "cancelled" => Self::Canceled,
            _ => Self::Other(trimmed.to_owned()),
        }
    }

    /// Exotel's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Completed => "completed",
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Other(word) => word,
        }
    }

    /// Whether the word is one for a call under way, which Exotel uses in `CallStatus` (O): then nothing has ended.
    pub(in crate::exotel) fn is_ongoing(&self) -> bool {
        match self {
            Self::Other(word) => matches!(
                plain_spelling(word).as_str(),
                "queued" | "initiated" | "ringing" | "in-progress"
            ),
            Self::Completed | Self::NoAnswer | Self::Busy | Self::Failed | Self::Canceled => false,
        }
    }
}

/// Small letters, and dashes between words: `No_Answer` and `no answer` are `no-answer`.
pub(in crate::exotel) fn plain_spelling(word: &str) -> String {
    word.trim()
        .chars()
        .map(|character| match character {
            '_' | ' ' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

impl fmt::Display for DialStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One leg of an attempt, from the parameters `Legs[i][…]`. `Insights` are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// Who was dialled.
    pub number: Option<Party>,
    /// What kind of leg it is, in Exotel's words.
    pub kind: Option<String>,
    /// The talk time in seconds.
    pub on_call_duration: Option<u32>,
    /// Why it ended: usually a number, such as `16` (F).
    pub cause: Option<String>,
    /// The same in a word, such as `NORMAL_CLEARING` (F). The two have been seen the other way round.
    pub cause_code: Option<String>,
    /// Who hung up.
    pub disconnected_by: Option<String>,
}

impl Leg {
    /// The first value of a field stays, as everywhere in a request.
    fn take(&mut self, field: &str, value: &str, country: Country) {
        let text = || value.trim().to_owned();
        match field.to_ascii_lowercase().as_str() {
            "number" => drop(
                self.number
                    .get_or_insert_with(|| Party::read(value, country)),
            ),
            "type" => drop(self.kind.get_or_insert_with(text)),
            "cause" => drop(self.cause.get_or_insert_with(text)),
            "causecode" => drop(self.cause_code.get_or_insert_with(text)),
            "disconnectedby" => drop(self.disconnected_by.get_or_insert_with(text)),
            "oncallduration" => self.on_call_duration = self.on_call_duration.or(seconds(value)),
            _ => {}
        }
    }
}

/// The legs in the order of their indices; gaps close up.
pub(in crate::exotel) fn read_legs(parameters: &Parameters, country: Country) -> Vec<Leg> {
    let mut legs: BTreeMap<u16, Leg> = BTreeMap::new();
    let fields = parameters
        .present()
        .filter_map(|(name, value)| Some((leg_field(name)?, value)));
    for ((index, field), value) in fields {
        if legs.len() >= MAX_LEGS && !legs.contains_key(&index) {
            continue;
        }
        legs.entry(index).or_default().take(field, value, country);
    }
    legs.into_values().collect()
}

/// `Legs[0][Number]` is the field `Number` of leg 0.
fn leg_field(name: &str) -> Option<(u16, &str)> {
    let (head, rest) = name.split_once('[')?;
    if !head.eq_ignore_ascii_case("legs") {
        return None;
    }
    let (index, rest) = rest.split_once(']')?;
    let field = rest.strip_prefix('[')?.strip_suffix(']')?;
    (!field.contains('[')).then_some(())?;
    Some((index.trim().parse().ok()?, field))
}

/// Whole seconds; a fraction behind them is dropped.
pub(in crate::exotel) fn seconds(value: &str) -> Option<u32> {
    let trimmed = value.trim();
    let whole = trimmed.split_once('.').map_or(trimmed, |(whole, _)| whole);
    whole.parse().ok()
}
