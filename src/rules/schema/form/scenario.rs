//! The form of what a scenario says.

use super::{ANY_TEXT, DIGITS, Form, MOMENT, NAME, PATTERN, PHONE_NUMBER};
use crate::rules::shape::{ARRIVALS, CLICKS, CREW, PATIENCE, PHONES, REPORTS, TIMES};

static CREW_FORM: Form = Form::Shape(&CREW);
/// The ids of its agents end in a number.
const CREW_PATTERN: &str = "^[A-Za-z0-9._@-]{1,58}$";
/// Calls an hour.
const RATE: Form = Form::Text(r"^\s*\d+(\.\d+)?\s*$");

/// The same, all day or by spans of it.
const RATES: Form = Form::Either(
    &RATE,
    &Form::Named {
        names: r"^\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*$",
        holds: &RATE,
    },
);

/// Of the whole file.
pub(super) fn of_file(key: &str) -> Option<Form> {
    Some(match key {
        "start" => Form::Text(MOMENT),
        "arrivals" => Form::Shape(&ARRIVALS),
        "callers" => Form::Shape(&PATIENCE),
        "talk" => Form::Shape(&TIMES),
        "phones" | "customers" => Form::Shape(&PHONES),
        "clicks" => Form::Shape(&CLICKS),
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
        "per_hour" => RATES,
        "to" => PHONE_NUMBER,
        "from" => PATTERN,
        "digits" => DIGITS,
        _ => return None,
    })
}

/// Of clicks of one kind.
pub(super) fn of_clicks(key: &str) -> Option<Form> {
    Some(match key {
        "name" => ANY_TEXT,
        "per_hour" => RATES,
        "crew" => Form::Text(CREW_PATTERN),
        "queue" => NAME,
        "to" => PATTERN,
        _ => return None,
    })
}
