//! `sticky` of a rule.

use super::fields::Fields;
use super::value::Field;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::rule::Sticky;
use crate::rules::shape::STICKY;

pub(super) fn sticky(field: &Field<'_>, report: &mut Report<'_>) -> Option<Sticky> {
    let sticky = Fields::read(field.node, &STICKY, report)?;
    let lasts = sticky.get("for").and_then(|field| field.some_time(report));
    let exclusive = sticky
        .get("exclusive")
        .and_then(|field| field.flag(report))
        .unwrap_or_default();
    let wait = sticky.get("wait");
    if let Some(field) = wait.filter(|_| !exclusive) {
        let message = "\"wait\" without \"exclusive: true\": nobody waits for the agent";
        let help = "add exclusive: true, or leave wait out".to_owned();
        report.add_with_help(field.span(), Code::Contradiction, message, help);
    }
    Some(Sticky {
        lasts: lasts?,
        exclusive,
        wait: wait.and_then(|field| field.some_time(report)),
    })
}
