use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::routing::Surroundings;
use crate::rules::RuleBook;

const NOW: Timestamp = Timestamp::from_millis(1_795_411_800_000);

fn book(zone: &str) -> RoutingBook {
    let rules = format!(
        "country: IN\ntime_zone: {zone}\nrules: [{{ targets: [] }}]\nfallback: {{ numbers: [] }}\n"
    );
    let rules = RuleBook::parse("rules", &rules).unwrap_or_else(|error| panic!("{error}"));
    RoutingBook::new(Arc::new(rules), &Surroundings::default())
}

fn read_in(zone: &str, document: &Value) -> Result<Question, Vec<String>> {
    let errors = |errors: Vec<FieldError>| {
        let said = errors.into_iter();
        said.map(|error| format!("{}: {}", error.field, error.message))
            .collect()
    };
    question(document, AccountName::default(), &book(zone), NOW).map_err(errors)
}

fn read(document: &Value) -> Result<Question, Vec<String>> {
    read_in("Asia/Kolkata", document)
}

fn at(zone: &str, text: &str) -> String {
    let document = json!({ "from": "hidden", "to": "01135124157", "at": text });
    match read_in(zone, &document) {
        Ok(question) => question.at.to_string(),
        Err(errors) => errors.join(" | "),
    }
}

#[test]
fn two_numbers_are_a_question_about_an_incoming_call_now() {
    let question = read(&json!({ "from": "098123 45678", "to": "01135124157" })).unwrap();
    assert_eq!(question.caller.unwrap().to_string(), "+919812345678");
    assert_eq!(question.dialed.unwrap().to_string(), "+911135124157");
    assert_eq!(question.direction.as_deref(), Some("incoming"));
    assert_eq!((question.at, question.attempt.get()), (NOW, 1));
}

#[test]
fn a_caller_may_hide_the_number() {
    let question = read(&json!({ "from": "Hidden", "to": "01135124157" })).unwrap();
    assert_eq!(question.caller, None);
}

#[test]
fn a_call_that_has_waited_is_at_its_second_attempt() {
    let document = |attempt: Value, waiting: &str| json!({ "from": "hidden", "to": "01135124157", "attempt": attempt, "waiting": waiting });
    let attempt = |attempt, waiting| read(&document(attempt, waiting)).unwrap().attempt.get();
    assert_eq!(attempt(Value::Null, "40s"), 2);
    assert_eq!(attempt(Value::Null, "0"), 1);
    assert_eq!(attempt(json!(3), "40s"), 3);
    assert_eq!(attempt(json!(1), "0"), 1);
}

#[test]
fn a_time_is_on_the_accounts_clocks_unless_it_has_an_offset() {
    insta::assert_snapshot!(at("Asia/Kolkata", "2026-11-23T11:00"), @"2026-11-23T05:30:00Z");
    insta::assert_snapshot!(at("Asia/Kolkata", "2026-11-23 11:00:30"), @"2026-11-23T05:30:30Z");
    insta::assert_snapshot!(at("Asia/Kolkata", "2026-11-23T11:00+05:30"), @"2026-11-23T05:30:00Z");
    insta::assert_snapshot!(at("America/New_York", "2026-11-01T01:30-05:00"), @"2026-11-01T06:30:00Z");
    insta::assert_snapshot!(at("America/New_York", "2026-11-01T01:30"), @"at: is skipped or comes twice when the clocks are changed: write it with an offset, as in 2026-11-23T11:00+05:30");
    insta::assert_snapshot!(at("America/New_York", "2027-03-14T02:30"), @"at: is skipped or comes twice when the clocks are changed: write it with an offset, as in 2026-11-23T11:00+05:30");
    insta::assert_snapshot!(at("Asia/Kolkata", "tomorrow"), @"at: must be a time such as 2026-11-23T11:00, or with an offset 2026-11-23T11:00+05:30");
}

#[test]
fn every_bad_field_is_named() {
    let document = json!({
        "from": "12", "to": "sip:desk", "digit": "1", "digits": "", "custom_field": 7, "direction": "\u{7}",
        "call_sid": "a b", "at": 11, "attempt": 21, "waiting": "25h",
    });
    insta::assert_snapshot!(read(&document).unwrap_err().join("\n"), @"
    from: this is not a valid number in IN; write it as it is dialled there, or with + and the calling code; write hidden for a caller who hides the number
    to: a phone number is written with digits, a leading + and separators only
    digits: must have 1 to 64 characters
    custom_field: must be text
    direction: must have 1 to 128 characters
    call_sid: a CallSid is printable ASCII without spaces
    at: must be text
    attempt: must be a whole number from 1 to 20
    waiting: must be at most 1d: longer no call is remembered
    digit: is not known; did you mean digits?
    ");
    insta::assert_snapshot!(read(&json!({ "attempt": 1, "waiting": "5s" })).unwrap_err().join("\n"), @"
    from: is missing
    to: is missing
    waiting: must be left out at attempt 1: a call waits from its first attempt on
    ");
    insta::assert_snapshot!(read(&json!([])).unwrap_err().join("\n"), @": must be an object");
}
