//! Who works, and when.

use std::time::Duration;

use super::super::fields::Fields;
use super::super::queues::{group_names, skills};
use super::super::value::{Field, named, shortened};
use super::{time, whole};
use crate::rules::book::RuleBook;
use crate::rules::calendar::DaySpan;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::scenario::{Breaks, Crew};
use crate::rules::shape::{BREAKS, CREW};
use crate::rules::tree::Entry;
use crate::telephony::AgentId;

/// An application that gives so many signs of life in the time that the rules allow survives the loss of one.
const SIGNS_OF_LIFE: u32 = 3;

const USUAL_BACK_AFTER: Duration = Duration::from_mins(5);

pub(super) fn crews(file: &Fields<'_>, rules: &RuleBook, report: &mut Report<'_>) -> Vec<Crew> {
    let field = file.get("agents");
    let entries = field.and_then(|field| named(&field, report));
    let mut crews = Vec::new();
    for entry in entries.unwrap_or_default() {
        if let Some(fields) = Fields::read(&entry.value, &CREW, report) {
            check_name(entry, report);
            crews.push(crew(&entry.key, &fields, rules, report));
        }
    }
    crews
}

/// The ids of agents begin with it, and end in a number of at most five digits.
fn check_name(entry: &Entry, report: &mut Report<'_>) {
    if let Err(why) = AgentId::parse(&format!("{}-10000", entry.key)) {
        let message = format!("\"{}\" is no name for a crew", shortened(&entry.key));
        let help = format!("its agents' ids begin with it: {why}");
        report.add_with_help(entry.key_span, Code::WrongValue, message, help);
    }
}

fn crew(name: &str, fields: &Fields<'_>, rules: &RuleBook, report: &mut Report<'_>) -> Crew {
    let usual_beat = rules.presence().heartbeat;
    let usual_beat = usual_beat.and_then(|heartbeat| heartbeat.checked_div(SIGNS_OF_LIFE));
    let groups = fields.get("groups");
    let known = fields.get("skills");
    Crew {
        name: name.to_owned(),
        count: whole(fields, "count", report).unwrap_or(1),
        groups: groups.map_or_else(Default::default, |field| group_names(&field, report)),
        skills: known.map_or_else(Default::default, |field| skills(&field, report)),
        position: whole(fields, "position", report),
        weight: whole(fields, "weight", report).unwrap_or(1),
        shift: fields
            .get("shift")
            .map_or_else(Vec::new, |field| shift(&field, report)),
        breaks: breaks(fields, report),
        heartbeat: time(fields, "heartbeat", report).or(usual_beat),
        back_after: time(fields, "back_after", report).unwrap_or(USUAL_BACK_AFTER),
    }
}

fn shift(field: &Field<'_>, report: &mut Report<'_>) -> Vec<DaySpan> {
    let mut spans: Vec<DaySpan> = Vec::new();
    let help = "name a span, or leave the key out for agents who always work";
    for text in field.one_or_more(help, report) {
        match DaySpan::parse(text.text) {
            Err(why) => {
                let message = format!("\"{}\" is no span of a day", shortened(text.text));
                report.add_with_help(text.span, Code::WrongValue, message, why.to_string());
            }
            Ok(span) => {
                if let Some(other) = spans.iter().find(|other| span.overlaps(**other)) {
                    let message = format!("{span} overlaps {other}");
                    report.add(text.span, Code::Overlap, message);
                }
                spans.push(span);
            }
        }
    }
    spans
}

fn breaks(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Breaks> {
    let field = fields.get("breaks")?;
    let said = Fields::read(field.node, &BREAKS, report)?;
    let every = time(&said, "every", report);
    let lasting = time(&said, "for", report);
    let breaks = Breaks {
        every: every?,
        lasting: lasting?,
    };
    if breaks.lasting >= breaks.every {
        let message = "a break is over before the next: \"for\" must be shorter than \"every\"";
        report.add(field.span(), Code::Contradiction, message);
    }
    Some(breaks)
}
