//! From the tree of a rules file to typed contents, section by section.
//!
//! No reader stops at what it finds: it reports, leaves the value out and goes on, so that one run shows everything.
//! Whether the file can be used is decided once, at the end.

mod agents_file;
mod answer;
mod branches;
mod caller_file;
mod callers;
mod dates;
mod fields;
mod handling;
mod hours;
mod name;
mod numbers;
mod outbound;
mod queues;
mod ring;
mod rules;
mod scenario;
mod sticky;
mod suite;
mod targets;
mod value;
mod when;

use std::path::Path;
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub(super) use self::agents_file::agents_file;
use self::answer::answer;
use self::fields::Fields;
use self::numbers::Numbers;
pub(super) use self::scenario::scenario_file;
pub(super) use self::suite::tests_file;
use self::value::Field;
use super::answer::AnswerSettings;
use super::book::{Contents, Fallback, PresenceRules, RulesVersion};
use super::finding::{Code, Findings};
use super::report::Report;
use super::shape::{FALLBACK, PRESENCE, RULES_FILE};
use super::sources::Sources;
use super::tree::{self, Kind, Node};
use crate::exotel::Dialect;
use crate::telephony::Country;

/// What came of reading a rules file.
pub(super) struct Reading {
    /// Its contents with the warnings, or everything that is wrong with it, warnings included.
    pub(super) outcome: Result<(Contents, Findings), Findings>,
    /// What tells its text, and those of the files that it names, from others; also when they can't be used.
    pub(super) version: RulesVersion,
    /// The files that it names, in the order of reading.
    pub(super) names: Vec<String>,
}

/// Reads a rules file. Files that it names are read in the folder. What could be read is handed to `examine`, which may find
/// more to say about it.
pub(super) fn rules_file(
    folder: Option<&Path>,
    file_name: &str,
    text: &str,
    examine: impl FnOnce(&Contents, &Node, &mut Report<'_>),
) -> Reading {
    let mut report = Report::new(file_name, text);
    let mut sources = Sources::new(text, folder);
    let read = tree::parse(&mut report).and_then(|root| {
        let contents = sections(&root, &mut sources, &mut report)?;
        examine(&contents, &root, &mut report);
        Some(contents)
    });
    let findings = report.into_findings();
    let (version, names) = sources.version();
    Reading {
        outcome: match read {
            Some(contents) if !findings.has_errors() => Ok((contents, findings)),
            _ => Err(findings),
        },
        version,
        names,
    }
}

/// Reads the tree of a file. What could be read is there even if something was found. `None` only after something was reported.
fn sections(root: &Node, sources: &mut Sources<'_>, report: &mut Report<'_>) -> Option<Contents> {
    let fields = Fields::read(root, &RULES_FILE, report)?;
    contents(&fields, sources, report)
}

/// Reads every section. `None` only after something was reported.
fn contents(
    file: &Fields<'_>,
    sources: &mut Sources<'_>,
    report: &mut Report<'_>,
) -> Option<Contents> {
    let country = country(file, report);
    let numbers = Numbers::of(country);
    let time_zone = time_zone(file, report);
    let answer = file
        .get("answer")
        .map_or_else(AnswerSettings::default, |field| {
            answer(field.node, numbers, report)
        });
    // What is computed with a zone that the file lacks is never used: the file has an error.
    let zone = time_zone.clone().unwrap_or(TimeZone::UTC);
    let hours = hours::hours(file, &zone, report);
    let callers = callers::callers(file, numbers, &zone, sources, report);
    let queues = queues::queues(file, numbers, report);
    let names = rules::Names {
        queues: &queues,
        callers: &callers,
        hours: &hours,
        numbers,
    };
    let outbound = outbound::outbound(file, &names, report).unwrap_or_default();
    let rules = rules::rules(file, &names, &answer, report);
    let fallback = fallback(file, numbers, report);
    Some(Contents {
        dialect: dialect(file, report),
        presence: presence(file, report),
        country: country?,
        time_zone: time_zone?,
        fallback: fallback?,
        answer,
        hours,
        callers,
        queues,
        outbound,
        rules,
    })
}

fn country(file: &Fields<'_>, report: &mut Report<'_>) -> Option<Country> {
    let field = file.get("country")?;
    let parsed = Country::parse(field.text(report)?);
    parsed.map_err(|why| field.invalid(&why, report)).ok()
}

/// The bundled database gives the same answer on every machine; the system's own may be old or absent.
fn time_zone(file: &Fields<'_>, report: &mut Report<'_>) -> Option<TimeZone> {
    let field = file.get("time_zone")?;
    let name = field.text(report)?;
    let database = TimeZoneDatabase::bundled();
    if let Ok(zone) = database.get(name) {
        return Some(zone);
    }
    let known: Vec<_> = database
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    let message = format!(
        "\"time_zone\" must be a time zone such as Asia/Kolkata, not {}",
        value::describe(field.node)
    );
    let help = report.did_you_mean(name, known.iter().map(String::as_str));
    report.add_with_help(field.span(), Code::WrongValue, message, help);
    None
}

fn dialect(file: &Fields<'_>, report: &mut Report<'_>) -> Dialect {
    match file.get("dialect").and_then(|field| field.word(report)) {
        Some("generic") => Dialect::Generic,
        _ => Dialect::Ccm,
    }
}

fn presence(file: &Fields<'_>, report: &mut Report<'_>) -> PresenceRules {
    let heartbeat = file
        .get("presence")
        .and_then(|field| Fields::read(field.node, &PRESENCE, report))
        .and_then(|presence| presence.get("heartbeat")?.duration(report));
    PresenceRules {
        heartbeat: heartbeat.filter(|heartbeat| *heartbeat > Duration::ZERO),
    }
}

fn fallback(file: &Fields<'_>, numbers: Numbers, report: &mut Report<'_>) -> Option<Fallback> {
    let fallback = Fields::read(file.get("fallback")?.node, &FALLBACK, report)?;
    match (fallback.get("numbers"), fallback.get("http_status")) {
        (Some(field), None) => {
            not_too_many(&field, report);
            Some(Fallback::Numbers(numbers.contacts(&field, report)))
        }
        (None, Some(field)) => {
            if field.text(report)? != "503" {
                field.wrong(report);
                return None;
            }
            Some(Fallback::HttpStatus(503))
        }
        (Some(_), Some(second)) => {
            let message = "a fallback has either \"numbers\" or \"http_status\", not both";
            report.add(second.span(), Code::Contradiction, message);
            None
        }
        (None, None) => {
            fallback.one_of_missing(["numbers", "http_status"], report);
            None
        }
    }
}

fn not_too_many(field: &Field<'_>, report: &mut Report<'_>) {
    let most = Fallback::MAX_NUMBERS;
    // What is no list is reported where its numbers are read.
    if let Kind::Sequence(items) = &field.node.kind
        && items.len() > usize::from(most)
    {
        let message = format!(
            "a fallback has {} numbers, but may have {most}",
            items.len()
        );
        report.add(field.span(), Code::OutOfRange, message);
    }
}

#[cfg(test)]
mod tests;
