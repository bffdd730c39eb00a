//! A scenario of a simulation, as its file says it: who calls, who works, and how people and Exotel behave.
//!
//! Reading it is all that happens here; playing it is not for this part, which knows no store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::book::RuleBook;
use super::calendar::DaySpan;
use super::check::CheckedFile;
use super::file;
use super::finding::Findings;
use super::queue::QueueName;
use super::read;
use crate::clock::Timestamp;
use crate::telephony::{Country, NumberPattern};

/// Who calls, who works, and how people and Exotel behave.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What everything drawn follows from.
    pub seed: u64,
    /// How local numbers are read.
    pub country: Country,
    /// The zone of all times of day.
    pub time_zone: TimeZone,
    /// When it begins.
    pub start: Timestamp,
    /// How long calls come in.
    pub length: Duration,
    /// Within which time a call should be answered.
    pub service_level: Duration,
    /// Which calls come; never empty.
    pub arrivals: Vec<Arrivals>,
    /// What callers do who are not answered at once.
    pub callers: Callers,
    /// How long conversations take.
    pub talk: Times,
    /// What agents do when the phone rings.
    pub phones: Phones,
    /// Which calls agents and their applications start. Where there are any, the rules name a virtual number.
    pub clicks: Vec<Clicks>,
    /// What customers do who are called.
    pub customers: Phones,
    /// The status with which the rules leave a call to Exotel's own fallback; `None` where their fallback is an answer.
    pub fallback_status: Option<u16>,
    /// What Exotel reports.
    pub reports: Reports,
    /// The agents; no two crews have the same name.
    pub crews: Vec<Crew>,
}

/// Calls of one kind.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// What they are called in the report.
    pub name: Arc<str>,
    /// Calls an hour by the time of day; the spans don't overlap, and outside them nobody calls.
    pub per_hour: Vec<(DaySpan, f64)>,
    /// The number that is called, as typed: it goes through the reader of Exotel's requests.
    pub to: String,
    /// What is keyed.
    pub digits: Option<String>,
    /// Who calls; none is anybody.
    pub from: Vec<NumberPattern>,
    /// How many in a hundred have called before.
    pub returning: u8,
}

/// Clicks of one kind.
#[derive(Clone, Debug)]
pub struct Clicks {
    /// What they are called in the report.
    pub name: Arc<str>,
    /// Clicks an hour by the time of day; the spans don't overlap, and outside them nobody clicks.
    pub per_hour: Vec<(DaySpan, f64)>,
    /// For whom.
    pub whose: Whose,
    /// Who is called; none is anybody.
    pub to: Vec<NumberPattern>,
    /// How many in a hundred Exotel refuses.
    pub refused: u8,
    /// How many in a hundred are sent twice at once.
    pub doubled: u8,
}

/// For whom somebody clicks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Each of the crew at this place, for themselves.
    Crew(usize),
    /// An application, for whoever of this queue is ready.
    Queue(QueueName),
}

/// Callers who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callers {
    /// The mean time until a caller hangs up; `None` is never.
    pub patience: Option<Duration>,
    /// How long the flow waits after an answer with nobody before it asks again; `None`: the call ends.
    pub again: Option<Duration>,
    /// How long it goes on asking.
    pub most: Duration,
}

/// How times differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// All the same.
    Fixed(Duration),
    /// Without memory, with this mean.
    Exponential(Duration),
    /// Most of them short, a few long.
    LogNormal {
        /// The mean, which is longer than the median.
        mean: Duration,
        /// Half of them are shorter.
        median: Duration,
    },
}

/// Phones that ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phones {
    /// How long one rings before it is picked up or declined.
    pub pick_up: Times,
    /// How many in a hundred would be picked up if they rang long enough.
    pub answered: u8,
    /// How many in a hundred are declined.
    pub declined: u8,
    /// How many in a hundred can't be reached.
    pub failed: u8,
}

/// What Exotel reports, and how reliably.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    /// Are Ringing and Answered enabled?
    pub answered: bool,
    /// Does a Passthru applet report the end of each dial?
    pub passthru: bool,
    /// How many in a hundred get lost.
    pub lost: u8,
    /// How many in a hundred come twice.
    pub doubled: u8,
    /// How many in a hundred come late.
    pub late: u8,
    /// How many fetches in a hundred come twice.
    pub doubled_fetches: u8,
}

/// Agents of one kind.
#[derive(Clone, Debug)]
pub struct Crew {
    /// What their ids begin with.
    pub name: String,
    /// How many there are.
    pub count: u16,
    /// The groups.
    pub groups: BTreeSet<String>,
    /// The skills with their levels.
    pub skills: BTreeMap<String, u8>,
    /// The place in a `top_down` queue.
    pub position: Option<u16>,
    /// The share of a `weighted` queue's calls.
    pub weight: u8,
    /// When they work, each day; none is all the time.
    pub shift: Vec<DaySpan>,
    /// Their breaks.
    pub breaks: Option<Breaks>,
    /// How often they give a sign of life; `None` where the rules ask for none.
    pub heartbeat: Option<Duration>,
    /// How long until one is back whom missed calls put on a break.
    pub back_after: Duration,
}

/// Breaks within a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaks {
    /// From one to the next.
    pub every: Duration,
    /// How long each takes.
    pub lasting: Duration,
}

impl Scenario {
    /// Reads the text of a scenario for these rules; `file_name` is what the findings call it.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(file_name: &str, text: &str, rules: &RuleBook) -> Result<Self, Findings> {
        read::scenario_file(file_name, text, rules)
    }

    /// Reads a file, which is then ready to be shown if anything is wrong with it.
    ///
    /// # Errors
    /// The file with everything that is wrong with it.
    pub fn read_file(path: &Path, rules: &RuleBook) -> Result<Self, CheckedFile> {
        let name = path.display().to_string();
        let read = file::read(path).and_then(|text| Self::parse(&name, &text, rules));
        read.map_err(|findings| CheckedFile::with_texts(name, findings))
    }
}

/// Reads the rules that a scenario is played on.
///
/// # Errors
/// The file with everything that is wrong with it.
pub fn rules_to_simulate(path: &Path) -> Result<RuleBook, CheckedFile> {
    let name = path.display().to_string();
    RuleBook::read_file(path).map_err(|findings| CheckedFile::with_texts(name, findings))
}

/// The calls an hour at this minute of a day.
pub fn rate_at(per_hour: &[(DaySpan, f64)], minute: u16) -> f64 {
    let day = 24 * 60;
    let is_in = |span: &DaySpan| {
        let contains = |minute: u16| (span.start()..span.end()).contains(&minute);
        contains(minute) || contains(minute.saturating_add(day))
    };
    let rates = per_hour.iter().filter(|(span, _)| is_in(span));
    rates.fold(0.0, |sum, (_, rate)| sum + rate)
}
