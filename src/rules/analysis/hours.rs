//! Opening hours that say nothing, or nothing any more.

use jiff::civil::Date;

use super::subject::{Subject, entry};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::tree::Kind;

/// Reports hours that are closed from today on.
pub(super) fn never_open(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (name, calendar) in &subject.contents.hours {
        let Some(entry) = subject.defined("hours", name) else {
            continue;
        };
        if subject.is_sound(entry.value.span) && calendar.is_never_open_from(subject.today) {
            let message = format!("the hours \"{name}\" are never open");
            let help =
                "give a day of the week its spans, such as mon-fri: [\"09:30-18:30\"]".to_owned();
            report.add_with_help(entry.key_span, Code::NeverOpen, message, help);
        }
    }
}

/// Reports exceptions for dates that have passed.
pub(super) fn past_dates(subject: &Subject<'_>, report: &mut Report<'_>) {
    for name in subject.contents.hours.keys() {
        let exceptions = subject
            .defined("hours", name)
            .and_then(|hours| entry(&hours.value, "except"));
        let Some(Kind::Mapping(dates)) = exceptions.map(|entry| &entry.value.kind) else {
            continue;
        };
        for date in dates {
            if date
                .key
                .parse::<Date>()
                .is_ok_and(|date| date < subject.today)
            {
                let message = format!(
                    "{} has passed: this exception has no effect any more",
                    date.key
                );
                let help = "take it out, or write the date of the coming year".to_owned();
                report.add_with_help(date.key_span, Code::PastDate, message, help);
            }
        }
    }
}
