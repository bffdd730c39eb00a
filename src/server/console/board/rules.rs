//! The rules: which are in force, since when, and what is to be said of them.

use askama::Template;

use super::Moment;
use crate::reload::{AccountStatus, Standing};
use crate::routing::RoutingBook;
use crate::rules::Finding;
use crate::telephony::without_numbers;

/// So many findings are listed.
const MOST: usize = 20;

/// The rules of the account.
#[derive(Template)]
#[template(path = "rules.html")]
pub(super) struct Rules {
    version: Option<String>,
    since: Option<Moment>,
    /// What is wrong with the file, if anything is.
    fault: Option<&'static str>,
    findings: Vec<FindingLine>,
    left_out: usize,
}

struct FindingLine {
    severity: &'static str,
    place: String,
    message: String,
    help: String,
}

impl Rules {
    pub(super) fn new(book: &RoutingBook, status: Option<&AccountStatus>) -> Self {
        let findings = status.map(|status| &status.findings);
        let lines = findings.into_iter().flat_map(|findings| findings.iter());
        let lines: Vec<_> = lines.take(MOST).map(FindingLine::new).collect();
        let all = findings.map_or(0, |findings| {
            findings.iter().count().saturating_add(findings.left_out())
        });
        let in_force = status.and_then(|status| status.in_force);
        Self {
            version: book.version().map(|version| version.to_string()),
            since: in_force.map(|(_, since)| Moment::new(since, book.time_zone())),
            fault: status.and_then(|status| fault(status.standing)),
            left_out: all.saturating_sub(lines.len()),
            findings: lines,
        }
    }
}

impl FindingLine {
    fn new(finding: &Finding) -> Self {
        let line = finding.place.map(|place| format!(":{}", place.line));
        Self {
            severity: finding.code.severity().as_str(),
            place: format!("{}{}", finding.file, line.unwrap_or_default()),
            message: without_numbers(&finding.message),
            help: finding
                .help
                .as_deref()
                .map(without_numbers)
                .unwrap_or_default(),
        }
    }
}

fn fault(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Current => None,
        Standing::Refused => {
            Some("The file has faults and is not used; the rules before it stay in force.")
        }
        Standing::Missing => Some("The file is gone; the rules that were in it stay in force."),
    }
}
