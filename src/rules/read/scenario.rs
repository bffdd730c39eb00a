//! The file of a scenario, with the same care as the rules.

use std::collections::HashSet;
use std::time::Duration;

use super::fields::Fields;
use super::numbers::Numbers;
use super::suite::moment::moment;
use super::value::{Field, shortened};
use crate::rules::book::{Fallback, RuleBook};
use crate::rules::finding::{Code, Findings};
use crate::rules::report::Report;
use crate::rules::scenario::{Callers, Phones, Reports, Scenario, Times};
use crate::rules::shape::{PATIENCE, PHONES, REPORTS, SCENARIO, TIMES};
use crate::rules::tree::{self, Node};

mod arrivals;
mod clicks;
mod crews;

/// How long the flow goes on asking where nothing is said.
const USUAL_MOST: Duration = Duration::from_hours(1);

/// The share of the mean that the median of usual conversations is: the longest take several times the usual.
const USUAL_MEDIAN: f64 = 0.7;

const USUAL_PICK_UP: Times = Times::LogNormal {
    mean: Duration::from_secs(6),
    median: Duration::from_secs(5),
};

/// Phones that are all picked up.
const USUAL_PHONES: Phones = Phones {
    pick_up: USUAL_PICK_UP,
    answered: 100,
    declined: 0,
    failed: 0,
};

/// The longest that a scenario may be: beyond it nobody waits for the end.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// Reads a scenario for these rules.
///
/// # Errors
/// Everything that is wrong with it.
pub(in crate::rules) fn scenario_file(
    file_name: &str,
    text: &str,
    rules: &RuleBook,
) -> Result<Scenario, Findings> {
    let mut report = Report::new(file_name, text);
    let read = tree::parse(&mut report).and_then(|root| scenario(&root, rules, &mut report));
    let findings = report.into_findings();
    match read {
        Some(scenario) if findings.is_empty() => Ok(scenario),
        _ => Err(findings),
    }
}

/// One that lacks something has a finding, and is never played.
fn scenario(root: &Node, rules: &RuleBook, report: &mut Report<'_>) -> Option<Scenario> {
    let file = Fields::read(root, &SCENARIO, report)?;
    let numbers = Numbers::of(Some(rules.country()));
    let start = file
        .get("start")
        .and_then(|field| moment(&field, rules.time_zone(), report));
    let length = file.get("length").and_then(|field| length(&field, report));
    let talk = file.get("talk").and_then(|field| times(&field, report));
    let phones = file.get("phones");
    let phones = phones.map_or(USUAL_PHONES, |field| phones_of(&field, report));
    let customers = file.get("customers");
    is_of_use(customers.as_ref(), &file, "clicks", report);
    let crews = crews::crews(&file, rules, report);
    let known = clicks::Known {
        rules,
        crews: &crews,
        numbers,
    };
    let scenario = Scenario {
        seed: whole(&file, "seed", report).unwrap_or(1_u16).into(),
        country: rules.country(),
        time_zone: rules.time_zone().clone(),
        start: start.unwrap_or_else(|| crate::clock::Timestamp::from_millis(0)),
        length: length.unwrap_or_default(),
        service_level: time(&file, "service_level", report).unwrap_or(Duration::from_secs(20)),
        arrivals: arrivals::arrivals(&file, numbers, report),
        callers: callers(&file, report),
        talk: talk.unwrap_or(Times::Fixed(Duration::ZERO)),
        phones,
        clicks: clicks::clicks(&file, known, report),
        customers: customers.map_or(phones, |field| phones_of(&field, report)),
        fallback_status: fallback_status(rules),
        reports: reports(&file, report),
        crews,
    };
    (start.is_some() && length.is_some() && talk.is_some()).then_some(scenario)
}

/// A key that does something only beside another.
fn is_of_use(field: Option<&Field<'_>>, beside: &Fields<'_>, other: &str, report: &mut Report<'_>) {
    let Some(field) = field.filter(|_| beside.get(other).is_none()) else {
        return;
    };
    let message = format!("\"{}\" does nothing without \"{other}\"", field.key.name);
    let help = format!("add \"{other}\", or leave the key out");
    report.add_with_help(field.span(), Code::Contradiction, message, help);
}

fn fallback_status(rules: &RuleBook) -> Option<u16> {
    match rules.fallback() {
        Fallback::HttpStatus(status) => Some(*status),
        Fallback::Numbers(_) => None,
    }
}

fn length(field: &Field<'_>, report: &mut Report<'_>) -> Option<Duration> {
    let length = field.some_time(report)?;
    if length > LONGEST {
        let message = "\"length\" must be at most 366d";
        report.add(field.span(), Code::OutOfRange, message);
    }
    Some(length)
}

fn callers(file: &Fields<'_>, report: &mut Report<'_>) -> Callers {
    let fields = file
        .get("callers")
        .and_then(|field| Fields::read(field.node, &PATIENCE, report));
    if let Some(fields) = &fields {
        is_of_use(fields.get("most").as_ref(), fields, "again", report);
    }
    let mut said = |key| time(fields.as_ref()?, key, report);
    Callers {
        patience: said("patience"),
        again: said("again"),
        most: said("most").unwrap_or(USUAL_MOST),
    }
}

fn times(field: &Field<'_>, report: &mut Report<'_>) -> Option<Times> {
    let fields = Fields::read(field.node, &TIMES, report)?;
    let mean = fields.get("mean")?.duration(report)?;
    let like = fields.get("like").and_then(|field| field.word(report));
    let said = fields.get("median");
    let Some(median) = said else {
        return Some(match like {
            Some("exponential") => Times::Exponential(mean),
            Some("fixed") => Times::Fixed(mean),
            _ => log_normal(mean, mean.mul_f64(USUAL_MEDIAN)),
        });
    };
    if matches!(like, Some("exponential" | "fixed")) {
        let message = "\"median\" belongs to \"like: log_normal\"";
        report.add(median.span(), Code::Contradiction, message);
    }
    let value = median.some_time(report)?;
    if value > mean {
        let message = "\"median\" is longer than \"mean\"";
        let help = "of times such as these most are short and a few long: the mean is the longer";
        report.add_with_help(median.span(), Code::OutOfRange, message, help.to_owned());
    }
    Some(log_normal(mean, value))
}

/// Times of which half are as long as the mean are all of that length.
fn log_normal(mean: Duration, median: Duration) -> Times {
    if median >= mean {
        Times::Fixed(mean)
    } else {
        Times::LogNormal { mean, median }
    }
}

fn phones_of(field: &Field<'_>, report: &mut Report<'_>) -> Phones {
    let fields = Fields::read(field.node, &PHONES, report);
    let pick_up = fields.as_ref().and_then(|fields| fields.get("pick_up"));
    let mut percent = |key, usual: u8| {
        let fields = fields.as_ref();
        fields
            .and_then(|fields| whole(fields, key, report))
            .unwrap_or(usual)
    };
    let (declined, failed) = (percent("declined", 0), percent("failed", 0));
    let left = 100_u8.saturating_sub(u8::saturating_add(declined, failed));
    let answered = percent("answered", left);
    if answered > left || declined.saturating_add(failed) > 100 {
        let message = "\"answered\", \"declined\" and \"failed\" are more than 100 together";
        report.add(field.span(), Code::Shares, message);
    }
    Phones {
        pick_up: pick_up
            .and_then(|field| times(&field, report))
            .unwrap_or(USUAL_PICK_UP),
        answered,
        declined,
        failed,
    }
}

fn reports(file: &Fields<'_>, report: &mut Report<'_>) -> Reports {
    let Some(field) = file.get("reports") else {
        return Reports::default();
    };
    let Some(fields) = Fields::read(field.node, &REPORTS, report) else {
        return Reports::default();
    };
    let mut flag = |key| fields.get(key).and_then(|field| field.flag(report));
    let (answered, passthru) = (flag("answered"), flag("passthru"));
    let mut percent = |key| whole(&fields, key, report).unwrap_or_default();
    Reports {
        answered: answered.unwrap_or_default(),
        passthru: passthru.unwrap_or_default(),
        lost: percent("lost"),
        doubled: percent("doubled"),
        late: percent("late"),
        doubled_fetches: percent("doubled_fetches"),
    }
}

fn time(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<Duration> {
    fields.get(key).and_then(|field| field.some_time(report))
}

fn whole<T: TryFrom<u16>>(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<T> {
    fields.get(key).and_then(|field| field.whole(report))
}

/// A name that is the only one of its kind in the file.
fn is_taken<'tree>(
    name: &'tree str,
    field: crate::rules::finding::Span,
    taken: &mut HashSet<&'tree str>,
    report: &mut Report<'_>,
) {
    if !taken.insert(name) {
        let message = format!("the name \"{}\" stands here a second time", shortened(name));
        report.add(field, Code::DuplicateName, message);
    }
}

#[cfg(test)]
mod tests;
