//! What people call a rule, a test or an agent: a line that two who read it read alike.

use super::value::Field;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::telephony::unseen;

/// The name in a field; `whose`, as in "a rule's", says what of. When it is none, that is reported.
pub(super) fn name<'tree>(
    field: &Field<'tree>,
    whose: &str,
    most: usize,
    report: &mut Report<'_>,
) -> Option<&'tree str> {
    let text = field.text(report)?;
    if let Some(unseen) = unseen(text.trim()) {
        let message = format!("\"name\" has {unseen}, which nobody sees");
        let help = "leave it out: with it two names look the same that are not".to_owned();
        report.add_with_help(field.span(), Code::WrongValue, message, help);
        return None;
    }
    if text.trim().is_empty() || text.chars().nth(most).is_some() {
        let why = format!("{whose} name is one line of 1 to {most} characters");
        field.invalid(&why, report);
        return None;
    }
    Some(text)
}
