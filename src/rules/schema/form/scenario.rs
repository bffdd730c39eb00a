//! The form of what a scenario says.

use super::{ANY_TEXT, DIGITS, Form, MOMENT, PATTERN, PHONE_NUMBER};
use crate::rules::shape::{ARRIVALS, CREW, PATIENCE, PHONES, REPORTS, TIMES};

static CREW_FORM: Form = Form::Shape(&CREW);
/// The ids of its agents end in a number.
const CREW_PATTERN: &str = "^[A-Za-z0-9._@-]{1,58}$";
/// Calls an hour.
const RATE: Form = Form::Text(r"^\s*\d+(\.\d+)?\s*$");

/// Of the whole file.
pub(super) fn of_file(key: &str) -> Option<Form> {
    Some(match key {
        "start" => Form::Text(MOMENT),
        "arrivals" => Form::Shape(&ARRIVALS),
        "callers" => Form::Shape(&PATIENCE),
        "talk" => Form::Shape(&TIMES),
        "phones" => Form::Shape(&PHONES),
        "reports" => Form::Shape(&REPORTS),
        "agents" => Form::Named {
            names: CREW_PATTERN,
            holds: &CREW_FORM,
        },
        _ => return None,
    })
}

/// Of calls of one kind.
pub(super) fn of_arrivals(key: &str) -> Option<Form> {
    Some(match key {
        "name" => ANY_TEXT,
        "per_hour" => Form::Either(
            &RATE,
            &Form::Named {
                names: r"^\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*$",
                holds: &RATE,
            },
        ),
        "to" => PHONE_NUMBER,
        "from" => PATTERN,
        "digits" => DIGITS,
        _ => return None,
    })
}
